//! Who dies and who joins when: two Poisson processes, each event at its own address of chance.

use super::sim::{Nanos, nanos};
use crate::chance::Chance;
use crate::math;
use rand::RngExt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    Death,
    Arrival,
}

/// The times do not depend on what the run does with them, so all arms meet the same churn.
#[derive(Clone, Debug)]
pub struct Churn {
    chance: Chance,
    /// Events a second: deaths, arrivals.
    rates: [f64; 2],
    counts: [u32; 2],
    next: [Option<Nanos>; 2],
}

impl Churn {
    /// Deaths and arrivals a simulated second; 0 means none.
    pub fn new(deaths: f64, arrivals: f64, chance: Chance) -> Self {
        let mut churn = Self { chance, rates: [deaths, arrivals], counts: [0; 2], next: [None; 2] };
        churn.next = [churn.after(0, 0), churn.after(1, 0)];
        churn
    }

    /// When and what comes next.
    pub fn peek(&self) -> Option<(Nanos, Happening)> {
        let [death, arrival] = self.next;
        let death = death.map(|at| (at, Happening::Death));
        let arrival = arrival.map(|at| (at, Happening::Arrival));
        death.into_iter().chain(arrival).min()
    }

    /// Takes what comes next, with a draw in 0..1 that decides whom it strikes.
    pub fn take(&mut self) -> Option<(Nanos, Happening, f64)> {
        let (at, what) = self.peek()?;
        let kind = what as usize;
        let number = self.counts[kind];
        self.counts[kind] += 1;
        self.next[kind] = self.after(kind, at);
        let whom = self.chance.at("whom churn strikes", &[kind as u32, number]).random();
        Some((at, what, whom))
    }

    fn after(&self, kind: usize, now: Nanos) -> Option<Nanos> {
        if self.rates[kind] <= 0.0 {
            return None;
        }
        let place = [kind as u32, self.counts[kind]];
        let uniform: f64 = self.chance.at("when churn strikes", &place).random();
        Some(now.saturating_add(nanos(-math::ln_1p(-uniform) / self.rates[kind])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_at_their_rates_with_gaps_that_scatter_as_exponentials() {
        let mut churn = Churn::new(2.0, 0.5, Chance::new(5));
        let (mut last, mut gaps, mut arrivals) = (0, Vec::new(), 0);
        while gaps.len() < 4_000 {
            let (at, what, whom) = churn.take().unwrap();
            assert!((0.0..1.0).contains(&whom));
            match what {
                Happening::Death => {
                    gaps.push(super::super::sim::seconds(at - last));
                    last = at;
                }
                Happening::Arrival => arrivals += 1,
            }
        }
        let mean = gaps.iter().sum::<f64>() / 4_000.0;
        let deviation =
            (gaps.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / 4_000.0).sqrt();
        assert!((mean - 0.5).abs() < 0.03, "{mean}");
        assert!((deviation - 0.5).abs() < 0.04, "{deviation}");
        assert!((f64::from(arrivals) - 1_000.0).abs() < 100.0, "{arrivals}");
    }

    #[test]
    fn a_rate_of_zero_never_strikes() {
        assert_eq!(Churn::new(0.0, 0.0, Chance::new(1)).take(), None);
        let mut only = Churn::new(0.0, 1.0, Chance::new(1));
        assert!((0..50).all(|_| only.take().unwrap().1 == Happening::Arrival));
    }
}
