//! WordPiece is the vocabulary of masked language models: a word is cut into the longest pieces that the vocabulary
//! holds, and a piece that continues a word begins with `##`. A word that cannot be cut so is one `[UNK]`.
//!
//! Text is lower-cased and its accents are dropped, and words and punctuation are separated, as BERT does it. A
//! vocabulary is its file: one piece a line, in the order of the ids. It is trained here, with the special tokens first
//! (ids 0 to 3 are those of [`mos_base::specials`]), or comes from a published model, with its own ids.
//!
//! A trained vocabulary holds the characters that stand at least once among [`RARE`] characters of the training split.
//! Without that limit, the letters of all scripts that an encyclopedia quotes would fill a small vocabulary.

use crate::error::{Error, Result};
use mos_base::specials::{BOS, EOS, PAD, UNK};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use tokenizers::models::wordpiece::{WordPiece as Model, WordPieceTrainer};
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{
    AddedToken, Model as _, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString,
    PreTokenizer, Trainer,
};

/// One of so many characters of the training split must be a character for the vocabulary to hold it.
pub const RARE: u64 = 100_000;
/// A word is given to the trainer so often at a time.
const SOME: usize = 1000;
/// What a piece begins with that continues a word.
const CONTINUES: &str = "##";
/// The special tokens of a trained vocabulary, in the order of their ids.
const TRAINED_SPECIALS: [&str; 5] = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"];

// A trained vocabulary agrees with the special ids of the whole harness.
const _: () = assert!(BOS == 0 && PAD == 1 && EOS == 2 && UNK == 3);

/// These are the ids of a vocabulary's special tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialIds {
    /// `[CLS]` begins a sequence.
    pub cls: u16,
    /// `[SEP]` ends a sequence, and each of two texts in one.
    pub sep: u16,
    /// `[PAD]` fills the rest of a row.
    pub pad: u16,
    /// `[UNK]` stands for a word that has no pieces.
    pub unk: u16,
    /// `[MASK]` stands for a token that is to be told.
    pub mask: u16,
}

impl SpecialIds {
    /// Tells whether an id is that of a special token.
    pub fn contains(&self, id: u16) -> bool {
        [self.cls, self.sep, self.pad, self.unk, self.mask].contains(&id)
    }

    /// Counts the special tokens.
    pub const COUNT: usize = TRAINED_SPECIALS.len();
}

/// A vocabulary turns text into ids and back.
pub struct WordPiece {
    model: Model,
    pieces: Vec<String>,
    specials: SpecialIds,
}

impl std::fmt::Debug for WordPiece {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "WordPiece {{ vocab_size: {} }}", self.vocab_size())
    }
}

impl WordPiece {
    /// Trains on sentences. The same sentences give the same vocabulary, in whatever order they come.
    ///
    /// The vocabulary has at most `vocab_size` rows, specials included; fewer when the text has too few different
    /// pairs.
    pub fn train(sentences: &[&str], vocab_size: usize) -> std::result::Result<WordPiece, String> {
        let counts = count_words(sentences);
        let frequent = frequent_characters(&counts);
        let words: Vec<(&String, u64)> = counts
            .iter()
            .filter(|(word, _)| word.chars().all(|c| frequent.contains(&c)))
            .map(|(w, n)| (w, *n))
            .collect();
        // The trainer numbers the pieces `##c` in the order of a hash map, which differs from run to run, and breaks ties
        // by number. It leaves alone what has a number already, as its special tokens have.
        let continuing: BTreeSet<String> =
            words.iter().flat_map(|(word, _)| word.chars().skip(1)).map(|c| format!("{CONTINUES}{c}")).collect();
        let least = SpecialIds::COUNT + continuing.len() + frequent.len();
        if least > vocab_size {
            return Err(format!("the text needs a vocabulary of {least} rows or more; {vocab_size} were asked for"));
        }
        let first = TRAINED_SPECIALS.into_iter().map(str::to_string).chain(continuing);
        let first = first.map(|token| AddedToken::from(token, true)).collect();
        let trainer = WordPieceTrainer::builder().vocab_size(vocab_size).min_frequency(2).show_progress(false);
        let model = train(trainer.special_tokens(first).build(), &words);
        let model = model.map_err(|e| format!("cannot train the vocabulary: {e}"))?;
        let ids: BTreeMap<u32, String> = model.get_vocab().into_iter().map(|(piece, id)| (id, piece)).collect();
        WordPiece::of(ids.into_values().collect())
    }

