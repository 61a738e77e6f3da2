//! Training sentences that nearly equal a held-out one are searched for here.
//!
//! Bibles tell some stories twice (the Synoptic Gospels, Kings and Chronicles, psalms 14 and 53), in different
//! chapters. A training pair is removed when its source or its target nearly equals one of valid or test: Jaccard
//! similarity of the sets of word trigrams >= 0.8. Words are lower-cased runs of letters and digits, so that
//! punctuation does not hide a copy; a sentence of one or two words is one unit of its own.

use std::collections::HashMap;

/// Two sentences of at least this similarity are near-duplicates.
pub const THRESHOLD: f64 = 0.8;

/// Tells for each training sentence whether it nearly equals one of `held_out`.
///
/// An inverted index leads from a trigram to the held-out sentences that hold it, so that only sentences that share a
/// trigram are compared. Of the training sentences only one is held at a time, since there may be millions.
pub fn near_duplicates<S: AsRef<str>>(train: impl IntoIterator<Item = S>, held_out: &[&str]) -> Vec<bool> {
    let mut words = Words::default();
    let mut index = Index::default();
    for sentence in held_out {
        index.add(words.trigrams(sentence));
    }
    train.into_iter().map(|sentence| index.has_near(&words.trigrams(sentence.as_ref()))).collect()
}

/// A trigram is the ids of three words that follow one another.
type Trigram = [u32; 3];

/// Gives each word a number.
#[derive(Default)]
struct Words(HashMap<String, u32>);

impl Words {
    /// Gives the different trigrams of a sentence.
    fn trigrams(&mut self, sentence: &str) -> Vec<Trigram> {
        /// This stands where a sentence of one or two words has no further one.
        const NOTHING: u32 = u32::MAX;
        let lower = sentence.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        let mut ids: Vec<u32> = words.map(|word| self.id(word)).collect();
        if !ids.is_empty() {
            ids.resize(ids.len().max(3), NOTHING);
        }
        let mut trigrams: Vec<Trigram> = ids.windows(3).map(|w| [w[0], w[1], w[2]]).collect();
        trigrams.sort_unstable();
        trigrams.dedup();
        trigrams
    }

    fn id(&mut self, word: &str) -> u32 {
        if let Some(id) = self.0.get(word) {
            return *id;
        }
        let id = self.0.len() as u32;
        self.0.insert(word.to_string(), id);
        id
    }
}

/// The index finds held-out sentences by their trigrams.
#[derive(Default)]
struct Index {
    /// The sentences that hold a trigram.
    postings: HashMap<Trigram, Vec<u32>>,
    /// Number of trigrams of each sentence.
    sizes: Vec<usize>,
}

impl Index {
    fn add(&mut self, trigrams: Vec<Trigram>) {
        let sentence = self.sizes.len() as u32;
        self.sizes.push(trigrams.len());
        for trigram in trigrams {
            self.postings.entry(trigram).or_default().push(sentence);
        }
    }

    fn has_near(&self, trigrams: &[Trigram]) -> bool {
        let mut shared: HashMap<u32, usize> = HashMap::new();
        for sentence in trigrams.iter().filter_map(|t| self.postings.get(t)).flatten() {
            *shared.entry(*sentence).or_default() += 1;
        }
        shared.into_iter().any(|(sentence, both)| {
            let either = trigrams.len() + self.sizes[sentence as usize] - both;
            both as f64 >= THRESHOLD * either as f64
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Compares two sentences straight from the definition.
    fn plain(a: &str, b: &str) -> bool {
        let set = |s: &str| -> HashSet<Vec<String>> {
            let lower = s.to_lowercase();
            let mut words: Vec<String> =
                lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(String::from).collect();
            while !words.is_empty() && words.len() < 3 {
                words.push(String::new());
            }
            words.windows(3).map(<[String]>::to_vec).collect()
        };
        let (a, b) = (set(a), set(b));
        let both = a.intersection(&b).count();
        both > 0 && both as f64 / a.union(&b).count() as f64 >= THRESHOLD
    }

    #[test]
    fn copies_are_found_and_others_are_not() {
        let held_out = ["The fool has said in his heart, There is no God.", "Amen.", "He begat sons and daughters:"];
        let cases = [
            ("The fool hath said in his heart there is no God", false),
            ("the fool has said in his heart: there is no God!", true),
            ("Indeed the fool has said in his heart, There is no God.", true),
            ("amen", true),
            ("Amen, amen.", false),
            ("...", false),
            ("", false),
        ];
        for (sentence, expected) in cases {
            assert_eq!(near_duplicates([sentence], &held_out), [expected], "{sentence}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_index_agrees_with_the_definition(
            train in proptest::collection::vec("([ab] ){0,9}", 1..8),
            held_out in proptest::collection::vec("([ab] ){0,9}", 1..8),
        ) {
            let train: Vec<&str> = train.iter().map(String::as_str).collect();
            let held_out: Vec<&str> = held_out.iter().map(String::as_str).collect();
            let expected: Vec<bool> = train.iter().map(|t| held_out.iter().any(|h| plain(t, h))).collect();
            proptest::prop_assert_eq!(near_duplicates(&train, &held_out), expected);
        }
    }
}
