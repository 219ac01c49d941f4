use super::protocol::Landed;
use super::queue::{Asker, FLYING_MAX};
use super::*;
use lexicon::{Answer, Fault, Prompt};

fn connected(limits: Limits) -> Oracle {
    let way = Way::Endpoint("https://a.example/v1/chat/completions".into());
    let mut oracle = Oracle::default();
    oracle.connect(Connection { way, model: "m".into(), key: Key::default(), limits });
    oracle
}

fn prompt(user: &str) -> Prompt {
    Prompt { system: String::new(), user: user.into(), tokens_max: 10, sample: 0 }
}

fn who(ticket: u32) -> Asker {
    Asker { seat: 1, run: 1, ticket }
}

fn good(text: &str) -> Landed {
    Landed::Text(text.into())
}

fn status(status: u16) -> Landed {
    Landed::Body { status, text: String::new(), retry_after_s: None }
}

fn sent(todo: &[Do]) -> Vec<u32> {
    let call = |d: &Do| match d {
        Do::Send { call, .. } => Some(*call),
        _ => None,
    };
    todo.iter().filter_map(call).collect()
}

fn answered(todo: &[Do]) -> Vec<(u32, Result<Answer, Fault>)> {
    let answer = |d: &Do| match d {
        Do::Answer { to, answer } => Some((to.ticket, answer.clone())),
        _ => None,
    };
    todo.iter().filter_map(answer).collect()
}

#[test]
fn four_are_in_the_air_and_the_next_goes_when_one_has_landed() {
    let mut oracle = connected(Limits::DEFAULT);
    let calls: Vec<u32> =
        (0..6).flat_map(|n| sent(&oracle.ask(who(n), prompt(&n.to_string()), 0.0))).collect();
    assert_eq!(calls.len(), FLYING_MAX);
    let todo = oracle.landed(calls[0], good("a"), 1.0);
    assert_eq!((answered(&todo)[0].0, sent(&todo).len()), (0, 1));
}

#[test]
fn what_was_said_once_costs_nothing_again_also_while_it_is_in_the_air() {
    let mut oracle = connected(Limits::DEFAULT);
    let call = sent(&oracle.ask(who(1), prompt("q"), 0.0))[0];
    assert!(oracle.ask(who(2), prompt("q"), 0.0).is_empty());
    let both = answered(&oracle.landed(call, good("text"), 1.0));
    assert_eq!(both.iter().map(|(t, _)| *t).collect::<Vec<_>>(), [1, 2]);
    let before = oracle.standing().unwrap();
    assert_eq!(before.tokens, both[0].1.as_ref().unwrap().tokens);
    // The same model connected anew, after a disconnect: a replay makes no call.
    oracle.disconnect("bye");
    let again = connected(Limits::DEFAULT).connection().unwrap().clone();
    oracle.connect(again);
    let replay = oracle.ask(who(3), prompt("q"), 9.0);
    assert_eq!(
        (sent(&replay).len(), answered(&replay)[0].1.as_ref().unwrap().text.as_str()),
        (0, "text")
    );
    assert_eq!((before.calls, before.saved, oracle.standing().unwrap().calls), (1, 1, 0));
}

#[test]
fn a_busy_server_is_tried_again_after_one_two_and_four_seconds_and_then_the_reply_is_missing() {
    let mut oracle = connected(Limits::DEFAULT);
    let first = sent(&oracle.ask(who(0), prompt("warm up"), 0.0))[0];
    oracle.landed(first, good("ok"), 0.0);
    let mut call = sent(&oracle.ask(who(1), prompt("q"), 0.0))[0];
    let mut now_ms = 0.0;
    for wait_ms in [1000.0, 2000.0, 4000.0] {
        assert!(sent(&oracle.landed(call, status(429), now_ms)).is_empty());
        assert!(sent(&oracle.go_on(now_ms + wait_ms - 1.0)).is_empty());
        now_ms += wait_ms;
        call = sent(&oracle.go_on(now_ms))[0];
    }
    let last = answered(&oracle.landed(call, status(503), now_ms));
    assert!(matches!(&last[..], [(1, Err(Fault::Mind(says)))] if says.contains("503")), "{last:?}");
    assert_eq!(oracle.standing().unwrap().calls, 5);
}

