//! This is corpus BLEU (Papineni et al., 2002) as sacreBLEU computes it: n-grams up to 4, case kept, one reference.
//!
//! [`corpus_bleu`] uses sacreBLEU's defaults, 13a tokenisation and exponential smoothing. It is checked against
//! sacreBLEU's own figures (`fixtures/scores.json`).

use std::collections::HashMap;
use std::sync::LazyLock;

use mos_moses::is_python_space;
use regex::Regex;

use super::CHECKED_AGAINST;

/// The length of the longest n-gram that is counted.
const MAX_ORDER: usize = 4;

/// A corpus BLEU and what it was computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Bleu {
    /// The score, from 0 to 100.
    pub score: f64,
    /// The settings that the number depends on, in sacreBLEU's notation.
    pub signature: String,
    /// How many n-grams of each order matched.
    pub counts: [u64; MAX_ORDER],
    /// How many n-grams of each order the hypotheses hold.
    pub totals: [u64; MAX_ORDER],
    /// Precision of each order after smoothing, from 0 to 100.
    pub precisions: [f64; MAX_ORDER],
    /// Factor that punishes hypotheses which are shorter than their references, from 0 to 1.
    pub brevity_penalty: f64,
    /// Number of tokens of the hypotheses.
    pub hypothesis_length: u64,
    /// Number of tokens of the references.
    pub reference_length: u64,
}

/// Smoothing says what an order in which nothing matches counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Smoothing {
    /// This is NIST's smoothing, in which the k-th such order counts as 1 / 2^k of a match.
    Exponential,
    /// There is no smoothing, so that such an order makes the score 0.
    None,
}

/// Computes BLEU of detokenised `hypotheses`, each against the reference at the same place, as sacreBLEU does by
/// default.
///
/// A corpus without sentences scores 0.
///
/// # Panics
/// This panics when the two differ in length.
pub fn corpus_bleu(hypotheses: &[String], references: &[String]) -> Bleu {
    corpus_bleu_of(hypotheses, references, tokenise_13a, "13a", Smoothing::Exponential)
}

/// Computes BLEU with a tokeniser, whose name goes into the signature.
pub(super) fn corpus_bleu_of(
    hypotheses: &[String],
    references: &[String],
    tokenise: impl Fn(&str) -> String,
    tokeniser: &str,
    smoothing: Smoothing,
) -> Bleu {
    assert_eq!(hypotheses.len(), references.len(), "each hypothesis needs one reference");
    let mut bleu = Bleu {
        score: 0.0,
        signature: signature(tokeniser, smoothing),
        counts: [0; MAX_ORDER],
        totals: [0; MAX_ORDER],
        precisions: [0.0; MAX_ORDER],
        brevity_penalty: 1.0,
        hypothesis_length: 0,
        reference_length: 0,
    };
    for (hypothesis, reference) in hypotheses.iter().zip(references) {
        bleu.add(&tokenise(hypothesis), &tokenise(reference));
    }
    bleu.finish(smoothing);
    bleu
}

/// Writes the settings in sacreBLEU's notation.
fn signature(tokeniser: &str, smoothing: Smoothing) -> String {
    let smooth = match smoothing {
        Smoothing::Exponential => "exp",
        Smoothing::None => "none",
    };
    format!("nrefs:1|case:mixed|eff:no|tok:{tokeniser}|smooth:{smooth}|version:{CHECKED_AGAINST}")
}

impl Bleu {
    fn add(&mut self, hypothesis: &str, reference: &str) {
        let hypothesis: Vec<&str> = words(hypothesis).collect();
        let reference: Vec<&str> = words(reference).collect();
        self.hypothesis_length += hypothesis.len() as u64;
        self.reference_length += reference.len() as u64;
        for order in 1..=MAX_ORDER {
            // Each reference n-gram may be matched once: matching uses it up.
            let mut unmatched: HashMap<&[&str], u32> = HashMap::new();
            for ngram in reference.windows(order) {
                *unmatched.entry(ngram).or_default() += 1;
            }
            for ngram in hypothesis.windows(order) {
                self.totals[order - 1] += 1;
                if let Some(left @ 1..) = unmatched.get_mut(ngram) {
                    *left -= 1;
                    self.counts[order - 1] += 1;
                }
            }
        }
    }

