//! A person sees this while cargo compiles: how many crates of how many are done, and about how long the rest takes.
//!
//! Cargo draws a bar on a terminal and says nothing of numbers elsewhere. It is asked to draw in any case, and the
//! numbers are read off the bar; everything else that it says is passed on as it is.

use std::io::{IsTerminal, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Lines of progress come no more often than this where nothing can be drawn.
const LINE_EVERY: Duration = Duration::from_secs(20);

/// This counts the crates compiled, and all that are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Crates {
    done: u32,
    all: u32,
}

/// Runs a cargo command that builds `what`.
pub fn watch(mut cargo: Command, what: &str) -> Result<ExitStatus> {
    cargo.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "120");
    let drawn = std::io::stderr().is_terminal();
    if drawn {
        cargo.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = cargo.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut said = child.stderr.take().expect("standard error is a pipe");
    let mut watcher = Watcher::new(what, drawn);
    let (mut buffer, mut pending) = ([0; 4096], Vec::new());
    loop {
        let n = said.read(&mut buffer).context("cannot read what cargo says")?;
        if n == 0 {
            break;
        }
        for &byte in &buffer[..n] {
            if byte == b'\n' || byte == b'\r' {
                watcher.take(&String::from_utf8_lossy(&pending), byte == b'\n');
                pending.clear();
            } else {
                pending.push(byte);
            }
        }
    }
    watcher.take(&String::from_utf8_lossy(&pending), true);
    child.wait().context("cannot wait for cargo")
}

struct Watcher<'a> {
    what: &'a str,
    drawn: bool,
    began: Option<(Instant, u32)>,
    last_line: Option<Instant>,
}

impl Watcher<'_> {
    fn new(what: &str, drawn: bool) -> Watcher<'_> {
        Watcher { what, drawn, began: None, last_line: None }
    }

    /// Takes a piece of what cargo says: a bar, or a line.
    fn take(&mut self, text: &str, ends: bool) {
        if let Some(crates) = read_bar(text) {
            self.tell(crates);
            return;
        }
        let blank = plain(text).trim().is_empty();
        if !blank && !is_chatter(text) {
            self.clear();
            eprintln!("{}", text.trim_end());
        } else if blank && ends && !self.drawn {
            // An empty line of a compiler's message.
            eprintln!();
        }
    }

    fn tell(&mut self, crates: Crates) {
        let (start, first) = *self.began.get_or_insert((Instant::now(), crates.done));
        let line = line(self.what, crates, first, start.elapsed());
        if self.drawn {
            eprint!("\r\x1b[K{line}");
            let _ = std::io::stderr().flush();
        } else if self.last_line.is_none_or(|last| last.elapsed() >= LINE_EVERY) {
            self.last_line = Some(Instant::now());
            eprintln!("{line}");
        }
    }

    fn clear(&self) {
        if self.drawn && self.began.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Makes the line of progress; `first` crates were done when it began.
fn line(what: &str, crates: Crates, first: u32, elapsed: Duration) -> String {
    let Crates { done, all } = crates;
    let compiled = done.saturating_sub(first);
    let left = match compiled {
        // The first crates say little of the others.
        0..=4 => String::new(),
        _ => format!(", about {} to go", rough(elapsed / compiled * (all - done.min(all)))),
    };
    format!("compiling {what}: {done} of {all} crates{left}")
}

/// Writes whole minutes, or seconds in steps of ten: an estimate is not more exact.
fn rough(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..90 => format!("{} s", seconds.div_ceil(10) * 10),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

/// Reads the numbers of cargo's bar, which is like `Building [=====>    ] 12/345: ...`.
fn read_bar(text: &str) -> Option<Crates> {
    let text = plain(text);
    let (_, numbers) = text.trim_start().strip_prefix("Building [")?.split_once("] ")?;
    let (done, all) = numbers.split_once(':').map_or(numbers, |(numbers, _)| numbers).trim().split_once('/')?;
    Some(Crates { done: done.parse().ok()?, all: all.parse().ok()? })
}

/// Tells lines that the progress stands for.
fn is_chatter(text: &str) -> bool {
    let text = plain(text);
    ["Compiling ", "Finished ", "Fresh ", "Building ["].iter().any(|word| text.trim_start().starts_with(word))
}

/// Gives a text without its colours.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '\x1b' {
            rest.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_read_off_the_bar() {
        let bar = "    Building [===================>       ] 25/330: proc-macro2(build.rs), serde       ";
        assert_eq!(read_bar(bar), Some(Crates { done: 25, all: 330 }));
        let coloured = "\x1b[1m\x1b[36m    Building\x1b[0m [=>  ] 2/33: a";
        assert_eq!(read_bar(coloured), Some(Crates { done: 2, all: 33 }));
        for other in ["   Compiling serde v1.0.0", "error: no", "", "    Building [=> ] x/y: a"] {
            assert_eq!(read_bar(other), None, "{other}");
        }
    }

    #[test]
    fn messages_are_told_from_chatter() {
        assert!(is_chatter("\x1b[32m   Compiling\x1b[0m serde v1.0.0"));
        assert!(!is_chatter("error[E0425]: cannot find value"));
        assert!(!is_chatter("warning: unused"));
    }

    #[test]
    fn the_time_to_go_follows_from_what_was_compiled() {
        let crates = |done| Crates { done, all: 100 };
        assert_eq!(line("x", crates(43), 40, Duration::from_secs(9)), "compiling x: 43 of 100 crates");
        let later = line("x", crates(50), 40, Duration::from_secs(60));
        assert_eq!(later, "compiling x: 50 of 100 crates, about 5 min to go");
        let end = line("x", crates(98), 40, Duration::from_secs(290));
        assert_eq!(end, "compiling x: 98 of 100 crates, about 10 s to go");
    }
}
