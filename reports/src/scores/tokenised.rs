//! Tokenised BLEU is the figure that HAT and MoS report: Moses tokens, compounds split, no smoothing.
//!
//! It depends on the tokeniser, so it compares with their figures only. Other systems are compared by [`corpus_bleu`].
//!
//! [`corpus_bleu`]: super::corpus_bleu

use std::borrow::Cow;
use std::sync::LazyLock;

use mos_moses::{Moses, RULES, UnknownLanguage};
use regex::Regex;

use super::bleu::{Bleu, Smoothing, corpus_bleu_of};

/// Computes tokenised BLEU of detokenised `hypotheses`, each against the reference at the same place. Both are
/// tokenised by the Moses rules of `language` with hyphens in words split (`-a`), and then scored by
/// [`tokenised_bleu_of_tokens`].
///
/// # Errors
/// It is an error when the language is none of [`mos_moses::LANGUAGES`].
///
/// # Panics
/// This panics when the two differ in length.
pub fn tokenised_bleu(hypotheses: &[String], references: &[String], language: &str) -> Result<Bleu, UnknownLanguage> {
    let moses = Moses::new(language)?;
    let tokens = |line: &str| split_compounds(&moses.tokenise(line)).into_owned();
    let name = format!("moses-{language} {RULES}, compounds split");
    Ok(corpus_bleu_of(hypotheses, references, tokens, &name, Smoothing::None))
}

/// Computes tokenised BLEU of text that is Moses tokens already, separated by white space. Each hyphen between two
/// characters becomes a token of its own; then BLEU-4 is taken with case kept, and is 0 if any order has no match.
///
/// # Panics
/// This panics when the two differ in length.
pub fn tokenised_bleu_of_tokens(hypotheses: &[String], references: &[String]) -> Bleu {
    let tokens = |line: &str| split_compounds(line).into_owned();
    corpus_bleu_of(hypotheses, references, tokens, "none, compounds split", Smoothing::None)
}

/// Splits compounds in the way of fairseq's scripts, in one pass, in which a character takes part in one split only.
/// The hyphen of `@-@` is split, too, in hypotheses and references alike.
fn split_compounds(line: &str) -> Cow<'_, str> {
    static HYPHEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(\S)-(\S)").expect("a fixed pattern"));
    HYPHEN.replace_all(line, "$1 ##AT##-##AT## $2")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_takes_part_in_one_split() {
        assert_eq!(split_compounds("a @-@ b x-y-z - --"), "a @ ##AT##-##AT## @ b x ##AT##-##AT## y-z - --");
    }

    #[test]
    fn an_order_without_a_match_makes_it_zero_and_an_unknown_language_is_refused() {
        let lines = |line: &str| vec![line.to_owned()];
        let (hypotheses, references) = (lines("a b x c d"), lines("a b y c d"));
        let score = tokenised_bleu(&hypotheses, &references, "de").unwrap();
        assert_eq!((score.counts, score.score, score.precisions), ([4, 2, 0, 0], 0.0, [80.0, 50.0, 0.0, 0.0]));
        assert!(tokenised_bleu(&hypotheses, &references, "deutsch").is_err());
    }
}
