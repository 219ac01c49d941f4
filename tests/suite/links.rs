//! Links: every link ever published opens, and hostile ones are answered with a sentence.

use crate::{example, root, trial};
use lexicon::link::{LINK_CHARS_MAX, canonical, decode};
use lexicon::{Entry, Fault, Opened, find};
use libtest_mimic::Trial;
use std::time::{Duration, Instant};

pub fn all() -> Vec<Trial> {
    vec![
        trial("links::every_published_link_opens", every_published_link_opens),
        trial("links::a_misspelled_system_is_offered_its_neighbors", a_misspelled_system),
        trial("links::hostile_links_are_answered_at_once", hostile_links_are_answered),
        trial("links::what_is_unknown_is_named_and_ignored", what_is_unknown_is_named),
        trial("links::an_old_version_keeps_its_meaning", an_old_version_keeps_its_meaning),
        trial("links::an_old_link_of_the_house_runs_what_it_ran", an_old_link_of_the_house),
        trial("links::a_newer_version_says_so", a_newer_version_says_so),
        trial("links::a_rule_across_dials_names_its_dial", a_rule_across_dials),
    ]
}

fn every_published_link_opens() -> Result<(), String> {
    let text =
        std::fs::read_to_string(root().join("tests/links.txt")).map_err(|e| e.to_string())?;
    let catalogue = native::HOUSE.catalogue;
    for link in text.lines().filter(|line| line.starts_with("#/")) {
        let opened = decode(link, catalogue).map_err(|fault| format!("{link}: {fault}"))?;
        if !opened.issues.is_empty() || !opened.notices.is_empty() {
            return Err(format!("{link}: {:?} {:?}", opened.issues, opened.notices));
        }
        let entry =
            find(catalogue, &opened.scenario.system).ok_or("a system that opened is gone")?;
        let again = canonical(&(entry.sheet)(), &opened.scenario);
        let reopened = decode(&again, catalogue).map_err(|fault| format!("{again}: {fault}"))?;
        if reopened.scenario != opened.scenario {
            return Err(format!(
                "{link} means {:?}, its own link {again} {:?}",
                opened.scenario, reopened.scenario
            ));
        }
    }
    let stray = text
        .lines()
        .find(|line| !(line.is_empty() || line.starts_with("#/") || line.starts_with("# ")));
    stray.map_or(Ok(()), |line| Err(format!("neither a link nor a remark: {line}")))
}

fn worlds() -> [&'static [Entry]; 2] {
    [native::HOUSE.catalogue, example::world::<{ example::SOUND }>().catalogue]
}

fn open(link: &str) -> Result<Opened, Fault> {
    decode(link, example::world::<{ example::SOUND }>().catalogue)
}