    /// Reads the text of a vocabulary file. One that lacks a special token is refused with the token's name.
    pub fn from_text(text: &str) -> std::result::Result<WordPiece, String> {
        WordPiece::of(text.lines().map(str::to_string).collect())
    }

    /// Reads a vocabulary file.
    pub fn load(path: &Path) -> Result<WordPiece> {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        let text = std::str::from_utf8(&bytes).map_err(|e| Error::damaged(path, e.to_string()))?;
        WordPiece::from_text(text).map_err(|e| Error::damaged(path, e))
    }

    fn of(pieces: Vec<String>) -> std::result::Result<WordPiece, String> {
        if pieces.len() > usize::from(u16::MAX) {
            return Err(format!("it has {} pieces, at most {} are allowed", pieces.len(), u16::MAX));
        }
        let ids: HashMap<&str, u16> = pieces.iter().map(String::as_str).zip(0..).collect();
        if ids.len() < pieces.len() {
            return Err("it holds a piece twice".into());
        }
        let id = |token: &str| ids.get(token).copied().ok_or_else(|| format!("it lacks the special token {token}"));
        let specials = SpecialIds {
            cls: id("[CLS]")?,
            sep: id("[SEP]")?,
            pad: id("[PAD]")?,
            unk: id("[UNK]")?,
            mask: id("[MASK]")?,
        };
        let vocabulary = Model::read_bytes(pieces.join("\n").as_bytes());
        let model = vocabulary.and_then(|vocabulary| Model::builder().vocab(vocabulary).build());
        let model = model.map_err(|e| e.to_string())?;
        Ok(WordPiece { model, pieces, specials })
    }

    /// Writes the text of the vocabulary file.
    pub fn to_text(&self) -> String {
        self.pieces.iter().flat_map(|piece| [piece, "\n"]).collect()
    }

    /// Counts the pieces, specials included.
    pub fn vocab_size(&self) -> usize {
        self.pieces.len()
    }

    /// Gives the ids of the special tokens.
    pub fn specials(&self) -> SpecialIds {
        self.specials
    }

    /// Gives the ids of each text, without `[CLS]` and `[SEP]`. What looks like a special token is ordinary text. The
    /// work is shared between threads.
    pub fn encode(&self, texts: &[&str]) -> Vec<Vec<u16>> {
        texts.par_iter().map(|text| words(text).iter().flat_map(|word| self.word(word)).collect()).collect()
    }

    /// Gives the ids of one word.
    fn word(&self, word: &str) -> Vec<u16> {
        let tokens = self.model.tokenize(word).expect("the vocabulary holds [UNK]");
        tokens.into_iter().map(|token| token.id as u16).collect()
    }

    /// Gives the text of ids, with a blank between words and punctuation. `[CLS]`, `[SEP]` and `[PAD]` are left out,
    /// and so are ids outside the vocabulary.
    pub fn decode(&self, ids: &[u16]) -> String {
        let unseen = [self.specials.cls, self.specials.sep, self.specials.pad];
        let mut text = String::new();
        for piece in ids.iter().filter(|id| !unseen.contains(id)).filter_map(|id| self.pieces.get(usize::from(*id))) {
            match piece.strip_prefix(CONTINUES) {
                Some(rest) if !text.is_empty() => text.push_str(rest),
                _ if text.is_empty() => text.push_str(piece),
                _ => text.extend([" ", piece]),
            }
        }
        text
    }
}

/// Trains the model on words with their counts.
fn train(mut trainer: WordPieceTrainer, words: &[(&String, u64)]) -> tokenizers::Result<Model> {
    let mut model = Model::builder().build()?;
    // The trainer counts by itself, and is given each word as often as it was counted here, some at a time.
    let some = |count: u64| (0..count).step_by(SOME).map(move |done| (count - done).min(SOME as u64));
    let fed = words.iter().flat_map(|(word, count)| some(*count).map(move |some| format!("{some} {word}")));
    trainer.feed(fed, |line| {
        let (count, word) = line.split_once(' ').expect("written above");
        Ok(vec![word.to_string(); count.parse()?])
    })?;
    trainer.train(&mut model)?;
    Ok(model)
}

/// Counts the words of all sentences.
fn count_words(sentences: &[&str]) -> HashMap<String, u64> {
    let count = |mut counts: HashMap<String, u64>, sentence: &&str| {
        for word in words(sentence) {
            *counts.entry(word).or_default() += 1;
        }
        counts
    };
    let join = |mut a: HashMap<String, u64>, b: HashMap<String, u64>| {
        for (word, count) in b {
            *a.entry(word).or_default() += count;
        }
        a
    };
    sentences.par_iter().fold(HashMap::new, count).reduce(HashMap::new, join)
}

