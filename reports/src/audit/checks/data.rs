//! Was everything measured on the same texts?

use std::collections::BTreeMap;
use std::fs;

use mos_base::Split;
use mos_plan::Metric;
use mos_plan::files::job::{JOB_FILE, RECORDS, hypotheses_file, references_file};
use mos_plan::spec::scoring::{DecodeSpec, ScoringSpec};
use mos_plan::spec::work::Work;

use super::structure::NO_JOBS;
use crate::audit::checked::{Checked, Mark};
use crate::audit::subject::{AuditedJob, AuditedRun};
use crate::scores::{corpus_bleu, corpus_chrf};

/// Scores are written in full, and sums are taken in one order.
const SAME: f64 = 1e-9;

/// D1: all jobs read the run's corpora.
pub fn corpora(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("corpora of jobs", NO_JOBS);
    }
    let mut checked = Checked::of("corpora of jobs", Mark::Consistent);
    let known: BTreeMap<&str, &str> =
        run.manifest.corpora.iter().map(|card| (card.id.as_str(), card.hash.as_str())).collect();
    for job in run.finished() {
        for (role, corpus) in &job.file.spec.inputs.corpora {
            let expected = known.get(corpus.id.as_str());
            checked.check(
                expected == Some(&corpus.hash.as_str()),
                &format!("jobs/{}/{JOB_FILE}", job.folder),
                None,
                || {
                    format!(
                        "{} reads {} {} {}, the run names {}",
                        job.file.label,
                        role.name(),
                        corpus.id,
                        corpus.hash,
                        expected.unwrap_or(&"no such corpus")
                    )
                },
            );
        }
    }
    checked
}

/// D4: how many training pairs nearly equal a test pair, as the run counted them. The texts to count again are not in a run.
pub fn near_duplicates(run: &AuditedRun) -> Checked {
    const WHAT: &str = "counts of near-duplicates that are none";
    let of_it = |metric: Metric| run.records.iter().enumerate().find(move |(_, record)| record.metric == metric);
    let Some((row, near)) = of_it(Metric::NearDuplicates) else {
        return Checked::cannot_tell(WHAT, "the run did not count training examples that nearly equal a test example");
    };
    let pairs = run.records.iter().find(|record| record.metric == Metric::Pairs && record.split == Some(Split::Train));
    let mut checked = Checked::of(WHAT, Mark::Trusted);
    checked.check(near.value == 0.0, RECORDS, Some(row), || {
        let of = pairs.map_or(String::new(), |pairs| format!(" of {}", pairs.value));
        format!("{}{of} training pairs nearly equal a test pair", near.value)
    });
    checked
}

/// The translations of one subnet and split.
struct Translated<'a> {
    job: &'a AuditedJob,
    subnet: &'a str,
    split: Split,
    spec: &'a DecodeSpec,
}

/// Gives what was translated.
fn translated(run: &AuditedRun) -> Vec<Translated<'_>> {
    let mut all = Vec::new();
    for job in run.finished().filter(|job| job.file.void.is_none()) {
        let Work::Score(score) = &job.file.spec.work else { continue };
        let ScoringSpec::Translation(spec) = &score.scoring else { continue };
        for subnet in &score.subnets {
            all.extend(spec.splits.iter().map(|split| Translated { job, subnet: subnet.name(), split: *split, spec }));
        }
    }
    all
}

/// Reads a text of a job, a sentence a line; `None` where it is not there, and where it was left out on purpose.
fn lines(run: &AuditedRun, job: &AuditedJob, name: &str) -> Option<Vec<String>> {
    if run.is_left_out(job, name) {
        return None;
    }
    let text = fs::read_to_string(run.dir.join("jobs").join(&job.folder).join(name)).ok()?;
    Some(text.lines().map(str::to_owned).collect())
}

/// Reads the references of a split.
fn references(run: &AuditedRun, split: Split) -> Option<Vec<String>> {
    let facts = run.finished().find(|job| matches!(job.file.spec.work, Work::DataFacts(_)))?;
    lines(run, facts, &references_file(split))
}

/// D2: BLEU and chrF are those of the stored texts.
pub fn scores(run: &AuditedRun) -> Checked {
    let what = "scores of translations";
    if !run.has_jobs() {
        return Checked::cannot_tell(what, NO_JOBS);
    }
    let mut checked = Checked::of(what, Mark::Recomputed);
    for Translated { job, subnet, split, .. } in translated(run) {
        let texts = references(run, split).zip(lines(run, job, &hypotheses_file(subnet, split)));
        let Some((references, hypotheses)) = texts else {
            return Checked::cannot_tell(what, "the run does not hold the texts");
        };
        if references.len() != hypotheses.len() {
            continue;
        }
        let found = [
            (Metric::Bleu, corpus_bleu(&hypotheses, &references).score),
            (Metric::Chrf, corpus_chrf(&hypotheses, &references).score),
        ];
        for (metric, expected) in found {
            let of_it =
                |r: &&mos_plan::Record| r.metric == metric && r.split == Some(split) && r.subject.text() == subnet;
            let record = job.records.iter().flatten().find(of_it);
            let is_same =
                record.is_some_and(|record| (record.value - expected).abs() <= SAME * expected.abs().max(1.0));
            checked.check(is_same, &format!("jobs/{}/{RECORDS}", job.folder), None, || {
                let told = record.map_or("none".to_owned(), |record| record.value.to_string());
                format!("{}: {split} {metric} of {subnet} is {told}, its translations have {expected}", job.file.label)
            });
        }
    }
    checked
}

/// D3: as many sentences were translated as were to be.
pub fn sentences(run: &AuditedRun) -> Checked {
    let what = "translated texts";
    if !run.has_jobs() {
        return Checked::cannot_tell(what, NO_JOBS);
    }
    let mut checked = Checked::of(what, Mark::Consistent);
    for Translated { job, subnet, split, spec } in translated(run) {
        let name = hypotheses_file(subnet, split);
        let Some((references, hypotheses)) = references(run, split).zip(lines(run, job, &name)) else {
            return Checked::cannot_tell(what, "the run does not hold the texts");
        };
        let most = if spec.pairs == 0 { usize::MAX } else { spec.pairs };
        let agrees = hypotheses.len() == references.len() && hypotheses.len() <= most;
        checked.check(agrees, &format!("jobs/{}/{name}", job.folder), None, || {
            format!(
                "{}: {} translations of {subnet}, {} references, at most {} asked for",
                job.file.label,
                hypotheses.len(),
                references.len(),
                spec.pairs
            )
        });
    }
    checked
}
