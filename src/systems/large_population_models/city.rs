//! The city: who lives, works and meets with whom. Ours; households after the US census, the rest as the story says.

use engine::chance::{Chance, normal};
use engine::math;
use engine::population::epidemic::World;
use engine::population::graph::{Csr, EDGES_MAX, NODES_MAX, room};
use lexicon::Fault;
use rand::{Rng, RngExt};

/// Households of 1 to 6 (shape of the US census).
const HOUSEHOLDS: [f64; 6] = [0.28, 0.35, 0.15, 0.13, 0.06, 0.03];
/// Ages by nine groups of ten years, the last from 80 (our choice, near the US pyramid).
const AGES: [f64; 9] = [0.12, 0.13, 0.14, 0.14, 0.12, 0.12, 0.12, 0.07, 0.04];
/// Age groups at school (below 20) and at work (below 70).
const PUPILS: std::ops::Range<u8> = 0..2;
const WORKERS: std::ops::Range<u8> = 2..7;
/// A workplace or class: log-normal, mean 12, spread of the logarithm .8 (ours).
const PLACE_MEAN: f64 = 12.0;
const PLACE_SPREAD: f64 = 0.8;
/// In it everyone meets the three next on either side around the table (ours: it bounds the edges).
const PLACE_REACH: usize = 3;
/// Who works does so near home: among so many in the order of homes (ours: a map then has neighborhoods).
const DISTRICT: usize = 2_000;
/// Mean number of random contacts, anywhere in the city.
const RANDOM_MEAN: f64 = 3.0;
/// Contacts of an agent that this generator makes on average, before it is drawn.
pub const MEAN_DEGREE: usize = 10;

pub struct City {
    pub world: World,
    /// First member of each agent's household; households are numbered through.
    pub home: Vec<u32>,
}

impl City {
    pub fn new(agents: u32, chance: Chance) -> Result<Self, Fault> {
        debug_assert!(agents <= NODES_MAX && EDGES_MAX >= MEAN_DEGREE * NODES_MAX as usize);
        room(agents, MEAN_DEGREE * agents as usize, "agents", "")?;
        let home = homes(agents, &mut chance.at("who lives with whom", &[]));
        let age = ages(&home, &mut chance.at("who is how old", &[]));
        let mut edges = Vec::with_capacity(MEAN_DEGREE * agents as usize / 2);
        housemates(&home, &mut edges);
        let mut rng = chance.at("who works with whom", &[]);
        // Children go to school where they live, workers meet others of their district.
        let of = |ages: std::ops::Range<u8>| -> Vec<u32> {
            (0..agents).filter(|i| ages.contains(&age[*i as usize])).collect()
        };
        places(&of(PUPILS), &mut rng, &mut edges);
        let mut workers = of(WORKERS);
        for district in workers.chunks_mut(DISTRICT) {
            for last in (1..district.len()).rev() {
                district.swap(last, rng.random_range(0..=last as u32) as usize);
            }
        }
        places(&workers, &mut rng, &mut edges);
        drop(workers);
        let mut rng = chance.at("who meets whom by chance", &[]);
        for _ in 0..(f64::from(agents) * RANDOM_MEAN / 2.0) as usize {
            edges.push((rng.random_range(0..agents), rng.random_range(0..agents)));
        }
        let graph = Csr::undirected(agents, &edges);
        drop(edges);
        Ok(Self { world: World::new(graph, age), home })
    }

    /// Everybody in an agent's household, itself included.
    pub fn household(&self, agent: u32) -> impl Iterator<Item = u32> + '_ {
        let first = self.home[agent as usize];
        (first..self.home.len() as u32).take_while(move |i| self.home[*i as usize] == first)
    }

    pub fn bytes(&self) -> usize {
        self.world.bytes() + 4 * self.home.len()
    }
}

/// A place in a list of shares that sum to 1.
fn drawn(shares: &[f64], rng: &mut impl Rng) -> usize {
    let mut left = rng.random::<f64>();
    let falls = |share: &f64| {
        left -= share;
        left < 0.0
    };
    shares.iter().position(falls).unwrap_or(shares.len() - 1)
}

fn homes(agents: u32, rng: &mut impl Rng) -> Vec<u32> {
    let mut home = Vec::with_capacity(agents as usize);
    while home.len() < agents as usize {
        let first = home.len() as u32;
        let size = (drawn(&HOUSEHOLDS, rng) + 1).min(agents as usize - home.len());
        home.extend(std::iter::repeat_n(first, size));
    }
    home
}

/// The first of a household is grown up.
fn ages(home: &[u32], rng: &mut impl Rng) -> Vec<u8> {
    let grown: f64 = AGES[PUPILS.end as usize..].iter().sum();
    let shares: Vec<f64> = AGES[PUPILS.end as usize..].iter().map(|a| a / grown).collect();
    home.iter()
        .enumerate()
        .map(|(i, first)| match *first as usize == i {
            true => PUPILS.end + drawn(&shares, rng) as u8,
            false => drawn(&AGES, rng) as u8,
        })
        .collect()
}

fn housemates(home: &[u32], edges: &mut Vec<(u32, u32)>) {
    for (i, first) in home.iter().enumerate() {
        edges.extend((*first..i as u32).map(|other| (other, i as u32)));
    }
}

/// Fills places with these people one after the other.
fn places(people: &[u32], rng: &mut impl Rng, edges: &mut Vec<(u32, u32)>) {
    let middle = math::ln(PLACE_MEAN) - PLACE_SPREAD * PLACE_SPREAD / 2.0;
    let mut left = people;
    while !left.is_empty() {
        let size = math::exp(middle + PLACE_SPREAD * normal(rng)).round().max(1.0) as usize;
        let (here, rest) = left.split_at(size.min(left.len()));
        for (at, who) in here.iter().enumerate() {
            // Around a small table the same two may be reached both ways: the graph drops doubles.
            let near = (1..=PLACE_REACH.min(here.len() / 2)).map(|by| (at + by) % here.len());
            edges.extend(near.map(|other| (*who, here[other])));
        }
        left = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_has_the_households_ages_and_contacts_it_says() {
        let city = City::new(60_000, Chance::new(1)).unwrap();
        let homes = city.home.iter().enumerate().filter(|(i, h)| *i == **h as usize).count();
        // Mean household: .28 + .7 + .45 + .52 + .3 + .18 = 2.43.
        assert!((60_000.0 / homes as f64 - 2.43).abs() < 0.03);
        assert!((city.world.graph.mean_degree() - MEAN_DEGREE as f64).abs() < 0.7);
        let members: Vec<u32> = city.household(7).collect();
        assert!(members.contains(&7));
        for a in &members {
            assert!(members.iter().all(|b| a == b || city.world.graph.has(*a, *b)));
        }
        assert!((0..9).all(|g| city.world.age.contains(&g)));
        assert_eq!(city.world.graph, City::new(60_000, Chance::new(1)).unwrap().world.graph);
        assert!(City::new(1_000, Chance::new(2)).unwrap().world.agents() == 1_000);
    }
}
