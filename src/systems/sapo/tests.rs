use super::card::Idle;
use super::*;

fn small() -> Params {
    Params {
        nodes: 4,
        questions: 4,
        base_steps: 100,
        format_share: 0.6,
        label_noise: 0.2,
        staleness: 2,
        ..Params::default()
    }
}

fn run(params: &Params, arm: Arm, rounds: u32) -> Sapo {
    let mut ctx = Ctx::new(1002);
    let mut system = Sapo::start(params, arm, &mut ctx).unwrap();
    for round in 1..=rounds {
        // The context counts rounds only inside a run: the system is told by hand here.
        system.round = round;
        system.churn(ctx.chance());
        system.nodes.iter_mut().for_each(|node| node.pool.clear());
        system.deliver();
        system.ask(ctx.chance());
        system.share(ctx.chance()).unwrap();
        system.deliver();
        system.learn(ctx.chance());
    }
    system
}

#[test]
fn what_is_shared_arrives_as_late_as_the_dial_says() {
    let system = run(&small(), mix(4), 2);
    assert!(system.nodes.iter().all(|node| node.pool.is_empty() && node.starved));
    let system = run(&small(), mix(4), 3);
    assert!(system.nodes.iter().all(|node| node.pool.len() == 3 && !node.starved));
    let ledger = system.network.ledger();
    assert_eq!((ledger.sent, ledger.delivered, ledger.in_flight), (36, 12, 24));
    // Four questions of six bytes and eight completions of two tokens, three bytes each.
    assert_eq!(ledger.bytes_sent, 36 * 4 * (6 + 8 * 2 * 3));
    let at_once = run(&Params { staleness: 0, ..small() }, mix(4), 1);
    assert!(at_once.nodes.iter().all(|node| node.pool.len() == 3));
}

#[test]
fn nodes_alone_send_nothing_and_part_ways() {
    let system = run(&small(), mix(8), 3);
    assert_eq!(system.network.ledger().sent, 0);
    let nets: Vec<_> = system.nodes.iter().map(|node| &node.learner.net).collect();
    assert!(nets[0] != nets[1] && nets[0].params != system.nodes[0].base.params);
    assert_eq!(system.nodes[0].base, system.nodes[3].base);
}

#[test]
fn averaged_weights_are_the_same_at_every_node() {
    let system = run(&small(), Arm::Weights, 2);
    assert!(system.nodes.iter().all(|node| node.learner.net == system.nodes[0].learner.net));
    assert_eq!(system.weights_sent[0], 2 * 4 * 3);
}

#[test]
fn the_big_node_learns_from_as_much_as_all() {
    let system = run(&small(), Arm::OneBig, 1);
    assert_eq!((system.nodes.len(), system.nodes[0].own.len()), (1, 16));
    // The first of its questions are those that node 1 asks itself in the swarm.
    let swarm = run(&small(), mix(4), 1);
    let asked = |node: &Node| node.own.iter().map(|item| item.prompt).collect::<Vec<_>>();
    assert_eq!(asked(&system.nodes[0])[4..8], asked(&swarm.nodes[1]));
}

#[test]
fn who_is_off_neither_shares_nor_learns() {
    let params = Params { churn: 0.5, ..small() };
    let system = run(&params, mix(4), 4);
    let (off, on): (Vec<&Node>, Vec<&Node>) = system.nodes.iter().partition(|node| node.off);
    assert!(!off.is_empty() && !on.is_empty(), "another seed shows both");
    // Rounds 1 to 4 are one stretch: who is off was never on.
    assert!(off.iter().all(|node| node.own.is_empty() && node.learner.net == *node.base));
    let sent = on.len() as u64 * 3 * 4;
    assert_eq!(system.network.ledger().sent, sent);
}

#[test]
fn without_own_slots_and_without_others_a_node_does_not_move() {
    let params = Params { own_slots: 0, ..small() };
    let system = run(&params, Arm::Mix { own: None, filter: None }, 2);
    assert!(system.nodes.iter().all(|node| node.starved && node.learner.net == *node.base));
}

#[test]
fn a_node_that_waits_stays_where_a_round_teaches_nothing() {
    // Whoever is blind and never writes the right mark is paid nothing.
    let params =
        |idle| Params { format_share: 0.0, label_noise: 1.0, base_steps: 400, idle, ..small() };
    for idle in [Idle::Momentum, Idle::Wait] {
        let mut system = run(&params(idle), mix(8), 0);
        let node = &mut system.nodes[0];
        let mut item =
            Item { prompt: Default::default(), said: vec![10, 0, 10, 1], reward: vec![1.0, 0.0] };
        let mut rng = Chance::new(1).stream(0, "outside");
        node.own = vec![item.clone()];
        node.learn(8, Filter::None, &system.rules, idle, &mut rng, &mut system.desk);
        let moved = node.learner.net.clone();
        assert_ne!(moved, *node.base);
        item.reward = vec![0.0, 0.0];
        node.own = vec![item];
        node.learn(8, Filter::None, &system.rules, idle, &mut rng, &mut system.desk);
        assert_eq!(node.learner.net == moved, idle == Idle::Wait, "{idle:?}");
    }
}

#[test]
fn nets_of_different_size_are_not_averaged() {
    let params = Params { mixed: true, ..small() };
    let refused = Sapo::start(&params, Arm::Weights, &mut Ctx::new(1)).err();
    assert!(matches!(refused, Some(Fault::Params(issues)) if issues[0].dial == "mixed"));
    let system = Sapo::start(&params, mix(4), &mut Ctx::new(1)).unwrap();
    let hidden: Vec<u32> = system.nodes.iter().map(|n| n.learner.net.shape.hidden).collect();
    assert_eq!(hidden, [16, 16, 32, 32]);
}

#[test]
fn oscillation_and_falls_are_those_of_the_curve() {
    let mut past = Past::default();
    [0.0, 0.4, 0.2, 0.2].into_iter().for_each(|reward| past.add(reward, 2));
    assert!((past.changes - 0.6).abs() < 1e-12 && (past.cumulative - 0.8).abs() < 1e-12);
    // Smoothed over two: 0, 0.2, 0.3, 0.2.
    assert!((past.peak - 0.3).abs() < 1e-12 && (past.falls - 0.1).abs() < 1e-12);
}
