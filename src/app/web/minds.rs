//! Between the runs that ask and the model that answers: carries out what the queue decides.

use super::root::{Event, Root};
use super::{browser, model};
use crate::oracle::protocol::{self, Landed, Trouble};
use crate::oracle::{Asker, Connection, Do};
use crate::pool::Order;
use crate::state::Msg;
use lexicon::wire::ToWorker;
use lexicon::{Fault, Prompt};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;
use yew::prelude::*;

impl Root {
    pub(super) fn connect(&mut self, ctx: &Context<Self>, connection: Connection) -> Vec<Order> {
        let todo = self.oracle.connect(connection);
        self.do_all(ctx, todo);
        Vec::new()
    }

    pub(super) fn disconnect(&mut self, ctx: &Context<Self>) -> Vec<Order> {
        let todo = self.oracle.disconnect("The model was disconnected.");
        self.do_all(ctx, todo);
        Vec::new()
    }

    pub(super) fn ask(&mut self, ctx: &Context<Self>, who: Asker, prompt: Prompt) {
        // A question may cross the order to stop on its way: it is not worth a call.
        if !self.model.lab().is_some_and(|lab| lab.wants(who.run)) {
            let answer = Err(Fault::Limit("The run was stopped.".into()));
            return self.do_all(ctx, vec![Do::Answer { to: who, answer }]);
        }
        let todo = self.oracle.ask(who, prompt, browser::now_ms());
        self.do_all(ctx, todo);
    }

    pub(super) fn landed(&mut self, ctx: &Context<Self>, call: u32, landed: Landed) {
        self.calls.remove(&call);
        let todo = self.oracle.landed(call, landed, browser::now_ms());
        self.do_all(ctx, todo);
    }

    pub(super) fn stopped(&mut self, ctx: &Context<Self>, run: u32) {
        let todo = self.oracle.drop_run(run, browser::now_ms());
        self.do_all(ctx, todo);
    }

    pub(super) fn seat_lost(&mut self, ctx: &Context<Self>, seat: u32) {
        let todo = self.oracle.drop_seat(seat, browser::now_ms());
        self.do_all(ctx, todo);
    }

    /// Calls that waited for their next try.
    pub(super) fn go_on(&mut self, ctx: &Context<Self>) {
        let todo = self.oracle.go_on(browser::now_ms());
        self.do_all(ctx, todo);
    }

    /// One short question, to see whether the way is right, before anything is connected.
    pub(super) fn try_mind(&mut self, ctx: &Context<Self>, connection: Connection) -> Vec<Order> {
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
        Vec::new()
    }

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
