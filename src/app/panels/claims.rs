//! What the paper says, what is tested here, and what came of it.

use crate::batch::{Batch, Stage};
use crate::parts::picture::{Picture, Subject};
use crate::parts::seen::{Seen, hash};
use crate::parts::{follow, on, words};
use crate::state::rest::{CLAIMS_A_FRAME, SWEEP};
use crate::state::{ClaimRun, Msg};
use draw::Interval;
use draw::interval::Against;
use lexicon::{Claim, Effect, Expect, Metric, Test, Verdict, link};
use yew::prelude::*;

pub fn version(seen: &Seen) -> u64 {
    let lab = seen.lab;
    let each: Vec<(String, u32, i64)> = lab
        .sheet
        .card
        .claims
        .iter()
        .map(|claim| {
            let known = known(seen, claim);
            let (share, left) = match &known {
                Known::Running(batch) => (batch.progress(), batch.seconds_left().unwrap_or(-1.0)),
                _ => (0.0, 0.0),
            };
            (state(&known), (share * 1000.0) as u32, left as i64)
        })
        .collect();
    hash(&(lab.sheet.card.id, each, drawn(seen), seen.theme == draw::Theme::Dark))
}

/// How many of them, for a moment after the page was opened not all.
fn drawn(seen: &Seen) -> usize {
    let (unfolded, all) = (seen.model.unfolded, seen.lab.sheet.card.claims.len());
    if unfolded > SWEEP { all } else { all.min(unfolded * CLAIMS_A_FRAME) }
}

pub fn view(seen: &Seen) -> Html {
    let claims = seen.lab.sheet.card.claims;
    html! {
        <section class="claims" aria-labelledby="claims-title">
            <header>
                <h2 id="claims-title">{ "Claims of the paper" }</h2>
                if claims.len() > 1 {
                    <button type="button" class="button small" data-test="run-all-claims"
                        onclick={on(seen.send, Msg::RunAllClaims)}>{ "Run all" }</button>
                }
            </header>
            { for claims.iter().take(drawn(seen)).map(|claim| one(seen, claim)) }
        </section>
    }
}

/// What is known of a claim: by a run of the person's own, else by the record.
enum Known<'a> {
    Running(&'a Batch),
    Judging,
    Failed(String),
    Judged(&'a Verdict),
    Recorded(&'a Verdict),
    Nothing,
}

fn known<'a>(seen: &'a Seen, claim: &Claim) -> Known<'a> {
    match seen.lab.claims.get(claim.id) {
        Some(ClaimRun::Running(batch)) => Known::Running(batch),
        Some(ClaimRun::Judging) => Known::Judging,
        Some(ClaimRun::Judged(verdict)) => Known::Judged(verdict),
        Some(ClaimRun::Failed(fault)) => Known::Failed(fault.to_string()),
        None => {
            let record = seen.model.records.get(seen.lab.sheet.card.id);
            let found = record
                .filter(|r| r.version == seen.lab.sheet.card.version)
                .and_then(|r| r.claim(claim.id));
            found.map_or(Known::Nothing, |r| Known::Recorded(&r.verdict))
        }
    }
}

fn state(known: &Known) -> String {
    match known {
        Known::Running(batch) if batch.paused => "paused".into(),
        Known::Running(_) => "running".into(),
        Known::Judging => "judging".into(),
        Known::Failed(_) => "failed".into(),
        Known::Judged(verdict) => verdict.words().replace(' ', "-"),
        Known::Recorded(_) => "recorded".into(),
        Known::Nothing => "none".into(),
    }
}

fn one(seen: &Seen, claim: &Claim) -> Html {
    let known = known(seen, claim);
    html! {
        <article class="claim" data-test={format!("claim-{}", claim.id)} data-state={state(&known)} key={claim.id}>
            <header>
                { pill(&known) }
                <span class="source">{ format!("{} · {}", claim.id.to_ascii_uppercase(), claim.source) }</span>
            </header>
            <p class="claim-says">{ claim.says }</p>
            { outcome(seen, claim, &known) }
            { reason(claim, &known) }
            <div class="claim-foot">
                { tested(seen, claim) }
                { actions(seen, claim, &known) }
            </div>
        </article>
    }
}

