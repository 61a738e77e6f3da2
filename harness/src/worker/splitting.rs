//! Works on a GPU that is short of memory: batches are cut in halves until they fit. What is summed over them stays the
//! same, and so do the tokens of an update.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use anyhow::Result;
use mos_baselines::training::trainer::{Trainer, UpdateStats};

use super::task_data::TaskData;

/// Knows into how many parts each batch is cut.
#[derive(Debug)]
pub struct Splitter {
    parts: usize,
}

impl Splitter {
    /// Goes on with this number of parts (0: whole).
    pub fn resume(parts: usize) -> Splitter {
        Splitter { parts: parts.max(1) }
    }

    /// Returns the parts of each batch; it is 1 as long as memory lasts.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// Makes one update. Where the GPU runs out of memory the parts are doubled, and the update is made again from its
    /// beginning: until its last step, which needs no more memory, an update changes no weight.
    ///
    /// # Errors
    /// Fails if not even single examples fit.
    pub fn update<T: TaskData>(
        &mut self,
        trainer: &mut Trainer<T::Task>,
        track: &T,
        batches: &[T::MicroBatch],
    ) -> Result<UpdateStats> {
        let most_rows = batches.iter().map(T::rows).max().unwrap_or(0);
        self.retry(most_rows, |parts| {
            let built: Vec<_> = batches.iter().flat_map(|batch| track.on_device(batch, parts)).collect();
            trainer.update(&built)
        })
    }

    /// Does something with batches cut into a number of parts. Where the GPU runs out of memory the parts are doubled, and
    /// it is done again from its beginning; `most` of them are as small as batches get.
    ///
    /// # Errors
    /// Fails if the smallest batches do not fit.
    pub fn retry<T>(&mut self, most: usize, mut work: impl FnMut(usize) -> T) -> Result<T> {
        loop {
            let parts = self.parts;
            // libtorch's failures come as panics of the wrapper; every other one goes on its way.
            // A panic inside `no_grad` leaves the recording of gradients off.
            match catch_unwind(AssertUnwindSafe(|| tch::with_grad(|| work(parts)))) {
                Ok(done) => return Ok(done),
                Err(panic) if !is_out_of_memory(panic.as_ref()) => resume_unwind(panic),
                Err(_) if most <= parts => {
                    anyhow::bail!(
                        "the GPU's memory does not hold one example at a time; use a larger GPU or a smaller space"
                    )
                }
                Err(_) => {
                    self.parts *= 2;
                    eprintln!(
                        "the GPU ran out of memory: batches are cut into {} parts, tokens an update stay",
                        self.parts
                    );
                }
            }
        }
    }
}

/// Returns what a panic says; libtorch's failures come as panics of its wrapper.
pub fn panic_text(panic: &(dyn Any + Send)) -> Option<&str> {
    panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied())
}

fn is_out_of_memory(panic: &(dyn Any + Send)) -> bool {
    let text = panic_text(panic);
    text.is_some_and(|text| text.contains("out of memory") || text.contains("ALLOC_FAILED"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_recorded_again_after_memory_ran_out_where_they_were_not() {
        let weight = tch::Tensor::ones([2], (tch::Kind::Float, tch::Device::Cpu)).set_requires_grad(true);
        let attempt = |parts: usize| {
            tch::no_grad(|| assert!(parts >= 2, "CUDA error: CUBLAS_STATUS_ALLOC_FAILED"));
            (&weight * 2.0).requires_grad()
        };
        assert!(Splitter::resume(1).retry(8, attempt).unwrap());
    }

    #[test]
    fn memory_that_runs_out_halves_the_micro_batch_and_anything_else_is_not_caught() {
        let mut splitter = Splitter::resume(0);
        // This is what the wrapper's panic says on a full GPU.
        let full = |parts: usize| assert!(parts >= 4, "Torch(\"CUDA out of memory. Tried to allocate 2.00 GiB\")");
        splitter.retry(8, full).unwrap();
        assert_eq!(splitter.parts(), 4);
        let hopeless = splitter.retry(8, |_| panic!("CUDA out of memory"));
        assert!(hopeless.unwrap_err().to_string().contains("larger GPU"));
        let other = catch_unwind(AssertUnwindSafe(|| Splitter::resume(0).retry(8, |_| panic!("a bug"))));
        assert!(other.is_err());
    }
}
