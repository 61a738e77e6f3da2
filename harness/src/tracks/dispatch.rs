//! Finds the code of a track: for its jobs and for its corpora.

use anyhow::{Result, bail};
use mos_baselines::bert::export::merged;
use mos_baselines::supernet::store::ParamStore;
use mos_baselines::supernet::weights::WeightSource;
use mos_plan::Track;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::work::Work;
use mos_spaces::SearchSpace;
use mos_spaces::space::Constants;

use super::bert::{self, BertJobs};
use super::prepared::Corpora;
use super::translation::{self, TranslationJobs};
use crate::worker::context::{JobContext, Outcome};
use crate::worker::search::MeasureLatency;
use crate::worker::track_jobs::TrackJobs;
use crate::worker::{data_facts, latency, predictor, repeat, retrain, score, search, train};

/// Runs one job.
pub fn run(context: &JobContext, job: &JobSpec) -> Result<Outcome> {
    match job.context.track {
        Track::Mt => run_of::<TranslationJobs>(context, job),
        Track::Bert => bert::own_job(context, job).unwrap_or_else(|| run_of::<BertJobs>(context, job)),
    }
}

/// Returns how a track has its corpora.
pub fn corpora(track: Track) -> &'static Corpora {
    match track {
        Track::Mt => &translation::CORPORA,
        Track::Bert => &bert::CORPORA,
    }
}

/// Returns how latency is measured of the networks of a space, and the rows of the vocabulary where the space is scaled: the
/// profiles'.
pub fn measuring(space: &SearchSpace) -> (MeasureLatency, i64) {
    match space.constants {
        Constants::Hat(_) => (TranslationJobs::measure_latency, 1500),
        Constants::Bert(_) => (BertJobs::measure_latency, 2000),
    }
}

/// Returns how a track exports the parameters of a dense network.
pub fn exported(track: Track, dense: WeightSource) -> ParamStore {
    match track {
        Track::Mt => dense.params,
        Track::Bert => merged(&dense.params),
    }
}

fn run_of<T: TrackJobs>(context: &JobContext, job: &JobSpec) -> Result<Outcome> {
    let data = || T::open(context, job);
    match &job.work {
        Work::DataFacts(facts) => data_facts::data_facts::<T>(context, job, facts),
        Work::Train(train) => train::train(context, job, train, &data()?),
        Work::Repeat(train) => repeat::repeat(context, job, train, &data()?),
        Work::Score(score) => score::score::<T>(context, job, score),
        Work::Latency(latency) => latency::measure::<T>(context, job, latency),
        Work::Predictor(predictor) => predictor::fit(context, job, predictor),
        Work::Search(search) => search::search(context, job, search, &data()?, T::measure_latency),
        Work::Retrain(retrain) => retrain::retrain::<T>(context, job, retrain),
        Work::FineTune(_) | Work::BagOfWords(_) => bail!("track {} fine-tunes nothing", job.context.track),
    }
}
