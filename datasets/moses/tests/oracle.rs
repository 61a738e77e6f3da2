//! Both directions are checked against sacremoses, line by line (`fixtures/make_fixtures.py`), and for what holds for
//! any line.

use std::path::Path;

use mos_moses::{LANGUAGES, Moses};
use proptest::prelude::*;

/// A case is a line, its tokens, the tokens put together again, and the line put together as if it were tokens.
type Case = (String, String, String, String);

fn cases(language: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/cases-{language}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn tokens_and_text_equal_those_of_sacremoses() {
    for language in LANGUAGES {
        let moses = Moses::new(language).unwrap();
        let cases = cases(language);
        assert!(cases.len() > 400, "{language}");
        for (line, tokens, text, from_line) in cases {
            assert_eq!(moses.tokenise(&line), tokens, "{language}, tokens of {line:?}");
            assert_eq!(moses.detokenise(&tokens), text, "{language}, text of {tokens:?}");
            assert_eq!(moses.detokenise(&line), from_line, "{language}, text of {line:?}");
        }
    }
}

/// Gives what is left of a line without white space, control characters and the marks of split hyphens.
fn essence(text: &str) -> String {
    text.replace("@-@", "-").chars().filter(|&c| c > ' ' && !c.is_whitespace()).collect()
}

/// Makes lines rich in what the rules look at.
fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-ZäÄé]{1,4}",
        "[0-9,.]{1,4}",
        "[.,'`\" -]{1,3}",
        "[ \u{a0}\t\u{0}\u{1}\u{1c}]{1,2}",
        any::<char>().prop_map(String::from),
        Just("日本".to_owned()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn language() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&LANGUAGES[..])
}

proptest! {
    #[test]
    fn tokens_hold_all_of_the_line_and_are_one_space_apart(line in line(), language in language()) {
        let moses = Moses::new(language).unwrap();
        let tokens = moses.tokenise(&line);
        prop_assert_eq!(essence(&tokens), essence(&line));
        prop_assert!(!tokens.contains("  ") && tokens.trim() == tokens, "{:?}", tokens);
        prop_assert!(!tokens.contains(|c: char| c < ' ' || c != ' ' && c.is_whitespace()), "{:?}", tokens);
    }

    #[test]
    fn text_holds_all_of_the_tokens(line in line(), language in language()) {
        let moses = Moses::new(language).unwrap();
        let text = moses.detokenise(&moses.tokenise(&line));
        prop_assert_eq!(essence(&text), essence(&line));
        prop_assert!(!text.contains("  ") && text.trim() == text, "{:?}", text);
    }
}
