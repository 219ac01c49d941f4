//! The command line on the worked example: what it prints, and what it answers to mistakes.

use crate::{example, trial};
use libtest_mimic::Trial;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

pub fn all() -> Vec<Trial> {
    vec![
        trial("commands::a_run_twice_gives_the_same_bytes", a_run_twice),
        trial("commands::json_holds_what_the_table_holds", json_holds_the_same),
        trial("commands::a_mistake_is_exit_two_and_prints_nothing", mistakes),
        trial("commands::a_claim_is_judged_and_recorded", judges_and_records),
        trial("commands::a_budget_judges_the_cheapest_of_each", a_budget),
        trial("commands::a_scene_is_drawn", a_scene_is_drawn),
        trial("commands::a_sweep_has_the_runs_last_readings", sweeps),
        trial("commands::a_playthrough_is_recorded_and_kept", a_playthrough_is_recorded),
        trial("commands::own_data_is_in_the_link_or_named_by_it", own_data),
        trial("commands::the_list_names_arms_dials_and_claims", the_list),
    ]
}

fn murmur(args: &[&str]) -> (ExitCode, String) {
    let mut out = Vec::new();
    let world = example::world::<{ example::SOUND }>();
    let code = native::cli::run(world, args.iter().map(OsString::from), &mut out);
    (code, String::from_utf8(out).expect("the command line prints text"))
}

fn expect(args: &[&str], code: u8) -> Result<String, String> {
    let (got, out) = murmur(args);
    match format!("{got:?}") == format!("{:?}", ExitCode::from(code)) {
        true => Ok(out),
        false => Err(format!("{args:?} ended with {got:?}, not {code}: {out}")),
    }
}

/// A folder of this test's own, empty.
fn folder(name: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).map_err(|error| error.to_string())?;
    Ok(path)
}

fn a_run_twice() -> Result<(), String> {
    let link = "#/gossip-average?rounds=20&seeds=2";
    let (one, two) = (expect(&["run", link], 0)?, expect(&["run", link, "--csv"], 0)?);
    let lines = one.lines().count();
    // Two arms, two seeds, twenty rounds of two metrics and ten of a third.
    match one == two
        && lines == 1 + 2 * 2 * 50
        && one.starts_with("system,arm,seed,round,metric,value\n")
    {
        true => Ok(()),
        false => Err(format!("{lines} lines: {}", &one[..one.len().min(300)])),
    }
}

fn json_holds_the_same() -> Result<(), String> {
    let link = "#/gossip-average?rounds=3&seeds=1&arms=pairwise";
    let table = expect(&["run", link], 0)?;
    let json: serde_json::Value =
        serde_json::from_str(&expect(&["run", link, "--json"], 0)?).map_err(|e| e.to_string())?;
    let readings = json["jobs"][0]["readings"].as_object().ok_or("no readings")?;
    let mut lines = Vec::new();
    for (metric, all) in readings {
        for pair in all.as_array().ok_or("no list")? {
            let value = pair[1].as_f64().ok_or("no number")?;
            lines.push(format!("gossip-average,pairwise,1,{},{metric},{value}", pair[0]));
        }
    }
    let mut expected: Vec<&str> = table.lines().skip(1).collect();
    expected.sort();
    lines.sort();
    match lines == expected && json["digest"].as_str().is_some_and(|d| d.len() == 16) {
        true => Ok(()),
        false => Err(format!("{lines:?} {expected:?}")),
    }
}

