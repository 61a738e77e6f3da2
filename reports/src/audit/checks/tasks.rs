//! Are scores on tasks those of the predictions, and settings those that were best on validation?

use std::collections::BTreeMap;

use mos_base::Split;
use mos_plan::files::job::{RECORDS, TRIED, predictions_file};
use mos_plan::fine_tuning::TaskFacts;
use mos_plan::spec::fine_tuning::{FineTuneSpec, Selection};
use mos_plan::spec::work::Work;
use mos_plan::{Metric, Record};
use serde_json::Value;

use super::structure::NO_JOBS;
use crate::audit::checked::{Checked, Mark};
use crate::audit::subject::{AuditedJob, AuditedRun, Text};
use crate::scores::{accuracy, f1, matthews};
use crate::stats::{pearson, spearman};

/// Scores are written in full.
const SAME: f64 = 1e-9;

/// Gives the fine-tunings that have a result.
fn fine_tunings(run: &AuditedRun) -> Vec<(&AuditedJob, &FineTuneSpec)> {
    let mut all = Vec::new();
    for job in run.finished().filter(|job| job.file.void.is_none() && !job.file.diverged) {
        if let Work::FineTune(spec) = &job.file.spec.work {
            all.push((job, spec));
        }
    }
    all
}

/// Says that every setting of a fine-tuning diverged, which leaves no predictions and no scores.
fn all_diverged(run: &AuditedRun, job: &AuditedJob) -> Option<String> {
    let Text::Here(text) = run.text(job, TRIED) else { return None };
    let tried = serde_json::from_str::<Vec<Value>>(&text).ok()?;
    let is_scored = |tried: &Value| tried["scores"].as_array().is_some_and(|scores| !scores.is_empty());
    (!tried.is_empty() && !tried.iter().any(is_scored)).then(|| format!("{}: every setting diverged", job.file.label))
}

/// Gives a score of a job on a split.
fn recorded(job: &AuditedJob, metric: Metric, split: Option<Split>) -> Option<f64> {
    let is_it = |record: &&Record| record.metric == metric && record.split == split;
    job.records.iter().flatten().find(is_it).map(|record| record.value)
}

/// D5: scores are those of the predictions, and all jobs of a task have the same labels.
pub fn scores(run: &AuditedRun) -> Checked {
    let what = "scores on tasks";
    if !run.has_jobs() {
        return Checked::cannot_tell(what, NO_JOBS);
    }
    let mut checked = Checked::of(what, Mark::Recomputed);
    let mut labels: BTreeMap<(&str, Split), (String, Vec<f64>)> = BTreeMap::new();
    let (mut here, mut left_out) = (false, Vec::new());
    for (job, spec) in fine_tunings(run) {
        if let Some(note) = all_diverged(run, job) {
            checked.notes.push(note);
            continue;
        }
        for split in [Split::Valid, Split::Test] {
            let name = predictions_file(split);
            let file = format!("jobs/{}/{name}", job.folder);
            let text = match run.text(job, &name) {
                Text::Here(text) => text,
                Text::LeftOut => {
                    left_out.push(file);
                    continue;
                }
                Text::Missing => {
                    checked.check(false, &file, None, || format!("{}: it is missing", job.file.label));
                    continue;
                }
            };
            here = true;
            let Some((own, predicted)) = columns(&text) else {
                checked.check(false, &file, None, || "a line is no label with a prediction".to_owned());
                continue;
            };
            let first = labels.entry((&spec.task.task, split)).or_insert_with(|| (job.file.label.clone(), own.clone()));
            checked
                .check(first.1 == own, &file, None, || format!("{} has other labels than {}", job.file.label, first.0));
            let metrics = TaskFacts::find(&spec.task.task).map_or(&[][..], |facts| facts.metrics);
            for metric in metrics {
                let (found, expected) = (recorded(job, *metric, Some(split)), 100.0 * score(*metric, &predicted, &own));
                let is_same = found.is_some_and(|found| (found - expected).abs() <= SAME * expected.abs().max(1.0));
                checked.check(is_same, &format!("jobs/{}/{RECORDS}", job.folder), None, || {
                    format!("{}: {split} {metric} is {found:?}, its predictions have {expected}", job.file.label)
                });
            }
        }
    }
    checked.leave_out(left_out, here);
    checked
}

