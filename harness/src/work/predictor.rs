//! The predictor job: chooses a family on a latency table and fits it to all rows.

use std::path::Path;

use anyhow::{Context as _, Result};
use mos_baselines::latency::predictor::Predictor;
use mos_baselines::latency::table;
use mos_baselines::space::{Arch, SearchSpace};
use mos_reports::schema::Record;

use super::common::{Ticker, row};
use super::latency::TABLE;
use super::{Outcome, WorkContext};
use crate::files::write_atomic;
use crate::latency_predictor::select::{FamilyFigures, Figures, SPLITS, select};
use crate::spec::{JobSpec, PredictorSpec};

/// The fitted predictor, in the job's folder.
const PREDICTOR: &str = "predictor.json";

/// Reads the predictor of a finished job.
pub fn read(job_dir: &Path) -> Result<Predictor> {
    let path = job_dir.join(PREDICTOR);
    let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
}

/// Chooses a family, fits it to all rows, and says how good each family was.
pub fn fit(context: &WorkContext, job: &JobSpec, spec: &PredictorSpec) -> Result<Outcome> {
    let space = SearchSpace::find(spec.space.as_str())?;
    let measured = context.needs.first().context("a predictor reads one latency job")?;
    let rows = table::read(&measured.join(TABLE))?;
    let (mut ticker, mut done, all) = (Ticker::new(), 0, spec.families.len() as u64 * SPLITS + 1);
    let selection = select(&rows, &space.feature_norm, spec.seed, &spec.families, &mut || {
        done += 1;
        ticker.tick(context, done, all, || "fits".to_string());
    })?;
    let predictor = Predictor::fit(&rows, &space.feature_norm, selection.family, spec.seed)?;
    let latency_ms = |arch: &Arch| predictor.predict_ms(&space.raw_features(arch));
    for limit in &spec.limits {
        // Now, not when supernets have been trained for a search that nothing can meet.
        limit.resolve(&space, &latency_ms)?;
    }
    write_atomic(&context.job_dir.join(PREDICTOR), &serde_json::to_vec(&predictor)?)?;
    let mut records: Vec<Record> = selection.families.iter().flat_map(|f| figures(context, job, f)).collect();
    records.push(Record { subnet: selection.family.name().to_string(), ..row(context, job, "predictor_chosen", 1.0) });
    Ok(Outcome::Finished { records, outputs: vec![PREDICTOR.to_string()] })
}

fn figures(context: &WorkContext, job: &JobSpec, family: &FamilyFigures) -> Vec<Record> {
    let of_split = |split: &str, f: &Figures| {
        let of = |metric: &str, value: f64| Record {
            subnet: family.family.name().to_string(),
            split: split.to_string(),
            ..row(context, job, metric, value)
        };
        let mut records = vec![
            of("predictor_mdape", f.mdape_percent),
            of("predictor_mape", f.mape_percent),
            of("predictor_rmse", f.rmse_ms),
        ];
        records.extend(f.kendall_tau_b.map(|tau| of("predictor_tau", tau)));
        records
    };
    [of_split("valid", &family.validation), of_split("test", &family.test)].concat()
}
