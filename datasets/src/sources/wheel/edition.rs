//! Each edition of a Bible has marks of its own, and rules that remove them.
//!
//! What is a mark in one text is a letter in another. A rule therefore belongs to one edition, and the registry names
//! the rules of each.

use crate::text::normalise::normalise;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// This is the number of the book of Psalms; psalm headings need its name in the rules.
const PSALMS: u32 = 19;
/// This is the number of the book of Job, which stands before the Psalms.
const JOB: u32 = 18;

/// These numbers find a verse in every edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VerseId {
    /// The number of the book, from 1 to 66.
    pub book: u32,
    /// The number of the chapter, from 1.
    pub chapter: u32,
    /// The number of the verse, from 1.
    pub verse: u32,
}

/// A rule cleans the text of one edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// This rule drops soft hyphens (U+00AD).
    SoftHyphens,
    /// This rule drops the brackets around words that the translators supplied, and keeps the words.
    SuppliedBrackets,
    /// This rule makes each backtick an apostrophe.
    BacktickQuotes,
    /// This rule drops asterisks, and parentheses that hold nothing else.
    Asterisks,
    /// This rule drops a psalm's title, in parentheses at the start of its verse 1.
    PsalmTitleInParentheses,
    /// This rule drops the heading of the next psalm at the end of a verse (`BOOK II Psalm 42 For the Chief Musician.
    /// ...`) and, in psalm 119, the Hebrew letter that heads the next stanza.
    PsalmHeadingAtEnd,
    /// This rule drops marks of another numbering (`(51:1)`, `(19:40b)`, `(5:21 `). Where verse 1 of a psalm holds two
    /// or more of them, what stands before the last is the title, and is dropped too.
    VerseMarks,
}

macro_rules! pattern {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("a constant pattern"));
    };
}
pattern!(EMPTY_ASTERISKS, r"\(\s*\*\s*\)|\*");
pattern!(LEADING_PARENTHESES, r"^\s*\([^()]*\)\s*");
pattern!(NEXT_PSALM, r"\s(BOOK [IVX]+ )?Psalm [0-9]+( .*)?$");
pattern!(STANZA_LETTER, r"\s[A-Z]{3,}( AND [A-Z]{3,})?$");
pattern!(VERSE_MARK, r"\([0-9]+:[0-9]+[a-z]?[) ]");

impl Rule {
    /// Applies the rule to the text of one verse.
    pub fn apply(self, verse: VerseId, text: &str) -> String {
        let psalm_start = verse.book == PSALMS && verse.verse == 1;
        match self {
            Rule::SoftHyphens => text.replace('\u{ad}', ""),
            Rule::SuppliedBrackets => text.replace(['[', ']'], ""),
            Rule::BacktickQuotes => text.replace('`', "'"),
            Rule::Asterisks => EMPTY_ASTERISKS.replace_all(text, "").into_owned(),
            Rule::PsalmTitleInParentheses if psalm_start => LEADING_PARENTHESES.replace(text, "").into_owned(),
            Rule::PsalmTitleInParentheses => text.to_string(),
            Rule::PsalmHeadingAtEnd => heading_at_end(verse, text),
            Rule::VerseMarks => verse_marks(psalm_start, text),
        }
    }
}

fn heading_at_end(verse: VerseId, text: &str) -> String {
    if verse.book != PSALMS && verse.book != JOB {
        return text.to_string();
    }
    let text = NEXT_PSALM.replace(text, "");
    if (verse.book, verse.chapter) != (PSALMS, 119) {
        return text.into_owned();
    }
    STANZA_LETTER.replace(&text, "").into_owned()
}

fn verse_marks(psalm_start: bool, text: &str) -> String {
    let marks: Vec<_> = VERSE_MARK.find_iter(text).collect();
    match marks.last() {
        Some(last) if psalm_start && marks.len() >= 2 => text[last.end()..].to_string(),
        Some(_) => VERSE_MARK.replace_all(text, " ").into_owned(),
        None => text.to_string(),
    }
}

/// Applies all rules in order, and brings the outcome to its normal form.
pub fn clean(rules: &[Rule], verse: VerseId, text: &str) -> String {
    let cleaned = rules.iter().fold(text.to_string(), |text, rule| rule.apply(verse, &text));
    normalise(&cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(book: u32, chapter: u32, verse: u32) -> VerseId {
        VerseId { book, chapter, verse }
    }

    #[test]
    fn each_rule_does_what_its_name_says() {
        use Rule::*;
        let psalm = at(19, 3, 1);
        let cases = [
            (SoftHyphens, psalm, "Ho\u{ad}la", "Hola"),
            (SuppliedBrackets, psalm, "of [another] nation", "of another nation"),
            (BacktickQuotes, psalm, "don`t", "don't"),
            (Asterisks, at(40, 23, 14), "(*)", ""),
            (Asterisks, at(19, 41, 12), "auf ewig. * * *", "auf ewig."),
            (PsalmTitleInParentheses, psalm, "(Ein Psalm von David.) Jehova!", "Jehova!"),
            (PsalmTitleInParentheses, at(19, 49, 8), "(Denn kostbar ist sie)", "(Denn kostbar ist sie)"),
            (PsalmTitleInParentheses, at(2, 3, 1), "(Und er kam)", "(Und er kam)"),
            (PsalmHeadingAtEnd, at(18, 42, 17), "full of days. BOOK I Psalm 1", "full of days."),
            (PsalmHeadingAtEnd, at(19, 3, 8), "Selah. Psalm 4 For the Chief Musician; A Psalm by David.", "Selah."),
            (PsalmHeadingAtEnd, at(19, 119, 8), "Don't utterly forsake me. BEIT", "Don't utterly forsake me."),
            (PsalmHeadingAtEnd, at(19, 119, 160), "endures forever. SIN AND SHIN", "endures forever."),
            (
                PsalmHeadingAtEnd,
                at(44, 13, 33),
                "in the second psalm, Psalm 2 says",
                "in the second psalm, Psalm 2 says",
            ),
            (VerseMarks, at(2, 8, 5), "(8:1) L'Éternel dit", "L'Éternel dit"),
            (VerseMarks, at(44, 19, 41), "(19:40b) Après ces paroles", "Après ces paroles"),
            (VerseMarks, at(3, 6, 2), "(5:21 Lorsque quelqu'un", "Lorsque quelqu'un"),
            (VerseMarks, psalm, "(3:1) Psaume de David. (3:2) O Éternel", "O Éternel"),
            (VerseMarks, at(19, 3, 2), "(3:3) Combien (3:4) qui", "Combien qui"),
        ];
        for (rule, verse, text, expected) in cases {
            assert_eq!(clean(&[rule], verse, text), expected, "{rule:?}");
        }
    }
}
