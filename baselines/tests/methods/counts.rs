//! Parameter counts by formula against the tensors that are built.

use mos_baselines::layout::dense_shapes;
use mos_baselines::params::ParamShape;
use mos_baselines::space::{SearchSpace, count};
use proptest::prelude::*;

proptest! {
    #[test]
    fn the_formula_counts_what_is_built(seed in 0u64..1000, update in 0u64..1000) {
        for name in SearchSpace::names() {
            let space = SearchSpace::find(name).unwrap();
            let arch = space.sample_at(seed, update);
            space.check(&arch).unwrap();
            let built: i64 = dense_shapes(&space, &arch, 100)
                .iter()
                .filter(|s| !s.name.starts_with("embed") && !s.name.starts_with("output"))
                .map(ParamShape::numel)
                .sum();
            prop_assert_eq!(built, count::params(&space, &arch));
        }
    }
}
