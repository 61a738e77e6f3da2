//! Text that went through another preparation carries its traces: cut words, escapes, separated full stops. Scores over
//! such text are not those of plain text, so that whoever scores or trains on it is told.

/// The marks by which subword-nmt (` @@`) and SentencePiece show where words were cut.
const CUT: [&str; 2] = ["@@ ", "\u{2581}"];
/// What Moses' tokeniser writes in place of characters that mean something to its decoder.
const ESCAPES: [&str; 6] = ["&apos;", "&quot;", "&#91;", "&#93;", "&#124;", "&amp;"];
/// From so many lines with a separated full stop on, sacreBLEU warns; in a short text, half of the lines are enough.
const MANY_LINES: usize = 100;
/// Text of fewer lines tells nothing by their ends.
const FEW_LINES: usize = 10;
/// One line of so many may hold marks by chance.
const CHANCE: usize = 100;

/// How many lines of a text carry which trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    lines: usize,
    tokenised: usize,
    cut: usize,
    escaped: usize,
}

impl Traces {
    /// Counts the traces in lines of text.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Traces {
        let mut traces = Traces::default();
        for line in lines {
            let line = line.trim_end();
            traces.lines += 1;
            traces.tokenised += usize::from([" .", " \u{3002}"].iter().any(|end| line.ends_with(end)));
            traces.cut += usize::from(CUT.iter().any(|mark| line.contains(mark)) || line.ends_with("@@"));
            traces.escaped += usize::from(ESCAPES.iter().any(|escape| line.contains(escape)));
        }
        traces
    }

    /// Says what the text looks like, and how many lines show it; nothing of plain text.
    pub fn words(&self) -> Option<String> {
        let said = |lines: usize, what: &str| format!("{what} in {lines} of {} lines", self.lines);
        let more_than_chance = |lines: usize| lines > 0 && lines * CHANCE >= self.lines;
        let mut found = Vec::new();
        if more_than_chance(self.cut) {
            found.push(said(self.cut, "cut into pieces (`@@ ` or `\u{2581}`"));
        }
        if more_than_chance(self.escaped) {
            found.push(said(self.escaped, "escaped (such as `&apos;`"));
        }
        let half = self.lines >= FEW_LINES && self.tokenised * 2 >= self.lines;
        if self.tokenised >= MANY_LINES || half {
            found.push(said(self.tokenised, "tokenised (` .` at the end"));
        }
        let found: Vec<String> = found.into_iter().map(|words| words + ")").collect();
        (!found.is_empty()).then(|| found.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str, lines: usize, others: usize) -> Option<String> {
        let others = std::iter::repeat_n("A plain line.", others);
        Traces::of(std::iter::repeat_n(line, lines).chain(others)).words()
    }

    #[test]
    fn traces_are_named_and_counted() {
        let all = words("the gard@@ en &apos;s wall .", 20, 4).unwrap();
        assert_eq!(
            all,
            "cut into pieces (`@@ ` or `\u{2581}` in 20 of 24 lines), escaped (such as `&apos;` in 20 of 24 lines), \
             tokenised (` .` at the end in 20 of 24 lines)"
        );
        assert!(words("\u{2581}the \u{2581}garden", 5, 0).unwrap().starts_with("cut into pieces"));
    }

    #[test]
    fn plain_text_and_chance_have_no_traces() {
        assert_eq!(words("A plain line.", 500, 0), None);
        assert_eq!(words("R&amp;D", 1, 200), None);
        assert_eq!(words("a line .", 3, 0), None);
        assert_eq!(words("a line .", 99, 1000), None);
        assert!(words("a line .", 100, 1000).is_some());
        assert_eq!(Traces::default().words(), None);
    }
}
