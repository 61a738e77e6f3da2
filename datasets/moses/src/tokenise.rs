//! Text becomes tokens: special characters are set apart in one scan, and then commas, apostrophes and full stops.
//!
//! The rules were written as substitutions by regular expressions, one after another over the whole line. Each is kept
//! as one pass here, because what a pass consumes decides what its next match sees.

use crate::classes::{ALNUM, LETTER, NUMBER, SMALL, is, is_python_space};
use crate::rules::{Apostrophe, Moses};

/// This stands for one full stop of a row of two or more. The first scan drops it from the text like any control
/// character.
const MULTIDOT: char = '\0';

impl Moses {
    /// Gives the tokens of a line, joined by single spaces; it is empty for a line without any.
    ///
    /// Control characters are dropped, nothing else. The one difference to sacremoses is that a word such as `DOTMULTI`
    /// is left alone, which sacremoses mistakes for a marker of its own and turns into a full stop.
    pub fn tokenise(&self, line: &str) -> String {
        let text = separate_commas(set_apart(&clean(line)));
        let text = separate_apostrophes(text, self.apostrophe);
        split_full_stops(self, &text)
    }
}

/// Makes each run of white space one space, and drops control characters and the spaces at both ends.
fn clean(line: &str) -> Vec<char> {
    let mut text = Vec::with_capacity(line.len());
    let mut after_space = false;
    for c in line.chars() {
        if is_python_space(c) {
            if !after_space {
                text.push(' ');
            }
            after_space = true;
        } else {
            after_space = false;
            if c >= ' ' {
                text.push(c);
            }
        }
    }
    while text.last() == Some(&' ') {
        text.pop();
    }
    let start = text.iter().take_while(|&&c| c == ' ').count();
    text.drain(..start);
    text
}

/// Sets three things apart: what is neither alphanumeric nor one of `.'` and the backtick, comma and hyphen; hyphens
/// between alphanumerics; and rows of full stops.
fn set_apart(text: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 2);
    let alnum = |at: usize| text.get(at).is_some_and(|&c| is(c, ALNUM));
    let mut at = 0;
    while at < text.len() {
        let c = text[at];
        match c {
            '.' => {
                let dots = text[at..].iter().take_while(|&&c| c == '.').count();
                if dots == 1 {
                    out.push('.');
                } else {
                    out.push(' ');
                    out.extend(std::iter::repeat_n(MULTIDOT, dots));
                    out.push(' ');
                }
                at += dots - 1;
            }
            '-' if at > 0 && alnum(at - 1) && alnum(at + 1) => out.extend(" @-@ ".chars()),
            ' ' | '\'' | '`' | ',' | '-' => out.push(c),
            _ if is(c, ALNUM) => out.push(c),
            _ => out.extend([' ', c, ' ']),
        }
        at += 1;
    }
    out
}

/// A comma stands alone unless it is between two numbers.
fn separate_commas(mut text: Vec<char>) -> Vec<char> {
    if !text.contains(&',') {
        return text;
    }
    let not_number = |c: char| !is(c, NUMBER);
    // The first pass takes commas after something else than a number. The comma itself is something else for the comma
    // that follows.
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut at = 0;
    while at < text.len() {
        out.push(text[at]);
        if text.get(at + 1) == Some(&',') && not_number(text[at]) {
            out.extend(" , ".chars());
            at += 1;
        }
        at += 1;
    }
    // The second pass takes commas before something else than a number.
    text.clear();
    let mut at = 0;
    while at < out.len() {
        match out.get(at + 1) {
            Some(&next) if out[at] == ',' && not_number(next) => {
                text.extend([' ', ',', ' ', next]);
                at += 1;
            }
            _ => text.push(out[at]),
        }
        at += 1;
    }
    // What is left is a comma after a number at the end.
    if let [.., before, ','] = text[..]
        && !not_number(before)
    {
        text.pop();
        text.extend(" , ".chars());
    }
    text
}

/// Sets apostrophes apart as the language wants it.
fn separate_apostrophes(text: Vec<char>, language: Apostrophe) -> Vec<char> {
    if !text.contains(&'\'') {
        return text;
    }
    let letter = |c: char| is(c, LETTER);
    let other = |c: char| !is(c, LETTER);
    match language {
        Apostrophe::Alone => {
            let mut out = Vec::with_capacity(text.len() + 16);
            for c in text {
                if c == '\'' { out.extend(" ' ".chars()) } else { out.push(c) }
            }
            out
        }
        Apostrophe::English => {
            let text = between(&text, other, other, " ' ");
            let text = between(&text, |c| !is(c, LETTER | NUMBER), letter, " ' ");
            let text = between(&text, letter, other, " ' ");
            let text = between(&text, letter, letter, " '");
            between(&text, |c| is(c, NUMBER), |c| c == 's', " '")
        }
        Apostrophe::French | Apostrophe::Italian => {
            let text = between(&text, other, other, " ' ");
            let text = between(&text, other, letter, " ' ");
            let text = between(&text, letter, other, " ' ");
            between(&text, letter, letter, "' ")
        }
    }
}

/// Replaces each apostrophe between two characters of these kinds by `with`. A character is part of one match only.
fn between(text: &[char], before: impl Fn(char) -> bool, after: impl Fn(char) -> bool, with: &str) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut at = 0;
    while at < text.len() {
        out.push(text[at]);
        if let [first, '\'', last, ..] = text[at..]
            && before(first)
            && after(last)
        {
            out.extend(with.chars());
            out.push(last);
            at += 2;
        }
        at += 1;
    }
    out
}

/// Splits the full stop off a token that ends with one, but for abbreviations, and joins the tokens.
fn split_full_stops(moses: &Moses, text: &[char]) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut tokens = text.split(|&c| c == ' ').filter(|token| !token.is_empty()).peekable();
    while let Some(token) = tokens.next() {
        if !out.is_empty() {
            out.push(' ');
        }
        let start = out.len();
        match token {
            [prefix @ .., '.'] if !prefix.is_empty() => {
                out.extend(prefix);
                let next = tokens.peek().map(|next| next[0]);
                let keeps = (prefix.contains(&'.') && prefix.iter().any(|&c| is(c, LETTER)))
                    || moses.prefixes.contains(&out[start..])
                    || next.is_some_and(|c| is(c, SMALL))
                    || next.is_some_and(|c| c.is_ascii_digit()) && moses.before_numbers.contains(&out[start..]);
                out.push_str(if keeps { "." } else { " ." });
            }
            [kept @ .., '.', '\''] if tokens.peek().is_none() => {
                out.extend(kept);
                out.push_str(if kept.is_empty() { ". '" } else { " . '" });
            }
            _ => out.extend(token.iter().map(|&c| if c == MULTIDOT { '.' } else { c })),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english(line: &str) -> String {
        Moses::new("en").unwrap().tokenise(line)
    }

    #[test]
    fn a_row_of_full_stops_stays_together_and_a_word_that_looks_like_a_marker_stays_itself() {
        assert_eq!(english("Wait....what... DOTMULTI"), "Wait .... what ... DOTMULTI");
        assert_eq!(english("a\0\0b"), "ab");
    }

    #[test]
    fn abbreviations_keep_their_full_stop() {
        assert_eq!(english("No. 5 of the U.S. says no. No. Never."), "No. 5 of the U.S. says no . No . Never .");
    }
}
