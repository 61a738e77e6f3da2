//! Runs a job with the code of its track.

use anyhow::Result;
use mos_plan::Track;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::work::Work;

use super::translation::TranslationJobs;
use crate::worker::context::{JobContext, Outcome};
use crate::worker::track_jobs::TrackJobs;
use crate::worker::{data_facts, latency, predictor, repeat, retrain, score, search, train};

/// Runs one job.
pub fn run(context: &JobContext, job: &JobSpec) -> Result<Outcome> {
    match job.context.track {
        Track::Mt => run_of::<TranslationJobs>(context, job),
    }
}

fn run_of<T: TrackJobs>(context: &JobContext, job: &JobSpec) -> Result<Outcome> {
    match &job.work {
        Work::DataFacts(facts) => data_facts::data_facts::<T>(context, job, facts),
        Work::Train(train) => train::train::<T>(context, job, train),
        Work::Repeat(train) => repeat::repeat::<T>(context, job, train),
        Work::Score(score) => score::score::<T>(context, job, score),
        Work::Latency(latency) => latency::measure::<T>(context, job, latency),
        Work::Predictor(predictor) => predictor::fit(context, job, predictor),
        Work::Search(search) => search::search::<T>(context, job, search),
        Work::Retrain(retrain) => retrain::retrain::<T>(context, job, retrain),
    }
}
