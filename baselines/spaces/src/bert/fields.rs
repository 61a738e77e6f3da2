//! Declares the fields of BERT's architectures, by the names of MoS's and AutoDistil's released code.

use crate::family::Family;
use crate::field::{Choices, Draw, Ends, Feature, Field, Norm, Scope};

/// Position of the number of layers in [`BOTTLENECK`]'s table.
pub const BOTTLENECK_LAYERS: usize = 0;
/// Position of the hidden sizes of the layers in [`BOTTLENECK`]'s table.
pub const BOTTLENECK_HIDDEN: usize = 1;

/// Position of the hidden size in the tables of [`HOMOGENEOUS`] and [`AUTODISTIL`].
pub const HIDDEN: usize = 0;
/// Position of the heads of every layer in the same tables.
pub const HEADS: usize = 1;
/// Position of the FFN width of every layer in the same tables. Its choices are tenths of the hidden size.
pub const INTERMEDIATE: usize = 2;
/// Position of the number of layers in the same tables.
pub const LAYERS: usize = 3;

/// Feature of the narrowest layer in MoS's encoding of a bottleneck space.
const NARROWEST_FEATURE: f64 = 0.01;

const fn field(scope: Scope, key: &'static str, feature: Feature) -> Field {
    Field {
        key,
        yaml: key,
        choices_key: key,
        header: key,
        column: key,
        word: "",
        stack: 0,
        scope,
        implied: false,
        choices: Choices::Sizes,
        ends: Ends::Choices,
        draw: Draw::Active,
        heads: false,
        feature,
        counts_as: itself,
        norm: Norm::Widest(1.0),
    }
}

fn itself(value: i64) -> i64 {
    value
}

/// Returns the table of nets whose layers are all alike, with the features of what every space chooses and of the depth.
#[rustfmt::skip]
const fn homogeneous(feature: Feature, of_depth: Feature) -> [Field; 4] {
    [
        field(Scope::Net, "hidden", feature),
        Field { word: "heads", heads: true, ..field(Scope::Net, "heads", feature) },
        Field { word: "ffn", header: "ffn", choices_key: "intermediate_tenths", choices: Choices::Tenths(HIDDEN),
            ..field(Scope::Net, "intermediate", feature) },
        field(Scope::Depth, "layers", of_depth),
    ]
}

/// The table of SuperShaper's family, whose layers differ in their hidden sizes (arXiv 2110.04711). Its encoding is
/// that of MoS's released code for this space: one feature a layer, `0.01 + (h - narrowest) / (widest - narrowest)`.
#[rustfmt::skip]
pub static BOTTLENECK: Family = Family {
    name: "bert-bottleneck",
    named: true,
    decodes: false,
    stacks: &["enc"],
    fields: &[
        Field { implied: true, ..field(Scope::Depth, "layers", Feature::Absent) },
        Field { word: "hidden", header: "h", norm: Norm::Span { floor: NARROWEST_FEATURE },
            ..field(Scope::Layer, "hidden", Feature::EachLayer) },
    ],
};

/// The table of the homogeneous family of Mixture-of-Supernets (arXiv 2306.04845), each feature a share of the widest
/// choice. The depth has one only where it is chosen.
pub static HOMOGENEOUS: Family = Family {
    name: "bert-homogeneous",
    named: true,
    decodes: false,
    stacks: &["enc"],
    fields: &homogeneous(Feature::Mean, Feature::WhereChosen),
};

/// The table of AutoDistil's family (arXiv 2201.12507), whose supernets have no router, so that there are no features.
pub static AUTODISTIL: Family = Family {
    name: "autodistil",
    named: true,
    decodes: false,
    stacks: &["enc"],
    fields: &homogeneous(Feature::Absent, Feature::Absent),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_positions_are_those_of_the_tables() {
        assert_eq!(BOTTLENECK.fields[BOTTLENECK_LAYERS].key, "layers");
        assert_eq!(BOTTLENECK.fields[BOTTLENECK_HIDDEN].key, "hidden");
        for family in [&HOMOGENEOUS, &AUTODISTIL] {
            let key = |field: usize| family.fields[field].key;
            assert_eq!(
                [key(HIDDEN), key(HEADS), key(INTERMEDIATE), key(LAYERS)],
                ["hidden", "heads", "intermediate", "layers"]
            );
        }
    }
}
