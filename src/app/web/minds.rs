//! Between the runs that ask and the model that answers: carries out what the queue decides.

use super::root::{Event, Root};
use super::{browser, model};
use crate::oracle::protocol::{self, Landed, Trouble};
use crate::oracle::{Asker, Connection, Do};
use crate::state::Msg;
use lexicon::wire::ToWorker;
use lexicon::{Fault, Prompt};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;
use yew::prelude::*;

/// What concerns the connected model.
pub enum Mindful {
    Connect(Connection),
    Disconnect,
    /// One short question, to see whether the way is right, before anything is connected.
    Try(Connection),
    Ask(Asker, Prompt),
    /// A call has ended.
    Landed(u32, Landed),
    Stopped {
        run: u32,
    },
    SeatLost(u32),
    /// Calls that waited for their next try.
    GoOn,
}

pub fn mind(root: &mut Root, ctx: &Context<Root>, what: Mindful) {
    let now_ms = browser::now_ms();
    let todo = match what {
        Mindful::Connect(connection) => root.oracle.connect(connection),
        Mindful::Disconnect => root.oracle.disconnect("The model was disconnected."),
        Mindful::Try(connection) => return try_out(ctx, connection),
        // A question may cross the order to stop on its way: it is not worth a call.
        Mindful::Ask(who, _) if !root.model.lab().is_some_and(|lab| lab.wants(who.run)) => {
            let answer = Err(Fault::Limit("The run was stopped.".into()));
            vec![Do::Answer { to: who, answer }]
        }
        Mindful::Ask(who, prompt) => root.oracle.ask(who, prompt, now_ms),
        Mindful::Landed(call, landed) => {
            root.calls.remove(&call);
            root.oracle.landed(call, landed, now_ms)
        }
        Mindful::Stopped { run } => root.oracle.drop_run(run, now_ms),
        Mindful::SeatLost(seat) => root.oracle.drop_seat(seat, now_ms),
        Mindful::GoOn => root.oracle.go_on(now_ms),
    };
    root.do_all(ctx, todo);
}

fn try_out(ctx: &Context<Root>, connection: Connection) {
    let link = ctx.link().clone();
    spawn_local(async move {
        let prompt = Prompt {
            system: "You are tested.".into(),
            user: "Reply with the one word: ready".into(),
            tokens_max: 16,
            sample: 0,
        };
        let Ok(stop) = AbortController::new() else { return };
        let landed = model::call(connection.clone(), prompt.clone(), stop).await;
        let result = match protocol::read(landed, &prompt, &connection) {
            Ok(answer) => {
                let said = lexicon::fault::shown(answer.text.trim(), 80);
                Ok(format!("It answers: “{said}” ({} tokens).", answer.tokens))
            }
            Err(Trouble::Again { says, .. } | Trouble::Lost(says) | Trouble::Final(says)) => {
                Err(says)
            }
        };
        link.send_message(Event::Msg(Msg::MindTried(result)));
    });
}

impl Root {
    fn do_all(&mut self, ctx: &Context<Self>, todo: Vec<Do>) {
        for each in todo {
            match each {
                Do::Send { call, prompt } => self.call(ctx, call, prompt),
                Do::Abort { call } => {
                    if let Some(stop) = self.calls.remove(&call) {
                        stop.abort();
                    }
                }
                Do::Answer { to, answer } => {
                    let message = ToWorker::Answer { ticket: to.ticket, answer };
                    self.seats.post(to.seat, &message);
                }
                Do::Gone(says) => self.send(ctx, Msg::MindGone(says)),
            }
        }
        let standing = self.oracle.standing();
        if standing.is_some() && standing != self.model.mind {
            self.send(ctx, Msg::Mind(standing));
        }
    }

    fn call(&mut self, ctx: &Context<Self>, call: u32, prompt: Prompt) {
        let Some(connection) = self.oracle.connection().cloned() else { return };
        let link = ctx.link().clone();
        let Ok(stop) = AbortController::new() else {
            let landed = Landed::Failed("it knows no way to stop a call.".into());
            return link.send_message(Event::Landed { call, landed });
        };
        self.calls.insert(call, stop.clone());
        spawn_local(async move {
            let landed = model::call(connection, prompt, stop).await;
            link.send_message(Event::Landed { call, landed });
        });
    }
}
