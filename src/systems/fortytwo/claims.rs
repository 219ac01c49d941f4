//! The paper's statements as experiments.

use super::card::*;
use lexicon::*;

pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "c1",
        says: "On GPQA Diamond the swarm is right 85.90 % of the time, a majority vote of the same models 68.69 %.",
        source: "abstract",
        tests: "300 questions with four options, twelve nodes of accuracy .60: accuracy of the swarm is higher than of \
                the majority. (The nodes are calibrated to these two numbers: .71 and .87 were expected.)",
        setting: "",
        seeds: 10,
        test: Test::Higher {
            metric: ACCURACY,
            arm: "swarm",
            than: "majority",
            at: At::Last,
            ratio: 1.0,
        },
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c2",
        says: "Ranking beats voting because judging is easier than solving.",
        source: "abstract",
        tests: "The lead of the ranking over a vote of the same nodes rises with judging sharpness (0 to 1.6), and is at \
                most .02 at .4.",
        setting: "",
        seeds: 10,
        test: Test::All(&[
            Test::Trend {
                metric: LIFT,
                arm: "swarm",
                at: At::Last,
                dial: "judging",
                values: &[0.0, 0.4, 0.8, 1.2, 1.6],
                rises: true,
            },
            Test::Between {
                metric: LIFT,
                arm: "swarm?judging=0.4",
                at: At::Last,
                low: -1.0,
                high: 0.02,
            },
        ]),
        expect: Expect::Inconclusive {
            why: "The lead rises clearly with sharpness. At .4 it is about .012 on the mean, with an interval from 0 to \
                  .026: on the right side of .02 or not, ten seeds of 300 questions cannot tell.",
        },
    },
    Claim {
        id: "c3",
        says: "Reputation filters bad nodes.",
        source: "abstract",
        tests: "Three of ten nodes attack: their share of all reputation falls to half or less within 300 requests, and \
                the swarm is more often right than the same ranking without reputation.",
        setting: "byzantine=0.3",
        seeds: 10,
        test: Test::All(&[
            Test::Between { metric: BYZ_LEFT, arm: "swarm", at: At::Last, low: 0.0, high: 0.5 },
            Test::Higher {
                metric: ACCURACY,
                arm: "swarm",
                than: "bt_unweighted",
                at: At::Last,
                ratio: 1.0,
            },
        ]),
        expect: Expect::Inconclusive {
            why: "The swarm is far better than the ranking without reputation, and in nine of ten seeds the attackers' \
                  share falls to .2 to .6 of its start. In the tenth three honest candidates failed the entry test; \
                  the attackers, then four of nine and of one voice, won the rankings, and reputation flowed to them \
                  (1.7 of the start). Feedback from one's own ranking has two ends.",
        },
    },
    Claim {
        id: "c4",
        says: "Planted texts cost the swarm 0.12 % of accuracy, a single model 6.20 %.",
        source: "abstract",
        tests: "A planted text in every request: accuracy that the swarm loses is less than a third of what a single \
                node loses.",
        setting: "injected=1",
        seeds: 10,
        test: Test::Lower {
            metric: DEGRADATION,
            arm: "swarm",
            than: "single",
            at: At::Last,
            ratio: 0.333,
        },
        expect: Expect::DirectionOnly,
    },
    Claim {
        id: "c5",
        says: "Entry tests and stakes make Sybils unattractive.",
        source: "proof of capability",
        tests: "Fifty minds that guess ask for admission: less than one in a hundred is admitted, and the swarm is more \
                often right than one without an entry test.",
        setting: "sybils=50",
        seeds: 20,
        test: Test::All(&[
            Test::Between { metric: ADMIT_SYBIL, arm: "swarm", at: At::Last, low: 0.0, high: 0.01 },
            Test::Higher {
                metric: ACCURACY,
                arm: "swarm",
                than: "swarm_open",
                at: At::Last,
                ratio: 1.0,
            },
        ]),
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c6",
        says: "Judges that write 50 to 100 tokens of reasons rank better.",
        source: "multi-token reasoning",
        tests: "Accuracy of the swarm is higher than with judges half as sharp (our reading of a verdict without \
                reasons).",
        setting: "",
        seeds: 10,
        test: Test::Higher {
            metric: ACCURACY,
            arm: "swarm",
            than: "swarm_noreason",
            at: At::Last,
            ratio: 1.0,
        },
        expect: Expect::Reproduced,
    },
];
