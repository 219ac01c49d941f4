//! Recorded sweeps: `sweeps/<slug>.<what>.csv`, the link that makes it first, then the table of `murmur sweep`. Each is
//! run again and must come out the same; of some it is also said what they show. `UPDATE=1` writes the tables anew.

use crate::{root, trial};
use libtest_mimic::Trial;
use std::ffi::OsString;
use std::path::PathBuf;

pub fn all() -> Vec<Trial> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root().join("tests/sweeps"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    paths.sort();
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let again = paths.iter().map(|path| {
        let path = path.clone();
        trial(format!("sweeps::{}::comes_out_the_same", name(&path)), move || comes_out(&path))
    });
    let mut trials: Vec<Trial> = again.collect();
    trials.push(trial(
        "sweeps::vicsek_agents_have_order_at_little_noise_and_none_at_much",
        order_falls_with_noise,
    ));
    trials.push(trial(
        "sweeps::kuramoto_oscillators_have_order_past_the_critical_coupling_only",
        order_begins_at_the_critical_coupling,
    ));
    trials
}

fn comes_out(path: &PathBuf) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let (head, table) = text.split_once('\n').ok_or("the file has no first line")?;
    let link = head.strip_prefix("# ").ok_or("the first line is not “# ” and a link")?;
    let mut out = Vec::new();
    let args = ["sweep", link].map(OsString::from);
    native::cli::run(native::HOUSE, args.into_iter(), &mut out);
    let now = String::from_utf8(out).map_err(|error| error.to_string())?;
    if now == table && !table.is_empty() {
        return Ok(());
    }
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(path, format!("{head}\n{now}")).map_err(|error| error.to_string());
    }
    let other = table.lines().zip(now.lines()).find(|(before, now)| before != now);
    Err(format!("{link} gives another table: {other:?}"))
}

/// (value of the dial, value of the metric) of an arm, in the order of the file.
fn curve(file: &str, arm: &str) -> Result<Vec<(f64, f64)>, String> {
    let path = root().join("tests/sweeps").join(file);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
    let mut points = Vec::new();
    for line in text.lines().skip(2) {
        let cells: Vec<&str> = line.split(',').collect();
        if cells.get(1) == Some(&arm) {
            let number = |cell: Option<&&str>| cell.and_then(|c| c.parse::<f64>().ok());
            // system, arm, dial, seeds, metric, value
            let point = number(cells.get(2)).zip(number(cells.get(5)));
            points.push(point.ok_or_else(|| format!("{file}: {line}"))?);
        }
    }
    if points.len() < 5 {
        Err(format!("{file} has {} points of {arm}", points.len()))
    } else {
        Ok(points)
    }
}

fn order_falls_with_noise() -> Result<(), String> {
    for arm in ["angular", "vectorial"] {
        let points = curve("onset-of-order.noise.csv", arm)?;
        let (first, last) = (points[0], points[points.len() - 1]);
        // Headings of 100 agents by chance alone: sqrt(pi / 400) = 0.09.
        let falls = first.0 < 0.5 && first.1 > 0.9 && last.0 > 5.5 && last.1 < 0.15;
        // Neighboring points may be out of order by their luck; those further apart are not.
        let steady = points.windows(4).all(|four| four[3].1 < four[0].1);
        if !(falls && steady) {
            return Err(format!("{arm}: {points:?}"));
        }
    }
    Ok(())
}

fn order_begins_at_the_critical_coupling() -> Result<(), String> {
    let simulated = curve("onset-of-order.coupling.csv", "all_to_all")?;
    let theory = curve("onset-of-order.coupling.csv", "theory")?;
    for ((coupling, order), (_, expected)) in simulated.into_iter().zip(theory) {
        // At the critical coupling, 1, few oscillators round the corner off.
        let margin = if (coupling - 1.0).abs() < 0.3 { 0.3 } else { 0.08 };
        if (order - expected).abs() > margin {
            return Err(format!("at {coupling} the order is {order}, in theory {expected}"));
        }
    }
    Ok(())
}
