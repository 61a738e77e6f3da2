//! Character classes, as the rules' authors drew them: those of an older Unicode, without Chinese and Japanese.

use std::sync::LazyLock;

/// Letters and digits.
pub const ALNUM: u8 = 1;
/// Letters.
pub const LETTER: u8 = 2;
/// Letters of the detokeniser.
pub const DETOKENISER_LETTER: u8 = 4;
/// Digits and other numbers.
pub const NUMBER: u8 = 8;
/// Small letters.
pub const SMALL: u8 = 16;
/// Currency signs.
pub const CURRENCY: u8 = 32;

/// The classes of each code point up to the last that has any.
static TABLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut table = Vec::new();
    for line in include_str!("../classes.txt").lines() {
        let mut fields = line.split(' ');
        let mut code = || usize::from_str_radix(fields.next()?, 16).ok();
        let (first, last) = (code().expect("a code point"), code().expect("a code point"));
        let classes = fields.next().expect("classes").bytes().map(flag).sum();
        table.resize(first, 0);
        table.resize(last + 1, classes);
    }
    table
});

fn flag(name: u8) -> u8 {
    match name {
        b'a' => ALNUM,
        b'l' => LETTER,
        b'd' => DETOKENISER_LETTER,
        b'n' => NUMBER,
        b's' => SMALL,
        b'c' => CURRENCY,
        _ => unreachable!("a fixed table"),
    }
}

/// Whether a character belongs to a class.
pub fn is(c: char, class: u8) -> bool {
    TABLE.get(c as usize).is_some_and(|classes| classes & class != 0)
}

/// Whether a character is written without spaces around its words, by the blocks that Moses lists.
pub fn is_cjk(c: char) -> bool {
    matches!(
        c,
        '\u{1100}'..='\u{11ff}'
            | '\u{2e80}'..='\u{a4cf}'
            | '\u{a840}'..='\u{a87f}'
            | '\u{ac00}'..='\u{d7af}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe4f}'
            | '\u{ff65}'..='\u{ffdc}'
            | '\u{17000}'..='\u{18aff}'
            | '\u{1b000}'..='\u{1b12f}'
            | '\u{1b170}'..='\u{1b2ff}'
            | '\u{20000}'..='\u{2ffff}'
    )
}
