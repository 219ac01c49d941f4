//! The rollouts of one prompt, their rewards and their advantages: where the arms differ.

use super::card::{Params, Reward};
use engine::policy::advantage::{self, Median};
use engine::policy::pg::Mean;
use engine::policy::tasks::gym9::{self, LENGTH, Prompt};
use engine::policy::tiny_ar::Rollouts;
use rand::{Rng, RngExt};

/// A reward this near to the usual one is on no side of it.
const NEAR: f32 = 1e-3;

/// What stands for "usual" in an advantage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Center {
    /// The mean of G rollouts.
    Mean,
    /// The mean of G + 1 rollouts, of which the one with the smallest reward is then left out.
    PlusOne,
    /// The mean of G rollouts, advantages then turned around at random.
    Flipped,
    /// The median of G + 1 rollouts, of which the pivot is then left out.
    Median,
    /// Nothing is learned.
    Untrained,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arm {
    pub center: Center,
    pub loss: Mean,
}

impl Arm {
    pub const fn of(center: Center, loss: Mean) -> Self {
        Self { center, loss }
    }

    /// Rollouts drawn for a prompt.
    pub fn rollouts(self, group: u32) -> u32 {
        match self.center {
            Center::Median | Center::PlusOne => group + 1,
            Center::Mean | Center::Flipped | Center::Untrained => group,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Group {
    pub prompt: Prompt,
    /// [rollouts, 2]: mark and answer.
    pub said: Vec<u8>,
    pub log_old: Vec<f32>,
    /// [rollouts]
    pub reward: Vec<f32>,
    pub advantage: Vec<f32>,
    /// The rollout that set the bar and is not learned from.
    pub left_out: Option<usize>,
    /// Mean reward of many other rollouts of the same policy.
    pub usual: f32,
}

impl Group {
    pub fn size(&self) -> usize {
        self.reward.len()
    }

    pub fn said(&self, rollout: usize) -> &[u8] {
        &self.said[rollout * LENGTH..][..LENGTH]
    }

    pub fn log_old(&self, rollout: usize) -> &[f32] {
        &self.log_old[rollout * LENGTH..][..LENGTH]
    }

    /// The rollouts that are learned from.
    pub fn kept(&self) -> impl Iterator<Item = usize> {
        (0..self.size()).filter(|rollout| Some(*rollout) != self.left_out)
    }

    /// Takes over what was drawn, and pays it.
    pub fn take(&mut self, drawn: &Rollouts, params: &Params) {
        self.said.clone_from(&drawn.tokens);
        self.log_old.clone_from(&drawn.log_old);
        self.reward.clear();
        self.reward.extend(paid(&self.prompt, &drawn.tokens, params));
    }

    /// Steps 3 to 7 of the method, or what a baseline does in their place.
    pub fn judge(&mut self, arm: Arm, params: &Params, flips: &mut impl Rng) {
        let Self { reward, advantage, left_out, .. } = self;
        *left_out = None;
        let by_mean = match arm.loss {
            Mean::Constant => advantage::mean,
            Mean::Rollouts | Mean::Tokens => advantage::mean_std,
        };
        match arm.center {
            Center::Mean => by_mean(reward, advantage),
            Center::PlusOne => {
                by_mean(reward, advantage);
                *left_out = smallest(reward);
            }
            Center::Flipped => {
                by_mean(reward, advantage);
                for one in advantage.iter_mut() {
                    let turned = flips.random::<f64>() < params.flip_share;
                    *one = if turned { -*one } else { *one };
                }
            }
            Center::Median => {
                // Inside Dr. GRPO nothing is divided, neither by the deviation nor by the MAD.
                let floor = (arm.loss != Mean::Constant).then_some(params.eps_mad as f32);
                let rule = Median { floor, compensated: params.compensate };
                *left_out = Some(rule.center(reward, advantage));
            }
            Center::Untrained => {
                advantage.clear();
                advantage.resize(reward.len(), 0.0);
            }
        }
    }

    /// Whether a rollout is pushed at all, and on a side of the usual reward: only then a push can be wrong.
    pub fn is_counted(&self, rollout: usize) -> bool {
        let side = self.reward[rollout] - self.usual;
        Some(rollout) != self.left_out && self.advantage[rollout] != 0.0 && side.abs() > NEAR
    }

    /// Whether a rollout is pushed against its side of the usual reward.
    pub fn is_flipped(&self, rollout: usize) -> bool {
        let side = self.reward[rollout] - self.usual;
        self.is_counted(rollout) && (self.advantage[rollout] > 0.0) != (side > 0.0)
    }
}

fn smallest(reward: &[f32]) -> Option<usize> {
    let least = reward.iter().copied().fold(f32::INFINITY, f32::min);
    reward.iter().position(|r| *r == least)
}

/// The rewards of outputs [rollouts, 2].
pub fn paid<'a>(
    prompt: &'a Prompt,
    said: &'a [u8],
    params: &'a Params,
) -> impl Iterator<Item = f32> + 'a {
    said.chunks_exact(LENGTH).map(move |said| match params.reward {
        Reward::Graded => gym9::graded(prompt, params.digits, said),
        Reward::Strict01 => gym9::strict01(prompt, params.digits, said),
    })
}
