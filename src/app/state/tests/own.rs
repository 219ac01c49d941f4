//! Own data: looked at, taken, refused, asked for.

use super::*;
use lexicon::own::{Carried, Format, Look};

/// The toy, learning from data.
fn taker() -> Sheet {
    let mut sheet = sheet();
    sheet.dials[0].with_data = Some(Value::from(0.5));
    sheet
}

fn model_of_takers() -> Model {
    let mut model = Model::new(vec![Brief::of(&taker(), None)]);
    model.give(taker());
    model
}

fn seen(file: Carried) -> Look {
    let format = Format::Csv { label: 2, client: None };
    Look {
        own: Own { format, file },
        sha256: "ab".repeat(32),
        bytes: 10,
        columns: vec!["x".into(), "y".into()],
        rows: 4,
        features: 1,
        side: None,
        classes: vec!["a".into(), "b".into()],
        clients: vec![],
        counts: vec![vec![2, 2]],
        head: vec![],
        trouble: None,
    }
}

fn ticket(effects: &[Effect]) -> u32 {
    let look = |e: &Effect| match e {
        Effect::Look { ticket, .. } => Some(*ticket),
        _ => None,
    };
    effects.iter().find_map(look).expect("a seat looks at the file")
}

#[test]
fn a_file_becomes_part_of_the_scenario_when_it_is_accepted_and_undo_takes_it_back() {
    let mut model = model_of_takers();
    update(&mut model, Msg::Address("#/toy".into()));
    let look = ticket(&update(&mut model, Msg::Brought("a.csv".into())));
    assert_eq!(model.dialog, Some(Dialog::Data));
    // Looking changes nothing yet, and what an older look finds is passed over.
    update(&mut model, Msg::Looked { ticket: look + 7, look: Err("no".into()) });
    let answer = Msg::Looked { ticket: look, look: Ok(seen(Carried::Inline("AA".into()))) };
    assert!(starts(&update(&mut model, answer)).is_empty());
    assert_eq!(lab(&model).link(), "#/toy?v=1");
    let effects = update(&mut model, Msg::UseData);
    assert_eq!(starts(&effects).len(), 10);
    assert_eq!(pushed(&effects), Some("#/toy?data=csv.2.0.z.AA&v=1"));
    assert_eq!(model.dialog, None);
    update(&mut model, Msg::Preset("hot".into()));
    assert!(lab(&model).scenario.data.is_some(), "a preset keeps the data");
    update(&mut model, Msg::Undo);
    update(&mut model, Msg::Undo);
    assert_eq!(lab(&model).link(), "#/toy?v=1");
    update(&mut model, Msg::Redo);
    update(&mut model, Msg::Data(None));
    assert_eq!(lab(&model).link(), "#/toy?v=1");
}

#[test]
fn a_file_that_cannot_be_used_leaves_everything_as_it_was() {
    let mut model = model_of_takers();
    update(&mut model, Msg::Address("#/toy".into()));
    let look = ticket(&update(&mut model, Msg::Brought("a.csv".into())));
    let trouble = Look { trouble: Some("Line 3.".into()), ..seen(Carried::Inline("AA".into())) };
    update(&mut model, Msg::Looked { ticket: look, look: Ok(trouble) });
    // Another label may mend it.
    let again = update(&mut model, Msg::Columns { label: 1, client: Some(1) });
    let format = Some(Format::Csv { label: 1, client: None });
    assert!(again.iter().any(|e| matches!(e, Effect::Look { format: f, .. } if *f == format)));
    update(
        &mut model,
        Msg::Looked { ticket: ticket(&again), look: Err("The file is empty.".into()) },
    );
    assert!(starts(&update(&mut model, Msg::UseData)).is_empty());
    assert_eq!(lab(&model).link(), "#/toy?v=1");
    // And a system that learns from nothing says who does.
    let (mut other, _) = opened("#/toy");
    update(&mut other, Msg::Brought("a.csv".into()));
    assert!(other.toast.is_some_and(|says| says.starts_with("“a.csv” is not a scenario.")));
}

#[test]
fn a_link_that_names_a_file_waits_for_that_file_and_takes_no_other() {
    let mut model = model_of_takers();
    let wanted = "cd".repeat(32);
    let link = format!("#/toy?data=csv.2.0.sha256.{wanted}&v=1");
    assert!(starts(&update(&mut model, Msg::Address(link.clone()))).is_empty());
    assert_eq!(model.data.lacks(&lab(&model).scenario), Some(wanted.clone()));
    let other = Carried::Sha256("ab".repeat(32));
    let look = ticket(&update(&mut model, Msg::Brought("b.csv".into())));
    update(&mut model, Msg::Looked { ticket: look, look: Ok(seen(other.clone())) });
    let says = model.data.brought.as_ref().and_then(|b| b.look.clone()).unwrap().unwrap_err();
    assert!(says.contains("cdcdcdcdcdcd") && says.contains("abababababab"), "{says}");
    assert!(starts(&update(&mut model, Msg::UseData)).is_empty());
    assert_eq!(lab(&model).link(), link);
    let look = ticket(&update(&mut model, Msg::Brought("c.csv".into())));
    let right = Look { sha256: wanted.clone(), ..seen(Carried::Sha256(wanted.clone())) };
    let effects = update(&mut model, Msg::Looked { ticket: look, look: Ok(right) });
    assert_eq!((starts(&effects).len(), model.dialog), (10, None));
    assert!(effects.iter().any(|e| matches!(e, Effect::Shelve { sha256 } if *sha256 == wanted)));
}

#[test]
fn data_that_was_refused_can_be_taken_out_again() {
    let mut model = model_of_takers();
    update(&mut model, Msg::Address("#/toy?data=csv.2.0.z.A+".into()));
    assert_eq!(lab(&model).issues[0].dial, "data");
    assert_eq!(starts(&update(&mut model, Msg::Data(None))).len(), 10);
    // What only the engine can know: it cannot be unpacked.
    let effects = update(&mut model, Msg::Follow("#/toy?data=csv.2.0.z.AA".into()));
    let (run, ..) = starts(&effects)[0].clone();
    let issue = Issue { dial: "data".into(), given: String::new(), says: "It was cut.".into() };
    let message = FromWorker::Failed { run, fault: Fault::Params(vec![issue]) };
    update(&mut model, Msg::Worker { run, message });
    assert_eq!(lab(&model).issues.len(), 1);
    assert_eq!(starts(&update(&mut model, Msg::ResetAll)).len(), 10);
    assert_eq!(lab(&model).link(), "#/toy?v=1");
}
