//! A day in the city: decisions, transmission, progression, tests and quarantine (AgentTorch's substeps).

use super::city::City;
use engine::chance::Chance;
use engine::gpu::Gpu;
use engine::math;
use engine::population::agents::{Coins, Decisions, slices};
use engine::population::epidemic::gradient::Tape;
use engine::population::epidemic::{ARCHETYPES, Disease, Isolation, NEAR_BINS, State, archetype};
use engine::population::neighbors::Neighbors;
use engine::run::Ctx;

/// Repository: who is offered a test takes it, a sick one's is positive, a healthy one's is, days to the result.
const TEST_COMPLIANCE: f32 = 0.95;
const TRUE_POSITIVE: f32 = 0.80;
const FALSE_POSITIVE: f32 = 0.30;
const RESULT_DAYS: usize = 3;
/// "Cases last week".
const WEEK: usize = 7;
/// Age groups that the targeted policy asks to stay at home: the seventh to the ninth.
const OLD: u8 = 6;

/// Who decides day by day whether to stay at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolates {
    Nobody,
    Everybody,
    Old,
}

#[derive(Clone, Debug)]
pub struct Rules {
    pub isolates: Isolates,
    /// a0 and a1 of q = sigmoid(a0 + a1 ln(1 + cases per 1000 last week)).
    pub base: f64,
    pub slope: f64,
    /// First day of tests and quarantine, if there are any.
    pub quarantine_from: Option<u32>,
    pub quarantine_days: u32,
    pub compliance: f32,
    pub breaks: f32,
}

/// Coins by name, run and day: no two runs share luck, all arms do.
#[derive(Clone, Copy)]
pub struct Luck {
    pub chance: Chance,
    pub run: u32,
}

impl Luck {
    fn coins(&self, what: &str, day: u32) -> Coins {
        Coins::new(self.chance.at(what, &[self.run, day]))
    }
}

/// An epidemic under way in a city, and what is remembered of it. All lists keep their memory from day to day.
#[derive(Default)]
pub struct Outbreak {
    pub state: State,
    /// The sums of a day over everybody's contacts.
    pub neighbors: Neighbors,
    pub decisions: Option<Decisions>,
    /// Members of each archetype today.
    members: Vec<u32>,
    /// Those that fell ill, by archetype, of the last seven days.
    cases: [Vec<u32>; WEEK],
    /// Tests under way, by the day of their result.
    pending: [Vec<u32>; RESULT_DAYS],
    quarantined: Vec<u32>,
    pub caught: Vec<u32>,
    pub ill: Vec<u32>,
    pub left: Vec<u32>,
    pub tests: u64,
}

impl Outbreak {
    pub fn new(city: &City, gpu: Option<Gpu>) -> Self {
        let mut made = Self { state: State::new(city.world.agents()), ..Self::default() };
        made.neighbors = Neighbors::of(&city.world.graph, gpu);
        made.decisions = Some(Decisions::new(ARCHETYPES as u32));
        made.restart(city, &[]);
        made
    }

    /// Day 0, with these agents exposed.
    pub fn restart(&mut self, city: &City, seeds: &[u32]) {
        self.state.reset();
        seeds.iter().for_each(|i| self.state.seed(*i));
        self.members.clear();
        self.members.resize(ARCHETYPES, 0);
        city.world.age.iter().for_each(|age| self.members[archetype(*age, 0)] += 1);
        for cases in &mut self.cases {
            cases.clear();
            cases.resize(ARCHETYPES, 0);
        }
        self.pending.iter_mut().for_each(Vec::clear);
        self.quarantined.clear();
        self.caught.clear();
        self.ill.clear();
        self.left.clear();
    }

    pub fn quarantined(&self) -> u32 {
        self.quarantined.len() as u32
    }

    pub fn bytes(&self) -> usize {
        // Lists of a day hold a share of the agents; what they have grown to counts.
        let lists = [&self.caught, &self.ill, &self.left, &self.quarantined];
        let held: usize = lists.iter().map(|l| l.capacity()).sum();
        let pending: usize = self.pending.iter().map(Vec::capacity).sum();
        self.state.bytes() + 4 * (held + pending)
    }

    /// One whole day with transmission at `r`.
    pub async fn day(
        &mut self,
        city: &City,
        disease: &Disease,
        rules: &Rules,
        r: f32,
        luck: Luck,
        tape: Option<&mut Tape>,
        ctx: &mut Ctx,
    ) {
        self.morning(disease, rules, luck);
        self.meet(city).await;
        ctx.breathe().await;
        self.evening(city, disease, rules, r, luck, tape, ctx).await;
    }

    /// Everybody's exposure: the sum of their contacts' weights.
    pub async fn meet(&mut self, city: &City) {
        let State { weight, exposure, .. } = &mut self.state;
        self.neighbors.sum(&city.world.graph, weight, exposure).await;
    }

