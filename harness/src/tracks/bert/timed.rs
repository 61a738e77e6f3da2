//! Makes updates of masked LM that can be timed without a corpus.

use mos_baselines::bert::batch::{MaskedSequences, full_batch};
use mos_baselines::bert::masked_lm::MaskedLm;
use mos_baselines::bert::rates::Dropout;
use mos_baselines::supernet::weights::WeightSource;
use mos_plan::profile::profile::Profile;
use tch::Device;

use crate::worker::timed_task::TimedTask;

impl TimedTask for MaskedLm {
    fn timed(profile: &Profile, weights: &WeightSource, drops: bool) -> MaskedLm {
        let task = profile.task.masked_lm();
        let dropout = drops.then_some(Dropout { hidden: task.dropout, attention: task.attention_dropout });
        MaskedLm::new(weights.layout.clone(), dropout)
    }

    fn row_tokens(profile: &Profile) -> usize {
        profile.task.masked_lm().sequence_length
    }

    fn full_batch(profile: &Profile, rows: usize, device: Device) -> MaskedSequences {
        full_batch(rows, Self::row_tokens(profile), profile.task.vocab_size() as i64, device)
    }
}
