//! How a side of a corpus is written: some scripts say in one character what others spell out, and some put no blanks
//! between words.

/// What the letters and blanks of some text tell of its script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// Most letters are Chinese, Japanese or Korean characters, each of which stands for a syllable or a word.
    pub dense: bool,
    /// Words are separated by blanks.
    pub spaced: bool,
}

impl Script {
    /// Looks at lines of text.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Script {
        let (mut letters, mut dense, mut blanks) = (0_usize, 0_usize, 0_usize);
        for letter in lines.into_iter().flat_map(str::chars) {
            blanks += usize::from(letter.is_whitespace());
            letters += usize::from(letter.is_alphanumeric());
            dense += usize::from(is_dense(letter));
        }
        // Words of more than 15 letters on average are none.
        Script { dense: dense * 2 > letters, spaced: letters == 0 || blanks * 15 > letters }
    }
}

/// Whether a character is a Chinese one, kana, or a syllable of Hangul.
fn is_dense(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_apart() {
        let script = |text: &str| {
            let Script { dense, spaced } = Script::of(["", text]);
            (dense, spaced)
        };
        assert_eq!(script("The town sees two heavy boxes."), (false, true));
        assert_eq!(script("Город видит два тяжёлых ящика."), (false, true));
        assert_eq!(script("这座城市下雨前看见两个重箱子。在河边认识旧火车。"), (true, false));
        assert_eq!(script("この町は雨が降る前に重い箱を二つ見ます。"), (true, false));
        assert_eq!(script("도시는 무거운 상자 두 개를 본다."), (true, true));
        assert_eq!(script("เมืองเห็นกล่องหนักสองกล่องก่อนฝนตก"), (false, false));
        assert_eq!(script(""), (false, true));
    }
}
