//! Shrinks pools of blocks: bins by size, and the worse half of what is scored leaves.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use mos_base::seed::Purpose;
use mos_plan::spec::task::PoolSpec;
use mos_spaces::SearchSpace;
use mos_spaces::bert::blocks::{Block, every_block, join};
use mos_spaces::bert::view::BertArch;
use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};

use super::latency::OperationLatencies;
use crate::system::files::write_atomic;

/// The blocks that are left of every place, bin by bin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pools {
    places: Vec<Vec<Vec<Block>>>,
    /// FLOPs of everything that was scored to get here.
    flops: f64,
}

/// How good the blocks of a net are, and what it took to know.
pub struct Scored {
    /// Loss of the block in each place.
    pub losses: Vec<f64>,
    /// FLOPs of scoring.
    pub flops: f64,
}

impl Pools {
    /// Sorts every block of a space into bins, the same for every place.
    ///
    /// The blocks are cut into parts of like number by each size, the least first. A block's bin is the higher one of those
    /// of its parameters and of its latency, so that what is in the first bins is both small and fast. A bin may be empty.
    pub fn every(space: &SearchSpace, bins: usize, latencies: &OperationLatencies) -> Pools {
        let blocks = every_block(space);
        let params: Vec<f64> = blocks.iter().map(|block| params(space, block)).collect();
        let latency: Vec<f64> = blocks.iter().map(|block| latencies.of_block(block)).collect();
        let (by_params, by_latency) = (parts(&params, bins), parts(&latency, bins));
        let mut binned = vec![Vec::new(); bins];
        for (block, bin) in blocks.into_iter().zip(by_params.into_iter().zip(by_latency)) {
            binned[bin.0.max(bin.1)].push(block);
        }
        Pools { places: vec![binned; space.family.stacks.len()], flops: 0.0 }
    }

    /// Returns what is left of each place.
    pub fn of_places(&self) -> Vec<Vec<Block>> {
        self.places.iter().map(|bins| bins.concat()).collect()
    }

    /// Returns the FLOPs of everything that was scored so far.
    pub fn flops(&self) -> f64 {
        self.flops
    }

    /// Counts FLOPs beside those of what is scored.
    pub fn count(&mut self, flops: f64) {
        self.flops += flops;
    }

    /// Draws blocks of every bin that has more than the spec keeps, scores them, and removes the worse half of them, though
    /// never more than leaves the number that is kept. `scored` scores one block for each place at once, and returns none
    /// when told to stop: then false is returned.
    pub fn shrink(
        &mut self,
        spec: &PoolSpec,
        words: [u64; 2],
        mut score: impl FnMut(&[Block]) -> Option<Scored>,
    ) -> bool {
        for bin in 0..spec.bins {
            if self.places.iter().all(|bins| bins[bin].len() <= spec.kept) {
                continue;
            }
            let mut scored: Vec<Vec<(f64, Block)>> = vec![Vec::new(); self.places.len()];
            for (place, bins) in self.places.iter_mut().enumerate() {
                let [seed, stage] = words;
                bins[bin].shuffle(&mut Purpose::PoolSample.generator(&[seed, stage, place as u64, bin as u64]));
            }
            let most = self.places.iter().map(|bins| bins[bin].len()).max().unwrap_or(0).min(spec.scored);
            for i in 0..most {
                // Places with fewer blocks score one again.
                let drawn: Option<Vec<Block>> =
                    self.places.iter().map(|bins| bins[bin].get(i).or(bins[bin].first()).cloned()).collect();
                let Some(drawn) = drawn else { break };
                let Some(Scored { losses, flops }) = score(&drawn) else { return false };
                self.flops += flops;
                let of_places = drawn.into_iter().zip(losses).zip(&mut scored).zip(&self.places);
                for (((block, loss), scored), _) in of_places.filter(|(_, bins)| i < bins[bin].len()) {
                    scored.push((loss, block));
                }
            }
            for (bins, mut scored) in self.places.iter_mut().zip(scored) {
                let leaving = (scored.len() / 2).min(bins[bin].len().saturating_sub(spec.kept));
                scored.sort_by(|a, b| b.0.total_cmp(&a.0));
                bins[bin].retain(|block| scored[..leaving].iter().all(|(_, worse)| worse != block));
            }
        }
        true
    }

