//! The simulation: many organizations at once, one bit each, 64 in a machine word. It draws leaves, channels and
//! common shocks, and counts votes; it knows no closed form.

use super::theory::Law;
use engine::chance::Chance;
use engine::math;
use engine::minds::{Asked, Exam, Mind, Moment, Shares};
use rand::Rng;

/// Nodes times organizations that one simulation may hold: 50 MB of bits.
pub const LANES_MAX: f64 = 4e8;
/// Leaves that surrogate minds may answer for, in all organizations together: a few seconds.
pub const ANSWERS_MAX: f64 = 2e6;
/// The most leaves of a tree.
pub const LEAVES_MAX: f64 = 2e6;

/// Who reports to whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// b^levels slots, of which `expanded` are themselves a gathering of b leaves: so any number of leaves has a
    /// tree, and the optimum over leaves is not tied to powers of b.
    Tree {
        levels: u32,
        expanded: u32,
    },
    /// This many leaves (odd) at one aggregator.
    Star {
        leaves: u32,
    },
    /// Relays in a row: each the majority of what came in and of two leaves of its own.
    Chain {
        relays: u32,
    },
    Single,
}

impl Shape {
    /// The tree with at most this many leaves.
    pub fn tree(fan_in: u32, leaves: f64) -> Shape {
        let leaves = leaves.clamp(1.0, LEAVES_MAX);
        let (mut levels, mut slots) = (0, 1u32);
        while f64::from(slots) * f64::from(fan_in) <= leaves {
            (levels, slots) = (levels + 1, slots * fan_in);
        }
        let expanded = ((leaves - f64::from(slots)) / f64::from(fan_in - 1)) as u32;
        Shape::Tree { levels, expanded: expanded.min(slots) }
    }

    pub fn leaves(&self, fan_in: u32) -> f64 {
        match *self {
            Shape::Tree { levels, expanded } => {
                math::pow(f64::from(fan_in), f64::from(levels)) + f64::from(expanded * (fan_in - 1))
            }
            Shape::Star { leaves } => f64::from(leaves),
            Shape::Chain { relays } => f64::from(1 + 2 * relays),
            Shape::Single => 1.0,
        }
    }

    /// How often `climb` changes something.
    pub fn levels(&self) -> u32 {
        match *self {
            Shape::Tree { levels, expanded } => levels + u32::from(expanded > 0),
            Shape::Star { .. } => 1,
            Shape::Chain { relays } => relays,
            Shape::Single => 0,
        }
    }

    /// Mean sign after each climb, by the recursion: the theory's line for this shape, from the leaves on.
    pub fn predict(&self, law: &Law, leaf: f64) -> Vec<f64> {
        let mut line = vec![leaf];
        let mut mu = leaf;
        for level in 0..self.levels() {
            mu = match *self {
                Shape::Tree { levels, expanded } if expanded > 0 && level == 0 => {
                    let share =
                        f64::from(expanded) / math::pow(f64::from(law.fan_in), f64::from(levels));
                    (1.0 - share) * leaf + share * law.level(leaf)
                }
                Shape::Tree { .. } => law.level(mu),
                Shape::Star { leaves } => law.gather(leaves, leaf),
                Shape::Chain { .. } => {
                    // The majority of three unlike signs has the mean (a + b + c - abc) / 2.
                    let heard = law.fidelity * mu;
                    let free = 0.5 * (heard + 2.0 * leaf - heard * leaf * leaf);
                    law.shared * heard + (1.0 - law.shared) * free
                }
                Shape::Single => mu,
            };
            line.push(mu);
        }
        line
    }
}

/// A mean over organizations with its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    pub mean: f64,
    pub error: f64,
}

/// Where the leaves' signs come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    Coin,
    /// Minds with two options whose luck has the global share rho: what fails together is in the leaves.
    Minds(Chance),
}