/// Gives the characters that are frequent enough for the vocabulary.
fn frequent_characters(words: &HashMap<String, u64>) -> HashSet<char> {
    let mut counts: HashMap<char, u64> = HashMap::new();
    for (word, count) in words {
        for c in word.chars() {
            *counts.entry(c).or_default() += count;
        }
    }
    let all: u64 = counts.values().sum();
    counts.into_iter().filter(|(_, count)| count * RARE >= all).map(|(c, _)| c).collect()
}

/// Separates the words and punctuation of a text, lower-cased and without accents.
fn words(text: &str) -> Vec<String> {
    let mut text = NormalizedString::from(text);
    BertNormalizer::new(true, true, Some(true), true).normalize(&mut text).expect("BERT's rules take any text");
    let mut text = PreTokenizedString::from(text);
    BertPreTokenizer.pre_tokenize(&mut text).expect("BERT's rules take any text");
    let splits = text.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
    splits.into_iter().map(|(word, _, _)| word.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: [&str; 4] = [
        "In the beginning God created the heavens and the earth.",
        "The earth was formless and empty; the beginnings were earthly.",
        "Élan élan [MASK] formless",
        "don't be godless",
    ];

    #[test]
    fn special_ids_are_those_of_the_harness_and_text_never_gives_one() {
        let trained = WordPiece::train(&TEXT, 90).unwrap();
        assert_eq!(trained.specials(), SpecialIds { cls: 0, pad: 1, sep: 2, unk: 3, mask: 4 });
        for (text, ids) in TEXT.iter().zip(trained.encode(&TEXT)) {
            assert!(ids.iter().all(|id| !trained.specials().contains(*id)), "{text}");
        }
        assert_eq!(trained.decode(&trained.encode(&TEXT[2..3])[0]), "elan elan [ mask ] formless");
        let wrapped = [&[0][..], &trained.encode(&["the earth."])[0], &[2, 1, 60_000]].concat();
        assert_eq!(trained.decode(&wrapped), "the earth .");
        assert_eq!(trained.encode(&["the 語 \u{439} earth"])[0].iter().filter(|id| **id == 3).count(), 2);
    }

    #[test]
    fn training_twice_and_in_another_order_gives_the_same_bytes() {
        let sentences: Vec<String> = (0..3000u64)
            .map(|i| format!("w{}ber x{} {}zz", i * i % 97, i * 31 % 53, "abcab".repeat(i as usize % 4)))
            .collect();
        let mut sentences: Vec<&str> = sentences.iter().map(String::as_str).collect();
        let first = WordPiece::train(&sentences, 150).unwrap();
        assert_eq!(first.vocab_size(), 150);
        for _ in 0..4 {
            sentences.rotate_left(700);
            assert_eq!(WordPiece::train(&sentences, 150).unwrap().to_text(), first.to_text());
        }
        let back = WordPiece::from_text(&first.to_text()).unwrap();
        assert_eq!(back.to_text(), first.to_text());
        assert_eq!(back.encode(&sentences), first.encode(&sentences));
    }

    #[test]
    fn published_vocabularies_keep_their_own_special_ids() {
        let text = "[PAD]\n[unused0]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n##re\n";
        let vocabulary = WordPiece::from_text(text).unwrap();
        assert_eq!(vocabulary.specials(), SpecialIds { pad: 0, unk: 2, cls: 3, sep: 4, mask: 5 });
        assert_eq!(vocabulary.encode(&["There the x"]), [[6, 7, 6, 2]]);
        let message = WordPiece::from_text(&text.replace("[SEP]", "sep")).unwrap_err();
        assert_eq!(message, "it lacks the special token [SEP]");
        assert!(WordPiece::from_text(&format!("{text}the\n")).unwrap_err().contains("twice"));
    }

    #[test]
    fn a_vocabulary_below_the_alphabet_is_refused_and_rare_letters_are_left_out() {
        let message = WordPiece::train(&TEXT, 20).unwrap_err();
        assert!(message.contains("20 were asked for"), "{message}");
        let long = "abc def abd ".repeat(20_000);
        let trained = WordPiece::train(&[&long, "語 xyz"], 60).unwrap();
        assert!(!trained.to_text().contains('語') && trained.to_text().contains("##c\n"));
    }
}
