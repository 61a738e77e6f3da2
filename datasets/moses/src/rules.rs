//! A language has rules of its own: how it treats apostrophes, and which words keep their full stop.

use std::collections::HashSet;

/// The rules have this name. Whoever keeps tokenised text must make it again when this changes.
pub const RULES: &str = "sacremoses-0.2.0 -a no-escape";

/// [`Moses::new`] knows the languages with these codes.
pub const LANGUAGES: [&str; 5] = ["de", "en", "es", "fr", "it"];

/// This holds the rules of one language. They are cheap to share between threads.
pub struct Moses {
    /// How the language treats apostrophes.
    pub(crate) apostrophe: Apostrophe,
    /// Words that keep their full stop.
    pub(crate) prefixes: HashSet<&'static str>,
    /// Words that keep their full stop before a number.
    pub(crate) before_numbers: HashSet<&'static str>,
}

/// Languages treat apostrophes in these ways; besides the abbreviations, this is the only rule in which the known ones
/// differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Apostrophe {
    /// What follows an apostrophe is set apart: `it's` becomes `it 's`.
    English,
    /// What stands before it is set apart: `l'an` becomes `l' an`. French also sets tall punctuation apart.
    French,
    /// What stands before it is set apart, as in French.
    Italian,
    /// It becomes a token of its own.
    Alone,
}

/// No rules are known for this language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no Moses rules for the language `{language}`; known: {}", LANGUAGES.join(", "))]
pub struct UnknownLanguage {
    /// The code that was asked for.
    pub language: String,
}

impl Moses {
    /// Gives the rules of a language, named by its two-letter code.
    ///
    /// # Errors
    /// It is an error when the code is not in [`LANGUAGES`].
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
