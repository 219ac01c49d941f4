//! What there is to see: lanes side by side, who reads what, where attention goes.

use super::team::{Fate, Sight, Team, Told};
use super::words::{self, LETTER, NAMES, Task, written};
use super::{Hogwild, KINDS, LAYERS, Reading};
use lexicon::Scene;
use lexicon::scene::{Graph, Heatmap, Key, Transcript, Utterance};

const WRITING: u8 = 0;
const WRONG: u8 = 1;
const TWICE: u8 = 2;
const RIGHT: u8 = 3;
const DROPPED: u8 = 4;
const GIVEN: u8 = 5;
const LAST: u8 = 4;
/// Weaker attention is not drawn.
const FAINT: f32 = 0.02;
/// Attention that is drawn in full.
const STRONG: f32 = 0.25;

pub fn all(of: &Hogwild) -> Vec<Scene> {
    vec![Scene::Transcript(transcript(of)), Scene::Graph(graph(of)), Scene::Heatmap(heatmap(of))]
}

fn key(tone: u8, label: &str) -> Key {
    Key { tone, label: label.into() }
}

fn name(worker: u32) -> &'static str {
    NAMES[worker as usize % NAMES.len()]
}

fn said(words: &[u8]) -> String {
    words.iter().map(|word| written(*word)).collect::<Vec<_>>().join(" ")
}

fn tone(fate: Fate) -> u8 {
    match fate {
        Fate::Right => RIGHT,
        Fate::Wrong => WRONG,
        Fate::Redundant => TWICE,
        Fate::Dropped => DROPPED,
        Fate::Ended => WRITING,
    }
}

/// A step of the watched problem as a sentence.
pub fn told(step: &Told) -> String {
    let what = match step.fate {
        Fate::Right => "right",
        Fate::Wrong => "wrong",
        Fate::Redundant => "done twice",
        Fate::Dropped => "dropped",
        Fate::Ended => "says that all is done",
    };
    format!("{}: {}, {what}.", name(step.worker), said(&step.text))
}

/// The prompt as a person reads it.
fn prompt(team: &Team) -> String {
    let item = |item: &words::Item| {
        format!("{} {} {}", written(LETTER + item.letter), written(item.x), item.y)
    };
    let items: Vec<String> = team.problem.items.iter().map(item).collect();
    match team.problem.task {
        Task::Search => format!("Find {}: {}", team.problem.wanted, items.join(", ")),
        _ => format!("Do {}", items.join(", ")),
    }
}

/// Where everybody stands: with one or two workers the history is between them, else it comes first.
fn lanes(workers: usize) -> (u8, impl Fn(u32) -> u8) {
    let history = u8::from(workers <= 2);
    (history, move |worker: u32| match (workers <= 2, worker) {
        (true, 0) => 0,
        (true, _) => 2,
        (false, worker) => worker as u8 + 1,
    })
}

fn transcript(of: &Hogwild) -> Transcript {
    let Some(team) = of.teams.first() else { return Transcript::default() };
    let (history, lane_of) = lanes(team.workers.len());
    let shared = matches!(team.sight(), Sight::Combined | Sight::Interleaved);
    let say = |who: String, lane: u8, tone: u8, text: String| Utterance { who, lane, tone, text };
    let mut lines = vec![say("The problem".into(), history, GIVEN, prompt(team))];
    for step in &team.told {
        let kept = shared && !matches!(step.fate, Fate::Dropped | Fate::Ended);
        let lane = if kept { history } else { lane_of(step.worker) };
        let who = format!("{} [{}]", name(step.worker), step.index);
        let mut text = said(&step.text);
        match step.fate {
            Fate::Dropped => text += " … no",
            Fate::Redundant => text += "  (done before)",
            _ => {}
        }
        lines.push(say(who, lane, tone(step.fate), text));
    }
    for worker in &team.workers {
        let lane = lane_of(worker.id);
        if worker.idle || team.over.is_some() {
            continue;
        }
        let who = format!("{} [{}] writes", name(worker.id), worker.steps);
        lines.push(say(who, lane, WRITING, format!("{} ▍", said(&worker.text))));
        if let Some(reading) = of.readings.iter().find(|r| r.worker == worker.id as usize) {
            let text = attention_in_words(team, reading);
            lines.push(say(format!("{} reads", name(worker.id)), lane, GIVEN, text));
        }
    }
    let sees = match (team.sight(), team.workers.len()) {
        (_, 1) => "",
        (Sight::Combined, _) => " Each reads the common history and the others' unfinished steps.",
        (Sight::Contiguous, _) => " Each reads the others' whole texts.",
        (Sight::Interleaved, _) => " Each reads the common history; unfinished steps are unseen.",
        (Sight::Alone, _) => " Nobody reads what others write.",
    };
    let state = match team.over {
        Some(round) if team.said_end => format!(", over after {round} steps."),
        Some(round) => format!(", closed after {round} steps."),
        None => ".".into(),
    };
    let note = format!("Problem 1 of {}{state}{sees}", of.teams.len());
    Transcript {
        lines,
        legend: vec![
            key(RIGHT, "right"),
            key(WRONG, "wrong"),
            key(TWICE, "done twice"),
            key(DROPPED, "dropped"),
            key(GIVEN, "given"),
        ],
        note,
    }
}

/// Attention of a worker's last word, by groups: prompt, history, others, own.
fn shares(team: &Team, reading: &Reading) -> [f32; 4] {
    let prompt = team.prompt_of(reading.worker);
    let mut sums = [0.0; 4];
    let last = reading.view.len();
    let mut at = 0;
    for (block, (_, words)) in reading.view.iter().enumerate() {
        for place in 0..words.len() {
            let Some(weight) = reading.attention.get(at) else { continue };
            let group = match block {
                0 if place < prompt => 0,
                0 => 1,
                _ if block + 2 >= last => 3,
                _ => 2,
            };
            sums[group] += weight;
            at += 1;
        }
    }
    sums
}

