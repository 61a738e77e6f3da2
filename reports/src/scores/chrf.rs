//! This is corpus chrF (Popović, 2015) as sacreBLEU computes it by default (chrF2): character n-grams up to 6, no word
//! n-grams, white space dropped, case kept, beta 2, one reference.
//!
//! It is checked against sacreBLEU's own figures (`fixtures/scores.json`).

use mos_moses::is_python_space;

use super::CHECKED_AGAINST;

/// The length of the longest n-gram of characters that is counted.
const CHAR_ORDER: usize = 6;
/// Recall weighs so many times as much as precision.
const BETA: f64 = 2.0;

/// A character has so many bits in a packed n-gram; the largest code point is 0x10FFFF.
const BITS: usize = 21;

/// A corpus chrF and what it was computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Chrf {
    /// The score, from 0 to 100.
    pub score: f64,
    /// sacreBLEU's signature: the settings that the number depends on.
    pub signature: String,
    /// For each order the n-grams of the hypotheses, the n-grams of the references, and the matches.
    pub counts: [[u64; 3]; CHAR_ORDER],
}

/// Computes chrF of `hypotheses`, each against the reference at the same place.
///
/// A corpus without sentences scores 0.
///
/// # Panics
/// This panics when the two differ in length.
pub fn corpus_chrf(hypotheses: &[String], references: &[String]) -> Chrf {
    assert_eq!(hypotheses.len(), references.len(), "each hypothesis needs one reference");
    let mut counts = [[0; 3]; CHAR_ORDER];
    for (hypothesis, reference) in hypotheses.iter().zip(references) {
        let (hypothesis, reference) = (characters(hypothesis), characters(reference));
        for (order, count) in (1..).zip(&mut counts) {
            let (hypothesis, reference) = (sorted_ngrams(&hypothesis, order), sorted_ngrams(&reference, order));
            // A hypothesis n-gram counts only where the reference is long enough to hold one of its order.
            count[0] += if reference.is_empty() { 0 } else { hypothesis.len() as u64 };
            count[1] += reference.len() as u64;
            count[2] += count_common(&hypothesis, &reference);
        }
    }
    Chrf { score: 100.0 * f_score(&counts), signature: signature(), counts }
}

/// Writes the settings in sacreBLEU's notation.
fn signature() -> String {
    format!("nrefs:1|case:mixed|eff:yes|nc:{CHAR_ORDER}|nw:0|space:no|version:{CHECKED_AGAINST}")
}

fn characters(line: &str) -> Vec<u32> {
    line.chars().filter(|&c| !is_python_space(c)).map(u32::from).collect()
}

/// Packs each n-gram into one integer (six characters of 21 bits), and sorts them.
fn sorted_ngrams(characters: &[u32], order: usize) -> Vec<u128> {
    let pack = |ngram: &[u32]| ngram.iter().fold(0, |packed, &c| packed << BITS | u128::from(c));
    let mut ngrams: Vec<u128> = characters.windows(order).map(pack).collect();
    ngrams.sort_unstable();
    ngrams
}

/// Counts what two ascending multisets have in common.
fn count_common(a: &[u128], b: &[u128]) -> u64 {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    common
}

/// Computes F of the precision and recall averaged over the orders that occur on both sides.
fn f_score(counts: &[[u64; 3]; CHAR_ORDER]) -> f64 {
    let present: Vec<_> =
        counts.iter().filter(|[hypothesis, reference, _]| *hypothesis > 0 && *reference > 0).collect();
    let average = |side: usize| {
        present.iter().map(|count| count[2] as f64 / count[side] as f64).sum::<f64>() / present.len() as f64
    };
    let (precision, recall) = (average(0), average(1));
    if present.is_empty() || precision + recall == 0.0 {
        return 0.0;
    }
    let weight = BETA * BETA;
    (1.0 + weight) * precision * recall / (weight * precision + recall)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chrf(hypothesis: &str, reference: &str) -> f64 {
        corpus_chrf(&[hypothesis.to_string()], &[reference.to_string()]).score
    }

    #[test]
    fn extremes() {
        assert!((chrf("Wie geht es?", "Wie geht es?") - 100.0).abs() < 1e-9);
        assert_eq!(chrf("", "abc"), 0.0);
        assert_eq!(chrf("xyz", "abc"), 0.0);
        assert_eq!(corpus_chrf(&[], &[]).score, 0.0);
    }

    #[test]
    fn white_space_does_not_count() {
        assert_eq!(chrf("a b\u{a0}c", "abc"), chrf("abc", "abc"));
    }

    #[test]
    fn recall_weighs_more_than_precision() {
        // The same n-grams match; the first hypothesis has too much, the second too little.
        assert!(chrf("abcdefgh", "abcdef") > chrf("abcdef", "abcdefgh"));
    }

    #[test]
    fn astral_characters_are_told_apart() {
        assert_eq!(chrf("😀", "😁"), 0.0);
        assert!((chrf("😀😁", "😀😁") - 100.0).abs() < 1e-9);
    }
}
