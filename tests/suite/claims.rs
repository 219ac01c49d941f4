//! Claims: every system has its verdicts on record, and each is the one that its card expects. Judging anew under a
//! time budget is a step of its own (`murmur judge --budget-seconds`), not a test.

use crate::laws::Subject;
use crate::{example, orphans, root, subjects, trial};
use lexicon::record::Record;
use lexicon::{Claim, Expect};
use libtest_mimic::Trial;
use native::jobs::Progress;
use native::judging::{judge_all, record};

pub fn of(subject: &Subject) -> Trial {
    let subject = subject.clone();
    let slug = subject.sheet.card.id;
    trial(format!("claims::{slug}::verdicts_on_record_are_those_expected"), move || {
        let path = root().join("tests/claims").join(format!("{slug}.txt"));
        let text = std::fs::read_to_string(&path)
            .map_err(|_| format!("no verdicts on record: “cargo xtask claims {slug}”"))?;
        check(&subject, &text)
    })
}

fn check(subject: &Subject, text: &str) -> Result<(), String> {
    let card = &subject.sheet.card;
    let record = Record::parse(text)?;
    if record.system != card.id || record.version != card.version {
        return Err(format!(
            "the record is of {} v{}, the system is {} v{}",
            record.system, record.version, card.id, card.version
        ));
    }
    let recorded: Vec<&str> = record.claims.iter().map(|c| c.id.as_str()).collect();
    let claimed: Vec<&str> = card.claims.iter().map(|c| c.id).collect();
    if recorded != claimed {
        return Err(format!("on record are {recorded:?}, on the card {claimed:?}"));
    }
    for (old, claim) in record.claims.iter().zip(card.claims) {
        let (was, expected) = (old.verdict.words(), claim.expect.words());
        if was != expected {
            return Err(format!("{}: on record {was}, expected {expected}", claim.id));
        }
        if let Some(effect) = old.verdict.effect().filter(|e| e.seeds != claim.seeds) {
            return Err(format!(
                "{}: judged on {} seeds, not {}",
                claim.id, effect.seeds, claim.seeds
            ));
        }
    }
    Ok(())
}

pub fn all() -> Vec<Trial> {
    let known = |slug: &str| native::HOUSE.catalogue.iter().any(|entry| entry.id == slug);
    vec![
        trial("claims::every_record_has_its_system", move || orphans("tests/claims", known)),
        trial("claims::a_surprise_in_either_direction_fails", surprises_fail),
        trial("claims::the_worked_example_is_judged_and_recorded", the_example_is_judged),
    ]
}

fn worked() -> Subject {
    subjects(example::world::<{ example::SOUND }>(), &[]).remove(0)
}

fn judged_record() -> Result<Record, String> {
    let subject = worked();
    let claims: Vec<&'static Claim> = subject.sheet.card.claims.iter().collect();
    let judged = judge_all(subject.world.starters, &subject.sheet, &claims, |_| Progress::silent())
        .map_err(|fault| fault.to_string())?;
    Ok(record(&subject.sheet, &judged))
}

fn the_example_is_judged() -> Result<(), String> {
    let (once, again) = (judged_record()?, judged_record()?);
    let claim = &once.claims[0];
    if claim.verdict.words() != "reproduced" || claim.rounds != 6 * 60 || once != again {
        return Err(format!("{once:?} {again:?}"));
    }
    check(&worked(), &once.write())
}

fn surprises_fail() -> Result<(), String> {
    const OTHER: &[Claim] = &[Claim {
        expect: Expect::NotReproduced { why: "it is expected to fail" },
        ..example_claim()
    }];
    const fn example_claim() -> Claim {
        use lexicon::{At, Metric, Test};
        let metric = Metric::lower("spread", "Spread of estimates", "");
        Claim {
            id: "agrees_without_loss",
            says: "",
            source: "",
            tests: "",
            setting: "",
            seeds: 6,
            test: Test::Between { metric, arm: "push_sum", at: At::Last, low: 0.0, high: 0.05 },
            expect: Expect::Reproduced,
        }
    }
    let mut subject = worked();
    subject.sheet.card.claims = OTHER;
    match check(&subject, &judged_record()?.write()) {
        Err(told) if told.contains("expected not reproduced") => Ok(()),
        other => Err(format!("better than expected went unnoticed: {other:?}")),
    }
}
