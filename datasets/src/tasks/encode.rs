//! One or two texts become one sequence.

use crate::text::wordpiece::SpecialIds;

/// An encoded example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    /// `[CLS] a [SEP]`, or `[CLS] a [SEP] b [SEP]`.
    pub ids: Vec<u16>,
    /// Where the second text begins, which has type 1; the length where there is none.
    pub second: usize,
    /// Whether the texts were cut.
    pub cut: bool,
}

/// Encodes one or two texts in at most `length` tokens. Of two texts, the longer one is cut first, at its end; of two
/// that are equally long, the second.
pub(super) fn encode(text: &[u16], second: Option<&[u16]>, specials: &SpecialIds, length: usize) -> Encoded {
    let room = length - if second.is_some() { 3 } else { 2 };
    let (mut a, mut b) = (text.len(), second.map_or(0, <[u16]>::len));
    while a + b > room {
        if a > b { a -= 1 } else { b -= 1 }
    }
    let cut = a < text.len() || b < second.map_or(0, <[u16]>::len);
    let mut ids = [&[specials.cls][..], &text[..a], &[specials.sep]].concat();
    let start = ids.len();
    if let Some(second) = second {
        ids.extend_from_slice(&second[..b]);
        ids.push(specials.sep);
    }
    Encoded { ids, second: start, cut }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const SPECIALS: SpecialIds = SpecialIds { cls: 0, pad: 1, sep: 2, unk: 3, mask: 4 };

    #[test]
    fn the_longer_text_is_cut_first() {
        let encoded = encode(&[5; 9], Some(&[6; 4]), &SPECIALS, 13);
        assert_eq!(encoded.ids, [0, 5, 5, 5, 5, 5, 5, 2, 6, 6, 6, 6, 2]);
        assert_eq!((encoded.second, encoded.cut), (8, true));
        let one = encode(&[5; 3], None, &SPECIALS, 16);
        assert_eq!((one.ids, one.second, one.cut), (vec![0, 5, 5, 5, 2], 5, false));
    }

    proptest! {
        #[test]
        fn what_fits_stays_and_nothing_is_too_long(
            a in vec(5u16..9, 0..40), b in vec(5u16..9, 0..40), length in 16usize..64
        ) {
            let encoded = encode(&a, Some(&b), &SPECIALS, length);
            prop_assert!(encoded.ids.len() <= length);
            prop_assert_eq!(encoded.cut, a.len() + b.len() + 3 > length);
            if encoded.cut {
                prop_assert_eq!(encoded.ids.len(), length);
            }
            prop_assert_eq!(encoded.ids[encoded.second - 1], 2);
        }
    }
}
