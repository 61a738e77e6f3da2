//! These are the character classes as the authors of the rules drew them. They are those of an older Unicode, without
//! Chinese and Japanese.

use std::sync::LazyLock;

/// The class of letters and digits.
pub const ALNUM: u8 = 1;
/// The class of letters.
pub const LETTER: u8 = 2;
/// The class of letters of the detokeniser.
pub const DETOKENISER_LETTER: u8 = 4;
/// The class of digits and other numbers.
pub const NUMBER: u8 = 8;
/// The class of small letters.
pub const SMALL: u8 = 16;
/// The class of currency signs.
pub const CURRENCY: u8 = 32;

/// The table holds the classes of each code point up to the last that has any.
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

/// Gives the class that a letter of the table stands for.
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

/// Tells whether a character belongs to a class.
pub fn is(c: char, class: u8) -> bool {
    TABLE.get(c as usize).is_some_and(|classes| classes & class != 0)
}

/// Tells whether Python's `str.split` splits at a character, which holds for Unicode white space and for four ASCII
/// separators that Unicode leaves out.
pub fn is_python_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Tells whether a character is written without spaces around its words, by the blocks that Moses lists.
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
