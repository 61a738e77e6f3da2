//! Makes batches of pairs: for training, for losses, for decoding.

use mos_baselines::translation::batch::DeviceBatch;
use mos_datasets::PairShard;
use mos_datasets::batch::{BatchOptions, build, sequential};
use tch::Device;

/// Most tokens of an evaluation batch.
const EVALUATION_TOKENS: usize = 4096;
/// Number by which the rows of a batch are divisible on a GPU, as in fairseq, for the sake of its products. On a CPU it
/// would leave a fifth of a small batch's token budget unused.
const CUDA_ROW_MULTIPLE: usize = 8;

/// Selects the first `most` pairs (0: all) of a split whose sides have at most `longest` tokens, in the split's order.
pub fn selected(shard: &PairShard, longest: usize, most: usize) -> Vec<u32> {
    let fits = |&i: &u32| shard.source(i as usize).len().max(shard.target(i as usize).len()) <= longest;
    let most = if most == 0 { usize::MAX } else { most };
    (0..shard.len() as u32).filter(fits).take(most).collect()
}

/// Says how a training's micro-batches are made.
pub fn training_options(max_tokens: usize, longest_pair: usize, seed: u64, device: Device) -> BatchOptions {
    let row_multiple = if device.is_cuda() { CUDA_ROW_MULTIPLE } else { 1 };
    BatchOptions { max_tokens, longest_pair, row_multiple, seed }
}

/// Makes evaluation batches of pairs of similar length that hold each selected pair once, `parts` times smaller than usual.
pub fn evaluation_batches(shard: &PairShard, longest: usize, parts: usize, device: Device) -> Vec<DeviceBatch> {
    let options = BatchOptions {
        max_tokens: (EVALUATION_TOKENS / parts).max(longest + 1),
        longest_pair: longest,
        row_multiple: 1,
        seed: 0,
    };
    let batches = sequential(shard, &options);
    batches.iter().map(|indices| DeviceBatch::new(&build(shard, indices), device)).collect()
}

/// Cuts the rows of a micro-batch into at most `parts` parts of like size.
pub fn pieces(indices: &[u32], parts: usize) -> impl Iterator<Item = &[u32]> {
    indices.chunks(indices.len().div_ceil(parts).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_hold_every_row_once() {
        let rows: Vec<u32> = (0..7).collect();
        for parts in [1, 2, 4, 8, 16] {
            let cut: Vec<&[u32]> = pieces(&rows, parts).collect();
            assert!(cut.len() <= parts);
            assert_eq!(cut.concat(), rows);
        }
    }
}
