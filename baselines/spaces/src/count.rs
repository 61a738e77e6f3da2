//! Counts parameters and FLOPs of an architecture by the formulas of its family.

use crate::arch::Arch;
use crate::bert::blocks::{FOUR_BLOCKS, TWO_BLOCKS};
use crate::bert::count as bert;
use crate::bert::fields::{AUTODISTIL, BOTTLENECK, HOMOGENEOUS};
use crate::family::Family;
use crate::hat::count as hat;
use crate::hat::fields::HAT;
use crate::space::SearchSpace;

/// A count of one architecture of a space.
type Count = fn(&SearchSpace, &Arch) -> i64;

/// How the architectures of a family are counted.
struct Counts {
    params: Count,
    flops: Count,
    /// The parameters as the space's paper counts them, where this is another number than `params`.
    published_rule: Option<Count>,
    /// The parameters to which the ranges of searches refer.
    in_ranges: Count,
    /// Says what is counted.
    legend: fn(&SearchSpace) -> String,
}

/// The counts of every family.
const COUNTS: &[(&Family, Counts)] = &[
    (
        &HAT,
        Counts {
            params: hat::params,
            flops: hat::flops,
            published_rule: None,
            in_ranges: hat::params,
            legend: hat::legend,
        },
    ),
    (&BOTTLENECK, of_bert(bert::mos_rule, bert::mos_rule, bert::mos_legend)),
    (&HOMOGENEOUS, of_bert(bert::mos_rule, bert::mos_rule, bert::mos_legend)),
    (&AUTODISTIL, of_bert(bert::autodistil_rule, bert::params, bert::autodistil_legend)),
    (&TWO_BLOCKS, OF_BLOCKS),
    (&FOUR_BLOCKS, OF_BLOCKS),
];

/// The counts of NAS-BERT's families.
const OF_BLOCKS: Counts = Counts {
    params: bert::params,
    flops: bert::flops,
    published_rule: None,
    in_ranges: bert::params,
    legend: bert::blocks_legend,
};

/// Returns the counts of a family of BERT's, of which papers count the parameters by different rules.
const fn of_bert(rule: Count, in_ranges: Count, legend: fn(&SearchSpace) -> String) -> Counts {
    Counts { params: bert::params, flops: bert::flops, published_rule: Some(rule), in_ranges, legend }
}

fn counts(space: &SearchSpace) -> &'static Counts {
    let found = COUNTS.iter().find(|(family, _)| *family == space.family);
    found.map(|(_, counts)| counts).expect("every family is counted")
}

/// Counts parameters: without embeddings in HAT's spaces, with all of the exported subnet's in BERT's
/// ([`crate::bert::count::params`]).
pub fn params(space: &SearchSpace, arch: &Arch) -> i64 {
    (counts(space).params)(space, arch)
}

/// Counts the FLOPs of one example at the space's length without the output projection, as the space's paper counts
/// them.
pub fn flops(space: &SearchSpace, arch: &Arch) -> i64 {
    (counts(space).flops)(space, arch)
}

/// Counts parameters as the space's paper does, where that is another number than [`params`].
pub fn params_published_rule(space: &SearchSpace, arch: &Arch) -> Option<i64> {
    counts(space).published_rule.map(|count| count(space, arch))
}

/// Counts the parameters to which the ranges of searches refer: in MoS's spaces by its code's rule, else [`params`].
pub fn params_in_ranges(space: &SearchSpace, arch: &Arch) -> i64 {
    (counts(space).in_ranges)(space, arch)
}

/// Says in a few words what the counts of a space hold, and why two counts of parameters differ.
pub fn legend(space: &SearchSpace) -> String {
    (counts(space).legend)(space)
}