fn pill(known: &Known) -> Html {
    let (class, text) = match known {
        Known::Running(batch) if batch.paused => ("paused", "paused"),
        Known::Running(_) => ("running", "running"),
        Known::Judging => ("running", "judging"),
        Known::Failed(_) => ("not", "failed"),
        Known::Judged(verdict) | Known::Recorded(verdict) => (class(verdict), verdict.words()),
        Known::Nothing => ("none", "not run yet"),
    };
    html! {
        <span class="verdict">
            <span class={classes!("pill", class)}>{ text }</span>
            if matches!(known, Known::Recorded(_)) { <span class="on-record">{ "on record" }</span> }
            if matches!(known, Known::Judged(_)) { <span class="on-record">{ "just run" }</span> }
        </span>
    }
}

fn class(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Reproduced(_) => "reproduced",
        Verdict::DirectionOnly(_) => "direction",
        Verdict::NotReproduced(_) => "not",
        Verdict::Inconclusive { .. } => "open",
    }
}

fn outcome(seen: &Seen, claim: &Claim, known: &Known) -> Html {
    match known {
        Known::Running(batch) => progress(batch),
        Known::Judging => {
            html! { <p class="facts">{ "All runs are in; the verdict is being worked out." }</p> }
        }
        Known::Failed(says) => html! { <p class="fault" role="alert">{ says }</p> },
        Known::Judged(verdict) | Known::Recorded(verdict) => {
            verdict.effect().map_or(Html::default(), |effect| measured(seen, claim, &effect))
        }
        Known::Nothing => Html::default(),
    }
}

fn progress(batch: &Batch) -> Html {
    let done = batch.trials.iter().filter(|t| t.stage == Stage::Done).count();
    let left = match batch.seconds_left() {
        _ if batch.paused => " · paused".to_string(),
        Some(seconds) => format!(" · {}", words::time_left(seconds)),
        None => String::new(),
    };
    html! {
        <div class="progress">
            <progress max="1" value={format!("{:.4}", batch.progress())} aria-label="Progress of the claim" />
            <p class="facts">{ format!("{done} of {} runs{left}", batch.trials.len()) }</p>
        </div>
    }
}

fn measured(seen: &Seen, claim: &Claim, effect: &Effect) -> Html {
    let (metric, against) = scale(&claim.test);
    let unit = match claim.test {
        Test::Share { .. } => "of the cells",
        _ => metric.map_or("", |m| m.unit),
    };
    let [mean, low, high] = words::interval(effect.mean, effect.low, effect.high);
    // A difference has a sign, a level has none.
    let sign = if against == Against::Line(0.0) && effect.mean > 0.0 { "+" } else { "" };
    let mean = words::with_unit(format!("{sign}{mean}"), unit);
    let range = format!("95 % [{low}, {high}]");
    let label = format!("Effect {mean}, {range}");
    let interval = Interval { mean: effect.mean, low: effect.low, high: effect.high, against };
    let version =
        hash(&(effect.mean.to_bits(), effect.low.to_bits(), effect.high.to_bits(), claim.id));
    html! {
        <div class="measured">
            <Picture {version} subject={Subject::Interval(interval)} look={seen.look(0)} {label} class="interval" />
            <p class="effect number">{ mean }</p>
            <p class="facts number">{ format!("{range} · {}", words::count(effect.seeds as usize, "seed")) }</p>
        </div>
    }
}

