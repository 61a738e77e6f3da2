//! The files in a prepared folder of documents have these names.

use mos_base::Split;

/// This file says what the corpus is and how it was made, and has the hash of every other file.
pub const MANIFEST: &str = "manifest.json";
/// This file holds the vocabulary, one piece a line.
pub const VOCABULARY: &str = "vocab.txt";

/// Names the file of a split's sequences.
pub fn shard(split: Split) -> String {
    format!("{split}.shard")
}

/// Names the file of a held-out split's masks.
pub fn masks(split: Split) -> String {
    format!("{split}.masks")
}

/// Names the file that lists the documents of a held-out split, one a line, as `source:name`.
pub fn names(split: Split) -> String {
    format!("{split}.documents.txt")
}