/// A line's value is the mean over the seeds of the last reading that `run` gives for the same settings; a point that
/// breaks a rule across dials has no line.
fn sweeps() -> Result<(), String> {
    let link = "#/gossip-average?rounds=5&arms=pairwise&agents=5";
    let asked = ["sweep", link, "--over", "reach=1,3", "--over", "loss=0..0.5/2", "--seeds", "2"];
    let table = expect(&asked, 0)?;
    let lines: Vec<&str> = table.lines().collect();
    if lines.len() != 3 || lines[0] != "system,arm,reach,loss,seeds,metric,value,low,high" {
        return Err(format!("five agents have no reach of 3: {table}"));
    }
    for (line, loss) in lines[1..].iter().zip(["0", "0.5"]) {
        let run = expect(&["run", &format!("{link}&reach=1&loss={loss}&seeds=2")], 0)?;
        let last = |seed: u32| {
            let head = format!("gossip-average,pairwise,{seed},5,spread,");
            run.lines().find_map(|l| l.strip_prefix(&head)?.parse::<f64>().ok())
        };
        let mean = (last(1).ok_or("no reading")? + last(2).ok_or("no reading")?) / 2.0;
        let expected = format!("gossip-average,pairwise,1,{loss},2,spread,{mean},,");
        if *line != expected {
            return Err(format!("{line}, not {expected}"));
        }
    }
    let scattered = ["sweep", link, "--over", "loss=0..0.5", "--random", "7", "--seeds", "1"];
    match expect(&scattered, 0)?.lines().count() {
        8 => Ok(()),
        lines => Err(format!("{lines} lines of seven points")),
    }
}

fn mistakes() -> Result<(), String> {
    let long = format!("#/gossip-average?x={}", "1".repeat(1 << 20));
    let many: [&[&str]; 25] = [
        &["run"],
        &["run", "gosip-average"],
        &["run", "#/gossip-average?loss=NaN"],
        &["run", "#/gossip-average?loss="],
        &["run", "#/gossip-average?agents=5&reach=3"],
        &["run", "#/gossip-average?v=99"],
        &["run", "#/gossip-average?arms=nobody"],
        &["run", "#/gossip-average", "more"],
        &["run", &long],
        &["run", "#/gossip-average", "--fast"],
        &["judge", "nobody"],
        &["judge", "gossip-average", "--claim", "c9"],
        &["judge", "--budget-seconds", "soon"],
        &["judge", "--budget-seconds", "5", "--record", "x"],
        &["draw", "#/gossip-average", "--round", "61"],
        &["draw", "#/gossip-average", "--view", "2"],
        &["draw", "#/gossip-average", "--arm", "nobody"],
        &["sweep", "#/gossip-average"],
        &["sweep", "#/gossip-average", "--over", "loss=0..7/3"],
        &["sweep", "#/gossip-average", "--over", "loss=0..0.5"],
        &["sweep", "#/gossip-average", "--over", "loss=0..0.5/3", "--metric", "joy"],
        &["record"],
        &["record", "nobody"],
        &["list", "all"],
        &["fly"],
    ];
    for args in many {
        let out = expect(args, 2)?;
        if !out.is_empty() {
            return Err(format!("{args:?} printed {out:?}"));
        }
    }
    Ok(())
}

fn judges_and_records() -> Result<(), String> {
    let dir = folder("claims")?;
    let dir = dir.to_string_lossy();
    let out = expect(&["judge", "gossip-average", "--record", &dir], 0)?;
    let text =
        std::fs::read_to_string(format!("{dir}/gossip-average.txt")).map_err(|e| e.to_string())?;
    let record = lexicon::record::Record::parse(&text)?;
    match out.contains("agrees_without_loss: reproduced") && record.claims.len() == 1 {
        true => Ok(()),
        false => Err(format!("{out} {record:?}")),
    }
}

fn a_budget() -> Result<(), String> {
    let out = expect(&["judge", "--budget-seconds", "20"], 0)?;
    if !out.contains("agrees_without_loss: reproduced") {
        return Err(out);
    }
    let none = expect(&["judge", "--budget-seconds", "0"], 0)?;
    if none.is_empty() { Ok(()) } else { Err(format!("no time, yet judged: {none}")) }
}

fn a_scene_is_drawn() -> Result<(), String> {
    let link = "#/gossip-average?seeds=1";
    let three = expect(&["draw", link, "--round", "3"], 0)?;
    let (again, five) =
        (expect(&["draw", link, "--round", "3"], 0)?, expect(&["draw", link, "--round", "5"], 0)?);
    match three.starts_with("<svg")
        && three.trim_end().ends_with("</svg>")
        && three == again
        && three != five
    {
        true => Ok(()),
        false => Err(three.chars().take(200).collect()),
    }
}

