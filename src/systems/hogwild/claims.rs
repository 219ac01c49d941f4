//! What the paper says, as experiments.

use super::card::*;
use lexicon::*;

pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "exact",
        says: "Turning queries by a block's offset replaces computing its keys anew, and changes nothing.",
        source: "section on concurrent attention with rotary positions",
        tests: "Turned queries and turned keys against all layers of all words computed anew, in every step of two \
                workers on two problems: the logits differ by less than .001.",
        setting: "problems=2&items=8",
        seeds: 5,
        test: Test::Between { metric: GAP, arm: "recompute", at: At::Last, low: 0.0, high: 1e-3 },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "faster",
        says: "Under the same number of sequential steps, two workers get further than one.",
        source: "accuracy against budget on LIMO; project page",
        tests: "Jobs done right after a quarter, a half and three quarters of the steps that one worker takes; and one \
                worker takes more than 1.3 times the steps of two.",
        setting: "problems=64",
        seeds: 10,
        test: Test::All(&[
            Test::Higher {
                metric: DONE,
                arm: "hog_2",
                than: "single",
                at: At::Round(20),
                ratio: 1.0,
            },
            Test::Higher {
                metric: DONE,
                arm: "hog_2",
                than: "single",
                at: At::Round(40),
                ratio: 1.0,
            },
            Test::Higher {
                metric: DONE,
                arm: "hog_2",
                than: "single",
                at: At::Round(60),
                ratio: 1.0,
            },
            Test::Lower {
                metric: STEPS,
                arm: "hog_2",
                than: "single",
                at: At::Last,
                ratio: 1.0 / 1.3,
            },
        ]),
        expect: Expect::Reproduced,
    },
    Claim {
        id: "see",
        says: "To divide work, workers have to see each other's unfinished words.",
        source: "layouts compared; discussion of interleaved caches",
        tests: "Jobs done twice: fewer where unfinished steps are seen than where only finished ones are, fewer there \
                than where nothing is.",
        setting: "problems=64",
        seeds: 10,
        test: Test::Ordered {
            metric: REDUNDANT,
            arms: &["hog_2", "hog_interleaved", "independent_2"],
            at: At::Last,
        },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "untuned",
        says: "It works without teaching for collaboration.",
        source: "abstract",
        tests: "A net taught on one worker's text alone: two workers take fewer steps than one.",
        setting: "weights=strict&problems=64",
        seeds: 10,
        test: Test::Lower { metric: STEPS, arm: "hog_2", than: "single", at: At::Last, ratio: 1.0 },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "limits",
        says: "Where work is sequential there is nothing to gain.",
        source: "limitations",
        tests: "Chained jobs: two workers take no fewer steps than one, within one step in twenty.",
        setting: "task=chain&problems=64",
        seeds: 10,
        test: Test::Gap {
            metric: STEPS,
            arm: "hog_2",
            than: "single",
            at: At::Last,
            low: -4.0,
            high: 1_000.0,
        },
        expect: Expect::NotReproduced {
            why: "Two workers say END after half the steps, but by guessing: one begins the next job while the result \
                  it needs is still being written. Of the jobs 4 in 10 come out right instead of 98 in 100, so \
                  nothing is gained; the next claim counts that. A reasoning model would wait.",
        },
    },
    Claim {
        id: "limits_right",
        says: "Where work is sequential, a second worker gets no more done rightly.",
        source: "ours: added after the verdict on limits",
        tests: "Chained jobs: two workers have fewer jobs right at the end than one.",
        setting: "task=chain&problems=64",
        seeds: 10,
        test: Test::Lower { metric: DONE, arm: "hog_2", than: "single", at: At::Last, ratio: 1.0 },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "scaling",
        says: "More workers are faster still, with diminishing returns.",
        source: "accuracy against budget, 2 to 4 workers",
        tests: "Four workers take fewer steps than two, but more than half as many: added up over workers, more.",
        setting: "problems=64",
        seeds: 10,
        test: Test::All(&[
            Test::Lower { metric: STEPS, arm: "hog_4", than: "hog_2", at: At::Last, ratio: 1.0 },
            Test::Higher { metric: WORK, arm: "hog_4", than: "hog_2", at: At::Last, ratio: 1.0 },
        ]),
        expect: Expect::Reproduced,
    },
];
