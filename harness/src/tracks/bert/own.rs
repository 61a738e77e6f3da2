//! Runs the jobs that this track alone has.

use anyhow::Result;
use mos_baselines::bert::block_distil::BlockDistil;
use mos_baselines::bert::relation::RelationDistil;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::search::Strategy;
use mos_plan::spec::task::TaskSpec;
use mos_plan::spec::training::TrainSpec;
use mos_plan::spec::work::Work;

use super::jobs::BertJobs;
use super::taught::{Taught, TaughtData};
use super::{bag_of_words, fine_tune, nas_bert};
use crate::worker::context::{JobContext, Outcome};
use crate::worker::track_jobs::TrackJobs;
use crate::worker::{search, train};

/// Runs a job that no other track has; returns none where it is one that every track has.
pub fn own_job(context: &JobContext, job: &JobSpec) -> Option<Result<Outcome>> {
    match &job.work {
        Work::FineTune(spec) => Some(fine_tune::fine_tune(context, job, spec)),
        Work::BagOfWords(spec) => Some(bag_of_words::fit(context, job, spec)),
        Work::Train(spec) => match spec.task {
            TaskSpec::RelationDistil(_) => Some(train_taught::<RelationDistil>(context, job, spec)),
            TaskSpec::BlockDistil(_) => Some(train_taught::<BlockDistil>(context, job, spec)),
            _ => None,
        },
        Work::Search(spec) => match (&spec.task, spec.strategy) {
            (TaskSpec::RelationDistil(_), _) => {
                let search = |data: TaughtData<RelationDistil>| {
                    search::search(context, job, spec, &data, BertJobs::measure_latency)
                };
                Some(TaughtData::open(context, job).and_then(search))
            }
            (_, Strategy::Lookup(lookup)) => Some(nas_bert::search(context, job, spec, lookup)),
            _ => None,
        },
        _ => None,
    }
}

fn train_taught<T: Taught>(context: &JobContext, job: &JobSpec, spec: &TrainSpec) -> Result<Outcome> {
    train::train(context, job, spec, &TaughtData::<T>::open(context, job)?)
}
