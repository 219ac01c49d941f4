//! The card: arms, metrics, claims, presets.

use super::Arm;
use lexicon::*;

pub const ORDER: Metric = Metric::higher("order", "Order", "").share();
pub const SETTLED: Metric =
    Metric::higher("settled", "Order, mean of the second half so far", "").share();
pub const SUSCEPTIBILITY: Metric =
    Metric::plain("susceptibility", "Susceptibility, N times the variance of the order", "")
        .sparse();
pub const HEEDED: Metric = Metric::plain("heeded", "Others heeded by an agent", "agents").sparse();

const VICSEK: &str = "model=vicsek";
const KURAMOTO: &str = "model=kuramoto";

pub const ARMS: &[ArmCard<Arm>] = &[
    ArmCard::method(Arm::Angular, "angular", "Vicsek, angular noise")
        .says("Takes the mean heading of those in range, and errs in turning to it.")
        .when(VICSEK),
    ArmCard::ablation(Arm::Vectorial, "vectorial", "Vicsek, vectorial noise")
        .says("Errs in what it sees of each of them, before the mean is taken.")
        .when(VICSEK),
    ArmCard::ablation(Arm::Topological, "topological", "Nearest neighbors, however far")
        .says("Heeds a fixed number of the nearest, as starlings do; angular noise.")
        .when(VICSEK)
        .extra(),
    ArmCard::baseline(Arm::Unaligned, "unaligned", "Nobody heeds anybody")
        .says("Each keeps its own heading, with the same noise.")
        .when(VICSEK),
    ArmCard::method(Arm::AllToAll, "all_to_all", "Kuramoto, all pull all")
        .says("Each phase is pulled to the mean phase of all.")
        .when(KURAMOTO),
    ArmCard::ablation(Arm::Near, "near", "Only those in range")
        .says("Each phase is pulled by those in range alone.")
        .when(KURAMOTO),
    ArmCard::baseline(Arm::Uncoupled, "uncoupled", "Nobody pulls anybody")
        .says("Each runs at its own frequency.")
        .when(KURAMOTO)
        .extra(),
    ArmCard::reference(Arm::Theory, "theory", "Mean field of infinitely many")
        .says("Kuramoto's order for infinitely many, all pulling all.")
        .when(KURAMOTO),
];

pub const CARD: Card = Card {
    id: "onset-of-order",
    version: 1,
    past: &[],
    title: "Onset of order",
    says: "Agents that heed their neighbors fall into step at once when noise falls, or coupling rises, past a point.",
    family: Family::Coordination,
    paper: Paper {
        title: "Novel type of phase transition in a system of self-driven particles",
        authors: "Vicsek, Czirók, Ben-Jacob, Cohen, Shochet",
        year: 1995,
        arxiv: Some("cond-mat/0611743"),
    },
    rounds: Horizon { default: 300, max: 10_000 },
    views: &["agents", "directions", "map"],
    metrics: &[ORDER, SETTLED, SUSCEPTIBILITY, HEEDED],
    claims: &[V1, V2, V3, V4, V5, K1, K2, K3, K4],
    presets: &[
        Preset { id: "small", label: "A hundred agents", query: "agents=100&rounds=60&seeds=2" },
        Preset {
            id: "flocks",
            label: "Little noise, few agents: flocks",
            query: "noise=0.1&density=0.5",
        },
        Preset { id: "gas", label: "Much noise: no order", query: "noise=5" },
        Preset {
            id: "kuramoto",
            label: "Oscillators at twice the critical coupling",
            query: "model=kuramoto",
        },
        Preset {
            id: "critical",
            label: "Oscillators at the critical coupling",
            query: "model=kuramoto&coupling=1&agents=10000",
        },
        Preset {
            id: "patches",
            label: "Oscillators that pull those in range alone",
            query: "model=kuramoto&coupling=4&agents=4000&arms=near,theory",
        },
        Preset {
            id: "topological",
            label: "Heed the seven nearest",
            query: "density=0.5&arms=angular,topological,unaligned",
        },
        Preset {
            id: "bands",
            label: "Vectorial noise: bands that travel",
            query: "agents=20000&density=2&speed=0.5&noise=3.6&rounds=2000&seeds=1&arms=vectorial,angular&scene=2",
        },
        Preset {
            id: "many",
            label: "A hundred thousand agents",
            query: "agents=100000&seeds=1&arms=angular",
        },
        Preset {
            id: "paper",
            label: "As in the paper, 300 agents in a square of side 5",
            query: "agents=300&density=12&speed=0.03&noise=0.1&rounds=1000&arms=angular,unaligned",
        },
    ],
    real: Real { trains: false, surrogate_minds: false },
    about: "onset_of_order.md",
};

