//! The speed baseline: agents as objects with lists of their own, visited one by one in random order. The same model
//! and the same coins, so it lives through the same days, to the bit.

use super::city::City;
use super::days::Luck;
use engine::math;
use engine::population::agents::Coins;
use engine::population::epidemic::{
    DEAD, Disease, EXPOSED, INFECTED, RECOVERED, STAGES, SUSCEPTIBLE,
};
use rand::RngExt;

struct Person {
    number: u32,
    stage: u8,
    next: u8,
    since: u32,
    receptivity: f32,
    near: Vec<u32>,
}

/// A person's own 16 bytes, its list's head (24) and its place in the order (4), as on a machine of 64 bits: a reading
/// is the same everywhere.
const PERSON_BYTES: usize = 44;

pub struct Crowd {
    people: Vec<Person>,
    order: Vec<u32>,
    pub caught: Vec<u32>,
    pub left: u32,
}

impl Crowd {
    pub fn new(city: &City, seeds: &[u32]) -> Self {
        let person = |number: u32| Person {
            number,
            stage: SUSCEPTIBLE,
            next: SUSCEPTIBLE,
            since: 0,
            receptivity: city.world.receptivity[number as usize],
            near: city.world.graph.row(number).to_vec(),
        };
        let mut people: Vec<Person> = (0..city.world.agents()).map(person).collect();
        seeds.iter().for_each(|i| people[*i as usize].stage = EXPOSED);
        Self { order: (0..city.world.agents()).collect(), people, caught: Vec::new(), left: 0 }
    }

    pub fn day(&mut self, disease: &Disease, r: f32, day: u32, luck: Luck) {
        let catches = Coins::new(luck.chance.at("who is caught", &[luck.run, day]));
        let dies = Coins::new(luck.chance.at("who dies", &[luck.run, day]));
        let mut rng = luck.chance.at("who is visited when", &[luck.run, day]);
        for last in (1..self.order.len()).rev() {
            self.order.swap(last, rng.random_range(0..=last as u32) as usize);
        }
        self.caught.clear();
        self.left = 0;
        for at in 0..self.order.len() {
            let next = self.visit(self.order[at] as usize, disease, r, day, catches, dies);
            let person = &mut self.people[self.order[at] as usize];
            person.next = next;
            if person.stage == SUSCEPTIBLE && next == EXPOSED {
                self.caught.push(person.number);
            }
            self.left += u32::from(person.stage == INFECTED && next != INFECTED);
        }
        for person in &mut self.people {
            if person.stage == SUSCEPTIBLE && person.next == EXPOSED {
                person.since = day;
            }
            person.stage = person.next;
        }
    }

    fn visit(
        &self,
        at: usize,
        disease: &Disease,
        r: f32,
        day: u32,
        catches: Coins,
        dies: Coins,
    ) -> u8 {
        let person = &self.people[at];
        let days = day - person.since;
        match person.stage {
            SUSCEPTIBLE => {
                let weigh = |other: &u32| {
                    let other = &self.people[*other as usize];
                    match other.stage {
                        EXPOSED | INFECTED => disease.weight[(day - other.since) as usize],
                        _ => 0.0,
                    }
                };
                let exposure: f32 = person.near.iter().map(weigh).sum();
                let p = 1.0 - math::exp_f32(-(r * person.receptivity * exposure));
                if catches.unit(person.number) < p { EXPOSED } else { SUSCEPTIBLE }
            }
            EXPOSED if days >= disease.exposed_days => INFECTED,
            INFECTED if days >= disease.days() => {
                match dies.lands(person.number, disease.mortality) {
                    true => DEAD,
                    false => RECOVERED,
                }
            }
            same => same,
        }
    }

    pub fn stages(&self) -> impl Iterator<Item = u8> + '_ {
        self.people.iter().map(|p| p.stage)
    }

    pub fn count(&self) -> [u32; STAGES] {
        let mut count = [0; STAGES];
        self.stages().for_each(|stage| count[stage as usize] += 1);
        count
    }

    /// Objects and their lists, without what the allocator adds.
    pub fn bytes(&self) -> usize {
        self.people.iter().map(|p| PERSON_BYTES + 4 * p.near.len()).sum()
    }
}
