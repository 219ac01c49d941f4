//! Each law holds for the worked example, and for each there is a flaw that breaks it.

use crate::example::*;
use crate::laws::{LAWS, Law, Subject};
use crate::{root, subjects, trial};
use lexicon::*;
use libtest_mimic::Trial;

fn law(name: &str) -> Law {
    let found = LAWS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("there is no law {name}")).1
}

fn subject<const FLAW: u8>() -> Subject {
    let stories = [root().join("tests/suite")];
    subjects(world::<FLAW>(), &stories).remove(0)
}

/// The flaw must break the law, with a sentence that holds these words.
fn bites(
    law_name: &'static str,
    flaw: &'static str,
    subject: impl FnOnce() -> Subject + Send + 'static,
    words: &'static str,
) -> Trial {
    trial(format!("bites::{law_name}::{flaw}"), move || {
        let subject = subject();
        let told =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| law(law_name)(&subject)));
        let told = match told {
            Ok(Ok(())) => return Err("the law did not notice".into()),
            Ok(Err(told)) => told,
            Err(panic) => native::jobs::panic_text(panic.as_ref()),
        };
        if told.contains(words) { Ok(()) } else { Err(format!("it says {told:?}, not {words:?}")) }
    })
}

fn spoiled(spoil: fn(&mut Subject)) -> impl FnOnce() -> Subject + Send + 'static {
    move || {
        let mut subject = subject::<SOUND>();
        spoil(&mut subject);
        subject
    }
}

const LOST: Metric = Metric::lower("lost", "Not on the card", "");

const fn claim(test: Test) -> Claim {
    Claim {
        id: "c1",
        says: "a",
        source: "b",
        tests: "c",
        setting: "",
        seeds: 6,
        test,
        expect: Expect::Reproduced,
    }
}

const fn level(metric: Metric, arm: &'static str) -> Test {
    Test::Between { metric, arm, at: At::Last, low: 0.0, high: 1.0 }
}

const SPREAD: Metric = Metric::lower("spread", "Spread of estimates", "");

pub fn all() -> Vec<Trial> {
    let mut all: Vec<Trial> = LAWS
        .iter()
        .map(|(name, law)| trial(format!("bites::sound::{name}"), move || law(&subject::<SOUND>())))
        .collect();
    all.extend([
        bites("same_seed_same_run", "memory", subject::<REMEMBERS_OTHER_RUNS>, "same seed"),
        bites("same_seed_same_run", "looking", subject::<CHANGES_WHEN_LOOKED_AT>, "same seed"),
        bites("another_seed_another_run", "constant", subject::<IGNORES_ITS_SEED>, "seeds 1 and 2"),
        bites(
            "every_metric_is_declared_and_read",
            "forgotten",
            subject::<FORGETS_A_METRIC>,
            "sent",
        ),
        bites(
            "every_metric_is_declared_and_read",
            "undeclared",
            subject::<READS_WHAT_IT_NEVER_DECLARED>,
            "secret",
        ),
        bites(
            "scenes_keep_their_shape",
            "edge",
            subject::<DRAWS_AN_EDGE_TO_NOWHERE>,
            "an edge to no node",
        ),
        bites("scenes_keep_their_shape", "kind", subject::<CHANGES_THE_KIND_OF_SCENE>, "kinds"),
        bites(
            "scenes_keep_their_shape",
            "count",
            subject::<DRAWS_FEWER_SCENES_THAN_VIEWS>,
            "1 scenes for 2",
        ),
        bites(
            "every_dial_survives_both_ends",
            "end",
            subject::<BREAKS_AT_THE_END_OF_A_DIAL>,
            "too many",
        ),
        bites("arms_differ", "twins", subject::<HAS_TWO_ARMS_THAT_ARE_ONE>, "the same run"),
        bites("the_default_is_watchable", "slow", subject::<IS_TOO_SLOW>, "watchable"),
    ]);
    all.extend(on_cards());
    all
}

/// Flaws of what a system says of itself.
fn on_cards() -> [Trial; 14] {
    const PRESET: &str = "every_preset_runs";
    const CARD: &str = "the_card_is_in_order";
    const CLAIM: &str = "claims_name_only_what_exists";
    const NONSENSE: &str = "nonsense_is_refused_with_the_name_of_the_dial";
    let presets = |s: &mut Subject| {
        s.sheet.card.presets = &[Preset { id: "p", label: "P", query: "agent=3" }]
    };
    [
        bites(PRESET, "unknown_dial", spoiled(presets), "agent"),
        bites(
            "a_method_has_a_baseline",
            "alone",
            spoiled(|s| s.sheet.arms.truncate(1)),
            "baseline",
        ),
        bites(CARD, "own_key", spoiled(|s| s.sheet.dials[0].name = "seeds".into()), "link's own"),
        bites(CARD, "two_alike", spoiled(|s| s.sheet.dials[1].name = "agents".into()), "two dials"),
        bites(CARD, "no_help", spoiled(|s| s.sheet.dials[0].help.clear()), "no help"),
        bites(CARD, "when", spoiled(|s| s.sheet.arms[2].when = "opening=none"), "opening"),
        bites(CARD, "past", spoiled(|s| s.sheet.card.past = &[]), "version 1 are lost"),
        bites(
            CLAIM,
            "metric",
            spoiled(|s| s.sheet.card.claims = const { &[claim(level(LOST, "push_sum"))] }),
            "lost",
        ),
        bites(
            CLAIM,
            "arm",
            spoiled(|s| s.sheet.card.claims = const { &[claim(level(SPREAD, "nobody"))] }),
            "nobody",
        ),
        bites(
            CLAIM,
            "when",
            spoiled(|s| s.sheet.card.claims = const { &[claim(level(SPREAD, "pairwise_one"))] }),
            "not offered",
        ),
        bites(
            CLAIM,
            "range",
            spoiled(|s| s.sheet.card.claims = const { &[claim(level(SPREAD, "push_sum?loss=2"))] }),
            "loss",
        ),
        // A form that shows a wider range than the engine takes (or the link reads).
        bites(
            NONSENSE,
            "wider",
            spoiled(|s| s.sheet.dials[0].kind = Kind::Int { min: 10, max: 50, log: false }),
            "was taken",
        ),
        bites(
            "links_come_back_as_they_went",
            "wider",
            spoiled(|s| {
                s.sheet.dials[2].kind = Kind::Real { min: 0.0, max: 9.0, log: false, step: None }
            }),
            "came back",
        ),
        bites("the_story_is_told", "missing", spoiled(|s| s.stories.clear()), "gossip_average.md"),
    ]
}