/// `trees` organizations of one shape under way. Bit r of a node is what organization r holds there: 1 = right.
#[derive(Clone, Debug)]
pub struct Forest {
    pub shape: Shape,
    law: Law,
    leaf: f64,
    source: Source,
    pub trees: u32,
    words: usize,
    /// [nodes, words]
    bits: Vec<u64>,
    /// Of organization 0 in the last climb: which messages the channel scrambled, by node below; where the inputs
    /// were one common draw, by node above.
    pub scrambled: Vec<bool>,
    pub struck: Vec<bool>,
    pub level: u32,
}

impl Forest {
    /// Draws the leaves.
    pub fn grow(
        shape: Shape,
        law: Law,
        leaf: f64,
        trees: u32,
        source: Source,
        rng: &mut impl Rng,
    ) -> Self {
        let leaves = shape.leaves(law.fan_in);
        let trees = trees_for(shape, law.fan_in, trees, source);
        let words = trees.div_ceil(64) as usize;
        let mut forest = Self {
            shape,
            law,
            leaf,
            source,
            trees,
            words,
            bits: Vec::new(),
            scrambled: Vec::new(),
            struck: Vec::new(),
            level: 0,
        };
        // A chain begins with one leaf; the others join at their relays.
        let first = if matches!(shape, Shape::Chain { .. }) { 1 } else { leaves as usize };
        forest.bits = forest.fresh(first, 0, rng);
        forest
    }

    /// New leaves, [count, words].
    fn fresh(&self, count: usize, from: u32, rng: &mut impl Rng) -> Vec<u64> {
        let right = Coin::of(0.5 * (1.0 + self.leaf));
        match self.source {
            Source::Coin => (0..count * self.words).map(|_| right.draw(rng)).collect(),
            Source::Minds(chance) => self.ask(chance, count, from),
        }
    }

    /// A mind a leaf: organization r is question r, put to all its leaves.
    fn ask(&self, chance: Chance, count: usize, from: u32) -> Vec<u64> {
        let exam = Exam { options: 2, difficulty_sd: 0.0, ..Exam::default() };
        let p = (0.5 * (1.0 + self.leaf)).clamp(1e-6, 1.0 - 1e-6);
        let shares = Shares { global: self.law.shared, family: 0.0, own: 0.0 };
        let mind =
            Mind { floor: Some(0.0), shares, ..Mind::default() }.able(math::ln(p / (1.0 - p)));
        let mut asked = Asked::new(chance, exam.question(chance, 0), 1, 1);
        let mut bits = vec![0; count * self.words];
        for tree in 0..self.trees {
            asked.put(exam.question(chance, tree));
            for leaf in 0..count {
                let moment = Moment { round: 0, turn: from + leaf as u32 };
                let right = asked.right(asked.answer(&mind, moment, 0.0).said.option());
                bits[leaf * self.words + tree as usize / 64] |= u64::from(right) << (tree % 64);
            }
        }
        bits
    }

    pub fn nodes(&self) -> usize {
        self.bits.len() / self.words
    }

    /// What organization 0 holds at a node.
    pub fn shown(&self, node: usize) -> bool {
        self.bits[node * self.words] & 1 == 1
    }

    pub fn done(&self) -> bool {
        self.level >= self.shape.levels()
    }

    /// One level up. At the top nothing changes.
    pub fn climb(&mut self, rng: &mut impl Rng) {
        if self.done() {
            return;
        }
        // Minds carry the shared failure in their luck already.
        let shared = if self.source == Source::Coin { self.law.shared } else { 0.0 };
        let gate =
            Gate { noise: Coin::of(0.5 * (1.0 - self.law.fidelity)), strike: Coin::of(shared) };
        let (below, fan_in) = (std::mem::take(&mut self.bits), self.law.fan_in as usize);
        let bits = match self.shape {
            Shape::Tree { levels, expanded } if expanded > 0 && self.level == 0 => {
                let slots = math::pow(f64::from(self.law.fan_in), f64::from(levels)) as usize;
                self.fill_slots(&below, slots, expanded as usize, &gate, rng)
            }
            Shape::Tree { .. } => self.gather_all(&below, fan_in, &gate, rng),
            Shape::Star { leaves } => self.gather_all(&below, leaves as usize, &gate, rng),
            Shape::Chain { .. } => {
                let own = self.fresh(2, 1 + 2 * self.level, rng);
                self.relay(&below, &own, &gate, rng)
            }
            Shape::Single => below,
        };
        self.bits = bits;
        self.level += 1;
    }

