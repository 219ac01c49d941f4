//! Each scene kind and the curves as SVG text, against `tests/drawings/`. `UPDATE=1` rewrites them;
//! `SHEET=folder` writes all of them at many sizes in both themes besides, to be looked at.

mod samples;

use draw::interval::Against;
use draw::{Curves, Interval, Look, Plot, Series, Theme, curves_svg, hit, interval_svg, scene_svg};
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

fn field(hit: &draw::Hit, name: &str) -> Option<String> {
    hit.text.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

#[test]
fn pointing_reads_what_is_painted_there() {
    let look = Look::default();
    for (name, scene) in samples::all() {
        let (w, h) = (360.0, 220.0);
        let hits: Vec<draw::Hit> = (0..36 * 22)
            .filter_map(|i| {
                hit(&scene, &look, w, h, (i % 36) as f64 * 10.0, (i / 36) as f64 * 10.0)
            })
            .collect();
        assert!(hits.len() > 10, "{name}: only {} places answer", hits.len());
        for found in hits {
            // Where the mark is said to be, the same mark answers again.
            let again = hit(&scene, &look, w, h, found.at.0, found.at.1);
            assert_eq!(again.map(|h| h.text), Some(found.text), "{name}");
            assert!((0.0..=w).contains(&found.at.0) && (0.0..=h).contains(&found.at.1), "{name}");
        }
    }
}

#[test]
fn the_cell_under_the_pointer_is_named_by_lane_and_round() {
    let scene = samples::participation(24, 60);
    let look = Look::default();
    let found = hit(&scene, &look, 360.0, 220.0, 29.0, 4.0).unwrap();
    assert_eq!(found.text[0].1, "client 1");
    assert_eq!(field(&found, "group").as_deref(), Some("A"));
    assert_eq!(field(&found, "round").as_deref(), Some("1"));
}

#[test]
fn outside_of_everything_nothing_answers() {
    for (name, scene) in samples::all() {
        assert_eq!(hit(&scene, &Look::default(), 360.0, 220.0, -50.0, 900.0), None, "{name}");
    }
}

#[test]
fn a_scene_with_a_flaw_is_an_error_in_words() {
    let broken =
        lexicon::Scene::Field(lexicon::scene::Field { x: vec![1.0], ..Default::default() });
    let error = scene_svg(&broken, &Look::default(), 300.0, 200.0).unwrap_err();
    assert!(error.0.contains("y is not as long as x"), "{error}");
    assert_eq!(hit(&broken, &Look::default(), 300.0, 200.0, 9.0, 9.0), None);
}

#[test]
fn the_name_of_a_group_wraps_before_it_is_cut() {
    let lexicon::Scene::Timeline(mut lanes) = samples::participation(24, 60) else { panic!() };
    lanes.groups[0].label = "A: always there".into();
    let svg = |h| {
        let scene = lexicon::Scene::Timeline(lanes.clone());
        scene_svg(&scene, &Look::default(), 240.0, h).unwrap()
    };
    assert!(svg(220.0).contains("there") && !svg(220.0).contains('…'));
    assert!(svg(40.0).contains('…'));
}

#[test]
fn text_is_text_and_never_markup() {
    let talk = samples::all().into_iter().find(|(name, _)| *name == "transcript").unwrap().1;
    let svg = scene_svg(&talk, &Look::default(), 700.0, 400.0).unwrap();
    assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>"));
}

#[test]
fn places_and_rounds_go_back_and_forth() {
    let runs = Runs::new(84, 3);
    let look = Look::default();
    for zoom in [None, Some(((20.0, 60.0), (1.3, 1.8)))] {
        for log in [false, true] {
            let curves = Curves { zoom, log, ..runs.curves() };
            let plot = Plot::new(&curves, &look, (378.0, 262.0));
            for round in [21.0, 40.0, 59.5] {
                assert!((plot.x_to_round(plot.round_to_x(round)) - round).abs() < 1e-9);
            }
            for value in [1.31, 1.5, 1.79] {
                assert!((plot.y_to_value(plot.value_to_y(value)) - value).abs() < 1e-9);
            }
            let (x, y) = plot.frame.center();
            assert!(plot.holds(x, y) && !plot.holds(-1.0, y));
        }
    }
}

#[test]
fn a_drag_zooms_to_what_it_covers() {
    let runs = Runs::new(84, 3);
    let plot = Plot::new(&runs.curves(), &Look::default(), (378.0, 262.0));
    let at = |round: f64, value: f64| (plot.round_to_x(round), plot.value_to_y(value));
    let ((a, b), (c, d)) = plot.zoom(at(60.0, 1.3), at(20.0, 1.8)).unwrap();
    let near = |x: f64, y: f64| (x - y).abs() < 1e-9;
    assert!(near(a, 20.0) && near(b, 60.0) && near(c, 1.3) && near(d, 1.8));
    assert_eq!(plot.zoom((50.0, 50.0), (52.0, 53.0)), None, "a click is no drag");
    let ((a, b), values) = plot.zoom((100.0, 90.0), (200.0, 92.0)).unwrap();
    assert!(a < b && values == (plot.y.low, plot.y.high), "a flat drag keeps the values");
}

#[test]
fn the_readout_is_the_nearest_recorded_round_of_every_shown_arm() {
    let rounds = [0, 10, 20, 30];
    let mean = [1.0, 2.0, f64::NAN, 4.0];
    let bounds = [0.5, 1.5, 2.5, 3.5];
    let series = |arm, hidden| Series {
        arm,
        hidden,
        rounds: &rounds,
        mean: &mean,
        low: &bounds,
        high: &bounds,
        ..Default::default()
    };
    let curves = Curves {
        rounds_max: 100,
        series: vec![series(0, false), series(1, true), Series { low: &[], ..series(2, false) }],
        ..Default::default()
    };
    let read = |round: f64| draw::curves::readout(&curves, round);
    assert_eq!(
        read(11.0).iter().map(|r| (r.arm, r.round, r.mean)).collect::<Vec<_>>(),
        [(0, 10, 2.0), (2, 10, 2.0)]
    );
    assert_eq!(read(11.0)[0].low, 1.5);
    assert!(read(11.0)[1].low.is_nan(), "no interval, no bounds");
    assert!(read(19.0).is_empty(), "a gap reads as nothing");
    assert!(read(60.0).is_empty(), "past the end nothing is read");
}

#[test]
fn thousands_of_rounds_are_thinned_to_the_pixels() {
    let runs = Runs::new(20_000, 1);
    let curves = Curves { cursor: None, ..runs.curves() };
    let svg = curves_svg(&curves, &Look::default(), 400.0, 260.0).unwrap();
    let longest = svg.split('\n').map(|l| l.matches(',').count()).max().unwrap();
    assert!(longest <= 4 * 400 + 20, "{longest} points in one path");
}

#[test]
fn broken_numbers_are_left_out() {
    let rounds = [0, 1, 2, 3, 4];
    let mean = [1e300, f64::INFINITY, -1e300, f64::NAN, 0.0];
    for log in [false, true] {
        let series = vec![Series { rounds: &rounds, mean: &mean, ..Default::default() }];
        let curves = Curves { rounds_max: 4, log, series, ..Default::default() };
        let svg = curves_svg(&curves, &Look::default(), 300.0, 200.0).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("2147483647"));
    }
}