fn attention_in_words(team: &Team, reading: &Reading) -> String {
    let [prompt, history, others, own] = shares(team, reading).map(|share| 100.0 * share);
    let others = match team.sight() {
        Sight::Combined | Sight::Contiguous if team.workers.len() > 1 => {
            format!(", others {others:.0} %")
        }
        _ => String::new(),
    };
    format!("prompt {prompt:.0} %, history {history:.0} %{others}, own {own:.0} %")
}

/// Groups of words as nodes, from the last word of each worker an edge to what it attends to.
fn graph(of: &Hogwild) -> Graph {
    let mut graph = Graph {
        directed: true,
        legend: vec![
            key(TWICE, "prompt"),
            key(RIGHT, "history"),
            key(WRITING, "step in progress"),
            key(LAST, "last word read"),
        ],
        note:
            "Problem 1. Edges: attention of each worker's last word, mean over layers and heads; \
               under 2 % left out."
                .into(),
        ..Graph::default()
    };
    let Some(team) = of.teams.first() else { return graph };
    // Blocks are drawn once, however many views hold them; a block's words are cut into groups.
    let mut drawn: Vec<(usize, usize, u32)> = Vec::new();
    let columns = columns(team);
    let mut fill = vec![0usize; columns.len()];
    for reading in &of.readings {
        let mut at = 0;
        let mut towards: Vec<(u32, f32)> = Vec::new();
        let mut last = None;
        for (place, (block, words)) in reading.view.iter().enumerate() {
            let whose = team.whose(*block);
            // Headers are read, but they are nobody's words.
            let Some(column) = whose else {
                at += words.len();
                continue;
            };
            for (from, group) in groups(team, place == 0, reading.worker, words) {
                let node = match drawn.iter().find(|d| d.0 == *block && d.1 == from) {
                    Some((.., node)) => *node,
                    None => {
                        let column = match (place == 0, from < team.prompt_of(reading.worker)) {
                            (true, true) => 0,
                            (true, false) => 1,
                            _ => column + 2,
                        };
                        let node = graph.x.len() as u32;
                        graph.x.push(columns[column]);
                        graph.y.push(fill[column] as f32);
                        fill[column] += 1;
                        graph.tone.push([TWICE, RIGHT, WRITING][column.min(2)]);
                        graph.size.push([0.6, 0.6, 0.9][column.min(2)]);
                        graph.label.push(said(group));
                        drawn.push((*block, from, node));
                        node
                    }
                };
                let weight: f32 =
                    (at..at + group.len()).filter_map(|at| reading.attention.get(at)).sum();
                at += group.len();
                if weight >= FAINT {
                    towards.push((node, weight));
                }
                if place + 1 == reading.view.len() {
                    last = Some(node);
                }
            }
        }
        if let Some(last) = last {
            graph.tone[last as usize] = LAST;
            graph.size[last as usize] = 1.2;
            for (node, weight) in towards.into_iter().filter(|(node, _)| *node != last) {
                graph.edges.extend([last, node]);
                graph.weight.push((weight / STRONG).min(1.0));
            }
        }
    }
    let tallest = fill.iter().copied().max().unwrap_or(1).max(8) as f32;
    graph.y.iter_mut().for_each(|y| *y = (*y + 0.5) / tallest);
    graph
}

/// Where columns stand: prompt, history, then the workers; two workers have the rest between them.
fn columns(team: &Team) -> Vec<f32> {
    let workers = team.workers.len();
    match workers {
        1 => vec![0.0, 0.5, 1.0],
        2 => vec![0.33, 0.67, 0.0, 1.0],
        _ => (0..workers + 2).map(|c| c as f32 / (workers + 1) as f32).collect(),
    }
}

/// A block's words in groups with the place where each begins: items of the prompt, finished steps, single words.
fn groups<'a>(team: &Team, first: bool, worker: usize, words: &'a [u8]) -> Vec<(usize, &'a [u8])> {
    let mut cuts: Vec<usize> = Vec::new();
    let prompt = if first { team.prompt_of(worker) } else { 0 };
    for (at, word) in words.iter().enumerate() {
        let letter = (LETTER..words::EQUALS).contains(word);
        let name = *word >= words::NAME;
        let begins = match (first, at < prompt) {
            (true, true) => letter || at == 0,
            (true, false) => name || at == prompt,
            _ => at != 1,
        };
        if begins {
            cuts.push(at);
        }
    }
    let ends = cuts.iter().skip(1).copied().chain([words.len()]);
    cuts.iter().zip(ends).map(|(from, to)| (*from, &words[*from..to])).collect()
}

/// Layers, by what the word decides, against what they attend to; over all problems since the start.
fn heatmap(of: &Hogwild) -> Heatmap {
    const DECIDES: [&str; KINDS] = ["which job", "its working", "its result", "the end mark"];
    let mut map = Heatmap {
        columns: ["prompt", "history", "others", "own"].map(String::from).to_vec(),
        row_title: "Decides".into(),
        column_title: "Reads".into(),
        low: 0.0,
        high: 1.0,
        note: "Mean over heads, words and problems since the start; a layer's row sums to 1."
            .into(),
        ..Heatmap::default()
    };
    for (kind, decides) in DECIDES.iter().enumerate() {
        for layer in 0..LAYERS {
            map.rows.push(format!("{decides}, layer {}", layer + 1));
            let count = of.masses.count[kind];
            let sum = &of.masses.sum[kind][layer];
            map.value.extend(sum.map(|m| if count > 0.0 { (m / count) as f32 } else { f32::NAN }));
        }
    }
    map
}