    fn gather_all(
        &mut self,
        below: &[u64],
        fan_in: usize,
        gate: &Gate,
        rng: &mut impl Rng,
    ) -> Vec<u64> {
        let parents = below.len() / self.words / fan_in;
        let mut above = vec![0; parents * self.words];
        self.scrambled = vec![false; parents * fan_in];
        self.struck = vec![false; parents];
        for parent in 0..parents {
            self.gather(below, parent * fan_in, fan_in, parent, &mut above, gate, rng);
        }
        above
    }

    /// The majority of `fan_in` messages from node `first` on, or one of them for all where the shock strikes.
    fn gather(
        &mut self,
        below: &[u64],
        first: usize,
        fan_in: usize,
        parent: usize,
        above: &mut [u64],
        gate: &Gate,
        rng: &mut impl Rng,
    ) {
        for word in 0..self.words {
            let mut votes = Votes::default();
            let mut common = 0;
            for child in first..first + fan_in {
                // A scrambled message is a fair coin: half of them are turned around.
                let turned = gate.noise.draw(rng);
                let heard = below[child * self.words + word] ^ turned;
                if child == first {
                    common = heard;
                }
                if word == 0 && child < self.scrambled.len() {
                    self.scrambled[child] = turned & 1 == 1;
                }
                votes.add(heard);
            }
            let struck = gate.strike.draw(rng);
            if word == 0 && parent < self.struck.len() {
                self.struck[parent] = struck & 1 == 1;
            }
            above[parent * self.words + word] =
                (struck & common) | (!struck & votes.at_least(fan_in as u32 / 2 + 1));
        }
    }

    /// The lowest level of a tree whose slots are not all full: the expanded ones are spread evenly by chance.
    fn fill_slots(
        &mut self,
        below: &[u64],
        slots: usize,
        expanded: usize,
        gate: &Gate,
        rng: &mut impl Rng,
    ) -> Vec<u64> {
        let (fan_in, words) = (self.law.fan_in as usize, self.words);
        let mut above = vec![0; slots * words];
        (self.scrambled, self.struck) = (Vec::new(), vec![false; slots]);
        let (mut next, mut left) = (0, expanded);
        for slot in 0..slots {
            // Selection sampling: each set of slots is equally likely.
            let open = (slots - slot) as u64;
            let expand = ((u128::from(rng.next_u64()) * u128::from(open)) >> 64) < left as u128;
            if expand {
                self.gather(below, next, fan_in, slot, &mut above, gate, rng);
                (next, left) = (next + fan_in, left - 1);
            } else {
                above[slot * words..(slot + 1) * words]
                    .copy_from_slice(&below[next * words..(next + 1) * words]);
                next += 1;
            }
        }
        above
    }

    fn relay(&mut self, below: &[u64], own: &[u64], gate: &Gate, rng: &mut impl Rng) -> Vec<u64> {
        (self.scrambled, self.struck) = (vec![false], vec![false]);
        let mut above = vec![0; self.words];
        for word in 0..self.words {
            let (turned, struck) = (gate.noise.draw(rng), gate.strike.draw(rng));
            let (heard, a, b) = (below[word] ^ turned, own[word], own[self.words + word]);
            if word == 0 {
                (self.scrambled[0], self.struck[0]) = (turned & 1 == 1, struck & 1 == 1);
            }
            above[word] = (struck & heard) | (!struck & ((heard & a) | (heard & b) | (a & b)));
        }
        above
    }

