//! Text that is too large for memory is read in slices.
//!
//! The filters differ from those of a corpus in memory where they must, or where the corpus's own publication says so:
//! a pair with a null or an empty side goes; a training pair goes when its source or its target, as lower-cased words
//! without punctuation, equals one of valid or test (near-duplicates are not looked for); lengths and ratio are bounded
//! in tokens by the registry entry, in place of the ratio of characters. Held-out pairs are kept whatever their ratio.

use crate::error::{Error, Result};
use crate::pairs::manifest::Removed;
use crate::sources::hugging_face::Slices;
use crate::sources::pair::{Part, RawPair};
use crate::sources::parquet::Row;
use crate::text::normalise::normalise;
use crate::text::pretokenise::Pretokeniser;
use mos_base::Split;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// A long reading says so often how far it is.
const TELL: Duration = Duration::from_secs(5);

/// These are the slices of a corpus with their filters. The held-out splits are small and are kept; the training split is
/// read when it is asked for.
pub(super) struct SlicedText {
    slices: Slices,
    /// The pairs of valid and of test.
    held_out: [Vec<RawPair>; 2],
    /// The sides of the held-out pairs, as [`key`] gives them.
    keys: HashSet<String>,
    /// What the last reading of each split left out.
    left_out: [LeftOut; 3],
}

/// This counts how many pairs each filter left out.
#[derive(Clone, Copy, Default)]
struct LeftOut {
    null: usize,
    empty: usize,
    copies: usize,
}

/// A verdict is what the filters say of a row.
enum Verdict {
    Keep(RawPair),
    Null,
    Empty,
    Copy,
}

impl SlicedText {
    /// Reads the held-out splits.
    pub fn new(slices: Slices) -> Result<SlicedText> {
        let mut made =
            SlicedText { slices, held_out: [vec![], vec![]], keys: HashSet::new(), left_out: [LeftOut::default(); 3] };
        for split in [Split::Valid, Split::Test] {
            let mut pairs = vec![];
            let mut left_out = LeftOut::default();
            made.slices.read(split, &mut |rows| {
                pairs.extend(made.filter(split, rows, &mut left_out));
                Ok(())
            })?;
            made.left_out[split as usize] = left_out;
            made.held_out[split as usize - 1] = pairs;
        }
        let pairs = made.held_out.iter().flatten();
        // A side without a letter or digit, such as "...", would match every other one.
        made.keys = pairs.flat_map(|p| [key(&p.source), key(&p.target)]).filter(|key| !key.is_empty()).collect();
        Ok(made)
    }

    /// Counts the pairs of each split; for the training split, before its filters.
    pub fn sizes(&self) -> [usize; 3] {
        [self.slices.rows(Split::Train), self.held_out[0].len(), self.held_out[1].len()]
    }

    /// Gives the remarks of the source.
    pub fn notes(&self) -> Vec<String> {
        self.slices.notes()
    }

    /// Gives both sides of the training pairs that BPE is trained on, pre-tokenised by `words`. The seed draws rows,
    /// and those that pass the filters are given.
    pub fn sample(&self, words: &Pretokeniser, progress: &dyn Fn(&str)) -> Result<Vec<String>> {
        let both = |pair: &RawPair| [words.source(&pair.source).into_owned(), words.target(&pair.target).into_owned()];
        let rows = self.slices.rows(Split::Train);
        let amount = self.slices.sample_pairs.min(rows);
        let mut random = ChaCha8Rng::seed_from_u64(self.slices.sample_seed);
        let mut drawn = index::sample(&mut random, rows, amount).into_vec();
        drawn.sort_unstable();
        let mut drawn = drawn.into_iter().peekable();
        let mut sentences = vec![];
        let mut gauge = Gauge::new(format!("drawing {amount} pairs for BPE"), rows, progress);
        self.slices.read(Split::Train, &mut |rows| {
            let (first, count) = (gauge.done, rows.len());
            let here: Vec<usize> =
                std::iter::from_fn(|| drawn.next_if(|i| *i < first + count)).map(|i| i - first).collect();
            let mut wanted = here.into_iter().peekable();
            let chosen = rows.into_iter().enumerate().filter(|(i, _)| wanted.next_if_eq(i).is_some());
            let chosen: Vec<Row> = chosen.map(|(_, row)| row).collect();
            let pairs = self.filter(Split::Train, chosen, &mut LeftOut::default());
            sentences.par_extend(pairs.par_iter().flat_map(both));
            gauge.add(count);
            Ok(())
        })?;
        Ok(sentences)
    }

