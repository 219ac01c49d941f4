//! The eight kinds of picture. A system says *what* there is to see; `draw` decides how it looks.
//!
//! A *tone* is a small class of color: 0 is the color of the arm, 1..=7 are the other classes of the legend.
//! Columns that may be empty say so; otherwise all columns of a scene are equally long.

use crate::column;
use serde::{Deserialize, Serialize};

/// The most marks one scene may hold; past it the system thins and says so in `note`.
pub const MARKS_MAX: usize = 5_000;
/// The most cells of a board: they are no marks but one picture, 512 x 512 bytes on the wire.
pub const CELLS_MAX: usize = 512 * 512;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Scene {
    Graph(Graph),
    Field(Field),
    Grid(Grid),
    Heatmap(Heatmap),
    Bars(Bars),
    Timeline(Timeline),
    Strip(Strip),
    Transcript(Transcript),
}

/// An edge of no class.
pub const PLAIN: u8 = u8::MAX;

/// What a tone means here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    pub tone: u8,
    pub label: String,
}

/// A named axis with its range; `log` asks for a logarithmic one (then `low > 0`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    pub label: String,
    pub unit: String,
    pub low: f32,
    pub high: f32,
    pub log: bool,
}

/// Agents as nodes, messages in flight on the edges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// Positions in the unit square, y downwards.
    #[serde(with = "column")]
    pub x: Vec<f32>,
    #[serde(with = "column")]
    pub y: Vec<f32>,
    /// Shade of each node, 0..1; empty = all 1.
    #[serde(with = "column")]
    pub value: Vec<f32>,
    /// Empty = all 0.
    #[serde(with = "column")]
    pub tone: Vec<u8>,
    /// Relative radius of each node, 1 = normal; empty = all 1.
    #[serde(with = "column")]
    pub size: Vec<f32>,
    /// Empty, or one label a node (an empty label is not drawn).
    pub label: Vec<String>,
    /// Pairs of nodes, flattened: from, to, from, to.
    #[serde(with = "column")]
    pub edges: Vec<u32>,
    /// Weight of each edge, 0..1; empty = all equal.
    #[serde(with = "column")]
    pub weight: Vec<f32>,
    /// Tone of each edge, or `PLAIN`; empty = all plain. Toned ones are drawn over the plain ones.
    #[serde(with = "column", default)]
    pub edge_tone: Vec<u8>,
    pub directed: bool,
    pub flights: Vec<Flight>,
    pub legend: Vec<Key>,
    pub note: String,
}

/// A message under way from one node to another, `at` 0..1 of its path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flight {
    pub from: u32,
    pub to: u32,
    pub at: f32,
    pub tone: u8,
}

/// Agents in the plane, or a scatter with named axes; `lines` are curves beside it (a theory, a boundary).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Field {
    #[serde(with = "column")]
    pub x: Vec<f32>,
    #[serde(with = "column")]
    pub y: Vec<f32>,
    /// Heading in radians; empty = the marks are points.
    #[serde(with = "column")]
    pub heading: Vec<f32>,
    /// Empty = all 0.
    #[serde(with = "column")]
    pub tone: Vec<u8>,
    /// Relative radius; empty = all 1.
    #[serde(with = "column")]
    pub size: Vec<f32>,
    /// Empty, or one label a mark (an empty label is not drawn).
    pub label: Vec<String>,
    pub axes: [Axis; 2],
    /// Ends of an interval of y at each mark; both empty = none.
    #[serde(with = "column")]
    pub from: Vec<f32>,
    #[serde(with = "column")]
    pub to: Vec<f32>,
    /// False: a space without numbers at its edges (a plane of agents). True: a scatter with axes.
    pub scatter: bool,
    pub lines: Vec<Line>,
    pub legend: Vec<Key>,
    pub note: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub label: String,
    pub tone: u8,
    pub dashed: bool,
    #[serde(with = "column")]
    pub x: Vec<f32>,
    #[serde(with = "column")]
    pub y: Vec<f32>,
}

