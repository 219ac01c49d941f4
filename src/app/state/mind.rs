//! A connected model: it answers on the system for which it was connected, until it is disconnected or the system is
//! left, so no other scenario ever spends what a person has allowed for this one.

use super::*;

pub(super) fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Connect(connection) => match connection.checked() {
            Ok(connection) => connect(model, connection),
            Err(says) => said(model, Err(says)),
        },
        Msg::TryMind(connection) => match connection.checked() {
            Ok(connection) => {
                model.mind_says = Some(Ok("One short question is on its way …".into()));
                vec![Effect::TryMind(connection)]
            }
            Err(says) => said(model, Err(says)),
        },
        Msg::MindTried(result) => said(model, result),
        Msg::Disconnect => {
            model.mind_says = None;
            if model.mind.take().is_none() && model.lab().is_none_or(|lab| lab.mind.is_none()) {
                return Vec::new();
            }
            if let Place::Lab(lab) = &mut model.place {
                lab.transport.play(true);
            }
            let mut effects = vec![Effect::Disconnect];
            effects.extend(lab::restart(model));
            effects
        }
        Msg::Mind(standing) => {
            // One that has gone does not come back by its last count.
            if model.mind.is_some() && standing.is_some() {
                model.mind = standing;
            }
            Vec::new()
        }
        Msg::MindGone(says) => {
            model.mind = None;
            said(model, Err(says))
        }
        _ => Vec::new(),
    }
}

fn said(model: &mut Model, says: Result<String, String>) -> Vec<Effect> {
    model.mind_says = Some(says);
    Vec::new()
}

fn connect(model: &mut Model, connection: Connection) -> Vec<Effect> {
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    model.mind = Some(Standing {
        name: connection.name(),
        limits: connection.limits,
        calls: 0,
        tokens: 0,
        saved: 0,
        waiting: 0,
    });
    model.mind_says = None;
    model.dialog = None;
    lab.transport.play(true);
    let mut effects = vec![Effect::Connect(connection)];
    effects.extend(lab::restart(model));
    effects
}

/// A seat is asked what a whole run would ask: only the system itself can count it.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    let ticket = model.new_run();
    let Place::Lab(lab) = &mut model.place else { return Vec::new() };
    if !lab.takes_a_mind() {
        return Vec::new();
    }
    lab.counting = ticket;
    lab.asks = None;
    vec![Effect::Judge(ToWorker::Asks { ticket, scenario: lab.scenario.clone() })]
}

pub(super) fn counted(lab: &mut Lab, ticket: u32, asks: Option<Asks>) {
    if ticket == lab.counting {
        lab.asks = asks.map(|asks| asks.times(lab.scenario.rounds));
    }
}

/// The model that answers in the run that is about to start.
pub(super) fn answering(model: &Model, lab: &Lab) -> Option<String> {
    let mind = model.mind.as_ref()?;
    lab.takes_a_mind().then(|| mind.name.clone())
}

/// The system is left: what was connected for it is let go.
pub(super) fn left(model: &mut Model) -> Option<Effect> {
    model.mind_says = None;
    model.mind.take().map(|_| Effect::Disconnect)
}
