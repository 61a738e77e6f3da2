//! The job that chooses a kind of predictor on a latency table and fits it to all rows.

use std::path::Path;

use anyhow::{Context as _, Result};
use mos_base::Split;
use mos_baselines::latency::predictor::Predictor;
use mos_plan::spec::inputs::Role;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::latency::PredictorSpec;
use mos_plan::{Metric, Record, Subject};
use mos_spaces::latency::table;
use mos_spaces::{Arch, SearchSpace};

use super::context::{JobContext, Outcome, Ticker};
use super::latency::LATENCY_TABLE;
use super::predictor_choice::{Figures, KindFigures, SPLITS, select};
use crate::system::files::write_atomic;

/// Name of the fitted predictor in the job's folder.
const PREDICTOR: &str = "predictor.json";

/// Reads the predictor of a finished job.
pub fn read(job_dir: &Path) -> Result<Predictor> {
    let path = job_dir.join(PREDICTOR);
    let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
}

/// Chooses a kind, fits it to all rows, and says how good each kind was.
pub fn fit(context: &JobContext, job: &JobSpec, spec: &PredictorSpec) -> Result<Outcome> {
    let space = SearchSpace::find(spec.space.as_str())?;
    let rows = table::read(space.family, &context.input(Role::Latencies)?.join(LATENCY_TABLE))?;
    let (mut ticker, mut done, all) = (Ticker::new(), 0, spec.kinds.len() as u64 * SPLITS + 1);
    let selection = select(&rows, &space.feature_norm, spec.seed, &spec.kinds, &mut || {
        done += 1;
        ticker.tick(context, done, all, || "fits".to_string());
    })?;
    let predictor = Predictor::fit(&rows, &space.feature_norm, selection.kind, spec.seed)?;
    let latency_ms = |arch: &Arch| predictor.predict_ms(&space.raw_features(arch));
    for limit in &spec.limits {
        // Limits are checked now, not when supernets have been trained for a search that nothing can meet.
        limit.resolve(&space, &latency_ms)?;
    }
    write_atomic(&context.job_dir.join(PREDICTOR), &serde_json::to_vec(&predictor)?)?;
    let mut records: Vec<Record> = selection.kinds.iter().flat_map(|f| figures(context, job, f)).collect();
    let subject = Subject::Predictor(selection.kind);
    records.push(Record { subject, ..context.row(job, Metric::PredictorChosen, 1.0) });
    Ok(Outcome::Finished { records, outputs: vec![PREDICTOR.to_string()] })
}

fn figures(context: &JobContext, job: &JobSpec, kind: &KindFigures) -> Vec<Record> {
    let of_split = |split: Split, f: &Figures| {
        let of = |metric: Metric, value: f64| Record {
            subject: Subject::Predictor(kind.kind),
            split: Some(split),
            ..context.row(job, metric, value)
        };
        let mut records = vec![
            of(Metric::PredictorMdape, f.mdape_percent),
            of(Metric::PredictorMape, f.mape_percent),
            of(Metric::PredictorRmse, f.rmse_ms),
        ];
        records.extend(f.kendall_tau_b.map(|tau| of(Metric::PredictorTau, tau)));
        records
    };
    [of_split(Split::Valid, &kind.validation), of_split(Split::Test, &kind.test)].concat()
}
