//! What the paper claims, as experiments.

use super::card::{CUMULATIVE, DRAWDOWN, LOG_CUMULATIVE, OSCILLATION, SPREAD};
use lexicon::*;

pub const ALL: &[Claim] = &[C1, C2, C3, C4, C5, C6];

const SEEDS: u32 = 8;

const fn higher(metric: Metric, arm: &'static str, than: &'static str, ratio: f64) -> Test {
    Test::Higher { metric, arm, than, at: At::Last, ratio }
}

const C1: Claim = Claim {
    id: "c1",
    says: "Half own, half shared rollouts give 94 % more reward in all than none shared (1093 against 562).",
    source: "Section 5, Figure 1",
    tests: "Rewards summed over 200 rounds: 4/4 more than 8/0, and at least one and a half times as much.",
    setting: "",
    seeds: SEEDS,
    test: higher(CUMULATIVE, "mix_4_4", "mix_8_0", 1.5),
    expect: Expect::DirectionOnly,
};

const C2: Claim = Claim {
    id: "c2",
    says: "Every mix that shares beats none shared.",
    source: "Section 5, Figure 1",
    tests: "Rewards summed over 200 rounds: 6/2, 4/4 and 2/6 each more than 8/0.",
    setting: "",
    seeds: SEEDS,
    test: Test::All(&[
        higher(CUMULATIVE, "mix_6_2", "mix_8_0", 1.0),
        higher(CUMULATIVE, "mix_4_4", "mix_8_0", 1.0),
        higher(CUMULATIVE, "mix_2_6", "mix_8_0", 1.0),
    ]),
    expect: Expect::Reproduced,
};

const C3: Claim = Claim {
    id: "c3",
    says: "Balance is best: 4/4 is above 6/2 and 2/6 (1093 against 854 and 946).",
    source: "Section 5, Figure 1",
    tests: "Rewards summed over 200 rounds, shared ones five rounds old: 4/4 more than 2/6 and than 6/2.",
    setting: "",
    seeds: SEEDS,
    test: Test::All(&[
        higher(CUMULATIVE, "mix_4_4", "mix_2_6", 1.0),
        higher(CUMULATIVE, "mix_4_4", "mix_6_2", 1.0),
    ]),
    expect: Expect::Inconclusive {
        why: "The mixes that share lie within three percent of one another: on tasks this small, two fresh lessons a \
              round or three make hardly a difference, and what is five rounds old is nearly as good as new.",
    },
};

const C4: Claim = Claim {
    id: "c4",
    says: "Who relies on others too much oscillates and forgets.",
    source: "Section 5, Figure 2",
    tests: "200 rounds: the mean change of the reward in a round, and the mean fall of the smoothed reward below its \
            peak, both larger at 2/6 than at 4/4.",
    setting: "",
    seeds: SEEDS,
    test: Test::All(&[
        higher(OSCILLATION, "mix_2_6", "mix_4_4", 1.0),
        higher(DRAWDOWN, "mix_2_6", "mix_4_4", 1.0),
    ]),
    expect: Expect::Inconclusive {
        why: "In 200 rounds all curves still rise: there is hardly a fall below the peak in any mix, and the change \
              from round to round is mostly the luck of the questions, larger at 2/6 only by a little.",
    },
};

const C5: Claim = Claim {
    id: "c5",
    says: "The right format spreads through the swarm without being rewarded by itself.",
    source: "Section 4.3",
    tests: "Rounds from the first node that writes the right mark more often than not to the median node: fewer at \
            4/4 than at 8/0, where the count goes on to the end if the median node never does.",
    setting: "",
    seeds: SEEDS,
    test: Test::Lower { metric: SPREAD, arm: "mix_4_4", than: "mix_8_0", at: At::Last, ratio: 1.0 },
    expect: Expect::Reproduced,
};

const C6: Claim = Claim {
    id: "c6",
    says: "Stronger models gain little by sharing.",
    source: "Section 6, the open demo: no consistent gain for Qwen3-0.6B, a gain for Qwen2.5-0.5B",
    tests: "Rewards summed over 200 rounds, 4/4 over 8/0: the ratio is larger from the weak base than from one with \
            300 steps, the right mark in 0.3 and blind answers in 0.3 of its examples.",
    setting: "",
    seeds: SEEDS,
    test: Test::Interaction {
        metric: LOG_CUMULATIVE,
        pair: ["mix_4_4", "mix_8_0"],
        other: [
            "mix_4_4?base_steps=300&format_share=0.3&label_noise=0.3",
            "mix_8_0?base_steps=300&format_share=0.3&label_noise=0.3",
        ],
        at: At::Last,
    },
    expect: Expect::Reproduced,
};
