//! krABMaga's contestant: flocking by the declared rule on its own field and schedule. One question a line
//! (`work seconds`), one line of JSON as answer, as `contestant.py` does.

use krabmaga::engine::agent::Agent;
use krabmaga::engine::fields::field::Field;
use krabmaga::engine::fields::field_2d::{Field2D, Location2D, toroidal_distance, toroidal_transform};
use krabmaga::engine::location::Real2D;
use krabmaga::engine::schedule::Schedule;
use krabmaga::engine::state::State;
use std::any::Any;
use std::fmt::{Display, Formatter};
use std::hash::{Hash, Hasher};
use std::io::{BufRead, stdin};
use std::time::Instant;

const STEPS: u32 = 100;
const SPEED: f32 = 1.0;
const COHERE: f32 = 0.03;
const SEPARATION: f32 = 1.0;
const SEPARATE: f32 = 0.015;
const MATCH: f32 = 0.05;
const HEADINGS: u32 = 0x4800_0000;

/// The declared numbers that are no chance.
fn hash(of: u32) -> u32 {
    let x = (of ^ (of >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

fn unit(of: u32) -> f64 {
    f64::from(hash(of) >> 8) / 16_777_216.0
}

#[derive(Clone, Copy)]
struct Bird {
    number: u32,
    at: Real2D,
    velocity: [f32; 2],
}

impl Hash for Bird {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl PartialEq for Bird {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Bird {}

impl Display for Bird {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.number)
    }
}

impl Location2D<Real2D> for Bird {
    fn get_location(self) -> Real2D {
        self.at
    }

    fn set_location(&mut self, at: Real2D) {
        self.at = at;
    }
}

impl Agent for Bird {
    /// The declared rule, on what stood in the field before the step: that is how its fields work.
    fn step(&mut self, state: &mut dyn State) {
        let flock = state.as_any().downcast_ref::<Flock>().expect("the only state there is");
        let (mut sum, mut count) = ([[0.0f32; 2]; 3], 0.0f32);
        for other in flock.field.get_neighbors_within_distance(self.at, flock.vision) {
            if other.number == self.number {
                continue;
            }
            let way = [
                toroidal_distance(other.at.x, self.at.x, flock.extent),
                toroidal_distance(other.at.y, self.at.y, flock.extent),
            ];
            let far = way[0] * way[0] + way[1] * way[1];
            let near = if far < SEPARATION * SEPARATION { 1.0 } else { 0.0 };
            count += 1.0;
            for axis in 0..2 {
                sum[0][axis] += way[axis];
                sum[1][axis] -= near * way[axis];
                sum[2][axis] += other.velocity[axis];
            }
        }
        let count = count.max(1.0);
        let turned = [0, 1].map(|axis| {
            let turn = COHERE * sum[0][axis] + SEPARATE * sum[1][axis] + MATCH * sum[2][axis];
            self.velocity[axis] + turn / count
        });
        let length = (turned[0] * turned[0] + turned[1] * turned[1]).sqrt();
        self.velocity = turned.map(|v| v / length);
        self.at = Real2D {
            x: toroidal_transform(self.at.x + SPEED * self.velocity[0], flock.extent),
            y: toroidal_transform(self.at.y + SPEED * self.velocity[1], flock.extent),
        };
        flock.field.set_object_location(*self, self.at);
    }
}

struct Flock {
    birds: u32,
    extent: f32,
    vision: f32,
    field: Field2D<Bird>,
}

impl Flock {
    fn new(size: &str) -> Option<Self> {
        let (birds, extent, vision) = match size {
            "small" => (200, 100.0, 5.0),
            "large" => (400, 150.0, 15.0),
            "crowd" => (20_000, 1_000.0, 5.0),
            _ => return None,
        };
        // The grain that its own flockers take: two thirds of what is seen.
        let field = Field2D::new(extent, extent, vision / 1.5, true);
        Some(Self { birds, extent, vision, field })
    }
}

impl State for Flock {
    fn init(&mut self, schedule: &mut Schedule) {
        for number in 0..self.birds {
            let place = |axis: u32| (unit(2 * number + axis) * f64::from(self.extent)) as f32;
            let cos = 2.0 * unit(HEADINGS + number) - 1.0;
            let side = if hash(HEADINGS + number) & 1 == 0 { 1.0 } else { -1.0 };
            let velocity = [cos as f32, (side * (1.0 - cos * cos).sqrt()) as f32];
            let bird = Bird { number, at: Real2D { x: place(0), y: place(1) }, velocity };
            self.field.set_object_location(bird, bird.at);
            schedule.schedule_repeating(Box::new(bird), 0.0, 0);
        }
    }

    fn update(&mut self, _: u64) {
        self.field.lazy_update();
    }

    fn reset(&mut self) {}

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn as_state(&self) -> &dyn State {
        self
    }

    fn as_state_mut(&mut self) -> &mut dyn State {
        self
    }
}

/// Runs the work once: updates, seconds, length of the mean heading in the end.
fn fly(size: &str) -> Option<(f64, f64, f64)> {
    let mut flock = Flock::new(size)?;
    let mut schedule = Schedule::new();
    flock.init(&mut schedule);
    let began = Instant::now();
    (0..STEPS).for_each(|_| schedule.step(&mut flock));
    let taken = began.elapsed().as_secs_f64();
    let mut sum = [0.0f64; 2];
    for agent in schedule.get_all_events() {
        let bird = agent.downcast_ref::<Bird>().expect("only birds are here");
        (0..2).for_each(|axis| sum[axis] += f64::from(bird.velocity[axis]));
    }
    let birds = f64::from(flock.birds);
    Some((birds * f64::from(STEPS), taken, sum[0].hypot(sum[1]) / birds))
}

fn main() {
    for line in stdin().lock().lines().map_while(Result::ok) {
        let (work, seconds) = line.split_once(' ').unwrap_or((&line, "0"));
        let size = work.strip_prefix("flocking/").unwrap_or_default();
        let seconds: f64 = seconds.parse().unwrap_or(0.0);
        let (mut units, mut taken, mut runs, mut check) = (0.0, 0.0, 0, 0.0);
        while runs == 0 || taken < seconds {
            let Some((done, spent, heading)) = fly(size) else { break };
            (units, taken, runs, check) = (units + done, taken + spent, runs + 1, heading);
        }
        if runs == 0 {
            println!("{{\"error\":\"no work of this name\"}}");
        } else {
            println!(
                "{{\"units\":{units},\"seconds\":{taken},\"runs\":{runs},\"check\":{check}}}"
            );
        }
    }
}
