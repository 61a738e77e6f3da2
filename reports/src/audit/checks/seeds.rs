//! Is everything there that was planned?

use std::collections::BTreeMap;

use mos_plan::files::job::{JOB_FILE, RECORDS};
use mos_plan::spec::work::Work;
use mos_plan::{Metric, Subject};
use mos_spaces::method::reference;

use super::structure::NO_JOBS;
use crate::audit::checked::{Checked, Mark};
use crate::audit::subject::AuditedRun;

/// K1: every planned score is there, or its training is named as failed.
pub fn scores(run: &AuditedRun) -> Checked {
    let mut checked = Checked::of("scores", Mark::Consistent);
    let manifest = &run.manifest;
    let methods: Vec<&String> = std::iter::once(&reference().name).chain(&manifest.methods).collect();
    let diverged = |method: &str, subject: &Subject, seed: i64| {
        let is_it = |r: &&mos_plan::Record| {
            r.metric == Metric::DivergedAt && r.method == method && r.subject == *subject && r.seed == seed
        };
        run.records.iter().any(|record| is_it(&record))
    };
    for seed in &manifest.seeds {
        for method in &methods {
            for card in &manifest.subnets {
                let subject = Subject::Subnet(card.id.clone());
                let scored = run.records.iter().any(|r| {
                    let of_it = r.method == **method && r.subject == subject && r.seed == *seed;
                    of_it
                        && r.metric == manifest.primary_metric
                        && r.split == Some(manifest.primary_split)
                        && !is_task(r)
                });
                let of_training = if **method == reference().name { subject.clone() } else { Subject::Whole };
                if !scored && diverged(method, &of_training, *seed) {
                    checked.expected += 1;
                    checked
                        .notes
                        .push(format!("{method} {} seed {seed} has no score: its training diverged", card.id.name));
                    continue;
                }
                checked.check(scored, RECORDS, None, || {
                    format!("{method} {} seed {seed} was planned and has no {}", card.id.name, manifest.primary_metric)
                });
            }
        }
    }
    checked
}

/// Tells whether a record is about a task, which it names behind the corpus.
fn is_task(record: &mos_plan::Record) -> bool {
    record.dataset.contains('/')
}

/// K4: every planned job came to an end.
pub fn jobs(run: &AuditedRun) -> Checked {
    let Some(plan) = &run.plan else { return Checked::cannot_tell("jobs of the plan", NO_JOBS) };
    let mut checked = Checked::of("jobs of the plan", Mark::Consistent);
    for entry in plan {
        let job = run.jobs.get(&entry.id);
        let is_finished = job.is_some_and(|job| job.file.is_finished());
        checked.check(is_finished, &format!("jobs/{}/{JOB_FILE}", entry.id), None, || match job {
            Some(_) => format!("{} was planned and is not finished", entry.label),
            None => format!("{} was planned and is not there", entry.label),
        });
        if let Some(why) = job.and_then(|job| job.file.void.as_ref()) {
            let rests_on_nothing = job.is_some_and(|job| {
                let mut inputs = job.file.spec.inputs.ids().filter_map(|id| run.jobs.get(id));
                inputs.any(|input| input.file.diverged || input.file.void.is_some())
            });
            checked.check(rests_on_nothing, &format!("jobs/{}/{JOB_FILE}", entry.id), None, || {
                format!(
                    "{} is said to have had nothing to work on ({why}), and no job that it reads diverged",
                    entry.label
                )
            });
            checked.notes.push(format!("{}: {why}", entry.label));
        }
    }
    checked
}

/// So many losses are not equal to the last digit by chance.
const EQUAL_LOSSES: usize = 3;

/// K2: no two trainings have the same losses.
pub fn distinct(run: &AuditedRun) -> Checked {
    let mut checked = Checked::of("trainings", Mark::Consistent);
    // A point of a curve and the score at its end are one number; a subnet from scratch is a training of its own.
    let mut trainings: BTreeMap<(String, i64), BTreeMap<String, u64>> = BTreeMap::new();
    for record in run.records.iter().filter(|r| r.metric == Metric::Loss && !r.method.is_empty() && !is_task(r)) {
        let split = record.split.map_or(String::new(), |split| split.to_string());
        let cell = format!("{} {split} {}", record.subject.text(), record.step);
        let training = trainings.entry((record.method.clone(), record.seed)).or_default();
        training.insert(cell, record.value.to_bits());
    }
    let names: Vec<String> = trainings.keys().map(|(method, seed)| format!("{method} seed {seed}")).collect();
    let losses: Vec<&BTreeMap<String, u64>> = trainings.values().collect();
    for (i, own) in losses.iter().enumerate() {
        let equal =
            |other: &BTreeMap<String, u64>| own.iter().filter(|(cell, bits)| other.get(*cell) == Some(bits)).count();
        let twin = losses[..i].iter().position(|other| equal(other) >= EQUAL_LOSSES);
        checked.check(twin.is_none(), RECORDS, None, || {
            let twin = twin.map_or("", |twin| names[twin].as_str());
            format!("{} has {EQUAL_LOSSES} losses or more of {twin} to the last digit", names[i])
        });
    }
    checked
}

/// K3: what diverged stopped there.
pub fn diverged(run: &AuditedRun) -> Checked {
    let mut checked = Checked::of("trainings that diverged", Mark::Consistent);
    for (row, record) in run.records.iter().enumerate().filter(|(_, record)| record.metric == Metric::DivergedAt) {
        let of_job = run.records.iter().filter(|other| other.job_id == record.job_id);
        let last = of_job.filter(|other| other.metric == Metric::TrainLoss).map(|other| other.step).max();
        checked.check(last.is_none_or(|last| (last as f64) <= record.value), RECORDS, Some(row), || {
            format!(
                "{} seed {} is said to have diverged at update {}, its curve goes on to {last:?}",
                record.method, record.seed, record.value
            )
        });
    }
    for job in run.jobs.values().filter(|job| job.file.diverged) {
        let (told, least) = match job.file.spec.work {
            // It may diverge in its first update.
            Work::Train(_) => (Metric::DivergedAt, 0.0),
            Work::Retrain(_) => (Metric::RetrainDiverged, 1.0),
            // A fine-tuning says it in what it tried.
            _ => continue,
        };
        let has_row = job.records.iter().flatten().any(|record| record.metric == told && record.value >= least);
        checked.check(has_row, &format!("jobs/{}/job.json", job.folder), None, || {
            format!("{} is said to have diverged, and has no {told}", job.file.label)
        });
    }
    checked
}