    /// Gives all pairs of a split to `each`, in order and in slices.
    pub fn read(
        &mut self,
        split: Split,
        progress: &dyn Fn(&str),
        each: &mut dyn FnMut(&[RawPair]) -> Result<()>,
    ) -> Result<()> {
        if split != Split::Train {
            return each(&self.held_out[split as usize - 1]);
        }
        let mut left_out = LeftOut::default();
        let mut gauge = Gauge::new("tokenising train".to_string(), self.slices.rows(split), progress);
        // While one slice is written, the next is read and filtered; no more than that one waits.
        let (sender, receiver) = std::sync::mpsc::sync_channel(0);
        std::thread::scope(|scope| {
            let (this, left_out) = (&*self, &mut left_out);
            let reader = scope.spawn(move || {
                this.slices.read(split, &mut |rows| {
                    let count = rows.len();
                    let pairs = this.filter(split, rows, left_out);
                    // Nobody receives when writing has failed. That error is told, and this one only ends the reading.
                    let gone = |_| Error::io("read", Path::new("train"))(std::io::ErrorKind::BrokenPipe.into());
                    sender.send((count, pairs)).map_err(gone)
                })
            });
            for (count, pairs) in receiver {
                each(&pairs)?;
                gauge.add(count);
            }
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        self.left_out[split as usize] = left_out;
        Ok(())
    }

    /// Gives the rows that pass, normalised, in order.
    fn filter(&self, split: Split, rows: Vec<Row>, left_out: &mut LeftOut) -> Vec<RawPair> {
        let verdicts: Vec<Verdict> = rows.into_par_iter().map(|row| self.judge(split, row)).collect();
        let mut pairs = Vec::with_capacity(verdicts.len());
        for verdict in verdicts {
            match verdict {
                Verdict::Keep(pair) => pairs.push(pair),
                Verdict::Null => left_out.null += 1,
                Verdict::Empty => left_out.empty += 1,
                Verdict::Copy => left_out.copies += 1,
            }
        }
        pairs
    }

    /// Normalises a row and asks every filter about it.
    fn judge(&self, split: Split, row: Row) -> Verdict {
        let (Some(source), Some(target)) = row else { return Verdict::Null };
        let (source, target) = (normalise(&source), normalise(&target));
        if source.is_empty() || target.is_empty() {
            return Verdict::Empty;
        }
        let held_out = |side: &str| self.keys.contains(&key(side));
        if split == Split::Train && (held_out(&source) || held_out(&target)) {
            return Verdict::Copy;
        }
        Verdict::Keep(RawPair { part: Part::Given(split), source, target })
    }

    /// Tells what the filters left out at the last reading of each split.
    pub fn removed(&self) -> Vec<Removed> {
        let row =
            |rule: &str, count: fn(&LeftOut) -> usize| Removed::from_splits(rule, self.left_out.each_ref().map(count));
        vec![row("null side", |l| l.null), row("empty side", |l| l.empty), row("a side of valid or test", |l| l.copies)]
    }
}

/// Brings a sentence to the form in which it is compared: its lower-cased runs of letters and digits.
fn key(sentence: &str) -> String {
    let mut key = String::with_capacity(sentence.len());
    for c in sentence.chars() {
        if c.is_alphanumeric() {
            key.extend(c.to_lowercase());
        } else if !key.is_empty() && !key.ends_with(' ') {
            key.push(' ');
        }
    }
    key.truncate(key.trim_end().len());
    key
}

/// A gauge says now and then how many rows are done.
struct Gauge<'a> {
    what: String,
    rows: usize,
    done: usize,
    started: Instant,
    told: Instant,
    progress: &'a dyn Fn(&str),
}

impl<'a> Gauge<'a> {
    fn new(what: String, rows: usize, progress: &'a dyn Fn(&str)) -> Gauge<'a> {
        progress(&format!("{what}: {rows} rows to read"));
        Gauge { what, rows, done: 0, started: Instant::now(), told: Instant::now(), progress }
    }

    fn add(&mut self, rows: usize) {
        self.done += rows;
        if self.told.elapsed() >= TELL {
            self.told = Instant::now();
            let rate = self.done as f64 / self.started.elapsed().as_secs_f64();
            let percent = 100 * self.done / self.rows;
            let (what, done, rows) = (&self.what, self.done, self.rows);
            (self.progress)(&format!("{what}: {done} of {rows} rows ({percent}%), {rate:.0} a second"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_and_case_do_not_hide_a_copy() {
        assert_eq!(key("  \u{201e}Guten Tag\u{201c}, sagte ER!"), "guten tag sagte er");
        assert_eq!(key("..."), "");
        assert_ne!(key("ab c"), key("a bc"));
    }
}
