//! Running English text is cut into sentences.
//!
//! A sentence ends behind one of `.!?`, which closing quotes and brackets may follow, where a blank comes next and then
//! an upper-case letter, a digit or an opening quote. A full stop ends none behind an abbreviation of `ABBREVIATIONS`,
//! a single letter (`J. Adams`) or letters with full stops between (`U.S.`); behind `No.` it ends none before a digit.
//! No blank within a sentence is changed, so that the sentences, joined by blanks, are the text.

/// These words keep their full stop within a sentence.
const ABBREVIATIONS: [&str; 46] = [
    "Adm", "Apr", "Aug", "Brig", "Bros", "Capt", "Cmdr", "Co", "Col", "Corp", "Dec", "Dr", "Feb", "Fr", "Ft", "Gen",
    "Gov", "Hon", "Inc", "Jan", "Jr", "Lt", "Ltd", "Maj", "Messrs", "Mr", "Mrs", "Ms", "Mt", "Nov", "Oct", "Pres",
    "Prof", "Pvt", "Rep", "Rev", "Sen", "Sept", "Sgt", "Sr", "St", "approx", "ca", "cf", "lit", "vs",
];
/// These words keep their full stop before a number.
const BEFORE_NUMBERS: [&str; 4] = ["No", "Nos", "Art", "pp"];
const OPENING: [char; 6] = ['"', '\'', '\u{201c}', '\u{2018}', '\u{ab}', '`'];
const CLOSING: [char; 8] = ['"', '\'', '\u{201d}', '\u{2019}', '\u{bb}', ')', ']', '}'];

/// Gives the sentences of a text in its normal form (see [`normalise`](super::normalise::normalise)).
pub fn sentences(text: &str) -> Vec<&str> {
    let mut found = vec![];
    let mut start = 0;
    for (blank, _) in text.match_indices(' ') {
        if ends_sentence(&text[start..blank], &text[blank + 1..]) {
            found.push(&text[start..blank]);
            start = blank + 1;
        }
    }
    found.extend(Some(&text[start..]).filter(|rest| !rest.is_empty()));
    found
}

/// Tells whether a sentence ends between these two.
fn ends_sentence(before: &str, after: &str) -> bool {
    let Some(next) = after.chars().next() else { return false };
    if !(next.is_uppercase() || next.is_ascii_digit() || OPENING.contains(&next)) {
        return false;
    }
    let marked = before.trim_end_matches(CLOSING);
    match marked.strip_suffix('.') {
        Some(stem) => !keeps_full_stop(stem, next),
        None => marked.ends_with(['!', '?']),
    }
}

/// Tells whether the full stop behind `stem` belongs to its last word.
fn keeps_full_stop(stem: &str, next: char) -> bool {
    let word = stem.rsplit([' ', '(', '[', '-', '\u{2013}', '\u{2014}']).next().unwrap_or_default();
    let word = word.trim_start_matches(OPENING);
    let letters = |part: &str| part.chars().count() == 1 && part.chars().all(char::is_alphabetic);
    word.split('.').all(letters)
        || ABBREVIATIONS.contains(&word)
        || next.is_ascii_digit() && BEFORE_NUMBERS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_end_where_the_rule_says() {
        let cases: [(&str, &[&str]); 9] = [
            ("One. Two! Three? 4 ends", &["One.", "Two!", "Three?", "4 ends"]),
            (
                "He said (so.) \"Go!\" \u{201c}No.\u{201d} It",
                &["He said (so.)", "\"Go!\"", "\u{201c}No.\u{201d}", "It"],
            ),
            ("It is 3.5 km. from here", &["It is 3.5 km. from here"]),
            ("Dr. J. Adams of the U.S. Navy (Gen. Lee)", &["Dr. J. Adams of the U.S. Navy (Gen. Lee)"]),
            ("See No. 5. No. Never", &["See No. 5.", "No.", "Never"]),
            ("Wait... What?! Yes", &["Wait...", "What?!", "Yes"]),
            ("end of it. and so on: Then", &["end of it. and so on: Then"]),
            ("Été. Île", &["Été.", "Île"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(sentences(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "([A-Za-z.!?'\"(]{1,5} ){0,30}") {
            let text = text.trim_end();
            let found = sentences(text);
            prop_assert_eq!(found.join(" "), text);
            prop_assert!(found.iter().all(|sentence| !sentence.is_empty()));
        }
    }
}
