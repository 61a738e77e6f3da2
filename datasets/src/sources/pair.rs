//! A source gives pairs of text before they are filtered and split.

use mos_base::Split;

/// A part says where in a corpus a pair belongs, before the corpus is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// A chapter of a book, (book, chapter), which splitting must not tear apart.
    Chapter(u32, u32),
    /// A split that the source brings along.
    Given(Split),
}

/// A raw pair is one pair of cleaned text.
#[derive(Clone, Debug, PartialEq)]
pub struct RawPair {
    /// The part that the pair belongs to.
    pub part: Part,
    /// Text of the source side.
    pub source: String,
    /// Text of the target side.
    pub target: String,
}

/// This holds all pairs of a source that fits in memory.
#[derive(Debug, Default)]
pub struct Raw {
    /// Cleaned pairs, in the order of the source. A side can be empty.
    pub pairs: Vec<RawPair>,
    /// Pairs that the source's entry leaves out by name, as (reason, count).
    pub left_out: Vec<(String, usize)>,
}
