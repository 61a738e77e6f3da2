//! Works out the latency of operations from that of nets which have one operation only.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Result, ensure};
use mos_plan::planner::nas_bert::latency_probes;
use mos_spaces::SearchSpace;
use mos_spaces::bert::blocks::{Block, blocks};
use mos_spaces::latency::table;

use crate::worker::latency::LATENCY_TABLE;

/// The latency of every operation at every width, by width and code, in milliseconds.
pub struct OperationLatencies {
    of_operation: HashMap<(i64, i64), f64>,
    /// What is left of a block without operations: its maps, and its share of the embeddings.
    of_ends: HashMap<i64, f64>,
}

impl OperationLatencies {
    /// Reads the table that was measured of the space's probes.
    ///
    /// # Errors
    /// Fails if the table is missing, damaged, or of other nets.
    pub fn read(space: &SearchSpace, job_dir: &Path) -> Result<OperationLatencies> {
        let path = job_dir.join(LATENCY_TABLE);
        let (probes, rows) = (latency_probes(space), table::read(space.family, &path)?);
        ensure!(probes.len() == rows.len(), "{} has {} rows, not {}", path.display(), rows.len(), probes.len());
        let measured = probes.iter().zip(&rows).map(|(probe, row)| (blocks(&probe.arch).remove(0), row.total_ms()));
        Ok(OperationLatencies::of(&measured.collect::<Vec<_>>(), space.family.stacks.len()))
    }

    /// Splits the latency of nets of equal blocks, each once with one operation and once with several, into that of an
    /// operation and the rest. Noise may make a fast operation look free, never cheaper than that.
    fn of(measured: &[(Block, f64)], blocks: usize) -> OperationLatencies {
        let mut of_operation = HashMap::new();
        let mut rests: HashMap<i64, Vec<f64>> = HashMap::new();
        for pair in measured.chunks(2) {
            let [(short, short_ms), (long, long_ms)] = pair else { continue };
            let more = blocks * (long.operations.len() - short.operations.len());
            let ms = if more == 0 { 0.0 } else { ((long_ms - short_ms) / more as f64).max(0.0) };
            of_operation.insert((short.width, short.operations[0]), ms);
            rests.entry(short.width).or_default().push(short_ms / blocks as f64 - ms);
        }
        let mean = |rests: Vec<f64>| rests.iter().sum::<f64>() / rests.len() as f64;
        let of_ends = rests.into_iter().map(|(width, rests)| (width, mean(rests))).collect();
        OperationLatencies { of_operation, of_ends }
    }

    /// Returns the latency of a block.
    pub fn of_block(&self, block: &Block) -> f64 {
        let operations = block.operations.iter().map(|&code| self.of_operation[&(block.width, code)]);
        self.of_ends[&block.width] + operations.sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_and_ends_are_told_apart() {
        let block = |operations: &[i64]| Block { width: 64, operations: operations.to_vec() };
        // Two blocks: 1 ms each for the ends, 3 ms for attention, 2 ms for a convolution.
        let measured = [(block(&[0]), 8.0), (block(&[0, 0, 0]), 20.0), (block(&[3]), 6.0), (block(&[3, 3, 3]), 14.0)];
        let latencies = OperationLatencies::of(&measured, 2);
        assert_eq!(latencies.of_block(&block(&[0, 3, 3])), 1.0 + 3.0 + 2.0 + 2.0);
    }
}