const fn between(metric: Metric, arm: &'static str, low: f64, high: f64) -> Test {
    Test::Between { metric, arm, at: At::Last, low, high }
}

const fn higher(metric: Metric, arm: &'static str, than: &'static str) -> Test {
    Test::Higher { metric, arm, than, at: At::Last, ratio: 1.0 }
}

const V1: Claim = Claim {
    id: "v1",
    says: "All move one way at little noise; at much noise the net motion is about zero.",
    source: "Vicsek et al. 1995, Figure 1 and Figure 2a",
    tests: "400 agents, density 4: the order of the second half of 600 rounds is at least 0.9 at noise 0.5 and at most \
            0.1 at noise 5.5.",
    setting: "agents=400&rounds=600",
    seeds: 10,
    test: Test::All(&[
        between(SETTLED, "angular?noise=0.5", 0.9, 1.0),
        between(SETTLED, "angular?noise=5.5", 0.0, 0.1),
    ]),
    expect: Expect::Reproduced,
};

const V2: Claim = Claim {
    id: "v2",
    says: "Order falls as noise grows.",
    source: "Vicsek et al. 1995, Figure 2a",
    tests: "400 agents, density 4: the slope of the settled order over noise from 0 to 5, for both kinds of noise.",
    setting: "agents=400&rounds=600",
    seeds: 10,
    test: Test::All(&[
        Test::Trend {
            metric: SETTLED,
            arm: "angular",
            at: At::Last,
            dial: "noise",
            values: &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
            rises: false,
        },
        Test::Trend {
            metric: SETTLED,
            arm: "vectorial",
            at: At::Last,
            dial: "noise",
            values: &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
            rises: false,
        },
    ]),
    expect: Expect::Reproduced,
};

const V3: Claim = Claim {
    id: "v3",
    says: "At given noise, order grows with density.",
    source: "Vicsek et al. 1995, Figure 2b",
    tests: "400 agents, noise 3: each of the densities 0.25, 1, 4 has a lower settled order than the next.",
    setting: "agents=400&rounds=600&noise=3",
    seeds: 10,
    test: Test::Ordered {
        metric: SETTLED,
        arms: &["angular?density=0.25", "angular?density=1", "angular?density=4"],
        at: At::Last,
    },
    expect: Expect::Reproduced,
};

const V4: Claim = Claim {
    id: "v4",
    says: "Between order and disorder the order fluctuates most, as in a phase transition.",
    source: "Vicsek et al. 1995 (a kinetic phase transition); the susceptibility as in Grégoire and Chaté 2004",
    tests: "400 agents, density 4: N times the variance of the order is larger at noise 4 than at 1, and than at 6.",
    setting: "agents=400&rounds=600",
    seeds: 10,
    test: Test::All(&[
        higher(SUSCEPTIBILITY, "angular?noise=4", "angular?noise=1"),
        higher(SUSCEPTIBILITY, "angular?noise=4", "angular?noise=6"),
    ]),
    expect: Expect::Reproduced,
};

