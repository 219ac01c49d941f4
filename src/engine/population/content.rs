//! Posts as points on a sphere, words as ids: what a platform needs to know of a text to recommend it.
//!
//! Topics are random directions; a post leans towards its topic, towards its author's home, and a little anywhere.
//! Ours, in the place of the TwHIN-BERT vectors of OASIS (arXiv 2411.11581, section 2.3).

use crate::chance::normal;
use crate::math;
use crate::tensor::kernels::dot_by_eight;
use rand::{Rng, RngExt};

/// Dimensions of the space of topics.
pub const D: usize = 32;

/// A direction, of length 1 unless said otherwise.
pub type Vector = [f32; D];

pub fn dot(a: &Vector, b: &Vector) -> f32 {
    dot_by_eight(a, b)
}

/// The vector at length 1; one of no length stays as it is.
pub fn normalized(mut v: Vector) -> Vector {
    let length = dot(&v, &v).sqrt();
    if length > 0.0 {
        v.iter_mut().for_each(|x| *x /= length);
    }
    v
}

/// Cosine of any two vectors; 0 where one has no length.
pub fn cosine(a: &Vector, b: &Vector) -> f32 {
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

/// g / sqrt(D), g normal: of length about 1 in a random direction.
fn noise(rng: &mut impl Rng) -> Vector {
    let scale = 1.0 / (D as f64).sqrt();
    std::array::from_fn(|_| (normal(rng) * scale) as f32)
}

/// A sum of weighted vectors, at length 1.
fn blend(parts: &[(f32, &Vector)]) -> Vector {
    normalized(std::array::from_fn(|i| parts.iter().map(|(w, v)| w * v[i]).sum()))
}

/// The space of topics, and how posts and people lie in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Topics {
    /// Unit vectors, one a topic.
    pub centers: Vec<Vector>,
    /// wt, wh, wn: weights of topic, home and noise in a post.
    pub weights: [f32; 3],
}

impl Topics {
    /// Our choice: the topic leads, the author's hand is seen, no two posts are alike.
    pub const WEIGHTS: [f32; 3] = [1.0, 0.5, 0.6];

    /// `topics` random directions.
    pub fn new(topics: u32, weights: [f32; 3], rng: &mut impl Rng) -> Self {
        Self { centers: (0..topics).map(|_| normalized(noise(rng))).collect(), weights }
    }

    /// v = normalize(wt c_k + wh h_a + wn g / sqrt(D)).
    pub fn post(&self, topic: u32, home: &Vector, rng: &mut impl Rng) -> Vector {
        let [wt, wh, wn] = self.weights;
        blend(&[(wt, &self.centers[topic as usize]), (wh, home), (wn, &noise(rng))])
    }

    /// The home of somebody interested in these topics: their mean, and something of one's own (weight wn).
    pub fn home(&self, topics: impl Iterator<Item = u32>, rng: &mut impl Rng) -> Vector {
        let own = noise(rng);
        let mut sum: Vector = std::array::from_fn(|i| self.weights[2] * own[i]);
        for topic in topics {
            let center = &self.centers[topic as usize];
            sum.iter_mut().zip(center).for_each(|(s, c)| *s += c);
        }
        normalized(sum)
    }
}

/// Zipf's exponent of the words of all.
const ZIPF: f64 = 1.1;
/// Share of an agent's tokens that come from its own words, of those that are not coined.
const PERSONAL: f64 = 0.7;

/// Words as ids below `words`; coined ones count upwards from there.
#[derive(Clone, Debug, PartialEq)]
pub struct Vocabulary {
    /// Cumulative shares of the words by rank, ending at 1.
    shares: Vec<f64>,
    coined: u32,
}

impl Vocabulary {
    /// `words` words (at least one) whose frequencies follow Zipf's law with exponent 1.1.
    pub fn new(words: u32) -> Self {
        let mut shares: Vec<f64> = Vec::with_capacity(words.max(1) as usize);
        for rank in 1..=words.max(1) {
            let before = shares.last().copied().unwrap_or(0.0);
            shares.push(before + math::pow(f64::from(rank), -ZIPF));
        }
        let whole = shares.last().copied().unwrap_or(1.0);
        shares.iter_mut().for_each(|s| *s /= whole);
        Self { shares, coined: words.max(1) }
    }