/// Reads labels and predictions.
fn columns(text: &str) -> Option<(Vec<f64>, Vec<f64>)> {
    let pair = |line: &str| {
        let (label, predicted) = line.split_once('\t')?;
        Some((label.parse().ok()?, predicted.parse().ok()?))
    };
    text.lines().map(pair).collect::<Option<Vec<(f64, f64)>>>().map(|pairs| pairs.into_iter().unzip())
}

/// Computes a score as a share; one that is not defined counts as 0, as it does in the jobs.
fn score(metric: Metric, predicted: &[f64], labels: &[f64]) -> f64 {
    let classes = |values: &[f64]| values.iter().map(|value| *value as i64).collect::<Vec<i64>>();
    let (named, right) = (classes(predicted), classes(labels));
    let are_two = named.iter().chain(&right).all(|class| [0, 1].contains(class));
    let score = match metric {
        Metric::TaskAccuracy => accuracy(&named, &right),
        Metric::TaskF1 => f1(&named, &right),
        Metric::TaskMatthews if are_two => matthews(&named, &right),
        Metric::TaskPearson => pearson(predicted, labels),
        Metric::TaskSpearman => spearman(predicted, labels),
        _ => None,
    };
    score.unwrap_or(0.0)
}

/// R8: the setting that is reported is the one that was best on the split of the choice.
pub fn settings(run: &AuditedRun) -> Checked {
    let what = "settings of fine-tuning";
    if !run.has_jobs() {
        return Checked::cannot_tell(what, NO_JOBS);
    }
    let mut checked = Checked::of(what, Mark::Recomputed);
    for (job, spec) in fine_tunings(run) {
        let file = format!("jobs/{}/{TRIED}", job.folder);
        let read = match run.text(job, TRIED) {
            Text::Here(text) => serde_json::from_str::<Vec<Value>>(&text).ok(),
            Text::LeftOut | Text::Missing => None,
        };
        let Some(tried) = read else {
            checked.check(false, &file, None, || {
                format!("{}: what was tried is missing or can't be read", job.file.label)
            });
            continue;
        };
        let Ok(facts) = TaskFacts::find(&spec.task.task) else { continue };
        let split = if spec.selected_on == Selection::Valid { Split::Valid } else { Split::Test };
        let best = best(&tried, split, facts.metrics[0]);
        let told =
            [Metric::FineTunePeakLr, Metric::FineTuneBatch, Metric::FineTuneEpochs].map(|m| recorded(job, m, None));
        let expected =
            best.map_or([None; 3], |best| ["peak_lr", "batch", "epochs"].map(|key| best["settings"][key].as_f64()));
        checked.check(told == expected, &file, None, || {
            format!("{}: rate, batch and passes are {told:?}, best on {split} was {expected:?}", job.file.label)
        });
        let count = tried.len();
        checked.check(count == spec.grid.len(), &file, None, || {
            format!("{}: {count} settings were tried, its spec asks for {}", job.file.label, spec.grid.len())
        });
        for metric in facts.metrics {
            let found = recorded(job, *metric, Some(Split::Test));
            let scored = best.and_then(|best| of(best, Split::Test, *metric));
            checked.check(found == scored, &file, None, || {
                format!("{}: the test {metric} is {found:?}, that of its best setting {scored:?}", job.file.label)
            });
        }
    }
    checked
}

/// Gives what a setting scored.
fn of(tried: &Value, split: Split, metric: Metric) -> Option<f64> {
    let scores = tried["scores"].as_array()?;
    let is_it = |score: &&Value| score[0] == split.to_string().as_str() && score[1] == metric.name();
    scores.iter().find(is_it)?[2].as_f64()
}

/// Gives the setting that scored best; the earlier one on a tie.
fn best(tried: &[Value], split: Split, metric: Metric) -> Option<&Value> {
    let scored = tried.iter().filter_map(|tried| Some((of(tried, split, metric)?, tried)));
    let better = |best: Option<(f64, _)>, next: (f64, _)| match best {
        Some(best) if best.0 >= next.0 => Some(best),
        _ => Some(next),
    };
    scored.fold(None, better).map(|(_, tried)| tried)
}
