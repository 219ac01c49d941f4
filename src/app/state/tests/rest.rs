//! When the rest of the page is fetched, and what a person sees when it does not come.

use super::*;
use crate::state::rest::SWEEP;

fn asked(effects: &[Effect]) -> usize {
    effects.iter().filter(|e| matches!(e, Effect::FetchRest)).count()
}

/// As a page is when it has just been opened.
fn fresh(link: &str) -> (Model, Vec<Effect>) {
    let mut model = Model::new(toys());
    model.give(sheet());
    let effects = update(&mut model, Msg::Address(link.into()));
    (model, effects)
}

fn tick(model: &mut Model) -> usize {
    asked(&update(model, Msg::Tick { now_ms: 1_000.0 }))
}

fn keys() -> Msg {
    Msg::Dialog(Some(Dialog::Keys))
}

#[test]
fn it_comes_once_the_first_round_is_there_and_not_before() {
    let (mut model, effects) = fresh("#/toy?seeds=1&arms=a");
    assert_eq!((asked(&effects), tick(&mut model)), (0, 0), "the run goes first");
    let run = starts(&effects)[0].0;
    let message = FromWorker::Rounds {
        run,
        rounds: vec![Round {
            index: 1,
            readings: [("loss".to_string(), 1.0)].into(),
            lines: vec![],
        }],
        scenes: vec![],
    };
    let again = message.clone();
    let [Effect::FetchRest, Effect::FetchRecord { .. }, Effect::FetchStory { .. }] =
        &update(&mut model, Msg::Worker { run, message })[..]
    else {
        panic!("rest, record and story come together");
    };
    assert!(update(&mut model, Msg::Worker { run, message: again }).is_empty());
    assert_eq!(tick(&mut model), 0, "it is on its way");
}

#[test]
fn where_nothing_runs_it_comes_when_the_page_is_calm() {
    let (mut gallery, effects) = fresh("#/");
    assert_eq!((asked(&effects), tick(&mut gallery)), (0, 1));
    let (mut waits, effects) = fresh("#/toy?heat=7");
    assert!(starts(&effects).is_empty(), "a refused value holds the run");
    assert_eq!((asked(&effects), tick(&mut waits)), (0, 1));
    let (mut frame, _) = fresh("#/toy?heat=7&embed=1");
    assert_eq!(tick(&mut frame), 0, "a frame in another page shows nothing of it");
}

#[test]
fn a_dialog_asks_for_it_at_once_and_one_that_cannot_be_drawn_is_closed_with_a_sentence() {
    let (mut model, _) = fresh("#/toy");
    assert_eq!(asked(&update(&mut model, keys())), 1);
    let says = "A part of the page could not be fetched.";
    update(&mut model, Msg::Rest(Err(says.into())));
    assert_eq!((model.dialog, model.toast.as_deref()), (None, Some(says)));
    assert_eq!(tick(&mut model), 0, "nobody is asked every second");
    assert_eq!(asked(&update(&mut model, keys())), 1, "opening it again tries again");
    update(&mut model, Msg::Rest(Ok(())));
    assert_eq!((model.dialog, &model.rest), (Some(Dialog::Keys), &Rest::Here));
}

#[test]
fn its_pieces_are_drawn_one_a_frame() {
    let (mut model, _) = fresh("#/toy");
    let drawn = |model: &mut Model| {
        model.dirty = false;
        update(model, Msg::Frame { now_ms: 0.0 });
        (model.unfolded, model.dirty)
    };
    assert_eq!(drawn(&mut model).0, 0, "there is nothing yet");
    update(&mut model, Msg::Rest(Ok(())));
    assert_eq!([drawn(&mut model), drawn(&mut model)], [(1, true), (2, true)]);
    let last = (0..SWEEP).map(|_| drawn(&mut model)).last();
    assert_eq!(last, Some((SWEEP + 1, false)), "and then no frame is drawn for it");
}

#[test]
fn a_region_that_did_not_come_can_be_tried_again() {
    let (mut model, _) = fresh("#/");
    tick(&mut model);
    update(&mut model, Msg::Rest(Err("no".into())));
    assert_eq!(asked(&update(&mut model, Msg::FetchRest)), 1);
    assert_eq!(asked(&update(&mut model, Msg::FetchRest)), 0, "once at a time");
}
