//! `bytes`: 64 KB of English out of copyright as a sequence of 64 symbols, for next-symbol models
//! (`LICENSE-bytes.md` beside this file).

use crate::chance::Chance;
use rand::RngExt;

/// Symbols that the model tells apart.
pub const SYMBOLS: usize = 64;

const TEXT: &[u8] = include_bytes!("bytes.txt");
/// Share of the text, from its end, that is kept for testing.
const TEST_SHARE: usize = 5;

/// A text as symbols below `SYMBOLS`; the last fifth is for testing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes {
    pub train: Vec<u8>,
    pub test: Vec<u8>,
}

/// Folding of a byte: small letters and space as they are, capitals to small ones, digits and common marks each their
/// own symbol, all else one.
pub fn fold(byte: u8) -> u8 {
    const MARKS: &[u8] = b",.;:?!'-\"()&";
    match byte {
        b' ' => 0,
        b'a'..=b'z' => byte - b'a' + 1,
        b'A'..=b'Z' => byte - b'A' + 1,
        b'\n' => 27,
        b'0'..=b'9' => byte - b'0' + 28,
        other => match MARKS.iter().position(|mark| *mark == other) {
            Some(place) => 38 + place as u8,
            None => 63,
        },
    }
}

/// A symbol as a person reads it.
pub fn unfold(symbol: u8) -> char {
    (b' '..=b'~')
        .rev()
        .chain([b'\n'])
        .find(|b| fold(*b) == symbol && !b.is_ascii_uppercase())
        .map_or('?', char::from)
}

impl Bytes {
    /// The bundled text.
    pub fn bundled() -> Self {
        Self::of(TEXT)
    }

    pub fn of(text: &[u8]) -> Self {
        let symbols: Vec<u8> = text.iter().map(|b| fold(*b)).collect();
        let cut = symbols.len() - symbols.len() / TEST_SHARE;
        Self { train: symbols[..cut].to_vec(), test: symbols[cut..].to_vec() }
    }
}

/// `count` windows of `context` + 1 symbols (the last is the one to guess), drawn with replacement at this address.
/// The text must be longer than a window.
pub fn windows(of: &[u8], count: usize, context: usize, chance: Chance, place: &[u32]) -> Vec<u8> {
    assert!(of.len() > context, "a text longer than a window");
    let mut rng = chance.at("windows of the text", place);
    let mut all = Vec::with_capacity(count * (context + 1));
    for _ in 0..count {
        let from = rng.random_range(0..of.len() - context);
        all.extend_from_slice(&of[from..from + context + 1]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_64_kb_of_english_in_less_than_64_symbols() {
        let text = Bytes::bundled();
        assert_eq!((text.train.len(), text.test.len()), (52_429, 13_107));
        assert!(text.train.iter().chain(&text.test).all(|s| usize::from(*s) < SYMBOLS));
        let opening: String = text.train[..28].iter().map(|s| unfold(*s)).collect();
        assert_eq!(opening, "the proverbs of solomon the ");
        // In English the space is the commonest symbol, then e.
        let count = |symbol: u8| text.train.iter().filter(|s| **s == symbol).count();
        let most = (1..64).map(|s| (count(s), s)).max().unwrap();
        assert!(count(0) > most.0 && most.1 == fold(b'e'));
    }

    #[test]
    fn every_byte_folds_to_a_symbol_and_back_to_one_of_its_own() {
        for byte in 0..=255 {
            assert!(usize::from(fold(byte)) < SYMBOLS);
        }
        for byte in b"abcz 0189,.;:?!'-\"()&" {
            assert_eq!(unfold(fold(*byte)), char::from(*byte));
        }
    }

    #[test]
    fn windows_are_pieces_of_the_text_and_their_address_decides_which() {
        let text = Bytes::bundled();
        let drawn = windows(&text.train, 9, 16, Chance::new(1), &[2, 3]);
        assert_eq!(drawn.len(), 9 * 17);
        assert!(drawn.chunks(17).all(|w| text.train.windows(17).any(|t| t == w)));
        assert_eq!(drawn, windows(&text.train, 9, 16, Chance::new(1), &[2, 3]));
        assert_ne!(drawn, windows(&text.train, 9, 16, Chance::new(1), &[2, 4]));
    }
}
