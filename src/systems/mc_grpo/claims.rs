//! What the paper claims, as experiments.

use super::card::{ACCURACY, FLIP_RATE};
use lexicon::*;

pub const ALL: &[Claim] = &[C1, C2, C3, C3_WITHIN_ONE, C4, C5];

const SEEDS: u32 = 8;

const fn higher(arm: &'static str, than: &'static str) -> Test {
    Test::Higher { metric: ACCURACY, arm, than, at: At::Tail, ratio: 1.0 }
}

const C1: Claim = Claim {
    id: "c1",
    says: "In small groups a median baseline turns fewer advantages the wrong way than the mean.",
    source: "Abstract",
    tests: "Two rollouts a prompt, 400 updates: the share of pushes that go against the rollout's side of the \
            policy's usual reward (64 extra rollouts), over the whole run.",
    setting: "",
    seeds: SEEDS,
    test: Test::Lower { metric: FLIP_RATE, arm: "mc_grpo", than: "grpo", at: At::Mean, ratio: 1.0 },
    expect: Expect::Reproduced,
};

const C2: Claim = Claim {
    id: "c2",
    says: "With two rollouts a prompt the median is more accurate (GSM8K, Qwen3-1.7B: 4.62 points).",
    source: "Abstract; the number from a public summary of the paper's highlights",
    tests: "Two rollouts a prompt, 400 updates: accuracy at the end, median less mean. The size is shown beside the \
            paper's, not asked for.",
    setting: "",
    seeds: SEEDS,
    test: higher("mc_grpo", "grpo"),
    expect: Expect::Reproduced,
};

const C3: Claim = Claim {
    id: "c3",
    says: "The median narrows the gap between two and eight rollouts a prompt.",
    source: "Abstract",
    tests: "600 updates: what eight rollouts gain over two with the mean, less what they gain with the median.",
    setting: "rounds=600",
    seeds: SEEDS,
    test: Test::Interaction {
        metric: ACCURACY,
        pair: ["grpo?group=8", "grpo?group=2"],
        other: ["mc_grpo?group=8", "mc_grpo?group=2"],
        at: At::Tail,
    },
    expect: Expect::Reproduced,
};

const C3_WITHIN_ONE: Claim = Claim {
    id: "c3_within_one",
    says: "That gap is then within one point.",
    source: "Abstract",
    tests: "600 updates: what eight rollouts gain over two with the median is at most 0.01.",
    setting: "rounds=600",
    seeds: SEEDS,
    test: Test::Gap {
        metric: ACCURACY,
        arm: "mc_grpo?group=8",
        than: "mc_grpo?group=2",
        at: At::Tail,
        low: -1.0,
        high: 0.01,
    },
    expect: Expect::NotReproduced {
        why: "A net this small is far from what it can learn after 600 updates, so four times the rollouts still teach \
              it more: 12 points more. The gap of the mean is 21 points; only that it shrinks is reproduced.",
    },
};

const C4: Claim = Claim {
    id: "c4",
    says: "The same replacement helps inside DAPO and Dr. GRPO.",
    source: "Abstract",
    tests: "Two rollouts a prompt, 400 updates: accuracy at the end with the median higher than without, in both.",
    setting: "",
    seeds: SEEDS,
    test: Test::All(&[higher("mc_dapo", "dapo"), higher("mc_dr_grpo", "dr_grpo")]),
    expect: Expect::Inconclusive {
        why: "Both gain on average (0.31 against 0.27 and 0.28). Inside Dr. GRPO seven of eight seeds do; in one the \
              policy settles on few answers (entropy below 0.2 nats) and ends 8 points lower.",
    },
};

const C5: Claim = Claim {
    id: "c5",
    says: "Wrong signs by themselves do harm.",
    source: "The sign-flip ablation of the released trainer",
    tests: "Two rollouts a prompt, 400 updates: accuracy at the end with one advantage in five turned around, less \
            that with none.",
    setting: "",
    seeds: SEEDS,
    test: Test::Lower {
        metric: ACCURACY,
        arm: "flip?flip_share=0.2",
        than: "flip?flip_share=0",
        at: At::Tail,
        ratio: 1.0,
    },
    expect: Expect::Reproduced,
};
