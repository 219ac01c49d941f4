//! The reference table of section 8, from an independent calculation: each level must come out within .03.
//! `cargo test --release -p engine reference -- --nocapture` prints expected and found.

use super::*;
use crate::chance::Chance;
use crate::consensus::{bradley_terry, vote};

struct Setting {
    exam: Exam,
    accuracy: f64,
    shares: Shares,
    spread: f64,
    judging: (f64, f64),
    families: u32,
    minds: u32,
}

/// What one question gave: by vote of the first n minds, by any of them, by ranking.
#[derive(Default)]
struct Rates {
    vote: f64,
    any: f64,
    ranked: f64,
}

const SEEDS: u32 = 8;
const QUESTIONS: u32 = 400;

fn rates(setting: &Setting, ranked: bool) -> Rates {
    let mut sum = Rates::default();
    for seed in 1..=SEEDS {
        let chance = Chance::new(seed.into());
        let exam = setting.exam;
        let floor = 1.0 / f64::from(exam.options);
        let middle = calibrate::theta_for(setting.accuracy, floor, 1.0, 0.0, exam.difficulty_sd);
        let minds: Vec<Mind> = (0..setting.minds)
            .map(|id| {
                let off = setting.spread * normal(&mut chance.at("ability", &[id]));
                let mind = Mind {
                    id,
                    family: id % setting.families,
                    shares: setting.shares,
                    judging: setting.judging.0,
                    judging_slope: setting.judging.1,
                    ..Mind::default()
                };
                mind.able(middle + off)
            })
            .collect();
        let mut asked =
            Asked::new(chance, exam.question(chance, 0), setting.families, setting.minds);
        for id in 0..QUESTIONS {
            asked.put(exam.question(chance, id));
            let said: Vec<Option<u32>> = minds
                .iter()
                .map(|m| asked.answer(m, Moment::default(), 0.0).said.option())
                .collect();
            let voted = vote::plurality(&said, |option| asked.tie_order(option));
            let right = |it: bool| f64::from(u8::from(it));
            sum.vote += right(asked.right(voted));
            sum.any += right(said.iter().any(|s| asked.right(*s)));
            if ranked {
                sum.ranked += right(asked.right(rank(&asked, &minds, &said)));
            }
        }
    }
    let all = f64::from(SEEDS * QUESTIONS);
    Rates { vote: sum.vote / all, any: sum.any / all, ranked: sum.ranked / all }
}

/// Every mind judges the chain pairs of the others' answers; Bradley-Terry by minorization picks one.
fn rank(asked: &Asked, minds: &[Mind], said: &[Option<u32>]) -> Option<u32> {
    let texts: Vec<Message> =
        said.iter().map(|answer| Message::of(answer.unwrap_or_default())).collect();
    let mut wins = bradley_terry::Wins::new(minds.len());
    for judge in minds {
        let sharpness = asked.sharpness(judge, 0.0);
        for step in 1..=2 {
            for a in 0..minds.len().saturating_sub(step) {
                let b = a + step;
                if a == judge.id as usize || b == judge.id as usize {
                    continue;
                }
                match asked.compare(judge, sharpness, [&texts[a], &texts[b]], 0) {
                    judge::Preference::First => wins.add(a, b, 1.0),
                    judge::Preference::Second => wins.add(b, a, 1.0),
                    judge::Preference::Tie => wins.tie(a, b, 1.0),
                }
            }
        }
    }
    let strength = bradley_terry::fit(&wins, &bradley_terry::Fit::default()).strength;
    let best = (0..minds.len()).max_by(|a, b| strength[*a].total_cmp(&strength[*b]))?;
    said[best]
}

#[test]
fn the_reference_table_is_met() {
    let shares = |g, f, o| Shares::new(g, f, o).unwrap();
    let exam =
        |options, distractor, common| Exam { options, distractor, common, ..Exam::default() };
    let seven = |judging| Setting {
        exam: exam(4, 0.7, 0.8),
        accuracy: 0.60,
        shares: shares(0.15, 0.10, 0.45),
        spread: 0.8,
        judging: (judging, 0.6),
        families: 7,
        minds: 7,
    };
    let five = Setting {
        exam: exam(5, 0.35, 0.8),
        accuracy: 0.512,
        shares: shares(0.10, 0.25, 0.30),
        spread: 0.0,
        judging: (0.9, 0.5),
        families: 1,
        minds: 5,
    };
    let crowd = |families, minds| Setting {
        exam: exam(4, 0.6, 0.5),
        accuracy: 0.62,
        shares: shares(0.10, 0.55, 0.15),
        spread: 0.0,
        judging: (0.9, 0.5),
        families,
        minds,
    };
    let voted = |setting: Setting| rates(&setting, false).vote;
    let strong = rates(&seven(1.6), true);
    let table = [
        ("7 families, vote of 7", 0.71, strong.vote),
        ("7 families, any of 7", 0.956, strong.any),
        ("7 families, ranked at D0 1.6", 0.87, strong.ranked),
        ("7 families, ranked at D0 1.2", 0.81, rates(&seven(1.2), true).ranked),
        ("1 family, K 5, vote of 5", 0.60, voted(five)),
        ("1 family, vote of 1", 0.62, voted(crowd(1, 1))),
        ("1 family, vote of 4", 0.63, voted(crowd(1, 4))),
        ("1 family, vote of 8", 0.65, voted(crowd(1, 8))),
        ("1 family, vote of 16", 0.65, voted(crowd(1, 16))),
        ("4 families, vote of 4", 0.725, voted(crowd(4, 4))),
        ("4 families, vote of 8", 0.76, voted(crowd(4, 8))),
        ("4 families, vote of 16", 0.77, voted(crowd(4, 16))),
    ];
    println!("{:32} {:>8} {:>8}", "setting", "expected", "found");
    for (name, expected, found) in table {
        println!("{name:32} {expected:8.3} {found:8.3}");
    }
    for (name, expected, found) in table {
        assert!((expected - found).abs() <= 0.03, "{name}: expected {expected}, found {found}");
    }
}