/// Cells of a board and what stands on them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    pub columns: u32,
    pub rows: u32,
    /// Tone of each cell, row by row from the top; 0 = empty ground here.
    #[serde(with = "column")]
    pub cell: Vec<u8>,
    pub marks: Vec<Mark>,
    pub legend: Vec<Key>,
    pub note: String,
}

/// Something on a cell. `reach` > 0 outlines the square that it sees, that many cells each way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    pub column: u32,
    pub row: u32,
    pub tone: u8,
    pub reach: u32,
    pub label: String,
}

/// A matrix of numbers as shades.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heatmap {
    pub rows: Vec<String>,
    pub columns: Vec<String>,
    pub row_title: String,
    pub column_title: String,
    /// Row by row; not a number = no value there.
    #[serde(with = "column")]
    pub value: Vec<f32>,
    pub low: f32,
    pub high: f32,
    pub unit: String,
    /// True: two hues around the middle of the range.
    pub diverging: bool,
    /// A sign in each cell: 0 none, 1 plus, 2 minus, 3 dot, 4 cross. Empty = all 0.
    #[serde(with = "column")]
    pub sign: Vec<u8>,
    /// Tone of a ring around each cell; 0 = no ring. Empty = all 0.
    #[serde(with = "column")]
    pub ring: Vec<u8>,
    /// What a cell's sign and ring say, for the pointer and the table. Empty, or one a cell.
    pub label: Vec<String>,
    pub note: String,
}

/// Named amounts, optionally with an interval each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    pub label: Vec<String>,
    #[serde(with = "column")]
    pub value: Vec<f32>,
    /// Ends of the intervals; both empty = none.
    #[serde(with = "column")]
    pub from: Vec<f32>,
    #[serde(with = "column")]
    pub to: Vec<f32>,
    /// Empty = all 0.
    #[serde(with = "column")]
    pub tone: Vec<u8>,
    pub axis: Axis,
    pub legend: Vec<Key>,
    pub note: String,
}

/// Lanes over time: cells (one a lane and column) or spans, or both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    pub lanes: Vec<String>,
    /// Lanes that belong together, from the top; the sizes sum up to the number of lanes, or the list is empty.
    pub groups: Vec<Group>,
    /// What the columns count; `low` is the first column's value, `high` the last one's.
    pub axis: Axis,
    pub columns: u32,
    /// [lanes, columns] row by row, 0..1; not a number = nothing there. Empty when there are only spans.
    #[serde(with = "column")]
    pub shade: Vec<f32>,
    /// [lanes, columns]: 1 = an event, drawn in full; 0 = the shade alone. Empty = none.
    #[serde(with = "column")]
    pub event: Vec<u8>,
    pub spans: Vec<Span>,
    pub legend: Vec<Key>,
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub label: String,
    pub lanes: u32,
}

/// A stretch of time on a lane, in the units of the axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    pub lane: u32,
    pub start: f32,
    pub end: f32,
    pub tone: u8,
    pub label: String,
}

/// Small gray images of one size, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Strip {
    pub width: u32,
    pub height: u32,
    /// One label an image.
    pub label: Vec<String>,
    /// Tone of each image's frame; empty = none.
    #[serde(with = "column")]
    pub tone: Vec<u8>,
    /// Image after image, row by row, 0 = black.
    #[serde(with = "column")]
    pub pixels: Vec<u8>,
    pub legend: Vec<Key>,
    pub note: String,
}

/// What was said, newest last. Text is data: it is shown as text, never as markup.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    pub lines: Vec<Utterance>,
    pub legend: Vec<Key>,
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utterance {
    pub who: String,
    /// Which column it stands in where several speak side by side; 0 otherwise.
    pub lane: u8,
    pub tone: u8,
    pub text: String,
}

