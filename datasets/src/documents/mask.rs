//! Places of a sequence are masked, which a masked language model is to tell.

use crate::text::wordpiece::SpecialIds;
use rand::Rng;
use rand::seq::index;

/// This share of the places is masked.
pub const SHARE: f64 = 0.15;
/// This share of the masked places becomes `[MASK]`.
const MASKED: f64 = 0.8;
/// This share of the masked places becomes a random piece; the rest stay as they are.
const RANDOM: f64 = 0.1;

/// A sequence with masked places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The ids that the model reads.
    pub input: Vec<u16>,
    /// The masked places, in order.
    pub positions: Vec<u16>,
    /// The ids that stood there.
    pub targets: Vec<u16>,
}

/// Masks a sequence: 15% of the places without a special token (rounded, at least one), of which 80% become `[MASK]`,
/// 10% a random ordinary piece, and 10% stay. Panics when no place is without a special token.
pub fn mask(ids: &[u16], specials: &SpecialIds, vocab_size: usize, rng: &mut impl Rng) -> Masked {
    let ordinary: Vec<usize> = (0..ids.len()).filter(|place| !specials.contains(ids[*place])).collect();
    let count = ((ordinary.len() as f64 * SHARE).round() as usize).max(1);
    let mut chosen = index::sample(rng, ordinary.len(), count).into_vec();
    chosen.sort_unstable();
    let mut masked = Masked { input: ids.to_vec(), positions: vec![], targets: vec![] };
    for place in chosen.into_iter().map(|i| ordinary[i]) {
        masked.positions.push(place as u16);
        masked.targets.push(ids[place]);
        masked.input[place] = match rng.random::<f64>() {
            draw if draw < MASKED => specials.mask,
            draw if draw < MASKED + RANDOM => random_piece(specials, vocab_size, rng),
            _ => ids[place],
        };
    }
    masked
}

/// Draws an id that is no special one.
fn random_piece(specials: &SpecialIds, vocab_size: usize, rng: &mut impl Rng) -> u16 {
    loop {
        let id = rng.random_range(0..vocab_size) as u16;
        if !specials.contains(id) {
            return id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    const SPECIALS: SpecialIds = SpecialIds { pad: 0, unk: 10, cls: 11, sep: 12, mask: 13 };

    proptest! {
        #[test]
        fn only_ordinary_places_are_masked_and_targets_are_the_original(
            inside in proptest::collection::vec(0u16..40, 1..200), seed: u64
        ) {
            let ids = [&[11, 20][..], &inside, &[12]].concat();
            let random = || ChaCha8Rng::seed_from_u64(seed);
            let masked = mask(&ids, &SPECIALS, 40, &mut random());
            prop_assert_eq!(&masked, &mask(&ids, &SPECIALS, 40, &mut random()));
            let ordinary = ids.iter().filter(|id| !SPECIALS.contains(**id)).count();
            prop_assert_eq!(masked.positions.len(), ((ordinary as f64 * 0.15).round() as usize).max(1));
            prop_assert!(masked.positions.windows(2).all(|w| w[0] < w[1]));
            for (place, id) in ids.iter().enumerate() {
                match masked.positions.iter().position(|p| usize::from(*p) == place) {
                    None => prop_assert_eq!(masked.input[place], *id),
                    Some(i) => {
                        prop_assert_eq!(masked.targets[i], *id);
                        prop_assert!(!SPECIALS.contains(*id));
                        let input = masked.input[place];
                        prop_assert!(input == SPECIALS.mask || (!SPECIALS.contains(input) && input < 40));
                    }
                }
            }
        }
    }

    #[test]
    fn the_shares_are_those_of_bert() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let ids: Vec<u16> = (0..400).map(|i| 100 + i % 300).collect();
        let (mut masks, mut kept, mut all) = (0, 0, 0);
        for _ in 0..200 {
            let masked = mask(&ids, &SPECIALS, 500, &mut random);
            for (place, target) in masked.positions.iter().zip(&masked.targets) {
                let input = masked.input[usize::from(*place)];
                all += 1;
                masks += usize::from(input == SPECIALS.mask);
                kept += usize::from(input == *target);
            }
        }
        assert_eq!(all, 200 * 60);
        let share = |count: usize| count as f64 / f64::from(all);
        assert!((share(masks) - 0.8).abs() < 0.015 && (share(kept) - 0.1).abs() < 0.015, "{masks} {kept}");
    }
}
