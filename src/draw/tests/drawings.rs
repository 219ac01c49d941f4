//! Each scene kind and the curves as SVG text, against `tests/drawings/`. `UPDATE=1` rewrites them;
//! `SHEET=folder` writes all of them at many sizes in both themes besides, to be looked at.

mod samples;

use draw::interval::Against;
use draw::{Curves, Interval, Look, Series, Theme, curves_svg, hit, interval_svg, scene_svg};
use std::fs;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/drawings")
}

fn check(name: &str, svg: &str) {
    let path = folder().join(format!("{name}.svg"));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, svg).unwrap();
    }
    let held = fs::read_to_string(&path).unwrap_or_default();
    let line = held.lines().zip(svg.lines()).position(|(a, b)| a != b);
    assert!(
        held == svg,
        "{} differs, first in line {:?}; UPDATE=1 rewrites it, then look at it",
        path.display(),
        line.map(|l| l + 1)
    );
}

/// Runs like those of a paper: three arms that fall and level off, the second with a gap.
struct Runs {
    rounds: Vec<u32>,
    arms: Vec<[Vec<f64>; 3]>,
}

impl Runs {
    fn new(rounds: u32, arms: usize) -> Runs {
        let mut dice = samples::Dice::new(41);
        let arm = |a: usize| {
            let mut columns = [Vec::new(), Vec::new(), Vec::new()];
            let mut wander = 0.0;
            for round in 0..rounds {
                let t = f64::from(round) / f64::from(rounds) * 4.0;
                wander = wander * 0.9 + 0.01 * f64::from(dice.bell());
                let mean = 1.2 + 0.06 * a as f64 + 1.2 / (1.0 + t * t) + wander;
                let mean = if a == 1 && (40..46).contains(&round) { f64::NAN } else { mean };
                let half = 0.04 + 0.05 / (1.0 + t);
                columns[0].push(mean);
                columns[1].push(mean - half);
                columns[2].push(mean + half);
            }
            columns
        };
        Runs { rounds: (0..rounds).collect(), arms: (0..arms).map(arm).collect() }
    }

    fn curves(&self) -> Curves<'_> {
        let names = ["FedStale β=0.5", "FedAvg", "FedVARP", "SCAFFOLD", "FedProx", "local"];
        Curves {
            label: "Mean training loss",
            unit: "nats",
            rounds_max: self.rounds.len() as u32 * 3 / 2,
            cursor: Some(f64::from(*self.rounds.last().unwrap()) * 0.72),
            playhead: Some(f64::from(*self.rounds.last().unwrap())),
            series: (self.arms.iter().enumerate())
                .map(|(arm, [mean, low, high])| Series {
                    arm,
                    label: names[arm],
                    rounds: &self.rounds,
                    mean,
                    low,
                    high,
                    hidden: false,
                })
                .collect(),
            ..Default::default()
        }
    }
}

#[test]
fn scenes_look_as_they_did() {
    for (name, scene) in samples::all() {
        assert_eq!(scene.flaw(), None, "{name}");
        check(name, &scene_svg(&scene, &Look::default(), 360.0, 220.0).unwrap());
    }
}

#[test]
fn curves_look_as_they_did() {
    let runs = Runs::new(84, 3);
    check("curves", &curves_svg(&runs.curves(), &Look::default(), 378.0, 262.0).unwrap());
    let effect = Interval { mean: -0.031, low: -0.043, high: -0.019, against: Against::Line(0.0) };
    check("interval", &interval_svg(&effect, &Look::default(), 254.0, 20.0).unwrap());
}

#[test]
fn every_scene_can_be_drawn_at_any_size() {
    for (name, scene) in samples::all() {
        for (w, h) in [(1.0, 1.0), (40.0, 30.0), (90.0, 400.0), (180.0, 120.0), (1200.0, 60.0)] {
            for mini in [false, true] {
                let look = Look { mini, hover: Some((w / 2.0, h / 2.0)), ..Look::default() };
                let svg = scene_svg(&scene, &look, w, h).unwrap();
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name} {w} x {h}");
                hit(&scene, &look, w, h, w / 2.0, h / 2.0);
            }
        }
    }
}

#[test]
fn a_miniature_has_no_text() {
    for (name, scene) in samples::all() {
        let look = Look { mini: true, ..Look::default() };
        let svg = scene_svg(&scene, &look, 300.0, 133.0).unwrap();
        assert!(!svg.contains("<text"), "{name}");
    }
}

/// Writes what a person should look at. Does nothing unless asked.
#[test]
fn sheets_are_written_where_asked() {
    let Some(to) = std::env::var_os("SHEET").map(PathBuf::from) else { return };
    fs::create_dir_all(&to).unwrap();
    let runs = Runs::new(84, 3);
    let many = Runs::new(4_000, 6);
    for (theme, tag) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        for (size, (w, h)) in
            [("small", (180.0, 120.0)), ("panel", (360.0, 220.0)), ("large", (900.0, 520.0))]
        {
            for (i, (name, scene)) in samples::all().into_iter().enumerate() {
                let look = Look { theme, arm: i % 6, ..Look::default() };
                let svg = scene_svg(&scene, &look, w, h).unwrap();
                fs::write(to.join(format!("{tag}-{size}-{name}.svg")), svg).unwrap();
            }
            let look = Look { theme, ..Look::default() };
            for (name, curves) in [
                ("curves", runs.curves()),
                ("curves-many", many.curves()),
                ("curves-log", Curves { log: true, ..runs.curves() }),
                ("curves-zoom", Curves { zoom: Some(((20.0, 60.0), (1.3, 1.8))), ..runs.curves() }),
            ] {
                let svg = curves_svg(&curves, &look, w, h).unwrap();
                fs::write(to.join(format!("{tag}-{size}-{name}.svg")), svg).unwrap();
            }
        }
        for (name, scene) in samples::all() {
            let look = Look { theme, mini: true, ..Look::default() };
            let svg = scene_svg(&scene, &look, 294.0, 132.0).unwrap();
            fs::write(to.join(format!("{tag}-mini-{name}.svg")), svg).unwrap();
        }
    }
}
