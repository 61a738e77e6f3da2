//! Defines [`TimedTask`]: what a track adds to checks and timings of its updates, which need no corpus.

use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::task::Task;
use mos_plan::profile::profile::Profile;
use tch::Device;

/// A task whose updates can be timed on made-up batches.
pub trait TimedTask: Task + Sized {
    /// Makes the task at the profile's settings, with its dropout or without.
    fn timed(profile: &Profile, weights: &WeightSource, drops: bool) -> Self;

    /// Returns the tokens of a row of a full batch.
    fn row_tokens(profile: &Profile) -> usize;

    /// Makes a batch of so many rows without padding.
    fn full_batch(profile: &Profile, rows: usize, device: Device) -> Self::Batch;
}
