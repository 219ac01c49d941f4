//! The playhead. Seats compute ahead of it; play, pause, step and scrub are the page's alone and therefore instant.

/// Rounds computed ahead of what is shown.
pub const LEAD_ROUNDS: u32 = 90;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    PerSecond(u32),
    FlatOut,
}

impl Speed {
    pub const ALL: [Speed; 7] = [
        Speed::PerSecond(1),
        Speed::PerSecond(4),
        Speed::PerSecond(12),
        Speed::PerSecond(30),
        Speed::PerSecond(60),
        Speed::PerSecond(240),
        Speed::FlatOut,
    ];

    /// The fastest pace at which a run of so many rounds still takes some ten seconds.
    pub fn watchable(rounds: u32) -> Self {
        let long_enough = |speed: &&Speed| match speed {
            Speed::PerSecond(n) => rounds >= 6 * n,
            Speed::FlatOut => false,
        };
        Self::ALL.iter().rev().find(long_enough).copied().unwrap_or(Speed::PerSecond(1))
    }

    /// Also the value of the option in the form.
    pub fn label(self) -> String {
        match self {
            Speed::PerSecond(1) => "1 round / s".into(),
            Speed::PerSecond(n) => format!("{n} rounds / s"),
            Speed::FlatOut => "flat out".into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Transport {
    pub playing: bool,
    pub speed: Speed,
    /// The round that is shown; 0 is the state before the first.
    pub playhead: u32,
    /// The part of a round that has passed since.
    part: f64,
    last_ms: Option<f64>,
}

impl Transport {
    pub fn new(playing: bool, rounds: u32) -> Self {
        let speed = Speed::watchable(rounds);
        Self { playing, speed, playhead: 0, part: 0.0, last_ms: None }
    }

    pub fn play(&mut self, on: bool) {
        self.playing = on;
        self.part = 0.0;
        self.last_ms = None;
    }

    pub fn seek(&mut self, round: u32) {
        self.playhead = round;
        self.part = 0.0;
    }

    /// Moves on with the time that has passed, at most to `available`. A page that slept does not race to catch up.
    pub fn advance(&mut self, now_ms: f64, available: u32) {
        let passed_ms = (now_ms - self.last_ms.unwrap_or(now_ms)).clamp(0.0, 100.0);
        self.last_ms = Some(now_ms);
        if !self.playing {
            return;
        }
        match self.speed {
            Speed::FlatOut => self.playhead = self.playhead.max(available),
            Speed::PerSecond(rounds) => {
                self.part += passed_ms / 1000.0 * f64::from(rounds);
                let whole = self.part.floor();
                let target = self.playhead.saturating_add(whole as u32);
                self.part -= whole;
                self.playhead =
                    if self.playhead > available { self.playhead } else { target.min(available) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_playhead_moves_at_its_pace_and_waits_for_what_is_computed() {
        let mut transport = Transport::new(true, 120);
        for frame in 0..=60 {
            transport.advance(f64::from(frame) * 1000.0 / 60.0, 1000);
        }
        assert!((11..=12).contains(&transport.playhead), "{}", transport.playhead);
        for frame in 61..=600 {
            transport.advance(f64::from(frame) * 1000.0 / 60.0, 15);
        }
        assert_eq!(transport.playhead, 15);
    }

    #[test]
    fn a_run_opens_at_a_pace_that_an_eye_follows() {
        let seconds = |rounds: u32| match Speed::watchable(rounds) {
            Speed::PerSecond(n) => rounds / n,
            Speed::FlatOut => 0,
        };
        for rounds in [15, 40, 120, 150, 300, 500] {
            assert!(
                (6..=25).contains(&seconds(rounds)),
                "{rounds} rounds take {} s",
                seconds(rounds)
            );
        }
    }

    #[test]
    fn a_page_that_slept_does_not_race() {
        let mut transport = Transport::new(true, 120);
        transport.advance(0.0, 1000);
        transport.advance(60_000.0, 1000);
        assert!(transport.playhead <= 2);
    }
}
