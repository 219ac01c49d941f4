//! Many cheap agents: one column per property, never one object per agent, and no work for agents that do nothing.
//!
//! Two ways to draw, both with the same coins in every arm. `acting` lists who acts, at the cost of those who act.
//! `Coins` gives each agent its own coin of a decision, so an arm that visits fewer agents shifts nobody's luck.

use crate::math;
use rand::{Rng, RngExt};
use std::ops::Range;

/// Agents of a round that are worked on before the host may answer (`ctx.breathe().await` between slices).
pub const SLICE: u32 = 50_000;

/// The agents 0..`agents` in slices of at most `SLICE`.
pub fn slices(agents: u32) -> impl Iterator<Item = Range<u32>> {
    (0..agents.div_ceil(SLICE)).map(move |s| s * SLICE..((s + 1) * SLICE).min(agents))
}

/// Who acts, in rising order, each of `agents` by itself with chance `p`: the skip sampler
/// next += 1 + floor(ln u / ln(1 - p)), one uniform for each that acts (Batagelj and Brandes 2005).
/// `p` outside 0..=1 counts as the nearer end; not a number counts as 0.
pub fn acting<R: Rng>(agents: u32, p: f64, rng: &mut R) -> Acting<'_, R> {
    let p = if p > 0.0 { p.min(1.0) } else { 0.0 };
    // ln(1 - 1) would be endless: everyone acts, nothing is drawn.
    let log_misses = if p < 1.0 { math::ln_1p(-p) } else { f64::NEG_INFINITY };
    Acting { next: if p > 0.0 { 0 } else { u64::from(agents) }, agents, log_misses, rng }
}

pub struct Acting<'a, R> {
    next: u64,
    agents: u32,
    log_misses: f64,
    rng: &'a mut R,
}

impl<R: Rng> Iterator for Acting<'_, R> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.next >= u64::from(self.agents) {
            return None;
        }
        if self.log_misses.is_finite() {
            // 1 - u lies in (0, 1]; the cast saturates far beyond the last agent.
            let skipped = math::ln_1p(-self.rng.random::<f64>()) / self.log_misses;
            self.next = self.next.saturating_add(skipped as u64);
        }
        let who = (self.next < u64::from(self.agents)).then_some(self.next as u32);
        self.next = self.next.saturating_add(1);
        who
    }
}

/// Everybody's own coin of one decision: a function of (key, agent) alone, so it does not matter who is visited, how
/// often, or in what order. Widynski (2020), "Squares: a fast counter-based RNG", four rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coins {
    key: u64,
}

impl Coins {
    /// One draw of a stream makes the coins of one decision in one round.
    pub fn new(mut rng: impl Rng) -> Self {
        Self { key: rng.next_u64() | 1 }
    }

    /// 32 uniform bits.
    #[inline(always)]
    pub fn bits(&self, agent: u32) -> u32 {
        let y = u64::from(agent).wrapping_add(1).wrapping_mul(self.key);
        let z = y.wrapping_add(self.key);
        let mut x = y;
        for add in [y, z, y] {
            x = x.wrapping_mul(x).wrapping_add(add).rotate_left(32);
        }
        (x.wrapping_mul(x).wrapping_add(z) >> 32) as u32
    }

    /// Uniform in [0, 1), 24 bits of it.
    #[inline(always)]
    pub fn unit(&self, agent: u32) -> f32 {
        (self.bits(agent) >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// True with chance `p`; never for `p` <= 0 or no number, always for `p` >= 1.
    #[inline(always)]
    pub fn lands(&self, agent: u32, p: f32) -> bool {
        self.unit(agent) < p
    }
}

/// Decisions by archetype (AgentTorch): agents alike in a few discrete attributes share one costly decision, a
/// probability, from which each draws for itself. Counts the calls, which is what such a decision would cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Decisions {
    /// [archetypes], 0..=1.
    pub chance: Vec<f32>,
    /// Archetypes asked so far.
    pub calls: u64,
}

impl Decisions {
    pub fn new(archetypes: u32) -> Self {
        Self { chance: vec![0.0; archetypes as usize], calls: 0 }
    }

