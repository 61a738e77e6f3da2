//! The Moses tokeniser and detokeniser, by the rules of their Python port sacremoses, with its outcome token for token
//! (`fixtures/`). Hyphens between letters are split (`a-b` becomes `a @-@ b`, the option `-a`); nothing is escaped.
//!
//! ```
//! let moses = mos_moses::Moses::new("en").unwrap();
//! assert_eq!(moses.tokenise("Dr. Lee's well-known dog."), "Dr. Lee 's well @-@ known dog .");
//! assert_eq!(moses.detokenise("Dr. Lee 's well @-@ known dog ."), "Dr. Lee's well-known dog.");
//! ```

mod classes;
mod detokenise;
mod tokenise;

use std::collections::HashSet;

/// Names the rules: whoever keeps tokenised text must prepare it again when this changes.
pub const RULES: &str = "sacremoses-0.2.0 -a no-escape";

/// Codes of the languages that [`Moses::new`] knows.
pub const LANGUAGES: [&str; 5] = ["de", "en", "es", "fr", "it"];

/// The rules of one language. Cheap to share between threads.
pub struct Moses {
    apostrophe: Apostrophe,
    /// Words that keep their full stop.
    prefixes: HashSet<&'static str>,
    /// Words that keep their full stop before a number.
    before_numbers: HashSet<&'static str>,
}

/// How a language treats apostrophes, the only rule besides the abbreviations in which the known ones differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Apostrophe {
    /// `it's` becomes `it 's`.
    English,
    /// `l'an` becomes `l' an`. French also sets tall punctuation apart.
    French,
    /// As in French.
    Italian,
    /// It stands alone.
    Alone,
}

/// No rules are known for a language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no Moses rules for the language `{language}`; known: {}", LANGUAGES.join(", "))]
pub struct UnknownLanguage {
    /// What was asked for.
    pub language: String,
}

impl Moses {
    /// The rules of a language, named by its two-letter code.
    ///
    /// # Errors
    /// For a code that is not in [`LANGUAGES`].
    pub fn new(language: &str) -> Result<Moses, UnknownLanguage> {
        let (apostrophe, list) = match language {
            "de" => (Apostrophe::Alone, include_str!("../prefixes/de.txt")),
            "en" => (Apostrophe::English, include_str!("../prefixes/en.txt")),
            "es" => (Apostrophe::Alone, include_str!("../prefixes/es.txt")),
            "fr" => (Apostrophe::French, include_str!("../prefixes/fr.txt")),
            "it" => (Apostrophe::Italian, include_str!("../prefixes/it.txt")),
            _ => return Err(UnknownLanguage { language: language.to_owned() }),
        };
        let before_numbers: HashSet<_> = list.lines().filter_map(|line| line.strip_suffix(" #NUMERIC_ONLY#")).collect();
        let prefixes = list.lines().filter(|line| !before_numbers.contains(line)).collect();
        Ok(Moses { apostrophe, prefixes, before_numbers })
    }

    /// The tokens of a line, joined by single spaces; empty for a line without any.
    ///
    /// Control characters are dropped, nothing else. The one difference to sacremoses is that a word such as `DOTMULTI`
    /// is left alone, which sacremoses mistakes for a marker of its own and turns into a full stop.
    pub fn tokenise(&self, line: &str) -> String {
        tokenise::tokenise(self, line)
    }

    /// Text as it is written, from tokens separated by white space: the inverse of [`Moses::tokenise`] up to spacing
    /// that the tokens do not tell (before a quotation mark of an unpaired quotation, say).
    ///
    /// The entities that other Moses tools escape characters with (`&apos;`, `&quot;`, ...) are resolved.
    pub fn detokenise(&self, tokens: &str) -> String {
        detokenise::detokenise(self.apostrophe, tokens)
    }
}

/// What Python's `str.split` splits at: Unicode white space and four ASCII separators that Unicode leaves out.
pub fn is_python_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_language_is_known_and_others_are_refused_with_the_list() {
        for language in LANGUAGES {
            assert!(Moses::new(language).is_ok_and(|moses| moses.prefixes.contains("A")), "{language}");
        }
        let message = Moses::new("xx").err().unwrap().to_string();
        assert_eq!(message, "no Moses rules for the language `xx`; known: de, en, es, fr, it");
    }

    #[test]
    fn may_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Moses>();
    }
}