#[test]
fn a_server_names_its_own_wait_within_bounds() {
    let mut oracle = connected(Limits::DEFAULT);
    let call = sent(&oracle.ask(who(1), prompt("q"), 0.0))[0];
    let landed = Landed::Body { status: 429, text: String::new(), retry_after_s: Some(1e12) };
    oracle.landed(call, landed, 0.0);
    assert!(sent(&oracle.go_on(29_000.0)).is_empty());
    assert_eq!(sent(&oracle.go_on(30_000.0)).len(), 1);
}

#[test]
fn the_limits_on_calls_and_tokens_are_hard() {
    let mut few = connected(Limits { calls: 1, ..Limits::DEFAULT });
    let call = sent(&few.ask(who(1), prompt("a"), 0.0))[0];
    few.landed(call, good("x"), 0.0);
    let over = answered(&few.ask(who(2), prompt("b"), 0.0));
    assert!(matches!(&over[0].1, Err(Fault::Limit(says)) if says.contains("1 calls")));
    // A question of 1 token, up to 10 for its reply, is 11: what is in the air counts before it has landed.
    let mut short = connected(Limits { tokens: 20, ..Limits::DEFAULT });
    assert_eq!(sent(&short.ask(who(1), prompt("a"), 0.0)).len(), 1);
    let over = answered(&short.ask(who(2), prompt("b"), 0.0));
    assert!(matches!(&over[0].1, Err(Fault::Limit(says)) if says.contains("20 tokens")));
}

#[test]
fn a_refused_key_ends_the_connection_and_every_waiting_run() {
    let mut oracle = connected(Limits::DEFAULT);
    let calls: Vec<u32> =
        (0..6).flat_map(|n| sent(&oracle.ask(who(n), prompt(&n.to_string()), 0.0))).collect();
    let todo = oracle.landed(calls[1], status(401), 1.0);
    assert_eq!(answered(&todo).len(), 6);
    assert!(answered(&todo).iter().all(|(_, a)| matches!(a, Err(Fault::Limit(_)))));
    assert!(
        matches!(todo.iter().find(|d| matches!(d, Do::Gone(_))), Some(Do::Gone(says)) if says.contains("key"))
    );
    assert_eq!(oracle.standing(), None);
    // What comes in late changes nothing.
    assert!(oracle.landed(calls[2], good("late"), 2.0).is_empty());
}

#[test]
fn a_server_that_never_made_sense_is_gone_at_once_and_one_that_did_is_forgiven() {
    let mut never = connected(Limits::DEFAULT);
    let call = sent(&never.ask(who(1), prompt("a"), 0.0))[0];
    let todo = never.landed(call, Landed::TooLong, 0.0);
    assert!(matches!(todo.last(), Some(Do::Gone(_))), "{todo:?}");
    let mut once = connected(Limits::DEFAULT);
    let call = sent(&once.ask(who(1), prompt("a"), 0.0))[0];
    once.landed(call, good("x"), 0.0);
    let call = sent(&once.ask(who(2), prompt("b"), 0.0))[0];
    let todo = once.landed(call, Landed::TooLong, 0.0);
    assert!(matches!(&answered(&todo)[..], [(2, Err(Fault::Mind(_)))]));
    assert!(once.standing().is_some());
}

#[test]
fn a_stopped_run_frees_its_calls_but_not_those_that_another_run_shares() {
    let mut oracle = connected(Limits::DEFAULT);
    let other = Asker { seat: 2, run: 2, ticket: 9 };
    oracle.ask(who(1), prompt("mine"), 0.0);
    oracle.ask(who(2), prompt("ours"), 0.0);
    oracle.ask(other, prompt("ours"), 0.0);
    let todo = oracle.drop_run(1, 1.0);
    assert_eq!(todo.iter().filter(|d| matches!(d, Do::Abort { .. })).count(), 1);
    assert_eq!(oracle.waiting_seats(), [2]);
}
