//! A prepared corpus is opened for use here.

use super::layout;
use super::manifest::Manifest;
use super::shard::PairShard;
use crate::error::{Error, Result};
use crate::text::tokenizer::Tokenizer;
use mos_base::Split;
use std::path::{Path, PathBuf};

/// A prepared corpus: token shards, tokenizer and plain text.
#[derive(Debug)]
pub struct Corpus {
    folder: PathBuf,
    manifest: Manifest,
    tokenizer: Tokenizer,
    shards: [PairShard; 3],
}

impl Corpus {
    /// Opens the folder that [`crate::prepare::prepare`] gave.
    ///
    /// The manifest, all sizes and the structure of the shards are always checked, and with `verify` the SHA-256 of
    /// every file too. A truncated or altered file is an [`Error::Damaged`] that names it.
    pub fn open(folder: &Path, verify: bool) -> Result<Corpus> {
        let manifest = Manifest::read(folder)?;
        manifest.check_files(folder, verify)?;
        let tokenizer = Tokenizer::load(&folder.join(layout::TOKENIZER))?;
        // The manifest's hashes cover the shards, so that the shards' own hashes need no second pass.
        let open = |split| PairShard::open(&folder.join(layout::shard(split)), false);
        let shards = [open(Split::Train)?, open(Split::Valid)?, open(Split::Test)?];
        let corpus = Corpus { folder: folder.to_path_buf(), manifest, tokenizer, shards };
        corpus.check_sizes()?;
        Ok(corpus)
    }

    /// Refuses a tokenizer or a shard of another size than the manifest tells.
    fn check_sizes(&self) -> Result<()> {
        let m = &self.manifest;
        if self.tokenizer.vocab_size() != m.vocab_size {
            let detail = format!("it has {} rows, expected {}", self.tokenizer.vocab_size(), m.vocab_size);
            return Err(Error::damaged(&self.folder.join(layout::TOKENIZER), detail));
        }
        for (split, card) in Split::ALL.into_iter().zip([m.train, m.valid, m.test]) {
            let shard = self.split(split);
            let path = self.folder.join(layout::shard(split));
            if shard.len() != card.pairs {
                return Err(Error::damaged(&path, format!("it has {} pairs, expected {}", shard.len(), card.pairs)));
            }
            if shard.largest_id().is_some_and(|id| usize::from(id) >= m.vocab_size) {
                return Err(Error::damaged(&path, "it holds an id outside the vocabulary"));
            }
        }
        Ok(())
    }

    /// Gives what the corpus is and how it was made.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Gives the hash of the data, which is the same on any machine for the same inputs and options.
    pub fn hash(&self) -> &str {
        &self.manifest.hash
    }

    /// Gives the rows of a model's embedding table, which are those of the vocabulary that was asked for. A small
    /// corpus has fewer words to learn one from; its table is padded with rows that no id points at.
    pub fn embedding_rows(&self) -> usize {
        self.manifest.options.vocab_size
    }

    /// Gives the token ids of a split.
    pub fn split(&self, split: Split) -> &PairShard {
        &self.shards[split as usize]
    }

    /// Gives the plain source sentences of a split, in the order of its shard.
    pub fn sources(&self, split: Split) -> Result<Vec<String>> {
        self.text(split, layout::sources(split), PairShard::source)
    }

    /// Gives the plain target sentences of a split, in the order of its shard.
    pub fn references(&self, split: Split) -> Result<Vec<String>> {
        self.text(split, layout::references(split), PairShard::target)
    }

    /// Gives one side of a split. Text of the training split is not kept, since its tokens decode to it exactly (where
    /// the corpus is pre-tokenised, to pre-tokenised text).
    fn text(&self, split: Split, name: String, ids: fn(&PairShard, usize) -> &[u16]) -> Result<Vec<String>> {
        let shard = self.split(split);
        if split == Split::Train {
            let decode = |i| self.decode(&ids(shard, i).iter().map(|id| u32::from(*id)).collect::<Vec<_>>());
            return Ok((0..shard.len()).map(decode).collect());
        }
        self.lines(split, &name)
    }

    /// Gives the target sentences of a held-out split as BPE sees them: pre-tokenised by [`Manifest::pretokenisation`],
    /// or plain where that is absent. What [`Corpus::decode`] gives is pre-tokenised the same way.
    pub fn tokenised_references(&self, split: Split) -> Result<Vec<String>> {
        match &self.manifest.pretokenisation {
            Some(_) if split != Split::Train => self.lines(split, &layout::tokenised_references(split)),
            _ => self.references(split),
        }
    }

    /// Reads the lines of a text file that holds one for each pair of a split.
    fn lines(&self, split: Split, name: &str) -> Result<Vec<String>> {
        let shard = self.split(split);
        let path = self.folder.join(name);
        let text = std::fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        let lines: Vec<String> = text.lines().map(str::to_string).collect();
        if lines.len() != shard.len() {
            return Err(Error::damaged(&path, format!("it has {} lines, expected {}", lines.len(), shard.len())));
        }
        Ok(lines)
    }

    /// Gives the text of ids, without specials. Where the manifest names a pre-tokenisation, the text is separated by
    /// it.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.tokenizer.decode(ids)
    }

    /// Makes what [`Corpus::decode`] gave plain text: it is joined again by the Moses rules of the target language
    /// where the corpus was pre-tokenised by them.
    pub fn plain(&self, decoded: &str) -> Result<String> {
        if self.manifest.pretokenisation.is_none() {
            return Ok(decoded.to_string());
        }
        let moses = mos_moses::Moses::new(&self.manifest.target_language)
            .map_err(|e| Error::Option { option: "pre-tokenisation", detail: e.to_string() })?;
        Ok(moses.detokenise(decoded))
    }
}
