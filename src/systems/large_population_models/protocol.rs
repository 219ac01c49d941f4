//! Additive secret sharing mod 2^32 (our choice of primitive): nobody's state leaves an agent in one piece.
//!
//! An agent splits a number v into two random words and v minus both; one word goes to each of three aggregators.
//! Each word by itself, and any two together, are uniform whatever v is. Aggregators add up what they get and publish
//! sums; the sums add up to the total, mod 2^32.

use engine::math;
use engine::population::agents::{acting, slices};
use engine::population::graph::Csr;
use engine::run::Ctx;
use rand::{Rng, RngExt};

pub const AGGREGATORS: usize = 3;
/// Weights are sent as whole numbers of this fraction; up to 16 of them in a sum are exact in f32.
pub const FRACTION: f32 = 1.0 / 1_048_576.0;
/// Agents on which the attack is measured.
const SAMPLE: u32 = 2_000;
/// Bins of a word that the attacker's statistic looks at.
const BINS: usize = 18;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// One collector sees every state.
    Plain,
    Shares,
    /// Each agent adds its part of a noise that sums to a two-sided geometric one.
    SharesNoise,
}

/// What one day's collection showed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Collected {
    /// What each aggregator published.
    pub published: [u32; AGGREGATORS],
    /// The total as everybody reads it, noise included.
    pub total: i64,
    /// Share of a sample of agents whose state a coalition of 1, 2, 3 has learned.
    pub leak: [f64; AGGREGATORS],
    /// Bits that two of three know about a state, on the sample.
    pub information: f64,
    /// Sent by all agents and back to them.
    pub bytes: u64,
}

/// Splits a word: two are random, the third makes the sum right.
fn split(value: u32, rng: &mut impl Rng) -> [u32; AGGREGATORS] {
    let (a, b) = (rng.next_u32(), rng.next_u32());
    [a, b, value.wrapping_sub(a).wrapping_sub(b)]
}

/// Sums of each recipient's messages, as the aggregators hold them.
#[derive(Default)]
pub struct Inbox {
    sums: [Vec<u32>; AGGREGATORS],
}

impl Inbox {
    pub fn bytes(&self) -> usize {
        self.sums.iter().map(|s| 4 * s.len()).sum()
    }

    /// Every agent's message (its weight of today, 0 for nearly all) to each of its contacts, through the
    /// aggregators: who weighs something cannot be told from who does not. Bytes sent.
    pub async fn exchange(
        &mut self,
        graph: &Csr,
        weight: &[f32],
        exposure: &mut [f32],
        rng: &mut impl Rng,
        ctx: &mut Ctx,
    ) -> u64 {
        self.sums.iter_mut().for_each(|sum| {
            sum.clear();
            sum.resize(weight.len(), 0);
        });
        for slice in slices(graph.nodes()) {
            for i in slice {
                for &j in graph.row(i) {
                    let word = (weight[j as usize] * (1.0 / FRACTION)) as u32;
                    let sent = split(word, rng);
                    for (sum, word) in self.sums.iter_mut().zip(sent) {
                        sum[i as usize] = sum[i as usize].wrapping_add(word);
                    }
                }
            }
            ctx.breathe().await;
        }
        for (i, exposure) in exposure.iter_mut().enumerate() {
            let word = self.sums.iter().fold(0u32, |all, sum| all.wrapping_add(sum[i]));
            *exposure = word as f32 * FRACTION;
        }
        // Three words a message, three words back to each agent.
        4 * AGGREGATORS as u64 * (graph.edges() as u64 + u64::from(graph.nodes()))
    }
}

/// Weights as the messages carry them, so that all arms live through the same days.
pub fn rounded(weight: &mut [f32]) {
    for w in weight {
        *w = (*w * (1.0 / FRACTION)).round() * FRACTION;
    }
}

/// "Is it infected today?" of everybody, by a protocol.
pub fn collect(
    protocol: Protocol,
    agents: u32,
    infected: impl Fn(u32) -> bool,
    epsilon: f64,
    rng: &mut impl Rng,
    noise: &mut impl Rng,
) -> Collected {
    let mut made = Collected::default();
    let step = (agents / SAMPLE).max(1);
    let mut seen = [Sight::default(); AGGREGATORS];
    let mut own_noise = match protocol {
        Protocol::SharesNoise => polya(agents, epsilon, noise),
        _ => Vec::new(),
    }
    .into_iter()
    .peekable();
    for agent in 0..agents {
        let bit = infected(agent);
        let mut value = u32::from(bit);
        while let Some((_, by)) = own_noise.next_if(|(who, _)| *who == agent) {
            value = value.wrapping_add(by as u32);
        }
        let words = match protocol {
            Protocol::Plain => [value, 0, 0],
            _ => split(value, rng),
        };
        for (sum, word) in made.published.iter_mut().zip(words) {
            *sum = sum.wrapping_add(word);
        }
        if agent % step == 0 {
            let mut known = 0u32;
            for (sight, word) in seen.iter_mut().zip(words) {
                known = known.wrapping_add(word);
                sight.note(known, bit);
            }
        }
    }
    let total = made.published.iter().fold(0u32, |all, sum| all.wrapping_add(*sum));
    // Read as signed: noise may take a small total below 0.
    made.total = i64::from(total as i32);
    made.leak = seen.map(|sight| sight.learned());
    made.information = seen[1].information();
    made.bytes = 4 * u64::from(agents) * if protocol == Protocol::Plain { 1 } else { 3 };
    made
}

