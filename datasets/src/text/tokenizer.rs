//! The joint BPE is one vocabulary for both sides, trained on both sides of the training split.
//!
//! It works on bytes, so that decoding gives the text back exactly: a word carries the blank before it, and letters
//! outside ASCII are pairs of bytes. Only bytes that the training split holds are in the vocabulary (with all 256, a
//! sixth of a small vocabulary would never be used); any other byte is [`UNK`](mos_base::specials::UNK). Ids 0 to 3 are
//! the special tokens.

use crate::error::{Error, Result};
use mos_base::specials::SPECIALS;
use rayon::prelude::*;
use std::path::Path;
use tokenizers::AddedToken;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

/// The special tokens have these texts, in the order of their ids. Text that looks like one is still ordinary text.
pub const SPECIAL_TOKENS: [&str; SPECIALS] = ["<s>", "<pad>", "</s>", "<unk>"];

/// A tokenizer is a trained vocabulary, which turns text into ids and back.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "Tokenizer {{ vocab_size: {} }}", self.vocab_size())
    }
}

impl Tokenizer {
    /// Trains on normalised sentences (see [`normalise`](crate::text::normalise::normalise)). The same sentences give
    /// the same vocabulary.
    ///
    /// The vocabulary has at most `vocab_size` rows, specials included; fewer when the text has too few different
    /// pairs.
    pub fn train(sentences: &[&str], vocab_size: usize) -> std::result::Result<Tokenizer, String> {
        let text = |e: tokenizers::Error| format!("cannot train the tokenizer: {e}");
        let model = BPE::builder().unk_token("<unk>".into()).fuse_unk(true).build().map_err(text)?;
        let mut inner = tokenizers::Tokenizer::new(model);
        inner.with_pre_tokenizer(Some(ByteLevel::new(true, false, true)));
        inner.with_decoder(Some(ByteLevel::new(true, false, true)));
        let specials = SPECIAL_TOKENS.map(|t| AddedToken::from(t, true)).to_vec();
        let trainer = BpeTrainer::builder().vocab_size(vocab_size).min_frequency(2).show_progress(false);
        let mut trainer = TrainerWrapper::from(trainer.special_tokens(specials).build());
        inner.train(&mut trainer, sentences.iter()).map_err(text)?;
        let trained = Tokenizer::checked(inner)?;
        if trained.vocab_size() > vocab_size {
            let least = trained.vocab_size();
            return Err(format!("the text needs a vocabulary of {least} rows or more; {vocab_size} were asked for"));
        }
        Ok(trained)
    }

    /// Reads `tokenizer.json`.
    pub fn load(path: &Path) -> Result<Tokenizer> {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        let text = std::str::from_utf8(&bytes).map_err(|e| Error::damaged(path, e.to_string()))?;
        // Not `from_bytes`, which is generic: the whole reader of tokenizers would be compiled once more in this crate.
        let inner: tokenizers::Tokenizer =
            text.parse().map_err(|e: tokenizers::Error| Error::damaged(path, e.to_string()))?;
        Tokenizer::checked(inner).map_err(|e| Error::damaged(path, e))
    }

    fn checked(mut inner: tokenizers::Tokenizer) -> std::result::Result<Tokenizer, String> {
        for (id, token) in SPECIAL_TOKENS.iter().enumerate() {
            if inner.token_to_id(token) != Some(id as u32) {
                return Err(format!("the special token {token} does not have id {id}"));
            }
        }
        // A sentence that holds the characters `</s>` must not end there.
        inner.set_encode_special_tokens(true);
        Ok(Tokenizer { inner })
    }

    /// Writes the content of `tokenizer.json`.
    pub fn to_json(&self) -> String {
        self.inner.to_string(true).expect("a tokenizer is plain data")
    }

    /// Counts the rows, specials included.
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// Gives the ids of each sentence, without bos and eos. The work is shared between threads.
    pub fn encode(&self, sentences: &[&str]) -> Vec<Vec<u32>> {
        let encodings = self.inner.encode_batch_fast(sentences.to_vec(), false);
        let encodings = encodings.expect("a byte-level tokenizer takes any text");
        // This runs in parallel for the sake of dropping the encodings, which hold much more than ids.
        encodings.into_par_iter().map(|e| e.get_ids().to_vec()).collect()
    }

    /// Gives the plain text of ids. Special ids and ids outside the vocabulary are left out; bytes that are no UTF-8,
    /// which a model can write, become U+FFFD.
    pub fn decode(&self, ids: &[u32]) -> String {
        let ids: Vec<u32> = ids.iter().copied().filter(|id| *id as usize >= SPECIALS).collect();
        let text = self.inner.decode(&ids, false).expect("byte-level decoding takes any ids");
        // Byte-level BPE puts a blank before the first word.
        text.strip_prefix(' ').map(str::to_string).unwrap_or(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_base::specials::{BOS, EOS, PAD, UNK};

    const TEXT: [&str; 4] = [
        "In the beginning God created the heavens.",
        "Im Anfang schuf Gott die Himmel.",
        "Été <s> </s> ß?",
        "don't (won't)",
    ];

    #[test]
    fn decoding_gives_the_text_back() {
        let tokenizer = Tokenizer::train(&TEXT, 120).unwrap();
        for (text, ids) in TEXT.iter().zip(tokenizer.encode(&TEXT)) {
            assert!(ids.iter().all(|id| *id as usize >= SPECIALS && (*id as usize) < tokenizer.vocab_size()), "{text}");
            assert_eq!(tokenizer.decode(&ids), *text);
            let wrapped: Vec<u32> = [&[BOS][..], &ids, &[EOS, PAD, 99_999]].concat();
            assert_eq!(tokenizer.decode(&wrapped), *text);
        }
    }

    #[test]
    fn a_letter_that_training_never_saw_is_unknown_and_nothing_else() {
        let tokenizer = Tokenizer::train(&TEXT, 120).unwrap();
        let ids = &tokenizer.encode(&["the 語 God"])[0];
        assert!(ids.contains(&UNK));
        assert_eq!(tokenizer.decode(ids).replace(' ', ""), "theGod");
    }

    #[test]
    fn training_twice_and_reading_back_give_the_same() {
        let sentences: Vec<String> = (0..2000u64)
            .map(|i| format!("w{} x{} {}", i * i % 97, i * 31 % 53, "abcab".repeat(i as usize % 4)))
            .collect();
        let sentences: Vec<&str> = sentences.iter().map(String::as_str).collect();
        let first = Tokenizer::train(&sentences, 300).unwrap();
        for _ in 0..5 {
            assert_eq!(Tokenizer::train(&sentences, 300).unwrap().to_json(), first.to_json());
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokenizer.json");
        std::fs::write(&path, first.to_json()).unwrap();
        let back = Tokenizer::load(&path).unwrap();
        assert_eq!(back.to_json(), first.to_json());
        assert_eq!(back.encode(&sentences), first.encode(&sentences));
    }

    #[test]
    fn a_vocabulary_below_the_alphabet_is_refused() {
        let message = Tokenizer::train(&TEXT, 10).unwrap_err();
        assert!(message.contains("10 were asked for"), "{message}");
    }
}