/// A scene as rows of text: what a screen reader reads, and what stands behind every canvas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Scene {
    pub fn kind(&self) -> &'static str {
        match self {
            Scene::Graph(_) => "graph",
            Scene::Field(_) => "field",
            Scene::Grid(_) => "grid",
            Scene::Heatmap(_) => "heatmap",
            Scene::Bars(_) => "bars",
            Scene::Timeline(_) => "timeline",
            Scene::Strip(_) => "strip",
            Scene::Transcript(_) => "transcript",
        }
    }

    pub fn legend(&self) -> &[Key] {
        match self {
            Scene::Graph(s) => &s.legend,
            Scene::Field(s) => &s.legend,
            Scene::Grid(s) => &s.legend,
            Scene::Bars(s) => &s.legend,
            Scene::Timeline(s) => &s.legend,
            Scene::Strip(s) => &s.legend,
            Scene::Transcript(s) => &s.legend,
            Scene::Heatmap(_) => &[],
        }
    }

    pub fn note(&self) -> &str {
        match self {
            Scene::Graph(s) => &s.note,
            Scene::Field(s) => &s.note,
            Scene::Grid(s) => &s.note,
            Scene::Heatmap(s) => &s.note,
            Scene::Bars(s) => &s.note,
            Scene::Timeline(s) => &s.note,
            Scene::Strip(s) => &s.note,
            Scene::Transcript(s) => &s.note,
        }
    }

    /// How many marks a painter has to paint.
    pub fn marks(&self) -> usize {
        match self {
            Scene::Graph(s) => s.x.len() + s.flights.len(),
            Scene::Field(s) => s.x.len(),
            Scene::Grid(s) => s.marks.len(),
            Scene::Heatmap(s) => s.value.len(),
            Scene::Bars(s) => s.value.len(),
            Scene::Timeline(s) => s.shade.len() + s.spans.len(),
            Scene::Strip(s) => s.label.len(),
            Scene::Transcript(s) => s.lines.len(),
        }
    }

    /// What is wrong with the scene's shape, if anything: columns of unequal length, an index out of range,
    /// more marks than `MARKS_MAX`. The laws hold every system to `None`.
    pub fn flaw(&self) -> Option<String> {
        if self.marks() > MARKS_MAX {
            return Some(format!("{} marks, the most is {MARKS_MAX}", self.marks()));
        }
        let says = |wrong: bool, what: &str| wrong.then(|| what.to_string());
        let odd = |len: usize, of: usize| len != of && len != 0;
        match self {
            Scene::Graph(s) => {
                let nodes = s.x.len();
                says(s.y.len() != nodes, "y is not as long as x")
                    .or(says(odd(s.value.len(), nodes), "value is not as long as x"))
                    .or(says(odd(s.tone.len(), nodes), "tone is not as long as x"))
                    .or(says(odd(s.size.len(), nodes), "size is not as long as x"))
                    .or(says(odd(s.label.len(), nodes), "label is not as long as x"))
                    .or(says(s.edges.len() % 2 != 0, "edges are not pairs"))
                    .or(says(s.edges.iter().any(|&e| e as usize >= nodes), "an edge to no node"))
                    .or(says(odd(s.weight.len(), s.edges.len() / 2), "weight is not one an edge"))
                    .or(says(
                        odd(s.edge_tone.len(), s.edges.len() / 2),
                        "edge_tone is not one an edge",
                    ))
                    .or(says(
                        s.flights.iter().any(|f| f.from.max(f.to) as usize >= nodes),
                        "a flight to no node",
                    ))
            }
            Scene::Field(s) => {
                let marks = s.x.len();
                says(s.y.len() != marks, "y is not as long as x")
                    .or(says(odd(s.heading.len(), marks), "heading is not as long as x"))
                    .or(says(odd(s.tone.len(), marks), "tone is not as long as x"))
                    .or(says(odd(s.size.len(), marks), "size is not as long as x"))
                    .or(says(odd(s.label.len(), marks), "label is not as long as x"))
                    .or(says(odd(s.from.len(), marks), "from is not as long as x"))
                    .or(says(s.from.len() != s.to.len(), "to is not as long as from"))
                    .or(says(
                        s.lines.iter().any(|l| l.x.len() != l.y.len()),
                        "a line's y is not as long as its x",
                    ))
                    .or(says(
                        s.axes.iter().any(|a| a.low >= a.high || (a.log && a.low <= 0.0)),
                        "an axis has no range",
                    ))
            }
            Scene::Grid(s) => says(
                s.cell.len() as u64 != u64::from(s.columns) * u64::from(s.rows),
                "cells are not columns times rows",
            )
            .or(says(s.cell.len() > CELLS_MAX, "more cells than one picture holds"))
            .or(says(
                s.marks.iter().any(|m| m.column >= s.columns || m.row >= s.rows),
                "a mark off the board",
            )),
            Scene::Heatmap(s) => says(
                s.value.len() != s.rows.len() * s.columns.len(),
                "values are not rows times columns",
            )
            .or(says(odd(s.sign.len(), s.value.len()), "sign is not as long as value"))
            .or(says(odd(s.ring.len(), s.value.len()), "ring is not as long as value"))
            .or(says(odd(s.label.len(), s.value.len()), "label is not as long as value"))
            .or(says(s.low >= s.high, "the range is empty")),
            Scene::Bars(s) => says(s.label.len() != s.value.len(), "label is not as long as value")
                .or(says(odd(s.from.len(), s.value.len()), "from is not as long as value"))
                .or(says(s.from.len() != s.to.len(), "to is not as long as from"))
                .or(says(odd(s.tone.len(), s.value.len()), "tone is not as long as value"))
                .or(says(s.axis.low >= s.axis.high, "the axis has no range")),
            Scene::Timeline(s) => {
                let cells = s.lanes.len() * s.columns as usize;
                let grouped: u32 = s.groups.iter().map(|g| g.lanes).sum();
                says(odd(s.shade.len(), cells), "shade is not lanes times columns")
                    .or(says(odd(s.event.len(), cells), "event is not lanes times columns"))
                    .or(says(
                        !s.groups.is_empty() && grouped as usize != s.lanes.len(),
                        "the groups do not cover the lanes",
                    ))
                    .or(says(
                        s.spans.iter().any(|x| x.lane as usize >= s.lanes.len()),
                        "a span on no lane",
                    ))
            }
            Scene::Strip(s) => says(
                s.pixels.len() != s.label.len() * (s.width * s.height) as usize,
                "pixels are not images times their size",
            )
            .or(says(odd(s.tone.len(), s.label.len()), "tone is not one an image")),
            Scene::Transcript(_) => None,
        }
    }

    /// The scene as a table, at most `rows_max` rows.
    pub fn table(&self, rows_max: usize) -> Table {
        let key = |tone: u8| {
            self.legend().iter().find(|k| k.tone == tone).map_or(String::new(), |k| k.label.clone())
        };
        let tone = |tones: &[u8], i: usize| key(tones.get(i).copied().unwrap_or(0));
        let number = |v: f32| if v.is_nan() { String::new() } else { format!("{v:.3}") };
        let name = |labels: &[String], i: usize| {
            labels.get(i).filter(|l| !l.is_empty()).cloned().unwrap_or_else(|| i.to_string())
        };
        let head = |names: &[&str]| names.iter().map(|n| n.to_string()).collect();
        match self {
            Scene::Graph(s) => Table {
                head: head(&["node", "class", "value", "neighbors"]),
                rows: (0..s.x.len().min(rows_max))
                    .map(|i| {
                        let near: Vec<String> = s
                            .edges
                            .chunks_exact(2)
                            .filter_map(|e| match (e[0] as usize == i, e[1] as usize == i) {
                                (true, _) => Some(name(&s.label, e[1] as usize)),
                                (_, true) => Some(name(&s.label, e[0] as usize)),
                                _ => None,
                            })
                            .take(8)
                            .collect();
                        vec![
                            name(&s.label, i),
                            tone(&s.tone, i),
                            number(s.value.get(i).copied().unwrap_or(1.0)),
                            near.join(" "),
                        ]
                    })
                    .collect(),
            },
            Scene::Field(s) => Table {
                head: vec![
                    "mark".into(),
                    "class".into(),
                    if s.axes[0].label.is_empty() { "x".into() } else { s.axes[0].label.clone() },
                    if s.axes[1].label.is_empty() { "y".into() } else { s.axes[1].label.clone() },
                ]
                .into_iter()
                .chain(
                    (!s.from.is_empty())
                        .then(|| ["from".to_string(), "to".to_string()])
                        .into_iter()
                        .flatten(),
                )
                .collect(),
                rows: (0..s.x.len().min(rows_max))
                    .map(|i| {
                        let ends = [s.from.get(i), s.to.get(i)].into_iter().flatten();
                        [name(&s.label, i), tone(&s.tone, i), number(s.x[i]), number(s.y[i])]
                            .into_iter()
                            .chain(ends.map(|end| number(*end)))
                            .collect()
                    })
                    .collect(),
            },
            // A board without marks is read by how many cells there are of each class.
            Scene::Grid(s) if s.marks.is_empty() => Table {
                head: head(&["class", "cells"]),
                rows: s
                    .legend
                    .iter()
                    .take(rows_max)
                    .map(|k| {
                        let cells = s.cell.iter().filter(|tone| **tone == k.tone).count();
                        vec![k.label.clone(), cells.to_string()]
                    })
                    .collect(),
            },
            Scene::Grid(s) => Table {
                head: head(&["what", "class", "column", "row"]),
                rows: s
                    .marks
                    .iter()
                    .take(rows_max)
                    .map(|m| {
                        vec![m.label.clone(), key(m.tone), m.column.to_string(), m.row.to_string()]
                    })
                    .collect(),
            },
            Scene::Heatmap(s) => Table {
                head: std::iter::once(s.row_title.clone())
                    .chain(s.columns.iter().cloned())
                    .collect(),
                rows: s
                    .rows
                    .iter()
                    .enumerate()
                    .take(rows_max)
                    .map(|(r, row)| {
                        let here = r * s.columns.len()..(r + 1) * s.columns.len();
                        let cell = |i: usize| match s.label.get(i).filter(|l| !l.is_empty()) {
                            Some(label) => format!("{}: {label}", number(s.value[i])),
                            None => number(s.value[i]),
                        };
                        std::iter::once(row.clone()).chain(here.map(cell)).collect()
                    })
                    .collect(),
            },
            Scene::Bars(s) => Table {
                head: head(&["what", "class", "value", "from", "to"]),
                rows: (0..s.value.len().min(rows_max))
                    .map(|i| {
                        vec![
                            name(&s.label, i),
                            tone(&s.tone, i),
                            number(s.value[i]),
                            s.from.get(i).map_or(String::new(), |v| number(*v)),
                            s.to.get(i).map_or(String::new(), |v| number(*v)),
                        ]
                    })
                    .collect(),
            },
            Scene::Timeline(s) if !s.shade.is_empty() || s.spans.is_empty() => {
                let columns = (s.columns as usize).max(1);
                Table {
                    head: head(&["lane", "events", "shade now"]),
                    rows: (0..s.lanes.len().min(rows_max))
                        .map(|lane| {
                            let here = lane * columns..(lane + 1) * columns;
                            let events = s
                                .event
                                .get(here.clone())
                                .map_or(0, |e| e.iter().filter(|x| **x > 0).count());
                            let last = s
                                .shade
                                .get(here)
                                .and_then(|c| c.iter().rev().find(|v| !v.is_nan()));
                            vec![
                                name(&s.lanes, lane),
                                events.to_string(),
                                last.map_or(String::new(), |v| number(*v)),
                            ]
                        })
                        .collect(),
                }
            }
            Scene::Timeline(s) => Table {
                head: head(&["lane", "what", "from", "to"]),
                rows: s
                    .spans
                    .iter()
                    .take(rows_max)
                    .map(|x| {
                        vec![
                            name(&s.lanes, x.lane as usize),
                            x.label.clone(),
                            number(x.start),
                            number(x.end),
                        ]
                    })
                    .collect(),
            },
            Scene::Strip(s) => Table {
                head: head(&["image", "class"]),
                rows: (0..s.label.len().min(rows_max))
                    .map(|i| vec![name(&s.label, i), tone(&s.tone, i)])
                    .collect(),
            },
            Scene::Transcript(s) => Table {
                head: head(&["who", "says"]),
                rows: s
                    .lines
                    .iter()
                    .rev()
                    .take(rows_max)
                    .rev()
                    .map(|l| vec![l.who.clone(), l.text.clone()])
                    .collect(),
            },
        }
    }
}
