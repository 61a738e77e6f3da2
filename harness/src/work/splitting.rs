//! Updates on a GPU that is short of memory: micro-batches are cut in halves, so that the tokens of an update stay.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use anyhow::Result;
use mos_baselines::model::DeviceBatch;
use mos_baselines::trainer::{Trainer, UpdateStats};
use mos_datasets::PairShard;
use mos_datasets::batch::{Batch, build};

/// Into how many parts each micro-batch is cut.
#[derive(Debug)]
pub struct Splitter {
    parts: usize,
}

impl Splitter {
    /// Goes on with so many parts (0: whole).
    pub fn resume(parts: usize) -> Splitter {
        Splitter { parts: parts.max(1) }
    }

    /// Parts of each micro-batch; 1 as long as memory lasts.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// One update. Where the GPU runs out of memory the parts are doubled, and the update is made again from its beginning:
    /// until its last step, which needs no more memory, an update changes no weight.
    ///
    /// # Errors
    /// Not even single pairs fit.
    pub fn update(&mut self, trainer: &mut Trainer, shard: &PairShard, batches: &[Batch]) -> Result<UpdateStats> {
        self.retry(batches, |parts| {
            let device = trainer.device();
            let built: Vec<DeviceBatch> = if parts == 1 {
                batches.iter().map(|batch| DeviceBatch::new(batch, device)).collect()
            } else {
                let cut = batches.iter().flat_map(|batch| pieces(&batch.indices, parts));
                cut.map(|indices| DeviceBatch::new(&build(shard, indices), device)).collect()
            };
            trainer.update(&built)
        })
    }

    fn retry<T>(&mut self, batches: &[Batch], mut update: impl FnMut(usize) -> T) -> Result<T> {
        loop {
            let parts = self.parts;
            // libtorch's failures come as panics of the wrapper; every other one goes on its way.
            // A panic inside `no_grad` leaves the recording of gradients off.
            match catch_unwind(AssertUnwindSafe(|| tch::with_grad(|| update(parts)))) {
                Ok(done) => return Ok(done),
                Err(panic) if !is_out_of_memory(panic.as_ref()) => resume_unwind(panic),
                Err(_) if batches.iter().all(|batch| batch.rows <= parts) => {
                    anyhow::bail!(
                        "the GPU's memory does not hold one pair at a time; use a larger GPU or a smaller space"
                    )
                }
                Err(_) => {
                    self.parts *= 2;
                    eprintln!(
                        "the GPU ran out of memory: micro-batches are cut into {} parts, tokens an update stay",
                        self.parts
                    );
                }
            }
        }
    }
}

/// The rows of a micro-batch in at most `parts` parts of like size.
fn pieces(indices: &[u32], parts: usize) -> impl Iterator<Item = &[u32]> {
    indices.chunks(indices.len().div_ceil(parts).max(1))
}

fn is_out_of_memory(panic: &(dyn std::any::Any + Send)) -> bool {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.is_some_and(|text| text.contains("out of memory") || text.contains("ALLOC_FAILED"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(rows: usize) -> Batch {
        Batch {
            rows,
            source_len: 1,
            target_len: 1,
            source: vec![],
            decoder_input: vec![],
            target: vec![],
            source_lengths: vec![],
            target_lengths: vec![],
            indices: (0..rows as u32).collect(),
        }
    }

    #[test]
    fn halves_hold_every_row_once() {
        let rows: Vec<u32> = (0..7).collect();
        for parts in [1, 2, 4, 8, 16] {
            let cut: Vec<&[u32]> = pieces(&rows, parts).collect();
            assert!(cut.len() <= parts);
            assert_eq!(cut.concat(), rows);
        }
    }

    #[test]
    fn gradients_are_recorded_again_after_memory_ran_out_where_they_were_not() {
        let weight = tch::Tensor::ones([2], (tch::Kind::Float, tch::Device::Cpu)).set_requires_grad(true);
        let attempt = |parts: usize| {
            tch::no_grad(|| assert!(parts >= 2, "CUDA error: CUBLAS_STATUS_ALLOC_FAILED"));
            (&weight * 2.0).requires_grad()
        };
        assert!(Splitter::resume(1).retry(&[batch(8)], attempt).unwrap());
    }

    #[test]
    fn memory_that_runs_out_halves_the_micro_batch_and_anything_else_is_not_caught() {
        let mut splitter = Splitter::resume(0);
        let batches = [batch(8)];
        // What the wrapper's panic says on a full GPU.
        let full = |parts: usize| assert!(parts >= 4, "Torch(\"CUDA out of memory. Tried to allocate 2.00 GiB\")");
        splitter.retry(&batches, full).unwrap();
        assert_eq!(splitter.parts(), 4);
        let hopeless = splitter.retry(&batches, |_| panic!("CUDA out of memory"));
        assert!(hopeless.unwrap_err().to_string().contains("larger GPU"));
        let other = catch_unwind(AssertUnwindSafe(|| Splitter::resume(0).retry(&batches, |_| panic!("a bug"))));
        assert!(other.is_err());
    }
}
