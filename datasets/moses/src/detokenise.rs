//! Tokens become text again by which tokens lean left, which lean right, and which quotation marks open.

use crate::classes::{CURRENCY, DETOKENISER_LETTER, is, is_cjk, is_python_space};
use crate::rules::{Apostrophe, Moses};

/// These are entities and their characters, in the order in which they are resolved (`&amp;lt;` ends as `&lt;`).
const ENTITIES: [(&str, &str); 11] = [
    ("&bar;", "|"),
    ("&#124;", "|"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&bra;", "["),
    ("&ket;", "]"),
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&#91;", "["),
    ("&#93;", "]"),
    ("&amp;", "&"),
];

impl Moses {
    /// Writes text as it is written, from tokens separated by white space. It is the inverse of [`Moses::tokenise`] up
    /// to spacing that the tokens do not tell (before a quotation mark of an unpaired quotation, say).
    ///
    /// The entities that other Moses tools escape characters with (`&apos;`, `&quot;`, ...) are resolved.
    pub fn detokenise(&self, tokens: &str) -> String {
        let text = restore(tokens);
        let tokens: Vec<&str> = text.split(' ').filter(|token| !token.is_empty()).collect();
        let mut out = String::with_capacity(text.len());
        let mut quotes = Quotes::default();
        // This tells whether the next token may be set off by a space.
        let mut spaced = true;
        for (at, &token) in tokens.iter().enumerate() {
            let before = (at > 0).then(|| tokens[at - 1]);
            let lean = lean(self.apostrophe, token, before, tokens.get(at + 1).copied(), &mut quotes);
            // Tall punctuation stands off in French.
            let tall = self.apostrophe == Apostrophe::French && matches!(token, "?" | "!" | ":" | ";" | "\\" | "%");
            let joins_left = lean == Lean::Left && !tall || lean != Lean::Left && !spaced;
            if !joins_left && !out.is_empty() {
                out.push(' ');
            }
            out.push_str(token);
            spaced = lean != Lean::Right;
        }
        out
    }
}

/// Leaves single spaces between the tokens, joins split hyphens and resolves entities.
fn restore(tokens: &str) -> String {
    let mut text = String::with_capacity(tokens.len() + 2);
    text.push(' ');
    for token in tokens.split(is_python_space).filter(|token| !token.is_empty()) {
        text.push_str(token);
        text.push(' ');
    }
    let mut text = text.replace(" @-@ ", "-");
    if text.contains('&') {
        for (entity, character) in ENTITIES {
            text = text.replace(entity, character);
        }
    }
    text
}

/// A token joins its neighbour on this side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lean {
    Left,
    Right,
    Neither,
}

/// Tells how a token leans, by its characters and its neighbours.
fn lean<'a>(
    language: Apostrophe,
    token: &'a str,
    before: Option<&str>,
    after: Option<&str>,
    quotes: &mut Quotes<'a>,
) -> Lean {
    let letter = |c: Option<char>| c.is_some_and(|c| is(c, DETOKENISER_LETTER));
    let all = |kind: fn(char) -> bool| token.chars().all(kind);
    if token.starts_with(is_cjk) {
        return if before.is_some_and(|before| before.ends_with(is_cjk)) { Lean::Left } else { Lean::Neither };
    }
    if all(|c| is(c, CURRENCY) || matches!(c, '(' | '[' | '{' | '¿' | '¡')) {
        return Lean::Right;
    }
    if all(|c| matches!(c, ',' | '.' | '?' | '!' | ':' | ';' | '\\' | '%' | '}' | ']' | ')')) {
        return Lean::Left;
    }
    let contraction = || token.strip_prefix('\'').is_some_and(|rest| letter(rest.chars().next()));
    if language == Apostrophe::English && before.is_some() && contraction() {
        return Lean::Left;
    }
    let elision = || token.strip_suffix('\'').is_some_and(|rest| letter(rest.chars().next_back()));
    if matches!(language, Apostrophe::French | Apostrophe::Italian)
        && after.is_some_and(|after| letter(after.chars().next()))
        && elision()
    {
        return Lean::Right;
    }
    if all(|c| matches!(c, '\'' | '"' | '„' | '“' | '`')) {
        let possessive = language == Apostrophe::English && token == "'" && before.is_some_and(|b| b.ends_with('s'));
        return quotes.lean(token, possessive);
    }
    Lean::Neither
}

/// This keeps the quotation marks that are open.
#[derive(Default)]
struct Quotes<'a> {
    open: Vec<&'a str>,
}

impl<'a> Quotes<'a> {
    /// Tells how a quotation mark leans: one that closes an open one leans left, and one that opens leans right.
    fn lean(&mut self, token: &'a str, possessive: bool) -> Lean {
        // A German mark pairs up with a straight one.
        let mark = if token.chars().all(|c| matches!(c, '„' | '“')) { "\"" } else { token };
        if let Some(at) = self.open.iter().position(|&open| open == mark) {
            self.open.swap_remove(at);
            Lean::Left
        } else if possessive {
            Lean::Left
        } else {
            self.open.push(mark);
            Lean::Right
        }
    }
}