const V5: Claim = Claim {
    id: "v5",
    says: "With vectorial noise order does not fade, it breaks off: the transition is discontinuous.",
    source: "Grégoire and Chaté 2004, abstract and Figure 1",
    tests: "400 agents, density 4: from noise 3.5 to 4.5 the settled order falls by more with vectorial than with \
            angular noise.",
    setting: "agents=400&rounds=600",
    seeds: 10,
    test: Test::Interaction {
        metric: SETTLED,
        pair: ["vectorial?noise=3.5", "vectorial?noise=4.5"],
        other: ["angular?noise=3.5", "angular?noise=4.5"],
        at: At::Last,
    },
    expect: Expect::Reproduced,
};

const K1: Claim = Claim {
    id: "k1",
    says: "Below the critical coupling Kc = 2γ there is no order beyond chance; above it there is.",
    source: "Kuramoto 1975; Strogatz 2000, section 4",
    tests: "2,000 oscillators, γ = 0.5, so Kc = 1: the settled order is at most 0.06 at 0.5 Kc and at least 0.6 at 2 \
            Kc; at 0.5 Kc it falls as oscillators are added (100, 1,000, 10,000), as chance does.",
    setting: "model=kuramoto&agents=2000&rounds=400",
    seeds: 10,
    test: Test::All(&[
        between(SETTLED, "all_to_all?coupling=0.5", 0.0, 0.06),
        between(SETTLED, "all_to_all?coupling=2", 0.6, 1.0),
        Test::Ordered {
            metric: SETTLED,
            arms: &[
                "all_to_all?coupling=0.5&agents=10000",
                "all_to_all?coupling=0.5&agents=1000",
                "all_to_all?coupling=0.5&agents=100",
            ],
            at: At::Last,
        },
    ]),
    expect: Expect::Reproduced,
};

const fn near_theory(arm: &'static str, than: &'static str) -> Test {
    Test::Within { metric: SETTLED, arm, than, at: At::Last, margin: 0.03 }
}

const K2: Claim = Claim {
    id: "k2",
    says: "Above the critical coupling the order is r = sqrt(1 - Kc/K).",
    source: "Kuramoto 1975; Strogatz 2000, equation 4.8",
    tests: "10,000 oscillators: the settled order is within 0.03 of the formula at 1.5, 2, 3 and 5 Kc.",
    setting: "model=kuramoto&agents=10000&rounds=400",
    seeds: 10,
    test: Test::All(&[
        near_theory("all_to_all?coupling=1.5", "theory?coupling=1.5"),
        near_theory("all_to_all?coupling=2", "theory?coupling=2"),
        near_theory("all_to_all?coupling=3", "theory?coupling=3"),
        near_theory("all_to_all?coupling=5", "theory?coupling=5"),
    ]),
    expect: Expect::Reproduced,
};

const K3: Claim = Claim {
    id: "k3",
    says: "The order fluctuates most at the critical coupling.",
    source: "Daido 1990, as in Acebrón et al. 2005, section II",
    tests: "2,000 oscillators: N times the variance of the order is larger at Kc than at half of it, and than at twice.",
    setting: "model=kuramoto&agents=2000&rounds=400",
    seeds: 10,
    test: Test::All(&[
        higher(SUSCEPTIBILITY, "all_to_all?coupling=1", "all_to_all?coupling=0.5"),
        higher(SUSCEPTIBILITY, "all_to_all?coupling=1", "all_to_all?coupling=2"),
    ]),
    expect: Expect::Reproduced,
};

const K4: Claim = Claim {
    id: "k4",
    says: "Oscillators in a plane that pull only those near them do not come into step as a whole.",
    source: "Sakaguchi, Shinomoto, Kuramoto 1987; Acebrón et al. 2005, section IV",
    tests: "2,000 oscillators at 2 Kc, a range of 1 at density 4: the settled order is at most half of that of all \
            pulling all.",
    setting: "model=kuramoto&agents=2000&rounds=400",
    seeds: 10,
    test: Test::Lower {
        metric: SETTLED,
        arm: "near",
        than: "all_to_all",
        at: At::Last,
        ratio: 0.5,
    },
    expect: Expect::Reproduced,
};
