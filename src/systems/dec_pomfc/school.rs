//! The shipped policies: how they are taught, how they are kept, how they are taken over.

use super::learner::{Arm, Learner};
use super::rule::Field;
use super::swarm::Task;
use super::{DecPomfc, Params, Start};
use engine::run::{Ctx, System, block_on};
use lexicon::Fault;

/// Seeds from 1,000 on are never judged.
const SEED: u32 = 1_000;
/// Updates of a lesson, and what differs from the defaults in them: larger batches, so that the last update is as good
/// as any.
pub const UPDATES: u32 = 150;
const EPISODES: u32 = 16;
const MINIBATCH: u32 = 200;

/// Coming together is not among them: after so many updates its policy is no better than doing nothing.
const LESSONS: [(Task, &str, &[u8]); 2] = [
    (Task::Kuramoto, "kuramoto.bin", include_bytes!("kuramoto.bin")),
    (Task::Vicsek, "vicsek.bin", include_bytes!("vicsek.bin")),
];

/// `murmur train dec-pomfc`: the kernel learner of each task at the default dials, from scratch. The same bytes on
/// every machine.
pub fn teach(tell: &mut dyn FnMut(&str)) -> Result<Vec<(&'static str, Vec<u8>)>, Fault> {
    let mut files = Vec::new();
    for (task, name, _) in LESSONS {
        let params = Params {
            task,
            start: Start::Scratch,
            n_eval: vec![100.0],
            episodes: EPISODES,
            minibatch: MINIBATCH,
            ..Params::default()
        };
        let mut ctx = Ctx::new(SEED);
        let mut system = DecPomfc::start(&params, Arm::Pomfc(Field::Rbf), &mut ctx)?;
        for update in 1..=UPDATES {
            block_on(system.step(&mut ctx))?;
            if update.is_multiple_of(25) {
                let [zero, script] = system.reference;
                let gain = (system.evaluated - zero) / (script - zero);
                tell(&format!("{name}: update {update} of {UPDATES}, gain {gain:.2}"));
            }
        }
        files.push((name, packed(&system.learner.weights())));
    }
    Ok(files)
}

/// The weights shipped for a task.
pub fn shipped(task: Task) -> Vec<f32> {
    let lesson = LESSONS.iter().find(|(taught, _, _)| *taught == task);
    lesson.map_or(Vec::new(), |(_, _, bytes)| unpacked(bytes))
}

/// Takes the shipped weights over where they fit; else a sentence that says why the arm begins from scratch.
pub fn take_over(params: &Params, arm: Arm, learner: &mut Learner) -> String {
    let default = Params::default();
    let own = matches!(arm, Arm::Pomfc(Field::Rbf) | Arm::OpenLoop);
    if !own || LESSONS.iter().all(|(task, _, _)| *task != params.task) {
        return "No trained start is shipped for this arm and task: it begins from scratch.".into();
    }
    let same = params.state_width == default.state_width && params.view_width == default.view_width;
    if same && learner.load(&shipped(params.task)) {
        return format!(
            "Starts from a policy that {UPDATES} updates have taught; every round teaches it further. “Start” set to \
             scratch shows it learn from nothing."
        );
    }
    "The shipped policy has other kernels or layers (state_centres, state_width, view_width, hidden): this one begins \
     from scratch."
        .into()
}

/// The upper halves of the numbers, rounded to nearest: eight bits of precision are plenty for a policy.
fn packed(weights: &[f32]) -> Vec<u8> {
    let half = |w: &f32| ((u64::from(w.to_bits()) + 0x8000) >> 16) as u16;
    weights.iter().flat_map(|w| half(w).to_le_bytes()).collect()
}

fn unpacked(bytes: &[u8]) -> Vec<f32> {
    let number = |two: &[u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(*two)) << 16);
    bytes.as_chunks::<2>().0.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::chance::Chance;

    #[test]
    fn packed_weights_come_back_within_half_a_percent() {
        let weights = [0.0, 1.0, -1.0, 0.123_456, -3.9e-5, 7.77];
        for (kept, was) in unpacked(&packed(&weights)).iter().zip(&weights) {
            assert!((kept - was).abs() <= 0.004 * was.abs(), "{kept} {was}");
        }
    }

    #[test]
    fn the_shipped_weights_fit_the_default_learner_of_each_task() {
        for (task, name, _) in LESSONS {
            let params = Params { task, ..Params::default() };
            let mut rng = Chance::new(1).stream(0, "weights");
            let mut learner = Learner::new(&params, Arm::Pomfc(Field::Rbf), &mut rng).unwrap();
            assert!(take_over(&params, Arm::Pomfc(Field::Rbf), &mut learner).starts_with("Starts"));
            assert_eq!(learner.weights(), shipped(task), "{name}");
            let wide = Params { hidden: 32, ..params };
            let mut learner = Learner::new(&wide, Arm::Pomfc(Field::Rbf), &mut rng).unwrap();
            let before = learner.weights();
            assert!(take_over(&wide, Arm::Pomfc(Field::Rbf), &mut learner).contains("hidden"));
            assert_eq!(learner.weights(), before);
        }
    }

    #[test]
    fn a_shipped_policy_is_taught_on() {
        let params = Params { episodes: 1, n_eval: vec![10.0, 20.0], ..Params::default() };
        let mut ctx = Ctx::new(1);
        let mut system = DecPomfc::start(&params, Arm::Pomfc(Field::Rbf), &mut ctx).unwrap();
        let shipped = shipped(params.task);
        assert_eq!(system.learner.weights(), shipped);
        block_on(system.step(&mut ctx)).unwrap();
        let moved = system.learner.weights().iter().zip(&shipped).filter(|(a, b)| a != b).count();
        assert!(moved > shipped.len() / 2, "{moved} of {} weights", shipped.len());
    }

    #[test]
    fn a_shipped_policy_is_far_better_than_none() {
        for (task, name, _) in LESSONS {
            let tried = |start| {
                let params =
                    Params { task, start, episodes: 1, n_eval: vec![100.0], ..Params::default() };
                let mut ctx = Ctx::new(1);
                let mut system =
                    DecPomfc::start(&params, Arm::Pomfc(Field::Rbf), &mut ctx).unwrap();
                block_on(system.step(&mut ctx)).unwrap();
                let [zero, script] = system.reference;
                (system.evaluated - zero) / (script - zero)
            };
            let [scratch, trained] = [Start::Scratch, Start::Trained].map(tried);
            assert!(trained > scratch + 0.2, "{name}: {trained} against {scratch}");
        }
    }
}
