//! A prepared corpus, opened.

use crate::manifest::Manifest;
use crate::prepare::{text_name, tokenised_name};
use crate::tokenizer::Tokenizer;
use crate::{Error, PairShard, Result, Split, shard};
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
    /// The manifest, all sizes and the structure of the shards are always checked; with `verify` the SHA-256 of every
    /// file is too. A truncated or altered file is an [`Error::Damaged`] that names it.
    pub fn open(folder: &Path, verify: bool) -> Result<Corpus> {
        let manifest = Manifest::read(folder)?;
        manifest.check_files(folder, verify)?;
        let tokenizer = Tokenizer::load(&folder.join("tokenizer.json"))?;
        // The manifest's hashes cover the shards, so that the shards' own hashes need no second pass.
        let open = |split| PairShard::open(&folder.join(shard::file_name(split)), false);
        let shards = [open(Split::Train)?, open(Split::Valid)?, open(Split::Test)?];
        let corpus = Corpus { folder: folder.to_path_buf(), manifest, tokenizer, shards };
        corpus.check_sizes()?;
        Ok(corpus)
    }

    fn check_sizes(&self) -> Result<()> {
        let m = &self.manifest;
        if self.tokenizer.vocab_size() != m.vocab_size {
            let detail = format!("it has {} rows, expected {}", self.tokenizer.vocab_size(), m.vocab_size);
            return Err(Error::damaged(&self.folder.join("tokenizer.json"), detail));
        }
        for (split, card) in Split::ALL.into_iter().zip([m.train, m.valid, m.test]) {
            let shard = self.split(split);
            let path = self.folder.join(shard::file_name(split));
            if shard.len() != card.pairs {
                return Err(Error::damaged(&path, format!("it has {} pairs, expected {}", shard.len(), card.pairs)));
            }
            if shard.largest_id().is_some_and(|id| usize::from(id) >= m.vocab_size) {
                return Err(Error::damaged(&path, "it holds an id outside the vocabulary"));
            }
        }
        Ok(())
    }

    /// What the corpus is and how it was made.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Hash of the data; the same on any machine for the same inputs and options.
    pub fn hash(&self) -> &str {
        &self.manifest.hash
    }

    /// Rows of the vocabulary, specials included.
    pub fn vocab_size(&self) -> usize {
        self.manifest.vocab_size
    }

    /// Rows of a model's embedding table: the vocabulary that was asked for. A small corpus has fewer words to learn one
    /// from; its table is padded with rows that no id points at.
    pub fn embedding_rows(&self) -> usize {
        self.manifest.options.vocab_size
    }

    /// Token ids of a split.
    pub fn split(&self, split: Split) -> &PairShard {
        &self.shards[split as usize]
    }

    /// Plain source sentences of a split, in the order of its shard.
    pub fn sources(&self, split: Split) -> Result<Vec<String>> {
        self.text(split, "src", PairShard::source)
    }

    /// Plain target sentences of a split, in the order of its shard.
    pub fn references(&self, split: Split) -> Result<Vec<String>> {
        self.text(split, "ref", PairShard::target)
    }

    /// The training split is kept as tokens only, and decodes exactly (where [`Corpus::tokenised_references`] says so,
    /// to split text).
    fn text(&self, split: Split, side: &str, ids: fn(&PairShard, usize) -> &[u16]) -> Result<Vec<String>> {
        let shard = self.split(split);
        if split == Split::Train {
            let decode = |i| self.decode(&ids(shard, i).iter().map(|id| u32::from(*id)).collect::<Vec<_>>());
            return Ok((0..shard.len()).map(decode).collect());
        }
        self.lines(split, &text_name(split, side))
    }

    /// Target sentences of a held-out split as BPE sees them: split by [`Manifest::pretokenisation`], or plain where
    /// that is absent. What [`Corpus::decode`] gives is split the same way.
    ///
    /// [`Manifest::pretokenisation`]: crate::manifest::Manifest::pretokenisation
    pub fn tokenised_references(&self, split: Split) -> Result<Vec<String>> {
        match &self.manifest.pretokenisation {
            Some(_) if split != Split::Train => self.lines(split, &tokenised_name(split)),
            _ => self.references(split),
        }
    }

    /// A text file with one line for each pair of a split.
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

    /// Plain text of ids; specials are left out.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.tokenizer.decode(ids)
    }

    /// What [`Corpus::decode`] gave, as plain text: joined again by the Moses rules of the target language where the corpus
    /// was split by them.
    pub fn plain(&self, decoded: &str) -> Result<String> {
        if self.manifest.pretokenisation.is_none() {
            return Ok(decoded.to_string());
        }
        let moses = mos_moses::Moses::new(&self.manifest.target_language)
            .map_err(|e| Error::Option { option: "pre-tokenisation", detail: e.to_string() })?;
        Ok(moses.detokenise(decoded))
    }

    /// Ids of sentences, without bos and eos. Where the manifest names a pre-tokenisation, they must be split by it.
    pub fn encode(&self, sentences: &[&str]) -> Vec<Vec<u32>> {
        self.tokenizer.encode(sentences)
    }
}
