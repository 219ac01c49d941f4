//! What an agent sees and hears: a k x k window, and short anonymous messages of those nearby.

use super::{Board, Cell};

/// A message is cut at so many characters (repo x66ccff/swarmbench, environment.py).
pub const MESSAGE_CHARS_MAX: usize = 120;

/// The cells of the k x k window around a cell, row by row; for an even k the extra row and column lie at the top and
/// to the left. Some may lie outside of the board.
pub fn window(center: Cell, k: u32) -> impl Iterator<Item = Cell> {
    let (k, half) = (k as i32, k as i32 / 2);
    let first = Cell::new(center.row - half, center.column - half);
    (0..k * k).map(move |i| Cell::new(first.row + i / k, first.column + i % k))
}

/// A view as text, a line a row: `*` outside of the board, `.` nobody, `Y` oneself, others by `name`.
pub fn text(board: &Board, viewer: u32, k: u32, name: impl Fn(u32) -> String) -> Vec<String> {
    let Some(center) = board.place_of(viewer) else { return Vec::new() };
    let word = |cell: Cell| match board.at(cell) {
        _ if !board.is_inside(cell) => "*".to_string(),
        None => ".".to_string(),
        Some(body) if body == viewer => "Y".to_string(),
        Some(body) => name(body),
    };
    let words: Vec<String> = window(center, k).map(word).collect();
    words.chunks(k.max(1) as usize).map(|row| row.join(" ")).collect()
}

/// The messages of a round. What is said now is heard in the next round, by those near the speaker's place then.
#[derive(Clone, Debug, Default)]
pub struct Air {
    heard: Round,
    said: Round,
    messages: u64,
    chars: u64,
}

/// One text for all messages, so that a message allocates nothing of its own.
#[derive(Clone, Debug, Default)]
struct Round {
    text: String,
    /// (speaker, end of its message in `text`).
    ends: Vec<(u32, usize)>,
}

impl Round {
    fn messages(&self) -> impl Iterator<Item = (u32, &str)> {
        self.ends.iter().enumerate().map(|(i, (speaker, end))| {
            let start = if i == 0 { 0 } else { self.ends[i - 1].1 };
            (*speaker, &self.text[start..*end])
        })
    }
}

impl Air {
    /// Sends a message; an empty one is none.
    pub fn say(&mut self, speaker: u32, message: &str) {
        if message.is_empty() {
            return;
        }
        let cut = message.char_indices().nth(MESSAGE_CHARS_MAX).map_or(message.len(), |(at, _)| at);
        self.said.text.push_str(&message[..cut]);
        self.said.ends.push((speaker, self.said.text.len()));
        self.messages += 1;
        self.chars += message[..cut].chars().count() as u64;
    }

    /// The next round begins: what was said is heard, what was heard is gone.
    pub fn turn(&mut self) {
        std::mem::swap(&mut self.heard, &mut self.said);
        self.said.text.clear();
        self.said.ends.clear();
    }

    /// What an agent hears: no speaker is named.
    pub fn heard<'a>(
        &'a self,
        board: &'a Board,
        listener: u32,
        k: u32,
    ) -> impl Iterator<Item = &'a str> {
        let at = board.place_of(listener);
        let reach = k as i32 / 2;
        self.heard.messages().filter_map(move |(speaker, message)| {
            let is_near = at?.chebyshev(board.place_of(speaker)?) <= reach;
            (speaker != listener && is_near).then_some(message)
        })
    }

    /// Who spoke in this round, and what.
    pub fn said(&self) -> impl Iterator<Item = (u32, &str)> {
        self.said.messages()
    }

    /// Messages sent so far.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Characters sent so far.
    pub fn chars(&self) -> u64 {
        self.chars
    }
}

#[cfg(test)]
mod tests {
    use super::super::drawn::board;
    use super::*;

    #[test]
    fn a_view_shows_oneself_others_and_what_lies_outside() {
        let (board, letters) = board(&["a.#", ".b."]);
        let name = |body: u32| letters[body as usize].to_string();
        assert_eq!(text(&board, 0, 3, name), ["* * *", "* Y .", "* . b"]);
        assert_eq!(text(&board, 1, 3, name), ["a . #", ". Y .", "* * *"]);
    }

    #[test]
    fn an_even_window_reaches_further_up_and_left() {
        let cells: Vec<Cell> = window(Cell::new(5, 5), 2).collect();
        assert_eq!(cells, [Cell::new(4, 4), Cell::new(4, 5), Cell::new(5, 4), Cell::new(5, 5)]);
    }

    #[test]
    fn a_message_is_heard_a_round_later_by_those_near_the_speaker_and_only_once() {
        let (board, _) = board(&["a.b.c"]);
        let mut air = Air::default();
        air.say(0, "P 1 2");
        air.say(2, "");
        assert_eq!(air.heard(&board, 1, 5).count(), 0);
        air.turn();
        let heard = |listener| air.heard(&board, listener, 5).collect::<Vec<_>>();
        assert_eq!((heard(0), heard(1), heard(2)), (vec![], vec!["P 1 2"], vec![]));
        assert_eq!((air.messages(), air.chars()), (1, 5));
        air.turn();
        assert_eq!(air.heard(&board, 1, 5).count(), 0);
    }

    #[test]
    fn a_long_message_is_cut_at_whole_characters() {
        let (board, _) = board(&["ab"]);
        let mut air = Air::default();
        air.say(0, &"ä".repeat(500));
        air.turn();
        assert_eq!(air.heard(&board, 1, 3).collect::<Vec<_>>(), ["ä".repeat(MESSAGE_CHARS_MAX)]);
    }

    #[test]
    fn the_escaped_are_neither_heard_nor_hear() {
        let (mut board, _) = board(&["ab"]);
        let mut air = Air::default();
        air.say(0, "bye");
        air.say(1, "stay");
        board.push(&[Some(super::super::Direction::Left), None]);
        air.turn();
        assert_eq!(air.heard(&board, 0, 5).chain(air.heard(&board, 1, 5)).count(), 0);
    }
}