    /// Mean signed correctness over the nodes of this level and all organizations. The standard error takes
    /// organizations as the independent units.
    pub fn sample(&self) -> Sample {
        let rest = self.trees as usize % 64;
        let mask = if rest == 0 { u64::MAX } else { (1 << rest) - 1 };
        let right: u64 = self
            .bits
            .chunks_exact(self.words)
            .map(|node| {
                let last = u64::from((node[self.words - 1] & mask).count_ones());
                node[..self.words - 1].iter().map(|w| u64::from(w.count_ones())).sum::<u64>() + last
            })
            .sum();
        let all = self.nodes() as f64 * f64::from(self.trees);
        let mean = 2.0 * right as f64 / all - 1.0;
        Sample { mean, error: ((1.0 - mean * mean).max(0.0) / all).sqrt() }
    }
}

/// How many of the trees asked for can be held.
pub fn trees_for(shape: Shape, fan_in: u32, asked: u32, source: Source) -> u32 {
    let most = if source == Source::Coin { LANES_MAX } else { ANSWERS_MAX };
    f64::from(asked).min((most / shape.leaves(fan_in)).max(1.0)) as u32
}

/// All the way up, and what the root holds.
pub fn simulate(
    shape: Shape,
    law: Law,
    leaf: f64,
    trees: u32,
    source: Source,
    rng: &mut impl Rng,
) -> Sample {
    let mut forest = Forest::grow(shape, law, leaf, trees, source, rng);
    while !forest.done() {
        forest.climb(rng);
    }
    forest.sample()
}

struct Gate {
    noise: Coin,
    strike: Coin,
}

/// 64 coins at once, to 32 bits of the probability.
#[derive(Clone, Copy, Debug)]
struct Coin {
    /// p 2^32.
    bar: u64,
}

impl Coin {
    fn of(p: f64) -> Self {
        Self { bar: (p.clamp(0.0, 1.0) * 4_294_967_296.0).round() as u64 }
    }

    /// Each lane compares a random number with p, bit by bit from the top, until all lanes are decided: about seven
    /// words whatever p is.
    fn draw(self, rng: &mut impl Rng) -> u64 {
        if self.bar >= 1 << 32 {
            return u64::MAX;
        }
        let (mut below, mut open) = (0, u64::MAX);
        for bit in (0..32).rev() {
            // No one bits left: a lane that is equal so far will not fall below.
            if open == 0 || self.bar & ((2 << bit) - 1) == 0 {
                break;
            }
            let word = rng.next_u64();
            if self.bar >> bit & 1 == 1 {
                below |= open & !word;
                open &= word;
            } else {
                open &= !word;
            }
        }
        below
    }
}

/// Votes of 64 lanes, counted in binary: plane k holds bit k of every lane's count.
#[derive(Clone, Copy, Debug, Default)]
struct Votes {
    plane: [u64; 24],
    used: usize,
}

impl Votes {
    fn add(&mut self, vote: u64) {
        let mut carry = vote;
        let mut k = 0;
        while carry != 0 {
            let sum = self.plane[k] ^ carry;
            carry &= self.plane[k];
            self.plane[k] = sum;
            k += 1;
            self.used = self.used.max(k);
        }
    }

