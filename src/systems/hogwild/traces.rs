//! What the net is taught: traces of a *single* worker, in the form that the combined layout will have.
//!
//! prompt, finished steps, in some traces the header "others" with unfinished steps under it, the header "own",
//! further steps. A step is `name index letter x y = result`, and in a third of them the products are written down as
//! well: `name index letter x y 3x 2y = result` (digits modulo 10); so steps differ in length as sentences do. What
//! the end mark of a step would be is asked for and then left out of the text.
//!
//! Jobs come in uniformly random order. Instead of one drawn next letter the target is their distribution: the same
//! expectation of the loss with less noise.

use super::words::*;
use rand::{Rng, RngExt};

/// What the traces hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Purely sequential: nothing ever stands under the header "others".
    Strict,
    /// Three traces in ten have unfinished steps of others in them, whose letters are not chosen.
    Standard,
}

/// Share of traces with the header "others".
const UNFINISHED: f64 = 0.3;
/// Our choice: share of the traces with an unfinished letter in which the worker has just begun the same one; half of
/// these times it drops it.
const DOUBLED: f64 = 0.2;
/// Our choice: share of job traces that repeat a finished job now and then and are asked about it.
const CHECKED: f64 = 0.08;

/// Our choice: share of steps with the products written down.
const PRODUCTS: f64 = 1.0 / 3.0;

/// One trace: words, and what should follow each as a distribution (all zeros: not asked).
#[derive(Clone, Debug, Default)]
pub struct Trace {
    pub words: Vec<u8>,
    /// [words, SYMBOLS]
    pub targets: Vec<f32>,
}

impl Trace {
    fn write(&mut self, word: u8) {
        self.words.push(word);
        self.targets.resize(self.words.len() * SYMBOLS, 0.0);
    }

    /// What should follow the last word: equally likely words.
    fn expect(&mut self, words: impl Iterator<Item = u8> + Clone) {
        let share = 1.0 / words.clone().count().max(1) as f32;
        words.for_each(|word| self.expect_with(word, share));
    }

    fn expect_with(&mut self, word: u8, chance: f32) {
        let from = self.targets.len() - SYMBOLS;
        self.targets[from + usize::from(word)] += chance;
    }
}

/// What stands written, as a worker may know it.
struct Known {
    /// Finished, by place of the item.
    done: Vec<bool>,
    /// Begun by others and not finished.
    begun: Vec<bool>,
    found: bool,
}

/// A worker's state while a trace is written.
struct Writer<'a, R> {
    problem: &'a Problem,
    trace: Trace,
    known: Known,
    name: u8,
    index: u8,
    checks: bool,
    repeated: bool,
    rng: &'a mut R,
}

/// Draws one trace of at most `items_max` items.
pub fn draw<R: Rng>(mix: Mix, items_max: usize, rng: &mut R) -> Trace {
    // Whether a box is a hit is the slowest to be learned: the second course asks for it more often.
    let jobs = if mix == Mix::Strict { 6 } else { 5 };
    let task = match rng.random_range(0..10) {
        at if at < jobs => Task::Jobs,
        at if at < 8 || mix == Mix::Standard && at < 9 => Task::Search,
        _ => Task::Chain,
    };
    let count = match task {
        Task::Search => rng.random_range(2..=items_max.min(16)),
        _ => rng.random_range(1..=items_max),
    };
    let hits = rng.random_bool(0.85);
    let problem = Problem::draw(task, count, hits, rng);
    let name = rng.random_range(0..8u8);
    let known = Known { done: vec![false; count], begun: vec![false; count], found: false };
    let checks = task == Task::Jobs && rng.random_bool(CHECKED);
    let trace = Trace::default();
    let mut writer =
        Writer { problem: &problem, trace, known, name, index: 0, checks, repeated: false, rng };
    problem.prompt(|_| true).into_iter().for_each(|word| writer.trace.write(word));
    let before = writer.rng.random_range(0..=count);
    let mut going = true;
    for _ in 0..before {
        going = going && writer.step(None);
    }
    if going {
        let doubled = writer.headers(mix);
        let mut doubled = doubled.filter(|_| task != Task::Chain);
        for _ in 0..=2 * count {
            if !writer.step(doubled.take()) {
                break;
            }
        }
    }
    writer.trace
}

