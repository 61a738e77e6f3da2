//! Do jobs that were made again give the same results?

use std::collections::BTreeMap;

use mos_plan::files::job::{JOB_FILE, JobFile, RECORDS};
use mos_plan::metric::MetricFamily;
use mos_plan::{Record, files::replay::ReplayedJob};

use crate::audit::checked::{Checked, Mark, Remark};
use crate::audit::subject::{AuditedRun, Replayed};
use crate::run::Key;
use crate::run::records::read_records;

/// What of a job has to be the same, byte for byte, where the machine is alike: translations, predictions and weights.
const SAME: [&str; 2] = [".txt", ".safetensors"];
/// Elsewhere a score may be off by so many deviations of the run's own seeds.
const DEVIATIONS: f64 = 3.0;

/// P1: jobs that were made again give what the run has. On the same instruction set, threads and libtorch everything has to be
/// equal; elsewhere scores have to lie within the spread over the run's seeds.
pub fn same(run: &AuditedRun) -> Checked {
    let Some(replayed) = &run.replayed else {
        return Checked::cannot_tell("jobs made again", "no job was made again; `audit --replay N` does");
    };
    let alike = replayed.replay.jobs.iter().all(|job| job.original == job.again);
    let what =
        if alike { "jobs made again, equal to the bit" } else { "jobs made again, within the spread over seeds" };
    let mut checked = Checked::of(what, Mark::Recomputed);
    let mut untold = 0;
    for job in &replayed.replay.jobs {
        match compare(run, replayed, job) {
            Outcome::Same => checked.count(None),
            Outcome::Untold => untold += 1,
            Outcome::Differs(remark) => checked.count(Some(remark)),
        }
    }
    if untold > 0 {
        checked.expected += untold;
        checked.cannot_tell = Some(format!(
            "the machine is another one, and {untold} of the jobs have no score with two seeds whose spread could be compared with"
        ));
    }
    checked
}

/// What comes of a job and its repetition.
enum Outcome {
    Same,
    /// Nothing of it can be compared here.
    Untold,
    Differs(Remark),
}

fn compare(run: &AuditedRun, replayed: &Replayed, job: &ReplayedJob) -> Outcome {
    let folder = replayed.dir.join("jobs").join(&job.again);
    let records = format!("jobs/{}/{RECORDS}", job.original);
    let differs = |file: String, row: Option<usize>, says: String| Outcome::Differs(Remark { says, file, row });
    let (Some(own), Ok(Some(again))) = (run.jobs.get(&job.original), JobFile::read(&folder)) else {
        return differs(
            format!("jobs/{}/{JOB_FILE}", job.original),
            None,
            "it, or its repetition, is not there".to_owned(),
        );
    };
    let (Some(of_run), Ok(of_again)) = (&own.records, read_records(&folder.join(RECORDS))) else {
        return differs(records, None, format!("{}: its records, or those made again, can't be read", own.file.label));
    };
    if job.original == job.again {
        if let Some((row, says)) = unequal(of_run, &of_again) {
            return differs(records, Some(row), format!("{}: {says}", own.file.label));
        }
        let is_same = |name: &&String| SAME.iter().any(|ending| name.ends_with(ending));
        let other = own
            .file
            .outputs
            .keys()
            .filter(is_same)
            .find(|name| own.file.outputs.get(*name) != again.outputs.get(*name));
        return match other {
            None => Outcome::Same,
            Some(name) => differs(
                format!("jobs/{}/{name}", job.original),
                None,
                format!("{}: {name} came out otherwise", own.file.label),
            ),
        };
    }
    match beyond_spread(run, of_run, &of_again) {
        None => Outcome::Untold,
        Some(None) => Outcome::Same,
        Some(Some((row, says))) => differs(records, Some(row), format!("{}: {says}", own.file.label)),
    }
}

/// Gives the first value that differs, of those that are no measurement of the machine.
fn unequal(of_run: &[Record], of_again: &[Record]) -> Option<(usize, String)> {
    let again: BTreeMap<(Key, i64), f64> = by_key(of_again);
    let fixed = of_run.iter().enumerate().filter(|(_, record)| !record.metric.facts().measured);
    let count = fixed.clone().count();
    let first = fixed.filter_map(|(row, record)| match again.get(&(Key::of(record), record.step)) {
        Some(value) if value.to_bits() == record.value.to_bits() => None,
        Some(value) => Some((row, format!("{} is {}, and {value} when made again", record.metric, record.value))),
        None => Some((row, format!("{} is not there when made again", record.metric))),
    });
    let fewer = || {
        let made = of_again.iter().filter(|record| !record.metric.facts().measured).count();
        (made != count).then(|| (0, format!("it has {count} values, and {made} when made again")))
    };
    first.clone().next().or_else(fewer)
}

fn by_key(records: &[Record]) -> BTreeMap<(Key, i64), f64> {
    records.iter().map(|record| ((Key::of(record), record.step), record.value)).collect()
}

/// Gives the first score that is further from the run's than its seeds are from each other; `None` where no score has two
/// seeds or more.
fn beyond_spread(run: &AuditedRun, of_run: &[Record], of_again: &[Record]) -> Option<Option<(usize, String)>> {
    let again = by_key(of_again);
    let mut has_spread = false;
    for (row, record) in of_run.iter().enumerate() {
        let is_score = matches!(record.metric.family(), MetricFamily::Score | MetricFamily::Task);
        let Some(deviation) = is_score.then(|| spread(run, record)).flatten() else { continue };
        has_spread = true;
        let off = again.get(&(Key::of(record), record.step)).map(|value| (value - record.value).abs());
        if off.is_none_or(|off| off > DEVIATIONS * deviation) {
            let off = off.map_or("is not there".to_owned(), |off| format!("is off by {off:.4}"));
            return Some(Some((
                row,
                format!("{} {off} when made again; its deviation over seeds is {deviation:.4}", record.metric),
            )));
        }
    }
    has_spread.then_some(None)
}

/// Gives the standard deviation of a score over the run's seeds.
fn spread(run: &AuditedRun, of: &Record) -> Option<f64> {
    let alike = |record: &&Record| {
        let seedless = |record: &Record| Key { seed: 0, ..Key::of(record) };
        record.step == of.step && seedless(record) == seedless(of)
    };
    let mut by_seed: BTreeMap<i64, f64> = BTreeMap::new();
    for record in run.records.iter().filter(alike) {
        by_seed.insert(record.seed, record.value);
    }
    let values: Vec<f64> = by_seed.into_values().collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.len() > 1).then(|| (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}