fn a_misspelled_system() -> Result<(), String> {
    for given in ["gossip", "gosip-average", "Gossip-Average", "gossip_average"] {
        match open(&format!("#/{given}?loss=0.1")) {
            Err(Fault::UnknownSystem { nearest, .. }) if nearest == ["gossip-average"] => {}
            other => return Err(format!("{given}: {other:?}")),
        }
    }
    match open("#/zzz") {
        Err(fault @ Fault::UnknownSystem { .. }) if fault.to_string().contains("zzz") => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

/// Links that someone may try, on a slug or none.
fn hostile(slug: &str) -> Vec<String> {
    let on = |query: &str| format!("#/{slug}?{query}");
    let mut all: Vec<String> = [
        "",
        "#",
        "#/",
        "/",
        "?",
        "#?#?#?",
        "////",
        "#/%00",
        "#/../../etc/passwd",
        "#/__proto__",
        "#/constructor?x=1",
        "\u{0}\u{1b}[31m",
        "#/\u{202e}evil",
        "https://host/#/nobody?x",
    ]
    .map(str::to_string)
    .into();
    all.extend([
        "x".repeat(1 << 20),
        on(&"a".repeat(1 << 20)),
        on(&format!("loss={}", "9".repeat(30_000))),
        on(&"loss=0.1&".repeat(3_000)),
        on(&"&".repeat(30_000)),
        on(&format!("arms={}", "push_sum,".repeat(3_000))),
        on(&"%".repeat(30_000)),
        on("%FF%FE=%C0%80"),
        on("seeds=4294967296"),
        on("seeds=-1&rounds=0"),
        on("rounds=1e9"),
        on("seed=NaN"),
        on("loss=NaN"),
        on("loss=inf&agents=1e999"),
        on("loss=&agents="),
        on("loss=0x10"),
        on("__proto__=1&constructor=2&toString=3&hasOwnProperty=4"),
        on("loss[]=1&loss[a]=2"),
        on("v=0"),
        on("v=-1"),
        on("v=4294967295"),
        on("v=99999999999999999999"),
        on("arms=,,,"),
        on("arms=%00"),
        on("theme=%1b[31mred"),
        on("hide=a,b,c&at=-5&scene=99"),
        on("\u{0}=\u{7}"),
        on("🐦=🐦"),
    ]);
    all
}

fn hostile_links_are_answered() -> Result<(), String> {
    for catalogue in worlds() {
        let slugs = catalogue.iter().map(|entry| entry.id).chain(["nobody"]);
        for link in slugs.flat_map(hostile) {
            let began = Instant::now();
            let told: Vec<String> = match decode(&link, catalogue) {
                Err(fault) => vec![fault.to_string()],
                Ok(opened) => {
                    let issues = opened.issues.iter().map(ToString::to_string);
                    issues.chain(opened.notices).collect()
                }
            };
            let short: String = link.chars().take(60).collect();
            if began.elapsed() > Duration::from_secs(1) {
                return Err(format!("{short:?} took {:?}", began.elapsed()));
            }
            if let Some(bad) =
                told.iter().find(|text| text.chars().any(char::is_control) || text.len() > 2_000)
            {
                return Err(format!("{short:?} is answered with {bad:?}"));
            }
        }
    }
    let long = format!("#/gossip-average?x={}", "1".repeat(LINK_CHARS_MAX));
    match open(&long) {
        Err(Fault::Link(says)) if says.contains("characters") => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

fn what_is_unknown_is_named() -> Result<(), String> {
    let opened =
        open("#/gossip-average?los=0.5&__proto__=1&loss=0.5").map_err(|f| f.to_string())?;
    let told = opened.notices.join(" ");
    let named = told.contains("“los”") && told.contains("“loss”?") && told.contains("“__proto__”");
    if !named || !opened.issues.is_empty() || opened.scenario.params.len() != 1 {
        return Err(format!("{opened:?}"));
    }
    let opened = open("#/gossip-average?arms=push_sum,nobody").map_err(|f| f.to_string())?;
    match opened.issues.iter().any(|issue| issue.dial == "arms" && issue.given == "nobody") {
        true => Ok(()),
        false => Err(format!("{opened:?}")),
    }
}

fn an_old_version_keeps_its_meaning() -> Result<(), String> {
    let agents = |link: &str| {
        let opened = open(link).map_err(|fault| fault.to_string())?;
        Ok::<_, String>(opened.scenario.params.get("agents").cloned())
    };
    let old = agents("#/gossip-average?v=1")?;
    let (new, own) = (agents("#/gossip-average?v=2")?, agents("#/gossip-average?agents=30&v=1")?);
    match (old == Some(24.into()), new.is_none(), own == Some(30.into())) {
        (true, true, true) => Ok(()),
        _ => Err(format!("{old:?} {new:?} {own:?}")),
    }
}

/// A link of an old version, with nothing in it, is today's with that version's defaults spelled out.
fn an_old_link_of_the_house() -> Result<(), String> {
    let catalogue = native::HOUSE.catalogue;
    let mut tried = 0;
    for entry in catalogue {
        let card = (entry.sheet)().card;
        for (at, past) in card.past.iter().enumerate() {
            let spelled: Vec<&str> = card.past[at..].iter().map(|past| past.defaults).collect();
            let read = |query: String| {
                let link = format!("#/{}?{query}", card.id);
                let opened =
                    decode(&link, catalogue).map_err(|fault| format!("{link}: {fault}"))?;
                match opened.issues.is_empty() && opened.notices.is_empty() {
                    true => Ok(opened.scenario),
                    false => Err(format!("{link}: {:?} {:?}", opened.issues, opened.notices)),
                }
            };
            let old = read(format!("v={}", past.version))?;
            if old != read(format!("{}&v={}", spelled.join("&"), card.version))? {
                return Err(format!("{}: version {} means {old:?}", card.id, past.version));
            }
            if old.params == read(format!("v={}", card.version))?.params {
                return Err(format!("{}: version {} differs in nothing", card.id, past.version));
            }
            tried += 1;
        }
    }
    if tried == 0 { Err("no system has a past, so nothing was tried".into()) } else { Ok(()) }
}

fn a_newer_version_says_so() -> Result<(), String> {
    let opened = open("#/gossip-average?v=3").map_err(|fault| fault.to_string())?;
    match opened.issues.iter().any(|issue| issue.dial == "v" && issue.says.contains("newer")) {
        true => Ok(()),
        false => Err(format!("{opened:?}")),
    }
}

fn a_rule_across_dials() -> Result<(), String> {
    let opened = open("#/gossip-average?agents=5&reach=3").map_err(|fault| fault.to_string())?;
    match opened.issues.as_slice() {
        [issue]
            if issue.dial == "reach" && issue.given == "3" && issue.says.contains("below 3") =>
        {
            Ok(())
        }
        other => Err(format!("{other:?}")),
    }
}