/// The metric whose unit the effect has, and what the effect is held against.
fn scale(test: &Test) -> (Option<Metric>, Against) {
    match test {
        Test::Lower { metric, .. }
        | Test::Higher { metric, .. }
        | Test::Ordered { metric, .. }
        | Test::NoneShown { metric, .. }
        | Test::Interaction { metric, .. } => (Some(*metric), Against::Line(0.0)),
        Test::Between { metric, low, high, .. } | Test::Gap { metric, low, high, .. } => {
            (Some(*metric), Against::Band(*low, *high))
        }
        Test::Within { metric, margin, .. } => (Some(*metric), Against::Band(-margin, *margin)),
        Test::Exactly { metric, value, .. } => (Some(*metric), Against::Line(*value)),
        Test::Share { at_least, .. } => (None, Against::Line(*at_least)),
        // A slope, a dial's value: the unit is none of the metric's.
        Test::Trend { .. } | Test::BestDial { .. } => (None, Against::Line(0.0)),
        // Which part it was that decided, the effect does not say.
        Test::All(parts) | Test::AtLeast { parts, .. } => {
            let (metric, against) = parts.first().map_or((None, Against::Nothing), scale);
            let alike = |part: &Test| scale(part) == (metric, against.clone());
            if parts.iter().all(alike) { (metric, against) } else { (None, Against::Nothing) }
        }
    }
}

/// Why a verdict is open or other than the paper's, where the card or the judge knows.
fn reason(claim: &Claim, known: &Known) -> Html {
    let judge = match known {
        Known::Judged(Verdict::Inconclusive { why, .. })
        | Known::Recorded(Verdict::Inconclusive { why, .. }) => why,
        _ => "",
    };
    let same = |verdict: &Verdict| verdict.words() == claim.expect.words();
    let card = match known {
        Known::Judged(verdict) | Known::Recorded(verdict) if same(verdict) => claim.expect.why(),
        _ => "",
    };
    let surprise = match known {
        Known::Judged(verdict) if !same(verdict) => expected(&claim.expect),
        _ => String::new(),
    };
    html! {
        <>
            if !judge.is_empty() { <p class="why">{ judge }</p> }
            if !card.is_empty() { <p class="why">{ card }</p> }
            if !surprise.is_empty() { <p class="why">{ surprise }</p> }
        </>
    }
}

fn expected(expect: &Expect) -> String {
    format!(
        "On record it is “{}”: another verdict than this is a surprise worth a look.",
        expect.words()
    )
}

fn tested(seen: &Seen, claim: &Claim) -> Html {
    let link = setting(seen, claim);
    html! {
        <details class="tested">
            <summary>{ "What is tested" }</summary>
            <p>{ claim.tests }</p>
            if let Some(link) = link {
                <p><a href={link.clone()} onclick={follow(seen.send, &link)}>{ "Watch its setting on the stage" }</a></p>
            }
        </details>
    }
}

/// The claim's setting as a link, with the arms that it compares.
fn setting(seen: &Seen, claim: &Claim) -> Option<String> {
    let sheet = &seen.lab.sheet;
    let mut scenario = link::setting(sheet, claim.setting).ok()?;
    let mut arms: Vec<String> = Vec::new();
    for (address, _) in claim.test.needs() {
        for alternative in address.split(" | ") {
            let arm = alternative.split('?').next().unwrap_or_default().trim();
            if sheet.arm(arm).is_some() && !arms.iter().any(|a| a == arm) {
                arms.push(arm.to_string());
            }
        }
    }
    arms.truncate(lexicon::ARMS_MAX);
    scenario.arms = arms;
    Some(link::canonical(sheet, &scenario))
}

fn actions(seen: &Seen, claim: &Claim, known: &Known) -> Html {
    let id = claim.id.to_string();
    let small = |label: &str, test: String, msg: Msg| {
        html! {
            <button type="button" class="button small" data-test={test} onclick={on(seen.send, msg)}>{ label }</button>
        }
    };
    let buttons = match known {
        Known::Running(batch) => {
            let label = if batch.paused { "Resume" } else { "Pause" };
            html! {
                <>
                    { small(label, format!("pause-claim-{id}"), Msg::PauseClaim { id: id.clone(), on: !batch.paused }) }
                    { small("Stop", format!("stop-claim-{id}"), Msg::StopClaim(id.clone())) }
                </>
            }
        }
        Known::Judging => Html::default(),
        Known::Nothing => small("Run it", format!("run-claim-{id}"), Msg::RunClaim(id.clone())),
        _ => small("Run it again", format!("run-claim-{id}"), Msg::RunClaim(id.clone())),
    };
    html! { <p class="claim-actions">{ buttons }</p> }
}
