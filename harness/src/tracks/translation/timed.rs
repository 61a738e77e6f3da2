//! Makes updates of translation that can be timed without a corpus.

use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::translation::batch::{DeviceBatch, full_batch};
use mos_baselines::translation::rates::Dropout;
use mos_baselines::translation::task::Translation;
use mos_plan::profile::profile::Profile;
use tch::Device;

use crate::worker::timed_task::TimedTask;

/// Number of tokens a side of each pair of sentences, about as long as WMT's.
const LENGTH: usize = 32;

impl TimedTask for Translation {
    fn timed(profile: &Profile, weights: &WeightSource, drops: bool) -> Translation {
        let task = profile.task.translation();
        let dropout = drops.then_some(Dropout { residual: task.dropout, attention: task.attention_dropout });
        let (kind, device) = (weights.compute_kind(), weights.params.device());
        Translation::new(weights.layout.clone(), dropout, task.label_smoothing, kind, device)
    }

    fn row_tokens(_: &Profile) -> usize {
        LENGTH
    }

    fn full_batch(profile: &Profile, rows: usize, device: Device) -> DeviceBatch {
        full_batch(rows, LENGTH, profile.task.vocab_size() as i64, device)
    }
}
