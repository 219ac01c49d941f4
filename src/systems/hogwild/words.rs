//! The 48 words of the tiny net, and the problems they tell.

use rand::{Rng, RngExt};

/// Words of the net.
pub const SYMBOLS: usize = 48;
/// Digits are the words 0 to 9; letters follow.
pub const LETTER: u8 = 10;
/// Letters that name jobs: as many as a problem may have.
pub const LETTERS: u8 = 20;
pub const EQUALS: u8 = 30;
/// Ends a step. Answers "no" after `CHECK`.
pub const STOP: u8 = 31;
/// Says that all is done.
pub const END: u8 = 32;
/// Opens the prompt of jobs and chains.
pub const JOBS: u8 = 33;
/// Opens the prompt of a search; the wanted digit follows.
pub const SEARCH: u8 = 34;
/// Stands for the result of the job before, in a chain.
pub const PREVIOUS: u8 = 35;
/// Header: in progress (others).
pub const OTHERS: u8 = 36;
/// Header: in progress (own).
pub const OWN: u8 = 37;
/// Asks: am I doing redundant work?
pub const CHECK: u8 = 38;
pub const YES: u8 = 39;
/// Names of workers, eight of them.
pub const NAME: u8 = 40;
pub const NAMES: [&str; 8] = ["Ann", "Bob", "Cat", "Dan", "Eve", "Fay", "Gus", "Hal"];

/// A word as a person reads it.
pub fn written(word: u8) -> String {
    match word {
        0..10 => word.to_string(),
        LETTER..EQUALS => char::from(b'a' + word - LETTER).to_string(),
        EQUALS => "=".into(),
        STOP => ";".into(),
        END => "END".into(),
        JOBS => "Do:".into(),
        SEARCH => "Find:".into(),
        PREVIOUS => "*".into(),
        OTHERS => "(others)".into(),
        OWN => "(own)".into(),
        CHECK => "redundant?".into(),
        YES => "yes".into(),
        _ => NAMES[usize::from(word - NAME) % NAMES.len()].into(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Jobs,
    Search,
    Chain,
}

/// One job: a letter and two digits; `x` is `PREVIOUS` where a chain takes the result before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// 0 to 19.
    pub letter: u8,
    pub x: u8,
    pub y: u8,
    /// What is to be written: (3 x + 2 y) mod 10.
    pub value: u8,
    /// The first operand as a digit.
    pub operand: u8,
}

/// The result of a job.
pub fn result(x: u8, y: u8) -> u8 {
    (3 * x + 2 * y) % 10
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub task: Task,
    pub items: Vec<Item>,
    /// The digit that a search wants.
    pub wanted: u8,
}

impl Problem {
    /// `count` items under letters drawn at random, in random order. In a search exactly one result is the wanted
    /// one, unless `hits` is false: then none is.
    pub fn draw(task: Task, count: usize, hits: bool, rng: &mut impl Rng) -> Self {
        let mut letters: Vec<u8> = (0..LETTERS).collect();
        for i in 0..count {
            let other = rng.random_range(i..letters.len());
            letters.swap(i, other);
        }
        let wanted = rng.random_range(0..10u8);
        let hit = rng.random_range(0..count);
        let mut before = None;
        let items = (0..count).map(|i| {
            let (operand, y) = loop {
                let pair = (rng.random_range(0..10u8), rng.random_range(0..10u8));
                let is_hit = hits && i == hit;
                if task != Task::Search || (result(pair.0, pair.1) == wanted) == is_hit {
                    break pair;
                }
            };
            let carried = before.filter(|_| task == Task::Chain);
            let value = result(carried.unwrap_or(operand), y);
            before = Some(value);
            Item {
                letter: letters[i],
                x: carried.map_or(operand, |_| PREVIOUS),
                y,
                value,
                operand: carried.unwrap_or(operand),
            }
        });
        let items = items.collect();
        Self { task, items, wanted }
    }

    /// The prompt, with the items that `mine` picks.
    pub fn prompt(&self, mine: impl Fn(usize) -> bool) -> Vec<u8> {
        let mut words = match self.task {
            Task::Search => vec![SEARCH, self.wanted],
            _ => vec![JOBS],
        };
        for (_, item) in self.items.iter().enumerate().filter(|(i, _)| mine(*i)) {
            words.extend([LETTER + item.letter, item.x, item.y]);
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::chance::Chance;

    #[test]
    fn a_search_has_one_hit_or_none_and_a_chain_carries_results_on() {
        let mut rng = Chance::new(1).at("problems", &[]);
        for hits in [true, false] {
            let search = Problem::draw(Task::Search, 16, hits, &mut rng);
            let found = search.items.iter().filter(|item| item.value == search.wanted).count();
            assert_eq!(found, usize::from(hits));
        }
        let chain = Problem::draw(Task::Chain, 20, true, &mut rng);
        for pair in chain.items.windows(2) {
            assert_eq!(pair[1].value, result(pair[0].value, pair[1].y));
            assert_eq!(pair[1].x, PREVIOUS);
        }
        let letters: std::collections::BTreeSet<u8> =
            chain.items.iter().map(|item| item.letter).collect();
        assert_eq!(letters.len(), 20);
        let half = chain.prompt(|i| i % 2 == 0);
        assert_eq!(half.len(), 1 + 3 * 10);
    }

    #[test]
    fn every_word_has_its_own_writing() {
        let all: std::collections::BTreeSet<String> = (0..SYMBOLS as u8).map(written).collect();
        assert_eq!(all.len(), SYMBOLS);
    }
}
