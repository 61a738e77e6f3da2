//! Every source gives its text in this normal form.

use unicode_normalization::UnicodeNormalization;

/// Brings text to NFC, makes each run of blanks and control characters one blank, and leaves no blank at the ends.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfc().map(|c| if c.is_control() { ' ' } else { c }) {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_composed_and_blanks_are_joined() {
        assert_eq!(normalise("  a\u{308}b \t\n c\u{a0}d\u{0} "), "äb c d");
        assert_eq!(normalise(" \u{2003} "), "");
    }
}
