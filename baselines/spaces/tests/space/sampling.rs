//! Tests properties of sampled architectures of HAT's spaces.

use mos_spaces::hat::fields::*;
use mos_spaces::{Arch, SearchSpace, count};
use proptest::prelude::*;

/// Draws any of HAT's spaces and any of its architectures.
fn space_and_arch() -> impl Strategy<Value = (SearchSpace, Arch)> {
    (prop::sample::select(SearchSpace::names_of(&HAT)), any::<u64>(), any::<u64>()).prop_map(|(name, seed, update)| {
        let space = SearchSpace::find(name).unwrap();
        let arch = space.sample_at(seed, update);
        (space, arch)
    })
}

/// Returns the next wider choice than `value`, if there is one.
fn wider(choices: &[i64], value: i64) -> Option<i64> {
    let i = choices.iter().position(|&c| c == value).unwrap();
    i.checked_sub(1).map(|i| choices[i])
}

/// Lists every architecture that is one choice wider than `arch` in one field that holds parameters.
fn one_step_wider(space: &SearchSpace, arch: &Arch) -> Vec<Arch> {
    let mut all = Vec::new();
    for field in [ENCODER_WIDTH, DECODER_WIDTH, ENCODER_FFN, DECODER_FFN] {
        for (i, &value) in arch.values(field).iter().enumerate() {
            if let Some(wide) = wider(&space.choices[field], value) {
                let mut other = arch.clone();
                other.values_mut(field)[i] = wide;
                all.push(other);
            }
        }
    }
    if let Some(deeper) = wider(&space.choices[DECODER_LAYERS], arch.value(DECODER_LAYERS)) {
        let mut other = arch.clone();
        other.values_mut(DECODER_LAYERS)[0] = deeper;
        for field in [DECODER_FFN, DECODER_SELF_HEADS, DECODER_CROSS_HEADS, DECODER_ARBITRARY] {
            let list = other.values_mut(field);
            list.resize(deeper as usize, list[0]);
        }
        all.push(other);
    }
    all
}

proptest! {
    #[test]
    fn sampled_architectures_lie_in_their_space((space, arch) in space_and_arch()) {
        space.check(&arch).unwrap();
    }

    #[test]
    fn features_are_positive_and_of_order_one((space, arch) in space_and_arch()) {
        for feature in space.encode(&arch) {
            // The widest possible features are 3072/2048 and three of two attended layers.
            prop_assert!((0.1..=1.5).contains(&feature), "{feature}");
        }
    }

    #[test]
    fn json_keeps_an_architecture((_, arch) in space_and_arch()) {
        let text = serde_json::to_string(&arch).unwrap();
        prop_assert_eq!(serde_json::from_str::<Arch>(&text).unwrap(), arch);
    }

    #[test]
    fn counts_grow_with_every_width_and_layer((space, arch) in space_and_arch()) {
        for other in one_step_wider(&space, &arch) {
            space.check(&other).unwrap();
            prop_assert!(count::params(&space, &other) > count::params(&space, &arch), "{}", other.summary());
            prop_assert!(count::flops(&space, &other) > count::flops(&space, &arch), "{}", other.summary());
        }
    }

    #[test]
    fn heads_and_attended_layers_hold_no_parameters((space, arch) in space_and_arch()) {
        let mut other = arch.clone();
        for field in [ENCODER_HEADS, DECODER_SELF_HEADS, DECODER_CROSS_HEADS] {
            other.values_mut(field).fill(space.choices[field][0]);
        }
        other.values_mut(DECODER_ARBITRARY).fill(2);
        prop_assert_eq!(count::params(&space, &other), count::params(&space, &arch));
    }

    #[test]
    fn counts_stand_between_the_extremes((space, arch) in space_and_arch()) {
        let params = |a: &Arch| count::params(&space, a);
        prop_assert!((params(&space.smallest())..=params(&space.largest())).contains(&params(&arch)));
    }
}

#[test]
fn draws_are_a_function_of_seed_and_update() {
    let space = SearchSpace::find("wmt14-en-de").unwrap();
    let draw = |seed, update| space.sample_at(seed, update);
    assert_eq!(draw(1, 7), draw(1, 7));
    assert_ne!(draw(1, 7), draw(1, 8));
    assert_ne!(draw(1, 7), draw(2, 7));
}

/// Recorded results name subnets by seed alone: these draws must never change.
#[test]
fn draws_are_the_recorded_ones() {
    let wmt = SearchSpace::find("wmt14-en-de").unwrap();
    let quick = SearchSpace::find("scaled-quick").unwrap();
    assert_eq!(
        wmt.sample_at(1, 0).summary(),
        "enc 512 x6 ffn 2048 3072 1024 1024 1024 2048 heads 8 4 8 4 8 4; \
         dec 512 x2 ffn 2048 2048 self 8 8 cross 8 4 arb 1 1"
    );
    assert_eq!(
        quick.sample_at(3, 1_000).summary(),
        "enc 48 x3 ffn 64 64 256 heads 2 4 2; dec 64 x1 ffn 128 self 2 cross 4 arb -1"
    );
}

/// Counts draws from the WMT space and compares them with five standard deviations of the binomial.
#[test]
fn every_choice_is_equally_likely() {
    let space = SearchSpace::find("wmt14-en-de").unwrap();
    let draws: Vec<Arch> = (0..6_000).map(|update| space.sample_at(1, update)).collect();
    for (field, choices) in space.choices.iter().enumerate().filter(|(_, choices)| choices.len() > 1) {
        let drawn: Vec<i64> = draws.iter().flat_map(|arch| arch.values(field).to_vec()).collect();
        let (n, p) = (drawn.len() as f64, 1.0 / choices.len() as f64);
        for choice in choices {
            let seen = drawn.iter().filter(|v| *v == choice).count() as f64;
            assert!((seen - n * p).abs() < 5.0 * (n * p * (1.0 - p)).sqrt(), "{choice} of {choices:?}: {seen} of {n}");
        }
    }
}
