//! A system opens when its sheet has come.

use super::tests::{lab, opened, pushed, sheet, starts, toys};
use super::*;

/// As JSON, since a sheet comes as a text.
fn file() -> String {
    sheet::write(&sheet())
}

fn fetched(effects: &[Effect]) -> Vec<&str> {
    effects
        .iter()
        .filter_map(|e| match e {
            Effect::FetchSheet { system } => Some(system.as_str()),
            _ => None,
        })
        .collect()
}

fn came(text: Result<String, String>) -> Msg {
    Msg::Sheet { system: "toy".into(), text }
}

#[test]
fn a_system_opens_when_its_sheet_has_come_and_is_asked_for_once() {
    let mut model = Model::new(toys());
    assert_eq!(fetched(&update(&mut model, Msg::Foresee("toy"))), ["toy"]);
    let effects = update(&mut model, Msg::Follow("#/toy?heat=0.7".into()));
    assert!(effects.is_empty() && matches!(model.place, Place::Gallery(_)));
    let effects = update(&mut model, came(Ok(file())));
    assert_eq!(starts(&effects).len(), 10);
    assert!(pushed(&effects).is_some_and(|hash| hash.contains("heat=0.7")));
    update(&mut model, Msg::Address("#/".into()));
    assert_eq!(starts(&update(&mut model, Msg::Address("#/toy".into()))).len(), 10);
}

#[test]
fn a_sheet_that_does_not_come_is_said_and_can_be_tried_again() {
    let mut model = Model::new(toys());
    let link = "#/toy?heat=0.7";
    assert_eq!(fetched(&update(&mut model, Msg::Address(link.into()))), ["toy"]);
    update(&mut model, came(Err("it may be offline.".into())));
    let Place::NotFound { link: kept, fault, again: true } = &model.place else {
        panic!("it is not said: {:?}", model.place);
    };
    assert!(kept == link && fault.to_string().contains("it may be offline."));
    assert_eq!(fetched(&update(&mut model, Msg::Address(link.into()))), ["toy"]);
    assert_eq!(starts(&update(&mut model, came(Ok(file())))).len(), 10);
    assert_eq!(lab(&model).scenario.params["heat"], 0.7);
}

#[test]
fn followed_inside_the_page_a_sheet_that_does_not_come_costs_nothing_and_a_later_wish_goes_before()
{
    let mut model = Model::new(toys());
    update(&mut model, Msg::Follow("#/toy".into()));
    update(&mut model, came(Ok("<!doctype html>".into())));
    assert!(matches!(model.place, Place::Gallery(_)));
    assert!(model.toast.as_ref().is_some_and(|says| says.contains("Reload the page")));
    update(&mut model, Msg::Follow("#/toy".into()));
    update(&mut model, Msg::Address("#/".into()));
    assert!(update(&mut model, came(Ok(file()))).is_empty(), "the gallery was wished for since");
    assert!(matches!(model.place, Place::Gallery(_)));
}

#[test]
fn a_bad_link_says_why_and_costs_nothing() {
    let (mut model, _) = opened("#/toy?heat=0.7");
    assert!(update(&mut model, Msg::Follow("#/tyo".into())).is_empty());
    assert_eq!(lab(&model).link(), "#/toy?heat=0.7&v=1");
    assert!(model.toast.as_deref().is_some_and(|says| says.contains("toy")));
    let (model, effects) = opened("#/toy?heat=nan&colour=red");
    assert_eq!(starts(&effects).len(), 0);
    let lab = lab(&model);
    assert_eq!((lab.issues.len(), lab.notices.len()), (1, 1));
    assert_eq!(lab.drafts["heat"], "nan");
}