/// Each agent's part of the noise: Polya(1/N) less another, for those few where it is not 0 (agent, amount), in
/// order. N such parts sum to a two-sided geometric variable with ratio e^-epsilon (Ghosh, Roughgarden and
/// Sundararajan 2012; divisible: Goryczka and Xiong 2015).
fn polya(agents: u32, epsilon: f64, rng: &mut impl Rng) -> Vec<(u32, i32)> {
    let alpha = math::exp(-epsilon);
    let r = 1.0 / f64::from(agents.max(1));
    // P(0) = (1 - alpha)^r.
    let zero = math::exp(r * math::ln_1p(-alpha));
    let mut all = Vec::new();
    for sign in [1, -1] {
        let who: Vec<u32> = acting(agents, 1.0 - zero, rng).collect();
        for agent in who {
            // P(k) / P(k - 1) = alpha (k - 1 + r) / k, given that it is not 0; bounded far past any epsilon here.
            let mut left = rng.random::<f64>() * (1.0 - zero);
            let (mut k, mut p) = (1u32, zero * r * alpha);
            while left > p && k < 100_000 {
                left -= p;
                p *= alpha * (f64::from(k) + r) / f64::from(k + 1);
                k += 1;
            }
            all.push((agent, sign * k as i32));
        }
    }
    all.sort_unstable();
    all
}

/// What a coalition makes of what it knows of each sampled agent.
#[derive(Clone, Copy, Default)]
struct Sight {
    agents: u32,
    right: u32,
    /// [bin, state]
    count: [[u32; 2]; BINS],
}

impl Sight {
    /// The attack: a sum that is 0 or 1 is taken for the state. Any other says nothing.
    fn note(&mut self, known: u32, bit: bool) {
        self.agents += 1;
        self.right += u32::from(known == u32::from(bit));
        let bin = if known < 2 { known as usize } else { 2 + (known >> 28) as usize };
        self.count[bin][usize::from(bit)] += 1;
    }

    fn learned(&self) -> f64 {
        f64::from(self.right) / f64::from(self.agents.max(1))
    }

    /// Mutual information of state and bin, less the bias of a table of this size (Miller and Madow); not below 0.
    fn information(&self) -> f64 {
        let n = f64::from(self.agents.max(1));
        let entropy = |counts: &[u32]| -> (f64, f64) {
            let used = counts.iter().filter(|c| **c > 0);
            let terms = used.clone().map(|c| -f64::from(*c) / n * math::log2(f64::from(*c) / n));
            (terms.sum(), used.count() as f64)
        };
        let bins: Vec<u32> = self.count.iter().map(|c| c[0] + c[1]).collect();
        let states = [0, 1].map(|s| self.count.iter().map(|c| c[s]).sum::<u32>());
        let cells: Vec<u32> = self.count.iter().flatten().copied().collect();
        let ((hb, kb), (hs, ks), (hc, kc)) = (entropy(&bins), entropy(&states), entropy(&cells));
        let bias = (kc - kb - ks + 1.0) / (2.0 * n * std::f64::consts::LN_2);
        (hb + hs - hc - bias).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::chance::Chance;

    fn day(protocol: Protocol, seed: u32) -> Collected {
        let chance = Chance::new(seed.into());
        let (mut rng, mut noise) = (chance.stream(1, "shares"), chance.stream(1, "noise"));
        collect(protocol, 5_000, |i| i % 7 == 0, 1.0, &mut rng, &mut noise)
    }

    #[test]
    fn shares_give_the_same_total_and_one_or_two_of_them_nothing_else() {
        let (plain, shares) = (day(Protocol::Plain, 1), day(Protocol::Shares, 1));
        assert_eq!((plain.total, shares.total), (715, 715));
        assert_eq!(plain.leak, [1.0; 3]);
        assert_eq!(shares.leak, [0.0, 0.0, 1.0]);
        // H(1/7) = .592 bits.
        let own = Sight { agents: 2_500, right: 0, count: [[0; 2]; BINS] };
        assert_eq!(own.information(), 0.0);
        assert!((plain.information - 0.592).abs() < 0.02, "{}", plain.information);
        assert!(shares.information < 0.005, "{}", shares.information);
        assert!(shares.published.iter().all(|sum| *sum != plain.published[0]));
    }

    #[test]
    fn everybodys_small_noise_sums_to_the_geometric_one() {
        let mut square = 0.0;
        let mut zeros = 0;
        for seed in 0..400 {
            let off = (day(Protocol::SharesNoise, seed).total - 715) as f64;
            square += off * off;
            zeros += u32::from(off == 0.0);
        }
        // Two-sided geometric with alpha = 1/e: variance 2 alpha / (1 - alpha)^2 = 1.84, P(0) = (1 - a)/(1 + a) = .462.
        assert!((square / 400.0 - 1.84).abs() < 0.5, "{}", square / 400.0);
        assert!((f64::from(zeros) / 400.0 - 0.462).abs() < 0.08, "{zeros}");
    }

    #[test]
    fn messages_by_shares_sum_to_what_neighbors_weigh() {
        let graph = Csr::undirected(4, &[(0, 1), (0, 2), (2, 3)]);
        let mut weight = vec![0.1234, 0.0, 0.29, 0.07];
        rounded(&mut weight);
        let mut rng = Chance::new(1).stream(1, "shares");
        let (mut inbox, mut exposure) = (Inbox::default(), vec![0.0; 4]);
        let sent = engine::run::block_on(inbox.exchange(
            &graph,
            &weight,
            &mut exposure,
            &mut rng,
            &mut Ctx::new(1),
        ));
        assert_eq!(exposure, [weight[2], weight[0], weight[0] + weight[3], weight[2]]);
        assert_eq!(sent, 12 * (6 + 4));
        assert!(inbox.sums[0].iter().all(|sum| *sum != 0));
    }
}
