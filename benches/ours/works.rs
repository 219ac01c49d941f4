//! The declared works (`benches/DECLARATIONS.md`) on the engine's own parts: one module natively and in the page.

mod agents;
mod decoding;
mod dense;
mod federated;
mod messages;
mod policy;
mod population;
mod swarms;

/// One work, ready to be run again and again.
pub trait Work {
    /// Back to the declared start; not timed.
    fn reset(&mut self) {}
    /// Runs it once; how many units of it were done.
    fn run(&mut self) -> f64;
    /// A number that the declaration fixes, so that all contestants can be seen to do the same.
    fn check(&mut self) -> f64;
}

/// The work of this name, or none.
pub fn prepare(name: &str) -> Option<Box<dyn Work>> {
    let mut words = name.split('/');
    let (kind, size, more) = (words.next()?, words.next(), words.next());
    Some(match (kind, size?, more) {
        ("federated", net, Some(batch)) => {
            Box::new(federated::Federated::new(net, batch.parse().ok()?)?)
        }
        ("flocking", size, None) => Box::new(agents::Flocking::new(size, false)?),
        ("flocking-at-once", size, None) => Box::new(agents::Flocking::new(size, true)?),
        ("schelling", size, None) => Box::new(agents::Schelling::new(size)?),
        ("headings", agents, None) => Box::new(swarms::Headings::new(agents.parse().ok()?)?),
        ("pushes", side, Some(agents)) => {
            Box::new(swarms::Pushes::new(side.parse().ok()?, agents.parse().ok()?)?)
        }
        ("policy", "update", None) => Box::new(policy::Policy::new()),
        ("decoding", how, None) => Box::new(decoding::Decoding::new(how)?),
        ("messages", tokens, None) => Box::new(messages::Messages::new(tokens.parse().ok()?)?),
        ("epidemic", agents, None) => Box::new(population::Epidemic::new(agents.parse().ok()?)?),
        ("gemm", side, None) => Box::new(dense::Gemm::new(side.parse().ok()?)),
        #[cfg(target_arch = "wasm32")]
        ("peak", _, None) => Box::new(dense::Peak::default()),
        _ => return None,
    })
}

/// Runs a work until `seconds` are over, at least once: units done, seconds taken, runs.
pub fn turn(work: &mut dyn Work, seconds: f64, now: impl Fn() -> f64) -> (f64, f64, u32) {
    let (mut units, mut taken, mut runs) = (0.0, 0.0, 0);
    while runs == 0 || taken < seconds {
        work.reset();
        let began = now();
        units += work.run();
        taken += now() - began;
        runs += 1;
    }
    (units, taken, runs)
}

/// Works that were asked for; one at a time, so that what is over gives its memory back.
#[derive(Default)]
pub struct Prepared(Option<(String, Box<dyn Work>, f64)>);

impl Prepared {
    /// Answers `work seconds` with a line of JSON. The first question of a work warms it up and takes its check.
    pub fn answer(&mut self, line: &str, now: impl Fn() -> f64) -> String {
        let (name, seconds) = line.split_once(' ').unwrap_or((line, "0"));
        if self.0.as_ref().is_none_or(|(kept, ..)| kept != name) {
            self.0 = None;
            let Some(mut work) = prepare(name) else {
                return "{\"error\":\"no work of this name\"}".to_string();
            };
            let check = work.check();
            self.0 = Some((name.to_string(), work, check));
        }
        let (_, work, check) = self.0.as_mut().expect("it was just prepared");
        let (units, taken, runs) = turn(work.as_mut(), seconds.parse().unwrap_or(0.0), now);
        format!("{{\"units\":{units},\"seconds\":{taken},\"runs\":{runs},\"check\":{check}}}")
    }
}

/// The declared numbers that are no chance: a hash of 32 bits (Ellis, "lowbias32"), equal in every language.
pub fn hash(of: u32) -> u32 {
    let x = (of ^ (of >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// 24 of its bits, in [0, 1).
pub fn unit(of: u32) -> f64 {
    f64::from(hash(of) >> 8) / 16_777_216.0
}
