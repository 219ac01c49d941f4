//! Calling other programs: what is called is said, what they say is passed on, what their tests counted is added up.

use crate::steps::Stop;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// How many tests passed, failed, and were skipped aloud.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    pub fn ran(self) -> bool {
        self.passed + self.failed + self.skipped > 0
    }

    /// Reads the closing lines of libtest (`test result: ok. 3 passed; 0 failed; 1 ignored`) and of node's own
    /// runner (`# pass 3`).
    fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some(counts) = line.strip_prefix("test result: ") {
            for part in counts.split([';', '.']) {
                match part.trim().split_once(' ') {
                    Some((n, "passed")) => self.passed += n.parse().unwrap_or(0),
                    Some((n, "failed")) => self.failed += n.parse().unwrap_or(0),
                    Some((n, "ignored")) => self.skipped += n.parse().unwrap_or(0),
                    _ => {}
                }
            }
        } else if let Some(("#", count)) = line.split_once(' ') {
            match count.split_once(' ') {
                Some(("pass", n)) => self.passed += n.parse().unwrap_or(0),
                Some(("fail", n)) => self.failed += n.parse().unwrap_or(0),
                Some(("skipped", n)) => self.skipped += n.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

impl From<()> for Tally {
    fn from(_: ()) -> Self {
        Tally::default()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if !self.ran() {
            return Ok(());
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 { write!(f, ", {} skipped", self.skipped) } else { Ok(()) }
    }
}

/// `command("cargo", "fmt --all --check")`: the words are split at spaces; paths are added by `arg`.
pub fn command(program: impl AsRef<std::ffi::OsStr>, words: &str) -> Command {
    let mut command = Command::new(program);
    command.args(words.split_whitespace());
    command
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs it with its output passed through.
pub fn run(command: &mut Command) -> Result<(), Stop> {
    println!("   {}", shown(command));
    let status = command.status().map_err(|e| format!("{} does not start: {e}", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(Stop::Failed(format!("`{}` ended with {status}", shown(command))))
    }
}

/// Runs it with its output passed through, and counts its tests.
pub fn run_tests(command: &mut Command) -> Result<Tally, Stop> {
    println!("   {}", shown(command));
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{} does not start: {e}", shown(command)))?;
    let out = child.stdout.take().expect("stdout is piped");
    let mut tally = Tally::default();
    for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.read(&line);
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    match status.success() && tally.failed == 0 {
        true => Ok(tally),
        false => Err(Stop::Tests(tally, format!("`{}` ended with {status}", shown(command)))),
    }
}

/// What it prints, trimmed; nothing where it does not start or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let out = command.stderr(Stdio::null()).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_string())
}
