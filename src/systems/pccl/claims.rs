//! The paper's claims as experiments.

use super::{
    BANDWIDTH, BYTES_SHARE, BYTES_STEP, COMM_SHARE, COMPLETED, PARITY, REDUCE_SECONDS, TEST_LOSS,
};
use lexicon::{At, Claim, Expect, Test};

const STRESS: &str = "kill=1.3&join=1.3";
const CALM: &str = "kill=0&join=0&rounds=20";

const fn exact(arm: &'static str) -> Test {
    Test::Exactly { metric: PARITY, arm, at: At::Last, value: 1.0 }
}

pub const CLAIMS: &[Claim] = &[
    Claim {
        id: "c1",
        says: "The shared state stays equal to the bit under any churn.",
        source: "abstract",
        tests: "Under stress, all accepted peers hold equal bits after every outer step, in every seed and DiLoCo arm.",
        setting: STRESS,
        seeds: 8,
        test: Test::All(&[
            exact("diloco"),
            exact("diloco_u8"),
            exact("async_diloco"),
            exact("async_diloco_u8"),
        ]),
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c2",
        says: "The run goes on under rapid churn.",
        source: "abstract; stress tests",
        tests: "Under stress DiLoCo completes every outer step; classic collectives complete fewer.",
        setting: STRESS,
        seeds: 8,
        test: Test::All(&[
            Test::Exactly { metric: COMPLETED, arm: "diloco", at: At::Last, value: 1.0 },
            Test::Lower {
                metric: COMPLETED,
                arm: "naive",
                than: "diloco",
                at: At::Last,
                ratio: 1.0,
            },
        ]),
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c3",
        says: "DiLoCo cuts communication sharply.",
        source: "section on DiLoCo",
        tests: "Bytes per inner step are at most 1.1/8 of DDP's at H = 8, and within 10 % of 1/8 of what averaging every step must send.",
        setting: CALM,
        seeds: 8,
        test: Test::All(&[
            Test::Lower {
                metric: BYTES_STEP,
                arm: "diloco",
                than: "ddp",
                at: At::Last,
                ratio: 0.1375,
            },
            Test::Between {
                metric: BYTES_SHARE,
                arm: "diloco",
                at: At::Last,
                low: 0.1125,
                high: 0.1375,
            },
        ]),
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c4",
        says: "Quantization cuts bandwidth further, at no loss.",
        source: "section on quantization",
        tests: "8 bits send 0.25 to 0.27 of the bytes (H = 8: 0.03125 to 0.03375 of averaging every step), and the held-out loss differs by less than 0.05 nats.",
        setting: CALM,
        seeds: 8,
        test: Test::All(&[
            Test::Between {
                metric: BYTES_SHARE,
                arm: "diloco_u8",
                at: At::Last,
                low: 0.031_25,
                high: 0.033_75,
            },
            Test::Within {
                metric: TEST_LOSS,
                arm: "diloco_u8",
                than: "diloco",
                at: At::Tail,
                margin: 0.05,
            },
        ]),
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c5",
        says: "Async DiLoCo can hide communication completely.",
        source: "section on async DiLoCo",
        tests: "Where computing takes longer than the all-reduce (H = 50, 200 ms a step), peers spend less than 2 % of their time not computing, and more than 10 % of it without overlap.",
        setting: "kill=0&join=0&inner_steps=50&compute_ms=200&rounds=8",
        seeds: 8,
        test: Test::All(&[
            Test::Between {
                metric: COMM_SHARE,
                arm: "async_diloco",
                at: At::Tail,
                low: 0.0,
                high: 0.02,
            },
            Test::Between { metric: COMM_SHARE, arm: "diloco", at: At::Tail, low: 0.1, high: 1.0 },
        ]),
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c6",
        says: "Several connections make use of long fat pipes.",
        source: "abstract (45 and 25 Gbit/s on real links; the numbers are not testable here)",
        tests: "Effective bandwidth rises over 1 to 8 connections, and 32 give no more than 16 (within 1 MB/s).",
        setting: "kill=0&join=0&rounds=4&inner_steps=1",
        seeds: 8,
        test: Test::All(&[
            Test::Trend {
                metric: BANDWIDTH,
                arm: "diloco",
                at: At::Mean,
                dial: "connections",
                values: &[1.0, 2.0, 4.0, 8.0],
                rises: true,
            },
            Test::Within {
                metric: BANDWIDTH,
                arm: "diloco?connections=32",
                than: "diloco?connections=16",
                at: At::Mean,
                margin: 1e6,
            },
        ]),
        expect: Expect::Reproduced,
    },
    Claim {
        id: "c7",
        says: "An order of the ring that knows the bandwidth helps.",
        source: "section on topology",
        tests: "An all-reduce takes less time in the best tour than in a random ring.",
        setting: "kill=0&join=0&rounds=4&inner_steps=1",
        seeds: 8,
        test: Test::Lower {
            metric: REDUCE_SECONDS,
            arm: "diloco",
            than: "ring_random",
            at: At::Mean,
            ratio: 1.0,
        },
        expect: Expect::Reproduced,
    },
];