    fn finish(&mut self, smoothing: Smoothing) {
        let (hypothesis, reference) = (self.hypothesis_length as f64, self.reference_length as f64);
        if hypothesis < reference {
            self.brevity_penalty = if hypothesis > 0.0 { (1.0 - reference / hypothesis).exp() } else { 0.0 };
        }
        if self.counts.iter().all(|&count| count == 0) {
            return;
        }
        let mut unmatched_orders = 0;
        for order in 0..MAX_ORDER {
            let total = self.totals[order] as f64;
            if self.totals[order] == 0 {
                break;
            }
            self.precisions[order] = if self.counts[order] == 0 && smoothing == Smoothing::Exponential {
                unmatched_orders += 1;
                100.0 / (2_f64.powi(unmatched_orders) * total)
            } else {
                100.0 * self.counts[order] as f64 / total
            };
        }
        // The logarithm of a precision of zero (no match and no smoothing, or sentences all too short for the order)
        // makes the score zero.
        let mean_log = self.precisions.iter().map(|p| p.ln()).sum::<f64>() / MAX_ORDER as f64;
        self.score = self.brevity_penalty * mean_log.exp();
    }
}

/// Applies the tokenisation of NIST's `mteval-v13a`, as sacreBLEU does it; tokens come out separated by single spaces.
fn tokenise_13a(line: &str) -> String {
    let mut line =
        line.trim_end_matches(is_python_space).replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    if line.contains('&') {
        // The order matters: `&amp;lt;` ends as `<`.
        for (entity, character) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
            line = line.replace(entity, character);
        }
    }
    line = format!(" {line} ");
    for (pattern, replacement) in RULES_13A.iter() {
        line = pattern.replace_all(&line, *replacement).into_owned();
    }
    words(&line).collect::<Vec<_>>().join(" ")
}

/// These are the rules for Western languages, which are applied in this order.
static RULES_13A: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
    [
        // All ASCII punctuation but apostrophe, comma, hyphen and full stop stands alone.
        (r"([{-~\[-` -&(-+:-@/])", " $1 "),
        // Comma and full stop stand alone, unless a digit comes before them, ...
        (r"([^0-9])([.,])", "$1 $2 "),
        // ... or unless a digit follows them.
        (r"([.,])([^0-9])", " $1 $2"),
        // A hyphen after a digit stands alone.
        (r"([0-9])(-)", "$1 $2 "),
    ]
    .map(|(pattern, replacement)| (Regex::new(pattern).expect("a fixed pattern"), replacement))
});

/// Splits a line as Python's `str.split` does.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(is_python_space).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bleu(hypotheses: &[&str], references: &[&str]) -> Bleu {
        let owned = |lines: &[&str]| lines.iter().map(|line| line.to_string()).collect::<Vec<_>>();
        corpus_bleu(&owned(hypotheses), &owned(references))
    }

    #[test]
    fn tokens_of_13a() {
        assert_eq!(tokenise_13a("Hello, world! (3.14, 1,000) it's well-known 5-6."), {
            "Hello , world ! ( 3.14 , 1,000 ) it's well-known 5 - 6 ."
        });
        assert_eq!(tokenise_13a("a&amp;lt;b &quot;x&quot; <skipped>"), "a < b \" x \"");
        assert_eq!(tokenise_13a("a..b,,"), "a . . b , ,");
        assert_eq!(tokenise_13a(" \u{a0}\u{1c} "), "");
    }

    #[test]
    fn a_perfect_hypothesis_scores_100_and_an_empty_one_0() {
        let line = "The quick brown fox jumps.";
        assert!((bleu(&[line], &[line]).score - 100.0).abs() < 1e-9);
        let empty = bleu(&[""], &[line]);
        assert_eq!((empty.score, empty.brevity_penalty, empty.reference_length), (0.0, 0.0, 6));
        assert_eq!(bleu(&[], &[]).score, 0.0);
    }

    #[test]
    fn a_reference_ngram_matches_once() {
        // The textbook case: "the" seven times against a reference that holds it twice.
        let clipped = bleu(&["the the the the the the the"], &["the cat is on the mat"]);
        assert_eq!((clipped.counts[0], clipped.totals[0]), (2, 7));
    }

    #[test]
    fn smoothing_halves_for_each_order_without_a_match() {
        let score = bleu(&["a b x c d"], &["a b y c d"]);
        assert_eq!(score.counts, [4, 2, 0, 0]);
        assert_eq!(score.precisions, [80.0, 50.0, 100.0 / (2.0 * 3.0), 100.0 / (4.0 * 2.0)]);
    }
}