    /// Asks each archetype once; what is no number counts as 0.
    pub fn ask(&mut self, mut mind: impl FnMut(usize) -> f64) {
        for (archetype, chance) in self.chance.iter_mut().enumerate() {
            *chance = mind(archetype).clamp(0.0, 1.0).max(0.0) as f32;
            self.calls += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    #[test]
    fn slices_cover_everybody_once() {
        let all: Vec<_> = slices(120_001).collect();
        assert_eq!(all, [0..50_000, 50_000..100_000, 100_000..120_001]);
        assert_eq!(slices(0).count(), 0);
        assert_eq!(slices(SLICE).count(), 1);
    }

    #[test]
    fn as_many_act_as_their_chance_says_and_everybody_as_often() {
        let mut rng = Chance::new(2).stream(1, "who acts");
        let mut count = [0u32; 20];
        let mut drawn = 0;
        for _ in 0..5_000 {
            let who: Vec<u32> = acting(20, 0.15, &mut rng).collect();
            assert!(who.is_sorted_by(|a, b| a < b));
            drawn += who.len();
            who.iter().for_each(|w| count[*w as usize] += 1);
        }
        // 15,000 expected, standard deviation 113; 750 each, standard deviation 25.
        assert!((drawn as f64 - 15_000.0).abs() < 450.0, "{drawn}");
        assert!(count.iter().all(|c| c.abs_diff(750) < 110), "{count:?}");
    }

    #[test]
    fn the_ends_of_the_chance_are_nobody_and_everybody() {
        let mut rng = Chance::new(2).stream(1, "who acts");
        for p in [0.0, -1.0, f64::NAN] {
            assert_eq!(acting(9, p, &mut rng).count(), 0);
        }
        for p in [1.0, 7.0] {
            assert_eq!(acting(9, p, &mut rng).collect::<Vec<_>>(), (0..9).collect::<Vec<_>>());
        }
        assert_eq!(acting(0, 0.5, &mut rng).count(), 0);
        assert!(acting(u32::MAX, 1e-12, &mut rng).count() < 3);
    }

    #[test]
    fn coins_are_uniform_and_unlike_from_agent_to_agent_and_from_key_to_key() {
        let coins = Coins::new(Chance::new(5).stream(1, "coins"));
        let other = Coins::new(Chance::new(5).stream(2, "coins"));
        let n = 200_000u32;
        let mut count = [0u32; 16];
        let (mut sum, mut lag, mut cross) = (0.0f64, 0.0f64, 0.0f64);
        for i in 0..n {
            let u = f64::from(coins.unit(i));
            assert!((0.0..1.0).contains(&u));
            count[(u * 16.0) as usize] += 1;
            sum += u;
            lag += (u - 0.5) * (f64::from(coins.unit(i + 1)) - 0.5);
            cross += (u - 0.5) * (f64::from(other.unit(i)) - 0.5);
        }
        let n = f64::from(n);
        assert!((sum / n - 0.5).abs() < 0.003);
        // Standard deviation of a mean product of two independent coins: (1/12) / sqrt(n).
        assert!((lag / n).abs() < 0.0008 && (cross / n).abs() < 0.0008, "{lag} {cross}");
        // Chi square with 15 degrees: 37.7 at one in a thousand.
        let expected = n / 16.0;
        let off = |c: &u32| (f64::from(*c) - expected) * (f64::from(*c) - expected);
        let chi: f64 = count.iter().map(off).sum::<f64>() / expected;
        assert!(chi < 37.7, "{chi}");
        assert!(!coins.lands(3, 0.0) && coins.lands(3, 1.0) && !coins.lands(3, f32::NAN));
    }

    #[test]
    fn an_archetype_is_asked_once_and_nonsense_counts_as_never() {
        let mut decisions = Decisions::new(3);
        decisions.ask(|a| [0.25, 7.0, f64::NAN][a]);
        assert_eq!((decisions.chance, decisions.calls), (vec![0.25, 1.0, 0.0], 3));
    }
}