/// The texts of an SVG with their boxes in CSS pixels, by the table of widths.
fn texts(svg: &str) -> Vec<(draw::Rect, String)> {
    let attribute = |tag: &str, name: &str| {
        let from = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
        tag[from..].split('"').next().unwrap().to_string()
    };
    let plain = |text: &str| {
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        text.replace("&apos;", "'").replace("&amp;", "&")
    };
    let pieces = svg.split("<text").skip(1).map(|piece| {
        let (tag, rest) = piece.split_once('>').unwrap();
        let text = plain(rest.split("</text>").next().unwrap().trim_end_matches('\n').trim_start());
        let number = |name| attribute(tag, name).parse::<f64>().unwrap() / f64::from(draw::FINE);
        let size = number("font-size");
        let mono = attribute(tag, "font-family").contains("mono");
        let w = draw::text_width(&text, size, mono, tag.contains("bold"));
        let x = match &attribute(tag, "text-anchor")[..] {
            "start" => number("x"),
            "middle" => number("x") - w / 2.0,
            _ => number("x") - w,
        };
        // The letters alone, without the room between lines.
        (draw::Rect::new(x, number("y") - size * 0.4, w, size * 0.8), text)
    });
    pieces.collect()
}

#[test]
fn no_text_leaves_the_picture_or_covers_another() {
    let runs = Runs::new(84, 6);
    for (w, h) in [(180.0, 120.0), (240.0, 500.0), (360.0, 220.0), (700.0, 130.0), (1200.0, 700.0)]
    {
        let mut drawn: Vec<(&str, String)> = samples::all()
            .into_iter()
            .map(|(name, scene)| (name, scene_svg(&scene, &Look::default(), w, h).unwrap()))
            .collect();
        drawn.push(("curves", curves_svg(&runs.curves(), &Look::default(), w, h).unwrap()));
        for (name, svg) in drawn {
            let all = texts(&svg);
            for (i, (a, text)) in all.iter().enumerate() {
                let inside =
                    a.x >= -0.5 && a.right() <= w + 0.5 && a.y >= -0.5 && a.bottom() <= h + 0.5;
                assert!(inside, "{name} {w} x {h}: {text:?} at {a:?}");
                for (b, other) in &all[..i] {
                    let apart = a.x + 0.5 >= b.right()
                        || b.x + 0.5 >= a.right()
                        || a.y + 0.5 >= b.bottom()
                        || b.y + 0.5 >= a.bottom();
                    assert!(apart, "{name} {w} x {h}: {text:?} covers {other:?}");
                }
            }
        }
    }
}
