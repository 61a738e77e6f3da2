//! The job that works out facts of the corpus.

use anyhow::Result;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::work::DataFactsSpec;
use mos_plan::{Metric, Record};

use super::context::{JobContext, Outcome};
use super::track_jobs::TrackJobs;

/// Works out the facts of the corpus, and records the machine's matrix-product rate with them.
pub fn data_facts<T: TrackJobs>(context: &JobContext, job: &JobSpec, spec: &DataFactsSpec) -> Result<Outcome> {
    let mut records = vec![context.row(job, Metric::MatmulGflops, context.matmul_gflops)];
    for (split, metric, value) in T::open(context, job)?.data_facts(spec)? {
        records.push(Record { split: Some(split), ..context.row(job, metric, value) });
    }
    Ok(Outcome::Finished { records, outputs: vec![] })
}
