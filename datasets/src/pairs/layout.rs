//! The files in a prepared folder have these names.

use mos_base::Split;

/// This file says what the corpus is and how it was made, and has the hash of every other file.
pub const MANIFEST: &str = "manifest.json";
/// This file holds the joint BPE.
pub const TOKENIZER: &str = "tokenizer.json";

/// Names the file of a split's token ids.
pub fn shard(split: Split) -> String {
    format!("{split}.shard")
}

/// Names the file with the plain text of the source side of a held-out split.
pub fn sources(split: Split) -> String {
    format!("{split}.src.txt")
}

/// Names the file with the plain text of the target side of a held-out split.
pub fn references(split: Split) -> String {
    format!("{split}.ref.txt")
}

/// Names the file with the target side of a held-out split as BPE sees it, where it was pre-tokenised.
pub fn tokenised_references(split: Split) -> String {
    format!("{split}.ref.tok.txt")
}