impl<R: Rng> Writer<'_, R> {
    /// The headers, with unfinished steps of others between them; the item to begin although another has, if any.
    fn headers(&mut self, mix: Mix) -> Option<usize> {
        let mut doubled = None;
        if self.rng.random_bool(UNFINISHED) {
            self.trace.write(OTHERS);
            if mix == Mix::Standard {
                let others = [1, 1, 1, 1, 2, 3][self.rng.random_range(0..6usize)];
                let double = self.rng.random_bool(DOUBLED);
                for other in 0..others {
                    let begun = self.unfinished(other, double && other == 0);
                    doubled = doubled.or(begun.filter(|_| double));
                }
            }
        }
        self.trace.write(OWN);
        doubled
    }

    /// An unfinished step of another worker; the item that it is at, if it has said so.
    fn unfinished(&mut self, other: u8, just_begun: bool) -> Option<usize> {
        self.trace.write(NAME + (self.name + 1 + other * 2) % 8);
        let index = self.rng.random_range(0..10);
        self.trace.write(index);
        let open = self.open();
        let item = match (open.is_empty(), self.problem.task) {
            (true, _) => return None,
            (_, Task::Chain) => open[0],
            _ => open[self.rng.random_range(0..open.len())],
        };
        let text = self.text(item);
        // Nothing yet, the letter, ... up to the result without its end mark.
        let length = if just_begun { 1 } else { self.rng.random_range(0..=text.len()) };
        text[..length].iter().for_each(|word| self.trace.write(*word));
        if length == text.len() {
            self.finish(item);
            return None;
        }
        if length > 0 {
            self.known.begun[item] = true;
            return Some(item);
        }
        None
    }

    /// Items that may be chosen; in a chain the next one alone.
    fn open(&self) -> Vec<usize> {
        let known = &self.known;
        if self.problem.task == Task::Chain {
            // Begun by another or not: nothing else can be done.
            return known.done.iter().position(|done| !done).into_iter().collect();
        }
        (0..known.done.len()).filter(|i| !known.done[*i] && !known.begun[*i]).collect()
    }

    /// A job's words, in one of the two forms.
    fn text(&mut self, item: usize) -> Vec<u8> {
        let Item { letter, y, value, operand, .. } = self.problem.items[item];
        let mut text = vec![LETTER + letter, operand, y];
        if self.rng.random_bool(PRODUCTS) {
            text.extend([3 * operand % 10, 2 * y % 10]);
        }
        text.extend([EQUALS, value]);
        text
    }

    fn finish(&mut self, item: usize) {
        self.known.done[item] = true;
        let search = self.problem.task == Task::Search;
        self.known.found |= search && self.problem.items[item].value == self.problem.wanted;
    }

    /// One step of the worker; false: it was the last.
    fn step(&mut self, doubled: Option<usize>) -> bool {
        self.trace.write(NAME + self.name);
        self.trace.write(self.index % 10);
        self.index += 1;
        if self.checks && self.rng.random_bool(0.3) {
            self.trace.write(CHECK);
            let answer = if self.repeated { YES } else { STOP };
            self.trace.expect(std::iter::once(answer));
            self.trace.write(answer);
        }
        let open = self.open();
        let done: Vec<usize> = (0..self.known.done.len()).filter(|i| self.known.done[*i]).collect();
        self.repeated = self.checks && !done.is_empty() && self.rng.random_bool(0.25);
        let item = if self.repeated {
            done[self.rng.random_range(0..done.len())]
        } else if let Some(item) = doubled.filter(|_| !self.known.found) {
            item
        } else if self.known.found || open.is_empty() {
            self.trace.expect(std::iter::once(END));
            return false;
        } else {
            let letters = open.iter().map(|i| LETTER + self.problem.items[*i].letter);
            self.trace.expect(letters);
            open[self.rng.random_range(0..open.len())]
        };
        self.write_job(item, doubled.is_some());
        true
    }

    fn write_job(&mut self, item: usize, doubled: bool) {
        let text = self.text(item);
        for (at, word) in text.iter().enumerate() {
            match at {
                0 => {}
                1 if doubled => self.trace.expect([STOP, *word].into_iter()),
                3 => {
                    let first = 3 * self.problem.items[item].operand % 10;
                    self.trace.expect_with(first, PRODUCTS as f32);
                    self.trace.expect_with(EQUALS, 1.0 - PRODUCTS as f32);
                }
                _ => self.trace.expect(std::iter::once(*word)),
            }
            self.trace.write(*word);
        }
        self.trace.expect(std::iter::once(STOP));
        self.finish(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::chance::Chance;

    #[test]
    fn targets_are_distributions_or_nothing_and_traces_fit_the_context() {
        let mut rng = Chance::new(4).at("traces", &[]);
        let mut long = 0;
        for mix in [Mix::Strict, Mix::Standard] {
            for _ in 0..400 {
                let trace = draw(mix, 20, &mut rng);
                long += usize::from(trace.words.len() > 256);
                assert!(trace.words.len() <= 400, "{}", trace.words.len());
                for row in trace.targets.chunks_exact(SYMBOLS) {
                    let sum: f32 = row.iter().sum();
                    assert!(sum == 0.0 || (sum - 1.0).abs() < 1e-5);
                }
            }
        }
        assert!(long < 40, "{long} of 800 are longer than the context that is spoken of");
    }

    #[test]
    fn strict_traces_are_purely_sequential_and_standard_ones_have_three_in_ten_with_others() {
        let mut rng = Chance::new(5).at("traces", &[]);
        let mut between = [0; 2];
        for (count, mix) in between.iter_mut().zip([Mix::Strict, Mix::Standard]) {
            for _ in 0..1_000 {
                let words = draw(mix, 20, &mut rng).words;
                let header = words.iter().position(|w| *w == OTHERS);
                *count += usize::from(header.is_some_and(|at| words[at + 1] != OWN));
            }
        }
        assert_eq!(between[0], 0);
        assert!((230..330).contains(&between[1]), "{}", between[1]);
    }

    #[test]
    fn a_letter_that_another_has_begun_is_not_chosen() {
        let mut rng = Chance::new(6).at("traces", &[]);
        let mut seen = 0;
        for _ in 0..2_000 {
            let trace = draw(Mix::Standard, 20, &mut rng);
            let words = &trace.words;
            let (Some(others), Some(own)) =
                (words.iter().position(|w| *w == OTHERS), words.iter().position(|w| *w == OWN))
            else {
                continue;
            };
            // A chain's worker can do nothing else than the one open job.
            if words[0] == JOBS && words.contains(&PREVIOUS) {
                continue;
            }
            for begun in words[others..own].iter().filter(|w| (LETTER..EQUALS).contains(*w)) {
                for row in trace.targets.chunks_exact(SYMBOLS).skip(own) {
                    assert_eq!(row[usize::from(*begun)], 0.0);
                    seen += 1;
                }
            }
        }
        assert!(seen > 1_000);
    }
}