    /// Writes the pools of a stage into a training's folder.
    pub fn write(&self, job_dir: &Path, stage: u64) -> Result<()> {
        write_atomic(&file(job_dir, stage), &serde_json::to_vec(self)?)
    }

    /// Reads the pools of a stage; returns none where they were not written.
    pub fn read(job_dir: &Path, stage: u64) -> Result<Option<Pools>> {
        let path = file(job_dir, stage);
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        let pools = serde_json::from_slice(&text);
        pools
            .map(Some)
            .with_context(|| format!("{} is damaged; delete the job's folder to start afresh", path.display()))
    }
}

/// Returns the name of the file with the pools of a stage.
pub fn file_name(stage: u64) -> String {
    format!("pools-{stage}.json")
}

fn file(job_dir: &Path, stage: u64) -> PathBuf {
    job_dir.join(file_name(stage))
}

/// Counts the parameters of a block with the maps at its ends.
fn params(space: &SearchSpace, block: &Block) -> f64 {
    let net = join(space, &vec![block.clone(); space.family.stacks.len()]);
    BertArch::of(space, &net).params() as f64 / space.family.stacks.len() as f64
}

/// Cuts some sizes by their rank into parts of like number, and returns the part of each. Equal sizes are of one part.
fn parts(sizes: &[f64], parts: usize) -> Vec<usize> {
    let mut sorted = sizes.to_vec();
    sorted.sort_by(f64::total_cmp);
    sizes.iter().map(|&size| sorted.partition_point(|&other| other < size) * parts / sizes.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(code: i64) -> Block {
        Block { width: 48, operations: vec![code] }
    }

    #[test]
    fn the_worse_half_of_what_is_scored_leaves_until_few_are_left() {
        let blocks: Vec<Block> = (0..11).map(block).collect();
        let mut pools = Pools { places: vec![vec![blocks.clone()], vec![blocks[..4].to_vec()]], flops: 0.0 };
        let spec = PoolSpec { bins: 1, warm: 0, scored: 100, kept: 3 };
        let by_code = |drawn: &[Block]| {
            Some(Scored { losses: drawn.iter().map(|b| b.operations[0] as f64).collect(), flops: 1.0 })
        };
        assert!(pools.shrink(&spec, [1, 1], by_code));
        assert_eq!(pools.flops(), 11.0);
        let codes = |pools: &Pools, place: usize| {
            let mut codes: Vec<i64> = pools.of_places()[place].iter().map(|b| b.operations[0]).collect();
            codes.sort_unstable();
            codes
        };
        assert_eq!((codes(&pools, 0), codes(&pools, 1)), ((0..6).collect::<Vec<_>>(), vec![0, 1, 2]));
        for stage in 2..5 {
            assert!(pools.shrink(&spec, [1, stage], by_code));
        }
        assert_eq!((codes(&pools, 0), codes(&pools, 1)), (vec![0, 1, 2], vec![0, 1, 2]));
    }

    #[test]
    fn a_stop_is_passed_on() {
        let mut pools = Pools { places: vec![vec![vec![block(3), block(5)]]], flops: 0.0 };
        let spec = PoolSpec { bins: 1, warm: 0, scored: 2, kept: 1 };
        assert!(!pools.shrink(&spec, [1, 1], |_| None));
    }

    #[test]
    fn parts_hold_like_numbers_and_equal_sizes_are_of_one() {
        assert_eq!(parts(&[9.0, 1.0, 2.0, 100.0], 2), [1, 0, 0, 1]);
        assert_eq!(parts(&[2.0, 2.0], 3), [0, 0]);
    }
}
