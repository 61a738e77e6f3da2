//! The sentences of a document are packed into sequences.

use crate::text::wordpiece::SpecialIds;

/// Packs the sentences of one document, in order, into sequences of at most `length` tokens: `[CLS]`, text, `[SEP]`.
///
/// A sentence that is longer than what is left of a sequence is cut, and goes on in the next, so that all sequences but
/// a document's last are full. A sequence without any ordinary token is left out.
pub fn pack(sentences: &[Vec<u16>], specials: &SpecialIds, length: usize) -> Vec<Vec<u16>> {
    let text = sentences.concat();
    let pieces = text.chunks(length - 2).filter(|piece| piece.iter().any(|id| !specials.contains(*id)));
    pieces.map(|piece| [&[specials.cls][..], piece, &[specials.sep]].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const SPECIALS: SpecialIds = SpecialIds { cls: 0, pad: 1, sep: 2, unk: 3, mask: 4 };

    #[test]
    fn sequences_are_full_and_long_sentences_are_cut() {
        let packed = pack(&[vec![5; 4], vec![6; 3], vec![7; 5], vec![3; 6], vec![8]], &SPECIALS, 8);
        let expected = [vec![0, 5, 5, 5, 5, 6, 6, 2], vec![0, 6, 7, 7, 7, 7, 7, 2], vec![0, 8, 2]];
        assert_eq!(packed, expected, "a sequence of unknown words alone is left out");
        assert_eq!(pack(&[], &SPECIALS, 8), Vec::<Vec<u16>>::new());
    }

    proptest! {
        #[test]
        fn no_token_is_lost_or_moved(sentences in vec(vec(5u16..90, 0..40), 0..20), length in 16usize..64) {
            let packed = pack(&sentences, &SPECIALS, length);
            let inside: Vec<u16> = packed.iter().flat_map(|s| s[1..s.len() - 1].to_vec()).collect();
            prop_assert_eq!(inside, sentences.concat());
            for (i, sequence) in packed.iter().enumerate() {
                prop_assert!((3..=length).contains(&sequence.len()));
                prop_assert!(i + 1 == packed.len() || sequence.len() == length);
                prop_assert_eq!((sequence[0], sequence[sequence.len() - 1]), (0, 2));
            }
        }
    }
}
