//! The job that works out facts of the corpus.

use anyhow::Result;
use mos_plan::files::job::references_file;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::work::DataFactsSpec;
use mos_plan::{Metric, Record};

use super::context::{JobContext, Outcome};
use super::track_jobs::{SplitResults, TrackJobs};
use crate::system::files::write_atomic;

/// Works out the facts of the corpus, and records the machine's matrix-product rate with them.
pub fn data_facts<T: TrackJobs>(context: &JobContext, job: &JobSpec, spec: &DataFactsSpec) -> Result<Outcome> {
    let mut records = vec![context.row(job, Metric::MatmulGflops, context.matmul_gflops)];
    let SplitResults { values, texts } = T::open(context, job)?.data_facts(spec)?;
    for (split, metric, value) in values {
        records.push(Record { split: Some(split), ..context.row(job, metric, value) });
    }
    let mut outputs = Vec::new();
    for (split, text) in texts {
        let file = references_file(split);
        write_atomic(&context.job_dir.join(&file), text.as_bytes())?;
        outputs.push(file);
    }
    Ok(Outcome::Finished { records, outputs })
}