    /// Before anybody meets: decisions, quarantine, and who weighs how much.
    pub fn morning(&mut self, disease: &Disease, rules: &Rules, luck: Luck) {
        self.state.day += 1;
        let day = self.state.day;
        if rules.isolates != Isolates::Nobody {
            self.decide(rules);
        }
        if rules.quarantine_from.is_some() {
            self.quarantine(rules, luck, day);
        }
        for slice in slices(self.state.stage.len() as u32) {
            self.state.weigh(disease, slice);
        }
    }

    /// Everybody has met: who is exposed, who falls ill, who recovers or dies, who takes a test.
    pub async fn evening(
        &mut self,
        city: &City,
        disease: &Disease,
        rules: &Rules,
        r: f32,
        luck: Luck,
        tape: Option<&mut Tape>,
        ctx: &mut Ctx,
    ) {
        let day = self.state.day;
        let (catches, stays) =
            (luck.coins("who is caught", day), luck.coins("who stays at home", day));
        let dies = luck.coins("who dies", day);
        let decisions = self.decisions.take();
        let isolation = decisions
            .as_ref()
            .filter(|_| rules.isolates != Isolates::Nobody)
            .map(|d| Isolation { chance: &d.chance, coins: stays });
        if let Some(tape) = tape {
            tape.note(&city.world, &self.state, r, catches, isolation);
        }
        self.caught.clear();
        for slice in slices(city.world.agents()) {
            self.state.expose(&city.world, r, catches, isolation, slice, &mut self.caught);
            ctx.breathe().await;
        }
        self.decisions = decisions;
        self.state.take(&self.caught);
        self.ill.clear();
        self.left.clear();
        for slice in slices(city.world.agents()) {
            self.state.progress(disease, dies, slice, &mut self.ill, &mut self.left);
        }
        if rules.isolates != Isolates::Nobody {
            self.tell_neighbors(city);
        }
        if rules.quarantine_from.is_some_and(|from| day >= from) {
            self.test(city, luck, day);
        }
    }

    /// One call of the mind for each archetype.
    fn decide(&mut self, rules: &Rules) {
        let (members, cases) = (&self.members, &self.cases);
        let chance = |a: usize| {
            if rules.isolates == Isolates::Old && ((a / NEAR_BINS) as u8) < OLD {
                return 0.0;
            }
            let week: u32 = cases.iter().map(|day| day[a]).sum();
            let per_1000 = 1e3 * f64::from(week) / f64::from(members[a].max(1));
            math::sigmoid(rules.base + rules.slope * math::ln_1p(per_1000))
        };
        if let Some(decisions) = &mut self.decisions {
            decisions.ask(chance);
        }
    }

    /// Results of three days ago, and those who break out.
    fn quarantine(&mut self, rules: &Rules, luck: Luck, day: u32) {
        let breaks = luck.coins("who breaks quarantine", day);
        let held = &mut self.state.held;
        self.quarantined.retain(|&agent| {
            let until = &mut held[agent as usize];
            if breaks.lands(agent, rules.breaks) {
                *until = 0;
            }
            u32::from(*until) > day
        });
        let complies = luck.coins("who complies with quarantine", day);
        for agent in self.pending[day as usize % RESULT_DAYS].drain(..) {
            let until = &mut held[agent as usize];
            if u32::from(*until) <= day && complies.lands(agent, rules.compliance) {
                *until = (day + rules.quarantine_days) as u16;
                self.quarantined.push(agent);
            }
        }
    }

    /// Who fell ill today and all in the household are offered a test; positives wait for their result.
    fn test(&mut self, city: &City, luck: Luck, day: u32) {
        let takes = luck.coins("who takes a test", day);
        let result = luck.coins("what a test says", day);
        // The slot of today was emptied this morning: it comes up again in three days.
        let due = &mut self.pending[day as usize % RESULT_DAYS];
        let mut last = u32::MAX;
        for &sick in &self.ill {
            // Sick ones come in rising order, so a household with two of them is asked once.
            if std::mem::replace(&mut last, city.home[sick as usize]) == city.home[sick as usize] {
                continue;
            }
            for agent in city.household(sick).filter(|a| takes.lands(*a, TEST_COMPLIANCE)) {
                self.tests += 1;
                let carries = matches!(self.state.stage[agent as usize], 1 | 2);
                if result.lands(agent, if carries { TRUE_POSITIVE } else { FALSE_POSITIVE }) {
                    due.push(agent);
                }
            }
        }
    }

    /// Keeps the archetypes true: neighbors of those who fell ill have one more near, and one less when it is over.
    fn tell_neighbors(&mut self, city: &City) {
        let today = &mut self.cases[self.state.day as usize % WEEK];
        today.fill(0);
        let age = &city.world.age;
        for &agent in &self.ill {
            today[archetype(age[agent as usize], self.state.sick_near[agent as usize])] += 1;
        }
        for (list, more) in [(&self.ill, true), (&self.left, false)] {
            for &agent in list {
                for &other in city.world.graph.row(agent) {
                    let near = &mut self.state.sick_near[other as usize];
                    let before = archetype(age[other as usize], *near);
                    *near = if more { *near + 1 } else { *near - 1 };
                    let after = archetype(age[other as usize], *near);
                    self.members[before] -= 1;
                    self.members[after] += 1;
                }
            }
        }
    }
}