    /// Lanes with at least `bar` votes.
    fn at_least(&self, bar: u32) -> u64 {
        if bar >> self.used != 0 {
            return 0;
        }
        let (mut above, mut equal) = (0, u64::MAX);
        for k in (0..self.used).rev() {
            if bar >> k & 1 == 1 {
                equal &= self.plane[k];
            } else {
                above |= equal & self.plane[k];
                equal &= !self.plane[k];
            }
        }
        above | equal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rng(seed: u64) -> impl Rng {
        Chance::new(seed).stream(0, "test")
    }

    #[test]
    fn coins_fall_at_their_rate() {
        for p in [0.0, 0.1, 0.5, 0.731, 1.0] {
            let (coin, mut rng) = (Coin::of(p), rng(1));
            let heads: u32 = (0..20_000).map(|_| coin.draw(&mut rng).count_ones()).sum();
            let rate = f64::from(heads) / (20_000.0 * 64.0);
            assert!((rate - p).abs() < 0.002, "{p}: {rate}");
        }
    }

    #[test]
    fn votes_are_counted_like_by_hand() {
        let mut rng = rng(2);
        for inputs in [3u32, 5, 31, 79] {
            let words: Vec<u64> = (0..inputs).map(|_| rng.next_u64()).collect();
            let mut votes = Votes::default();
            words.iter().for_each(|w| votes.add(*w));
            let majority = votes.at_least(inputs / 2 + 1);
            for lane in 0..64 {
                let by_hand = words.iter().filter(|w| *w >> lane & 1 == 1).count() as u32;
                assert_eq!(majority >> lane & 1 == 1, by_hand > inputs / 2);
            }
        }
    }

    /// Simulation and recursion agree within four standard errors, at every level of every shape.
    #[test]
    fn the_simulation_finds_the_recursion() {
        let cases = [
            (Shape::Tree { levels: 5, expanded: 0 }, 3, 0.2, 0.8, 0.1),
            (Shape::Tree { levels: 3, expanded: 0 }, 5, 0.0, 1.0, 0.05),
            (Shape::Tree { levels: 3, expanded: 0 }, 7, 0.5, 0.9, 0.3),
            (Shape::Tree { levels: 2, expanded: 0 }, 31, 1.0, 0.7, 0.4),
            (Shape::Star { leaves: 79 }, 3, 0.3, 0.8, 0.05),
            (Shape::Chain { relays: 8 }, 3, 0.2, 0.8, 0.1),
            (Shape::Single, 3, 0.2, 0.8, 0.2),
        ];
        for (shape, fan_in, shared, fidelity, leaf) in cases {
            let law = Law { fan_in, shared, fidelity };
            let mut rng = rng(3);
            let mut forest = Forest::grow(shape, law, leaf, 20_000, Source::Coin, &mut rng);
            for expected in shape.predict(&law, leaf) {
                let found = forest.sample();
                // The nodes of a level are independent only where trees do not share them: four errors of one node
                // a tree would be too wide, so the stated error is held with a floor.
                let far = (found.mean - expected).abs();
                assert!(
                    far < 4.0 * found.error.max(0.0005),
                    "{shape:?}: {found:?}, theory {expected}"
                );
                forest.climb(&mut rng);
            }
            assert_eq!(forest.nodes(), 1);
        }
    }

    #[test]
    fn trees_of_any_number_of_leaves_follow_the_recursion() {
        let law = Law { fan_in: 3, shared: 0.1, fidelity: 0.9 };
        for leaves in [3.0, 5.0, 40.0, 100.0, 500.0] {
            let shape = Shape::tree(3, leaves);
            assert!((shape.leaves(3) - leaves).abs() < 2.0);
            let found = simulate(shape, law, 0.1, 40_000, Source::Coin, &mut rng(5));
            let expected = shape.predict(&law, 0.1).pop().unwrap();
            assert!((found.mean - expected).abs() < 0.02, "{leaves}: {found:?} {expected}");
        }
    }

    #[test]
    fn minds_at_the_leaves_are_right_as_often_as_coins() {
        let law = Law { fan_in: 3, shared: 0.3, fidelity: 1.0 };
        let shape = Shape::Tree { levels: 3, expanded: 0 };
        let source = Source::Minds(Chance::new(4));
        let forest = Forest::grow(shape, law, 0.3, 4_000, source, &mut rng(1));
        assert!((forest.sample().mean - 0.3).abs() < 0.03, "{:?}", forest.sample());
    }

    #[test]
    fn too_large_a_forest_has_fewer_trees() {
        let law = Law { fan_in: 3, shared: 0.1, fidelity: 0.9 };
        let shape = Shape::Star { leaves: 1_999_999 };
        let forest = Forest::grow(shape, law, 0.1, 100_000, Source::Coin, &mut rng(1));
        assert_eq!(forest.trees, 200);
    }
}
