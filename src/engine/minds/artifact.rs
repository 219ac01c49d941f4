//! Work on texts with aspects: seeing what is missing, mending it, and what mending breaks elsewhere.

use super::answer::Moment;
use super::judge::hit_rate;
use super::mind::Mind;
use super::normal;
use super::task::Artifact;
use crate::chance::Chance;
use rand::RngExt;

/// Below this quality an aspect is deficient.
pub const DEFICIENT: f64 = 0.9;

/// How strongly an edit works and how much it breaks elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Craft {
    /// g: share of the missing quality that an edit adds.
    pub gain: f64,
    /// s: side damage to every other aspect.
    pub damage: f64,
    /// Knowledge of the aspect is at hand; without it an edit adds nothing.
    pub knowledge: bool,
}

impl Default for Craft {
    fn default() -> Self {
        Self { gain: 0.5, damage: 0.06, knowledge: true }
    }
}

/// One look at aspect `k`; whether the mind acted. A deficient aspect is seen at the hit rate, a sound one "seen" at
/// the false-alarm rate.
pub fn refine(
    chance: Chance,
    mind: &Mind,
    sharpness: f64,
    text: &mut Artifact,
    k: usize,
    craft: Craft,
    moment: Moment,
) -> bool {
    let address = [text.id, mind.id, k as u32, moment.round, moment.turn];
    let mut rng = chance.at("an editor's hand", &address);
    let seen = if text.quality[k] < DEFICIENT {
        hit_rate(sharpness, mind.false_alarm)
    } else {
        mind.false_alarm
    };
    if rng.random::<f64>() >= seen {
        return false;
    }
    for (aspect, quality) in text.quality.iter_mut().enumerate() {
        if aspect == k {
            *quality += if craft.knowledge { craft.gain * (1.0 - *quality) } else { 0.0 };
        } else {
            *quality -= craft.damage * *quality * rng.random::<f64>();
        }
    }
    true
}

/// The options whose need the planner sees: nhat_k = 1\[need\] D + N(0,1)/sqrt 2 above D/2, the most needed first.
pub fn plan(
    chance: Chance,
    planner: &Mind,
    sharpness: f64,
    task: u32,
    need: &[bool],
    moment: Moment,
) -> Vec<u32> {
    let mut rng =
        chance.at("a planner's view of the need", &[task, planner.id, moment.round, moment.turn]);
    let mut seen: Vec<(f64, u32)> = Vec::new();
    for (k, need) in need.iter().enumerate() {
        let truth = if *need { sharpness } else { 0.0 };
        let perceived = truth + normal(&mut rng) / std::f64::consts::SQRT_2;
        if perceived > sharpness / 2.0 {
            seen.push((perceived, k as u32));
        }
    }
    seen.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    seen.into_iter().map(|(_, k)| k).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;

    #[test]
    fn a_planner_sees_need_as_its_sharpness_allows() {
        // P(nhat > D/2 | need) = Phi(D / sqrt 2), and one minus that without need.
        let need: Vec<bool> = (0..20_000).map(|k| k % 2 == 0).collect();
        let seen = plan(Chance::new(3), &Mind::default(), 1.2, 0, &need, Moment::default());
        let hits = seen.iter().filter(|k| **k % 2 == 0).count() as f64 / 10_000.0;
        let alarms = seen.iter().filter(|k| **k % 2 == 1).count() as f64 / 10_000.0;
        let expected = math::phi(1.2 / std::f64::consts::SQRT_2);
        assert!((hits - expected).abs() < 0.015 && (alarms - (1.0 - expected)).abs() < 0.015);
    }

    #[test]
    fn an_edit_mends_its_aspect_and_wears_the_others() {
        let mut acted = 0;
        for id in 0..2000 {
            let mut text = Artifact {
                id,
                need: vec![true; 3],
                quality: vec![0.4, 0.8, 1.0],
                units: vec![1; 3],
            };
            let craft = Craft::default();
            if refine(Chance::new(1), &Mind::default(), 0.9, &mut text, 0, craft, Moment::default())
            {
                acted += 1;
                assert!((text.quality[0] - 0.7).abs() < 1e-12);
                assert!((0.8 * 0.94..=0.8).contains(&text.quality[1]));
            } else {
                assert_eq!(text.quality, [0.4, 0.8, 1.0]);
            }
        }
        assert!((f64::from(acted) / 2000.0 - hit_rate(0.9, 0.1)).abs() < 0.03);
    }
}
