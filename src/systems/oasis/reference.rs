//! The built-in reference of `spread`, in the place of real propagations: an independent branching process, fitted by
//! maximum likelihood to the cascades of one half of the items, against which the other half is held.
//!
//! Everybody who passed the item on hands it to a Poisson number of others, at age k (steps) with mean
//! m (1 - q) q^(k-1), whoever the others are: the source with its own (m, q), all others with another. There is no
//! graph, no saturation but the number of agents, no recommender and no clock in it.

use engine::math;
use engine::population::cascade::{Cascade, ROOT};
use rand::{Rng, RngExt};

/// Trees that the expected curves are the mean of: ours.
const TREES: u32 = 200;
/// Depths that a tree may reach.
const DEPTHS: usize = 64;

/// Offspring of one kind of adopter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// m: expected number in all.
    pub mean: f64,
    /// q: what is left of the rate after a step.
    pub keep: f64,
}

/// Scale, depth, maximal breadth by step, step 0 first.
pub type Curves = [Vec<f64>; 3];

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Branching {
    pub source: Rate,
    pub others: Rate,
}

impl Branching {
    /// Fitted to cascades seen until step `until`.
    pub fn fitted<'a>(cascades: impl Iterator<Item = &'a Cascade>, until: u32) -> Self {
        let mut kinds = [Counts::default(), Counts::default()];
        for log in cascades {
            for entry in 0..log.size() as usize {
                let kind = usize::from(log.parent[entry] != ROOT);
                kinds[kind].watched.push(until.saturating_sub(log.time[entry]));
                if log.parent[entry] != ROOT {
                    let parent = log.parent[entry] as usize;
                    let of = &mut kinds[usize::from(log.parent[parent] != ROOT)];
                    of.children += 1.0;
                    of.delays += f64::from(log.time[entry].saturating_sub(log.time[parent] + 1));
                }
            }
        }
        Self { source: kinds[0].rate(), others: kinds[1].rate() }
    }

    /// Expected curves over `steps` steps among `agents`.
    pub fn curves(&self, steps: u32, agents: u32, rng: &mut impl Rng) -> Curves {
        let mut sum: Curves = std::array::from_fn(|_| vec![0.0; steps as usize + 1]);
        for _ in 0..TREES {
            self.grow(agents, rng, &mut sum);
        }
        sum.iter_mut().flatten().for_each(|v| *v /= f64::from(TREES));
        sum
    }

    /// One tree. The rates of all adopters of a depth add up, and each step a share q of them is left: one number a
    /// depth carries the whole past.
    fn grow(&self, agents: u32, rng: &mut impl Rng, sum: &mut Curves) {
        let first = |rate: &Rate| rate.mean * (1.0 - rate.keep);
        let mut rates = [0.0; DEPTHS];
        let mut breadth = [0u32; DEPTHS];
        (rates[0], breadth[0]) = (first(&self.source), 1);
        let (mut size, mut depth) = (1, 0);
        for step in 0..sum[0].len() {
            if step > 0 {
                let mut born = [0u32; DEPTHS];
                for at in 0..(depth + 1).min(DEPTHS - 1) {
                    born[at + 1] = poisson(rates[at], rng).min(agents - size);
                    size += born[at + 1];
                }
                for at in 0..DEPTHS {
                    let kind = if at == 0 { &self.source } else { &self.others };
                    rates[at] = rates[at] * kind.keep + f64::from(born[at]) * first(kind);
                    breadth[at] += born[at];
                    depth = if born[at] > 0 { depth.max(at) } else { depth };
                }
            }
            sum[0][step] += f64::from(size);
            sum[1][step] += depth as f64;
            sum[2][step] += f64::from(breadth.iter().copied().max().unwrap_or(0));
        }
    }
}

/// What the likelihood of one kind needs.
#[derive(Clone, Debug, Default)]
struct Counts {
    /// Of each adopter, for how many steps it was watched.
    watched: Vec<u32>,
    children: f64,
    /// Steps that children came later than at once, summed.
    delays: f64,
}

