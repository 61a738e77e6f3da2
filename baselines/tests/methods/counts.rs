//! Tests parameter counts by formula against the tensors that are built.

use mos_spaces::catalog::layout_of;
use mos_spaces::hat::fields::HAT;
use mos_spaces::params::ParamSpec;
use mos_spaces::{SearchSpace, count};
use proptest::prelude::*;

proptest! {
    #[test]
    fn the_formula_counts_what_is_built(seed in 0u64..1000, update in 0u64..1000) {
        for name in SearchSpace::names_of(&HAT) {
            let space = SearchSpace::find(name).unwrap();
            let arch = space.sample_at(seed, update);
            space.check(&arch).unwrap();
            let built: i64 = layout_of(&space, 100)
                .specs(&arch)
                .iter()
                .filter(|s| !s.name.starts_with("embed") && !s.name.starts_with("output"))
                .map(ParamSpec::numel)
                .sum();
            prop_assert_eq!(built, count::params(&space, &arch));
        }
    }
}
