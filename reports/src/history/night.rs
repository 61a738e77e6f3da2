//! A night's rows are made of its runs' scores and of what was timed.

use std::fs;
use std::path::Path;

use mos_spaces::method;
use serde::{Deserialize, Serialize};

use super::row::{HistoryRow, RowKind};
use crate::error::{Error, Result};
use crate::run::{Quality, Run, load};

/// The seed of every night, at which bits are compared.
const FIXED_SEED: i64 = 1;

/// What was timed, as `cargo xtask ci nightly` writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timings {
    /// The commit that was measured.
    pub commit: String,
    /// The pinned commit that it was timed against.
    pub base: String,
    /// Version of the compiler.
    pub compiler: String,
    /// What was timed in turn.
    pub timed: Vec<Timed>,
}

/// Logarithms of ratios of times, or times, one a repetition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timed {
    /// What was run.
    pub benchmark: String,
    /// Whether it is of tonight's binary to the base's, of the base's to itself, or the time of tonight's in seconds.
    pub kind: RowKind,
    /// The values.
    pub values: Vec<f64>,
}

impl Timings {
    /// Reads the file.
    ///
    /// # Errors
    /// This fails when it can't be read or is of another form.
    pub fn read(path: &Path) -> Result<Timings> {
        let text = fs::read_to_string(path).map_err(Error::io(path))?;
        serde_json::from_str(&text).map_err(|error| Error::input(path, format!("it holds no timings: {error}")))
    }
}

/// Makes the rows of a night: the validation loss of every scored subnet and seed, and every timed ratio.
///
/// # Errors
/// This fails when a run can't be read, or when a score that it planned is missing, as after a training that failed.
pub fn rows(night: &str, runs: &[&Path], timings: &Timings) -> Result<Vec<HistoryRow>> {
    let mut rows = Vec::new();
    let mut place = None;
    for folder in runs {
        let (run, _) = load(folder)?;
        let environment = &run.manifest.environment;
        let machine = format!("{}, {}", environment.cpu, environment.cpu_capability);
        let software = format!("{}, libtorch {}", timings.compiler, environment.libtorch);
        let blank = HistoryRow {
            night: night.to_owned(),
            commit: timings.commit.clone(),
            base: timings.base.clone(),
            benchmark: String::new(),
            metric: "loss".to_owned(),
            kind: RowKind::Quality,
            repetition: 0,
            value: 0.0,
            machine,
            software,
        };
        rows.extend(losses(&run, &blank)?);
        place.get_or_insert(blank);
    }
    let blank = place.ok_or_else(|| Error::Run("a night without a run is no night".to_owned()))?;
    for timed in &timings.timed {
        let metric = if timed.kind == RowKind::Absolute { "seconds" } else { "time" };
        rows.extend((1..).zip(&timed.values).map(|(repetition, value)| HistoryRow {
            benchmark: timed.benchmark.clone(),
            metric: metric.to_owned(),
            kind: timed.kind,
            repetition,
            value: *value,
            ..blank.clone()
        }));
    }
    Ok(rows)
}

/// Makes the rows of a run's losses.
fn losses(run: &Run, blank: &HistoryRow) -> Result<Vec<HistoryRow>> {
    let mut rows = Vec::new();
    let reference = method::reference().name.as_str();
    for method in run.manifest.methods.iter().map(String::as_str).chain([reference]) {
        for card in &run.manifest.subnets {
            let benchmark = format!("{} {method} {}", run.manifest.profile, card.id.name);
            for seed in &run.manifest.seeds {
                let score = run.facts.score(Quality::VALIDATION_LOSS, method, &card.id, *seed);
                let value = score.ok_or_else(|| {
                    Error::Run(format!(
                        "run {}: {benchmark} has no validation loss at seed {seed}, so that the night is not whole; \
                         `cargo xtask status {}` says why",
                        run.manifest.name, run.manifest.name
                    ))
                })?;
                let kind = if *seed == FIXED_SEED { RowKind::FixedSeed } else { RowKind::Quality };
                rows.push(HistoryRow { benchmark: benchmark.clone(), kind, repetition: *seed, value, ..blank.clone() });
            }
        }
    }
    Ok(rows)
}
