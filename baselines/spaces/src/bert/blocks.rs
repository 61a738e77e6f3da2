//! Declares the families of NAS-BERT (Xu et al., KDD 2021), whose nets are blocks one after another: each block has a width
//! of its own and up to as many operations as it has places, so that missing ones, identities, stand at its end only.

use serde::{Deserialize, Serialize};

use crate::arch::Arch;
use crate::family::Family;
use crate::field::{Choices, Draw, Ends, Feature, Field, Norm, Scope};
use crate::space::SearchSpace;

/// Code of self-attention.
pub const ATTENTION: i64 = 0;
/// Code of a feed-forward network. The larger codes are separable convolutions of as many tokens.
pub const FEED_FORWARD: i64 = 1;
/// Codes of all operations but the identity.
pub const OPERATIONS: &[i64] = &[ATTENTION, FEED_FORWARD, 3, 5, 7];

/// Width inside a feed-forward network, as a multiple of the block's.
pub const FFN_RATIO: i64 = 4;

/// Number of fields of a block: its width, its number of operations, its operations.
const FIELDS: usize = 3;
/// Position of the width among a block's fields.
const WIDTH: usize = 0;
/// Position of the operations among a block's fields.
const LIST: usize = 2;

const fn field(stack: usize, scope: Scope, key: &'static str, choices_key: &'static str) -> Field {
    Field {
        key,
        yaml: key,
        choices_key,
        header: key,
        column: key,
        word: "",
        stack,
        scope,
        implied: false,
        choices: Choices::Sizes,
        ends: Ends::Choices,
        draw: Draw::Active,
        heads: false,
        feature: Feature::Absent,
        counts_as: itself,
        norm: Norm::Widest(1.0),
    }
}

fn itself(value: i64) -> i64 {
    value
}

/// Returns the fields of a block. A feed-forward network is the largest operation, a convolution of three tokens the
/// smallest.
const fn block(stack: usize, keys: [&'static str; FIELDS]) -> [Field; FIELDS] {
    [
        field(stack, Scope::Net, keys[0], "widths"),
        Field { implied: true, ..field(stack, Scope::Depth, keys[1], "depths") },
        Field {
            word: "ops",
            choices: Choices::Codes(OPERATIONS),
            ends: Ends::These { largest: FEED_FORWARD, smallest: 3 },
            ..field(stack, Scope::Layer, keys[2], "operations")
        },
    ]
}

const FIRST: [Field; FIELDS] = block(0, ["width_1", "depth_1", "operations_1"]);
const SECOND: [Field; FIELDS] = block(1, ["width_2", "depth_2", "operations_2"]);
const THIRD: [Field; FIELDS] = block(2, ["width_3", "depth_3", "operations_3"]);
const FOURTH: [Field; FIELDS] = block(3, ["width_4", "depth_4", "operations_4"]);

/// Nets of two blocks.
#[rustfmt::skip]
pub static TWO_BLOCKS: Family = Family {
    name: "nas-bert-2",
    named: true,
    decodes: false,
    stacks: &["block 1", "block 2"],
    fields: &{
        let ([a, b, c], [d, e, f]) = (FIRST, SECOND);
        [a, b, c, d, e, f]
    },
};

/// Nets of four blocks, as published.
#[rustfmt::skip]
pub static FOUR_BLOCKS: Family = Family {
    name: "nas-bert-4",
    named: true,
    decodes: false,
    stacks: &["block 1", "block 2", "block 3", "block 4"],
    fields: &{
        let ([a, b, c], [d, e, f], [g, h, i], [j, k, l]) = (FIRST, SECOND, THIRD, FOURTH);
        [a, b, c, d, e, f, g, h, i, j, k, l]
    },
};

/// Says whether the nets of a family are blocks.
pub fn has_blocks(family: &Family) -> bool {
    [&TWO_BLOCKS, &FOUR_BLOCKS].contains(&family)
}

/// One block of a net.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Hidden size of its operations.
    pub width: i64,
    /// The codes of its operations, one after another.
    pub operations: Vec<i64>,
}

/// Returns the blocks of a net.
pub fn blocks(arch: &Arch) -> Vec<Block> {
    let block =
        |i: usize| Block { width: arch.value(FIELDS * i + WIDTH), operations: arch.values(FIELDS * i + LIST).to_vec() };
    (0..arch.family().stacks.len()).map(block).collect()
}

/// Makes the net of `space` whose blocks are these.
///
/// # Panics
/// Panics if there are more or fewer blocks than nets of the space have, which is a bug of the caller.
pub fn join(space: &SearchSpace, blocks: &[Block]) -> Arch {
    let fields = |block: &Block| [vec![block.width], vec![block.operations.len() as i64], block.operations.clone()];
    Arch::new(space.family, blocks.iter().flat_map(fields).collect())
}

/// Lists every block that nets of `space` can have in any place, the widest first: 97,650 in the published space.
pub fn every_block(space: &SearchSpace) -> Vec<Block> {
    let (widths, depths, operations) = (&space.choices[WIDTH], &space.choices[1], &space.choices[LIST]);
    let lists = |&depth: &i64| {
        let longer = |lists: Vec<Vec<i64>>, _| {
            lists.iter().flat_map(|list| operations.iter().map(|&code| [list.as_slice(), &[code]].concat())).collect()
        };
        (0..depth).fold(vec![Vec::new()], longer)
    };
    let of_width = |&width: &i64| {
        depths.iter().flat_map(lists).map(move |operations| Block { width, operations }).collect::<Vec<_>>()
    };
    widths.iter().flat_map(of_width).collect()
}

/// Lists nets that have every operation of every width in every place between them.
pub fn covering(space: &SearchSpace) -> Vec<Arch> {
    let (widths, operations) = (&space.choices[WIDTH], &space.choices[LIST]);
    let net = |width: i64, code: i64| {
        let block = |stack: usize| Block { width, operations: vec![code; space.deepest(stack)] };
        join(space, &(0..space.family.stacks.len()).map(block).collect::<Vec<_>>())
    };
    widths.iter().flat_map(|&width| operations.iter().map(move |&code| net(width, code))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_published_space_has_97650_nets_a_block() {
        let space = SearchSpace::find("nas-bert").unwrap();
        let all = every_block(&space);
        let formula: usize = 5 * (1..=6).map(|depth| 5_usize.pow(depth)).sum::<usize>();
        assert_eq!((all.len(), formula), (97_650, 97_650));
        assert_eq!(all.iter().map(|b| (b.width, b.operations.clone())).collect::<HashSet<_>>().len(), all.len());
        assert_eq!(space.size(), 97_650_u64.saturating_pow(4));
    }

    #[test]
    fn a_net_is_its_blocks() {
        let space = SearchSpace::find("nas-bert-scaled").unwrap();
        let arch = space.sample_at(1, 0);
        let parts = blocks(&arch);
        assert_eq!(parts.len(), 2);
        assert_eq!(join(&space, &parts), arch);
        assert!(every_block(&space).contains(&parts[1]));
        space.check(&arch).unwrap();
        let (largest, smallest) = (blocks(&space.largest()), blocks(&space.smallest()));
        assert!(largest.iter().all(|block| block.operations.iter().all(|&code| code == FEED_FORWARD)));
        assert!(smallest.iter().all(|block| block.operations == [3]));
    }
}