impl Counts {
    /// log L = C ln m + C ln(1 - q) + delays ln q - m sum(1 - q^watched): m in closed form, q by a grid of hundredths.
    fn rate(&self) -> Rate {
        let mut best = (f64::NEG_INFINITY, Rate { mean: 0.0, keep: 0.0 });
        if self.children == 0.0 {
            return best.1;
        }
        for hundredths in 1..100 {
            let keep = f64::from(hundredths) / 100.0;
            let seen: f64 = self.watched.iter().map(|w| 1.0 - math::pow(keep, f64::from(*w))).sum();
            let mean = self.children / seen.max(1e-12);
            let fit = self.children * (math::ln(mean) + math::ln(1.0 - keep) - 1.0)
                + self.delays * math::ln(keep);
            if fit > best.0 {
                best = (fit, Rate { mean, keep });
            }
        }
        best.1
    }
}

/// A Poisson number, by multiplying uniforms; large means in parts, so that no exponential vanishes.
fn poisson(mean: f64, rng: &mut impl Rng) -> u32 {
    const PART: f64 = 30.0;
    // Bounded: more than anybody can reach.
    let mut left = mean.clamp(0.0, 1e5);
    let mut count = 0;
    while left > 0.0 {
        let floor = math::exp(-left.min(PART));
        let mut product: f64 = rng.random();
        while product > floor {
            count += 1;
            product *= rng.random::<f64>();
        }
        left -= PART;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::chance::Chance;

    #[test]
    fn a_poisson_number_has_its_mean_and_its_variance() {
        let mut rng = Chance::new(1).at("poisson", &[]);
        for mean in [0.3, 4.0, 75.0] {
            let drawn: Vec<f64> = (0..20_000).map(|_| poisson(mean, &mut rng).into()).collect();
            let seen = engine::stats::mean(&drawn).unwrap();
            let spread = engine::stats::variance(&drawn).unwrap();
            assert!((seen / mean - 1.0).abs() < 0.03, "{mean}: {seen}");
            assert!((spread / mean - 1.0).abs() < 0.06, "{mean}: {spread}");
        }
        assert_eq!(poisson(0.0, &mut rng), 0);
    }

    /// Grows a log adopter by adopter, the slow way.
    fn grown(truth: &Branching, steps: u32, rng: &mut impl Rng) -> Cascade {
        let mut log = Cascade::begun(0, 0);
        for step in 1..=steps {
            for entry in 0..log.size() {
                let rate = if entry == 0 { truth.source } else { truth.others };
                let age = f64::from(step - log.time[entry as usize]);
                let mean = rate.mean * (1.0 - rate.keep) * math::pow(rate.keep, age - 1.0);
                for _ in 0..poisson(mean, rng) {
                    let agent = log.size();
                    log.add(agent, step, entry, 1);
                }
            }
        }
        log
    }

    #[test]
    fn the_fit_finds_the_process_that_made_the_cascades_and_its_curves_are_theirs() {
        let mut rng = Chance::new(2).at("branching", &[]);
        let truth = Branching {
            source: Rate { mean: 12.0, keep: 0.8 },
            others: Rate { mean: 0.7, keep: 0.6 },
        };
        let logs: Vec<Cascade> = (0..300).map(|_| grown(&truth, 25, &mut rng)).collect();
        let fitted = Branching::fitted(logs.iter(), 25);
        assert!((fitted.source.mean - 12.0).abs() < 0.7, "{fitted:?}");
        assert!((fitted.source.keep - 0.8).abs() < 0.03, "{fitted:?}");
        assert!((fitted.others.mean - 0.7).abs() < 0.04, "{fitted:?}");
        assert!((fitted.others.keep - 0.6).abs() < 0.04, "{fitted:?}");
        let mean = |of: &dyn Fn(&Cascade) -> u32| {
            logs.iter().map(|log| f64::from(of(log))).sum::<f64>() / logs.len() as f64
        };
        let curves = truth.curves(25, 100_000, &mut rng);
        for (curve, seen) in curves.iter().zip([
            mean(&|log| log.size()),
            mean(&|log| log.depth()),
            mean(&|log| log.max_breadth()),
        ]) {
            assert!((curve[25] / seen - 1.0).abs() < 0.1, "{} {seen}", curve[25]);
        }
        let never = Branching::fitted(std::iter::once(&Cascade::begun(0, 0)), 9);
        assert_eq!(never.curves(5, 10, &mut rng)[0], [1.0; 6]);
    }
}