    /// A word of all, by its frequency.
    pub fn word(&self, rng: &mut impl Rng) -> u32 {
        let u: f64 = rng.random();
        self.shares.partition_point(|s| *s <= u).min(self.shares.len() - 1) as u32
    }

    /// An agent's own words: `count` draws from those of all.
    pub fn personal(&self, count: u32, rng: &mut impl Rng) -> Vec<u32> {
        (0..count).map(|_| self.word(rng)).collect()
    }

    /// One token of a post: with chance `coinage` a brand-new id, else 70 % of the agent's own words, 30 % of all.
    /// Three draws, whatever comes of them.
    pub fn token(&mut self, personal: &[u32], coinage: f64, rng: &mut impl Rng) -> u32 {
        let (new, own): (f64, f64) = (rng.random(), rng.random());
        let shared = self.word(rng);
        if new < coinage {
            self.coined = self.coined.saturating_add(1);
            return self.coined - 1;
        }
        let at = own / PERSONAL;
        match personal.get((at * personal.len() as f64) as usize) {
            Some(word) if at < 1.0 => *word,
            _ => shared,
        }
    }
}

/// FNV-1a, 64 bits, of `n` consecutive tokens, for every place in the post.
pub fn ngrams(tokens: &[u32], n: usize) -> impl Iterator<Item = u64> + '_ {
    tokens.windows(n.max(1)).map(|window| {
        let bytes = window.iter().flat_map(|token| token.to_le_bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    #[test]
    fn a_post_is_near_its_topic_and_near_those_who_care_for_it() {
        let mut rng = Chance::new(3).at("topics", &[]);
        let topics = Topics::new(8, Topics::WEIGHTS, &mut rng);
        let (mut near, mut far) = (0.0, 0.0);
        for i in 0..400 {
            let home = topics.home([i % 8, (i + 1) % 8].into_iter(), &mut rng);
            let author = topics.home(std::iter::once(i % 8), &mut rng);
            let post = topics.post(i % 8, &author, &mut rng);
            let other = topics.post((i + 4) % 8, &author, &mut rng);
            assert!((dot(&post, &post) - 1.0).abs() < 1e-5);
            near += cosine(&home, &post) / 400.0;
            far += cosine(&home, &other) / 400.0;
        }
        assert!(near > 0.5 && far < 0.35 && near - far > 0.25, "{near} {far}");
    }

    #[test]
    fn nothing_has_no_direction() {
        assert_eq!(normalized([0.0; D]), [0.0; D]);
        assert_eq!(cosine(&[0.0; D], &[1.0; D]), 0.0);
    }

    #[test]
    fn words_follow_zipf_and_coined_ones_are_new() {
        let mut rng = Chance::new(4).at("words", &[]);
        let mut all = Vocabulary::new(1_000);
        let mut counts = vec![0u32; 1_000];
        (0..50_000).for_each(|_| counts[all.word(&mut rng) as usize] += 1);
        let ratio = f64::from(counts[0]) / f64::from(counts[1]);
        assert!((ratio - math::pow(2.0, ZIPF)).abs() < 0.2, "{ratio}");
        let own = all.personal(20, &mut rng);
        let tokens: Vec<u32> = (0..2_000).map(|_| all.token(&own, 0.1, &mut rng)).collect();
        let mut new: Vec<u32> = tokens.iter().copied().filter(|t| *t >= 1_000).collect();
        assert!((120..280).contains(&new.len()), "{}", new.len());
        let coined = new.len();
        new.dedup();
        assert_eq!(new.len(), coined, "no word is coined twice");
        let mine = tokens.iter().filter(|t| own.contains(t)).count();
        assert!(mine > 1_150, "{mine}");
        assert!(all.token(&[], 0.0, &mut rng) < 1_000);
    }

    #[test]
    fn ngrams_are_fnv_of_the_ids() {
        // FNV-1a of four zero bytes, by the reference implementation.
        assert_eq!(ngrams(&[0], 1).next(), Some(0x4d25_767f_9dce_13f5));
        assert_eq!(ngrams(&[1, 2, 3], 2).count(), 2);
        assert_eq!(ngrams(&[1], 2).count(), 0);
        assert_ne!(ngrams(&[1, 2], 2).next(), ngrams(&[2, 1], 2).next());
    }
}