fn a_playthrough_is_recorded() -> Result<(), String> {
    let dir = folder("playthroughs")?;
    let path = dir.join("gossip-average.txt");
    let dir = dir.to_string_lossy();
    let read = || std::fs::read_to_string(&path).map_err(|error| error.to_string());
    expect(&["record", "gossip-average", "--dir", &dir], 0)?;
    let first = read()?;
    for arm in ["== push_sum", "== pairwise", "== pairwise_one", "opening=one", "1: Spread"] {
        if !first.contains(arm) {
            return Err(format!("{arm} is not in\n{first}"));
        }
    }
    // A head edited by hand is kept.
    let edited =
        first.replacen("rounds=5", "rounds=7", 1).replacen("tolerance 1e-5", "tolerance 1e-3", 1);
    std::fs::write(&path, &edited).map_err(|error| error.to_string())?;
    expect(&["record", "gossip-average", "--dir", &dir], 0)?;
    let second = read()?;
    match second.lines().take(3).eq(edited.lines().take(3))
        && second.lines().count() > first.lines().count()
    {
        true => Ok(()),
        false => Err(second),
    }
}

fn the_list() -> Result<(), String> {
    let out = expect(&["list"], 0)?;
    let all = [
        "gossip-average",
        "push_sum, pairwise",
        "loss = 0: a number from 0 to 0.9",
        "preset lossy",
        "claim agrees_without_loss",
    ];
    match all.into_iter().find(|text| !out.contains(text)) {
        Some(missing) => Err(format!("{missing:?} is not in\n{out}")),
        None => Ok(()),
    }
}

/// On the systems of the house: the worked example learns from nothing.
fn own_data() -> Result<(), String> {
    let folder = folder("own-data")?;
    let run = |args: &[&str]| {
        let mut out = Vec::new();
        let code = native::cli::run(native::HOUSE, args.iter().map(OsString::from), &mut out);
        let ok = format!("{code:?}") == format!("{:?}", ExitCode::SUCCESS);
        (ok, String::from_utf8_lossy(&out).into_owned())
    };
    let mut text = String::from("x,y,site,kind\n");
    for row in 0..120u32 {
        let (kind, site) = (row % 2, row % 5);
        text += &format!("{}.{},{},s{site},k{kind}\n", kind * 2, row % 10, row * 7 % 11);
    }
    let path = folder.join("small.csv");
    std::fs::write(&path, &text).map_err(|e| e.to_string())?;
    let path = path.to_string_lossy().into_owned();
    let link = "#/fedstale?arms=fedstale&seeds=1&rounds=3&p_low=1";
    let (ok, first) = run(&["run", link, "--data", &path, "--client", "site", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&first).map_err(|e| e.to_string())?;
    let whole = json["link"].as_str().unwrap_or_default().to_string();
    if !ok || !whole.contains("&data=csv.4.3.z.") {
        return Err(format!("the link has no data: {whole}"));
    }
    let participants = &json["jobs"][0]["readings"]["participants"][0][1];
    if participants.as_f64() != Some(5.0) {
        return Err(format!("the column has five sites, and {participants} came"));
    }
    if run(&["run", &whole, "--json"]) != (true, first) {
        return Err("the link alone gives another run".into());
    }
    let (_, drawn) = run(&["draw", &whole, "--round", "2"]);
    let (_, swept) = run(&["sweep", &whole, "--over", "beta=0,1", "--seeds", "1"]);
    if !drawn.starts_with("<svg") || swept.lines().count() != 3 {
        return Err(format!("{}: {swept}", &drawn[..drawn.len().min(60)]));
    }
    let named = format!("{link}&data=csv.4.3.sha256.{}", "ab".repeat(32));
    for wrong in [
        &["run", &named][..],
        &["run", &named, "--data", &path],
        &["run", &whole, "--data", &path],
        &["run", link, "--label", "kind"],
        &["run", link, "--data", "/nowhere.csv"],
        &["run", link, "--data", &path, "--label", "nothing"],
        &["run", link, "--data", &path, "--data", &path, "--data", &path],
        &["run", "#/mc-grpo", "--data", &path],
    ] {
        if let (true, out) = run(wrong) {
            return Err(format!("{wrong:?} was run: {}", &out[..out.len().min(100)]));
        }
    }
    Ok(())
}
