use super::*;

fn network(nodes: u32, link: Link) -> Network<u32> {
    Network::new(nodes, &Links::Uniform(link), Chance::new(1), "test").unwrap()
}

fn arrivals(net: &mut Network<u32>) -> Vec<(Nanos, u32)> {
    let mut all = Vec::new();
    while let Some(event) = net.next_event() {
        match event {
            Event::Delivered { message, .. } | Event::Timer { message, .. } => {
                all.push((net.now(), message))
            }
        }
    }
    all
}

#[test]
fn a_message_takes_latency_plus_size_over_bandwidth_and_waits_for_the_one_before() {
    let mut net = network(2, Link { latency_ms: 10.0, bytes_per_second: 1e6, ..Link::default() });
    net.send(0, 1, 1_000, 1).unwrap();
    net.send(0, 1, 2_000, 2).unwrap();
    net.send(1, 0, 500, 3).unwrap();
    let ms = 1_000_000;
    assert_eq!(arrivals(&mut net), [(10 * ms + ms / 2, 3), (11 * ms, 1), (13 * ms, 2)]);
}

#[test]
fn the_share_lost_is_the_links_loss_and_the_ledger_balances_at_every_event() {
    let mut net =
        network(4, Link { latency_ms: 5.0, jitter_ms: 3.0, loss: 0.25, ..Link::default() });
    for i in 0..20_000 {
        net.send(i % 4, (i + 1) % 4, 7, i).unwrap();
        assert!(net.ledger().balances());
        if i % 3 == 0 {
            net.next_until(net.now() + 1_000);
            assert!(net.ledger().balances());
        }
    }
    while net.next_event().is_some() {
        assert!(net.ledger().balances());
    }
    let ledger = net.ledger();
    assert_eq!((ledger.in_flight, ledger.sent), (0, 20_000));
    // Three standard deviations of a binomial.
    assert!(
        (ledger.lost as f64 / 20_000.0 - 0.25).abs() < 3.0 * (0.25f64 * 0.75 / 20_000.0).sqrt()
    );
}

#[test]
fn equal_times_come_in_the_order_of_sending_and_runs_repeat() {
    let run = || {
        let mut net =
            network(3, Link { latency_ms: 1.0, jitter_ms: 2.0, loss: 0.1, ..Link::default() });
        for i in 0..100 {
            net.send(i % 3, (i + 1) % 3, 1, i).unwrap();
        }
        arrivals(&mut net)
    };
    assert_eq!(run(), run());
    let mut net = network(2, Link::default());
    for i in 0..5 {
        net.send(0, 1, 0, i).unwrap();
    }
    assert_eq!(arrivals(&mut net).iter().map(|(_, m)| *m).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

#[test]
fn nothing_reaches_the_dead_or_a_later_life_and_it_counts_as_lost() {
    let mut net = network(3, Link { latency_ms: 10.0, ..Link::default() });
    net.send(0, 1, 1, 1).unwrap();
    net.timer(1, 5_000_000, 2).unwrap();
    net.kill(1);
    net.send(1, 2, 1, 3).unwrap();
    net.revive(1);
    net.send(0, 1, 1, 4).unwrap();
    assert_eq!(arrivals(&mut net).iter().map(|(_, m)| *m).collect::<Vec<_>>(), [4]);
    let ledger = net.ledger();
    assert_eq!((ledger.sent, ledger.delivered, ledger.lost), (2, 1, 1));
}

#[test]
fn a_partition_cuts_what_crosses_it_until_it_heals() {
    let mut net = network(4, Link::default());
    net.partition(|node| u8::from(node >= 2));
    net.send(0, 1, 1, 1).unwrap();
    net.send(0, 2, 1, 2).unwrap();
    net.heal();
    net.send(0, 2, 1, 3).unwrap();
    assert_eq!(arrivals(&mut net).iter().map(|(_, m)| *m).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(net.ledger().lost, 1);
}

#[test]
fn a_liar_changes_its_share_a_silent_one_swallows_it_a_slow_one_holds_back() {
    let mut net = network(4, Link::default()).with_tamper(|message, _| *message += 1_000_000);
    net.behave(1, Behavior::Lying { share: 0.5 });
    net.behave(2, Behavior::Silent { share: 1.0 });
    net.behave(3, Behavior::Slow { by: 9 });
    for i in 0..1_000 {
        net.send(1, 0, 1, i).unwrap();
    }
    net.send(2, 0, 1, 5_000).unwrap();
    net.send(3, 0, 1, 6_000).unwrap();
    let got = arrivals(&mut net);
    let lies = got.iter().filter(|(_, m)| *m >= 1_000_000).count();
    assert!((lies as f64 - 500.0).abs() < 48.0, "{lies}");
    assert_eq!(net.ledger().tampered, lies as u64);
    assert_eq!(got.last(), Some(&(9, 6_000)));
    assert!(!got.iter().any(|(_, m)| *m == 5_000));
}

#[test]
fn a_full_queue_and_impossible_networks_are_faults_in_words() {
    let mut net = network(2, Link { latency_ms: 1.0, ..Link::default() }).with_pending_max(2);
    net.send(0, 1, 1, 1).unwrap();
    net.send(0, 1, 1, 2).unwrap();
    let says = net.send(0, 1, 1, 3).unwrap_err().to_string();
    assert!(says.contains("More than 2 messages"), "{says}");
    let of = |nodes, links| {
        Network::<u32>::new(nodes, &links, Chance::new(1), "test").unwrap_err().to_string()
    };
    assert!(of(0, Links::Uniform(Link::default())).contains("at least one node"));
    assert!(of(2, Links::Each(vec![Link::default()])).contains("each ordered pair"));
    let dead = Link { bytes_per_second: 0.0, ..Link::default() };
    assert!(of(2, Links::Uniform(dead)).contains("more than 0"));
}

#[test]
fn a_slot_is_used_again_so_memory_follows_what_is_under_way() {
    let mut net = network(2, Link::default());
    for i in 0..10_000 {
        net.send(0, 1, 1, i).unwrap();
        net.next_event();
    }
    assert_eq!(net.pending.len(), 1);
}

/// Figures for the bench: `cargo test --release -p engine messages_a_second -- --nocapture`.
#[test]
#[allow(clippy::disallowed_types)]
fn messages_a_second_and_core_are_more_than_a_million() {
    let nodes = 1_000;
    let link = Link { latency_ms: 20.0, jitter_ms: 10.0, loss: 0.0, ..Link::default() };
    let mut net = network(nodes, link);
    for node in 0..nodes {
        net.send(node, (node * 7 + 1) % nodes, 64, node).unwrap();
    }
    let begun = std::time::Instant::now();
    let count = 3_000_000;
    for _ in 0..count {
        let Some(Event::Delivered { to, message, .. }) = net.next_event() else {
            panic!("messages go on")
        };
        net.send(to, message, 64, (message + 13) % nodes).unwrap();
    }
    let rate = f64::from(count) / begun.elapsed().as_secs_f64();
    println!("network: {:.2} million messages a second and core", rate / 1e6);
    assert!(rate > 1e6, "{rate}");
    assert!(net.ledger().balances());
}
