//! Do the counters, curves and goals of trainings follow from their specs and from each other?

use std::collections::{BTreeMap, BTreeSet};

use mos_base::Split;
use mos_plan::files::job::RECORDS;
use mos_plan::spec::inputs::Role;
use mos_plan::spec::training::TrainSpec;
use mos_plan::spec::work::Work;
use mos_plan::{Metric, Record};
use mos_spaces::method::{Method, reference};

use super::structure::NO_JOBS;
use crate::audit::checked::{Checked, Mark};
use crate::audit::subject::{AuditedJob, AuditedRun};

/// What is summed in another order differs by no more than this share.
const SAME: f64 = 1e-5;
/// Times and rates are rounded, and clocks are read at other moments, up to this share.
const NEAR: f64 = 0.05;

/// No training has more updates.
const MOST_UPDATES: i64 = 100_000_000;

fn close(a: f64, b: f64, share: f64) -> bool {
    (a - b).abs() <= share * a.abs().max(b.abs())
}

/// A finished training with its spec and records.
struct Training<'a> {
    job: &'a AuditedJob,
    spec: &'a TrainSpec,
    records: &'a [Record],
}

impl Training<'_> {
    fn value(&self, metric: Metric) -> Option<f64> {
        self.records.iter().find(|record| record.metric == metric).map(|record| record.value)
    }

    fn file(&self) -> String {
        format!("jobs/{}/{RECORDS}", self.job.folder)
    }
}

/// Gives the trainings that came to an end.
fn trainings(run: &AuditedRun) -> Vec<Training<'_>> {
    let mut trainings = Vec::new();
    for job in run.finished() {
        if let (Work::Train(spec), Some(records)) = (&job.file.spec.work, &job.records)
            && !job.file.diverged
        {
            trainings.push(Training { job, spec, records });
        }
    }
    trainings
}

/// N2: counters are those of the spec.
pub fn counters(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("counters of trainings", NO_JOBS);
    }
    let mut checked = Checked::of("counters of trainings", Mark::Consistent);
    let mut counted: BTreeMap<(Metric, String), (String, f64)> = BTreeMap::new();
    for training in trainings(run) {
        let (spec, file, label) = (training.spec, training.file(), &training.job.file.label);
        let second = training.value(Metric::FailedPeakLr).and(spec.second_try);
        let rate = second.map_or(spec.optimisation.peak_lr, |second| second.peak_lr);
        let method = Method::find(&spec.method);
        let of_spec = [
            (Metric::Updates, spec.optimisation.updates as f64),
            (Metric::PeakLr, rate),
            (Metric::SubnetPasses, method.as_ref().map_or(f64::NAN, |method| method.passes() as f64)),
        ];
        for (metric, expected) in of_spec {
            let found = training.value(metric);
            checked.check(found.is_some_and(|found| close(found, expected, SAME)), &file, None, || {
                format!("{label}: {metric} is {found:?}, its spec says {expected}")
            });
        }
        // All trainings of a task and seed see the same batches, so they predict as many tokens. Where the subnets of an update
        // are drawn alike, too, they are the same, and take as many FLOPs.
        let batches = format!(
            "{:?} seed {} updates {} tokens {} x {}",
            spec.task, spec.seed, spec.optimisation.updates, spec.batch_tokens, spec.micro_batches
        );
        let drawn =
            method.as_ref().map_or(String::new(), |m| format!("{:?} {:?} {:?}", m.sampler, m.objective, m.partition));
        let subject = training.records.first().map_or(String::new(), |record| record.subject.text());
        let alike = [
            (Metric::TokensSeen, batches.clone()),
            (Metric::Epochs, batches.clone()),
            (Metric::TrainFlops, format!("{batches} {drawn} {subject}")),
        ];
        for (metric, alike) in alike {
            let Some(found) = training.value(metric) else { continue };
            let (first, expected) = counted.entry((metric, alike)).or_insert_with(|| (label.clone(), found)).clone();
            checked.check(found == expected, &file, None, || {
                format!("{label}: {metric} is {found}, that of {first} on the same batches {expected}")
            });
        }
    }
    checked
}

/// Gives the step whose weights a training kept: the last, unless it was to keep the best ones. Which are the best is decided by
/// the loss that is trained, which no curve shows; the point is one at which all curves are at the scores.
fn kept_step(
    spec: &TrainSpec,
    by_subnet: &BTreeMap<String, Vec<&Record>>,
    scored: impl Fn(&str) -> Option<f64>,
) -> Option<i64> {
    let steps: BTreeSet<i64> = by_subnet.values().flatten().map(|record| record.step).collect();
    if spec.keep_best.is_none() {
        return steps.last().copied();
    }
    let agrees = |step: &i64| {
        by_subnet.iter().all(|(subnet, points)| {
            let point = points.iter().find(|record| record.step == *step);
            scored(subnet).is_none_or(|score| point.is_some_and(|point| close(point.value, score, SAME)))
        })
    };
    steps.iter().find(|step| agrees(step)).copied()
}

/// N3: curves have their points, and what was scored is their end, or the point whose weights were kept.
pub fn curves(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("learning curves", NO_JOBS);
    }
    let mut checked = Checked::of("learning curves", Mark::Consistent);
    for training in trainings(run) {
        let (spec, file, label) = (training.spec, training.file(), &training.job.file.label);
        let (updates, every) = (spec.optimisation.updates as i64, spec.validate_every as i64);
        let is_possible = (1..=MOST_UPDATES).contains(&updates) && every > 0;
        checked.check(is_possible, &file, None, || {
            format!("{label}: {updates} updates with a look at validation every {every} are no training")
        });
        if !is_possible {
            continue;
        }
        let expected: Vec<i64> = (1..=updates).filter(|step| step % every == 0 || *step == updates).collect();
        let mut by_subnet: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
        for record in training.records.iter().filter(|r| r.metric == Metric::Loss && r.split == Some(Split::Valid)) {
            by_subnet.entry(record.subject.text()).or_default().push(record);
        }
        by_subnet.values_mut().for_each(|points| points.sort_by_key(|record| record.step));
        let scored = |subnet: &str| {
            let score = scores_of(run, &training.job.file.id).find(|r| r.subject.text() == subnet);
            score.map(|record| record.value)
        };
        let kept = kept_step(spec, &by_subnet, scored);
        for (subnet, points) in by_subnet {
            let steps: Vec<i64> = points.iter().map(|record| record.step).collect();
            checked.check(steps == expected, &file, None, || {
                format!("{label}: the curve of {subnet} has points at {steps:?}, its spec asks for {expected:?}")
            });
            let Some(scored) = scored(&subnet) else { continue };
            let point = points.iter().find(|record| Some(record.step) == kept);
            checked.check(point.is_some_and(|point| close(point.value, scored, SAME)), RECORDS, None, || match point {
                Some(point) => format!(
                    "{label}: the curve of {subnet} is at {} where its weights were kept (update {}), its score is {scored}",
                    point.value, point.step
                ),
                None => format!("{label}: the score of {subnet} is {scored}, which is no point of its curve"),
            });
        }
    }
    checked
}

/// Gives the validation losses that were scored with the weights of a training.
fn scores_of<'a>(run: &'a AuditedRun, training: &'a str) -> impl Iterator<Item = &'a Record> {
    let of_it = move |job: &&AuditedJob| {
        let inputs = &job.file.spec.inputs.jobs;
        let reads = inputs.get(&Role::Training).is_some_and(|ids| ids.iter().any(|id| id == training));
        reads && matches!(job.file.spec.work, Work::Score(_))
    };
    let records = run.finished().filter(of_it).filter_map(|job| job.records.as_ref()).flatten();
    records.filter(|r| r.metric == Metric::Loss && r.split == Some(Split::Valid))
}

/// N6: continued trainings reached what they are said to, when they are said to.
pub fn goals(run: &AuditedRun) -> Checked {
    let mut checked = Checked::of("continued trainings", Mark::Consistent);
    for (row, record) in run.records.iter().enumerate().filter(|(_, r)| r.metric == Metric::RetrainUpdates) {
        let value = |metric: Metric| about(run, metric, record).next().map(|r| r.value);
        let name = format!("{} {} seed {}", record.method, record.subject.text(), record.seed);
        let (Some(goal), Some(reached), Some(budget)) =
            (value(Metric::RetrainGoal), value(Metric::RetrainReached), value(Metric::RetrainBudget))
        else {
            checked.check(false, RECORDS, Some(row), || {
                format!("{name} lacks its goal, its budget or whether it got there")
            });
            continue;
        };
        let is_loss = about(run, Metric::RetrainLoss, record).next().is_some();
        let curve_of = if is_loss { Metric::RetrainLoss } else { Metric::RetrainBleu };
        let good = |value: f64| if is_loss { value <= goal } else { value >= goal };
        let mut curve: Vec<(i64, f64)> = about(run, curve_of, record).map(|r| (r.step, r.value)).collect();
        curve.sort_by_key(|(step, _)| *step);
        // Two points in succession have to be as good, and the first of them counts.
        let both = |pair: &&[(i64, f64)]| pair.iter().all(|(_, value)| good(*value));
        let first = curve.windows(2).find(both).map(|pair| pair[0].0 as f64);
        let expected = first.unwrap_or(budget);
        let diverged = value(Metric::RetrainDiverged).is_some_and(|v| v > 0.0);
        let agrees =
            (reached > 0.0) == first.is_some() && (diverged || record.value == expected) && record.value <= budget;
        checked.check(agrees, RECORDS, Some(row), || {
            format!(
                "{name}: {} updates of at most {budget}, reached {reached}; its curve reaches {goal} at {first:?}",
                record.value
            )
        });
        let scratch = run.records.iter().find(|r| {
            let of_it = r.method == reference().name && r.subject == record.subject && r.seed == record.seed;
            let metric = if is_loss { Metric::Loss } else { Metric::TokenisedBleu };
            of_it && r.metric == metric && r.split == Some(Split::Valid) && !is_curve(run, r)
        });
        if let Some(scratch) = scratch {
            checked.check(close(goal, scratch.value, SAME), RECORDS, Some(row), || {
                format!("{name}: its goal is {goal}, from scratch it came to {}", scratch.value)
            });
        }
    }
    checked
}

/// Gives the records of a metric about what another record is about.
fn about<'a>(run: &'a AuditedRun, metric: Metric, key: &'a Record) -> impl Iterator<Item = &'a Record> {
    let same = move |r: &&Record| (&r.method, &r.subject, r.seed) == (&key.method, &key.subject, key.seed);
    run.records.iter().filter(move |r| r.metric == metric).filter(same)
}

/// Tells whether a record is a point of a training's curve, and no score.
fn is_curve(run: &AuditedRun, record: &Record) -> bool {
    run.records.iter().any(|r| r.job_id == record.job_id && r.metric == Metric::TrainSeconds)
}

/// N7: times are plausible.
pub fn times(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("times of trainings", NO_JOBS);
    }
    let mut checked = Checked::of("times of trainings", Mark::Consistent);
    for training in trainings(run) {
        let (file, label) = (training.file(), &training.job.file.label);
        let value = |metric: Metric| training.value(metric);
        if let (Some(tokens), Some(seconds), Some(rate)) =
            (value(Metric::TokensSeen), value(Metric::TrainSeconds), value(Metric::TokensPerSecond))
        {
            checked.check(close(tokens / seconds, rate, NEAR), &file, None, || {
                format!("{label}: {tokens} tokens in {seconds} s are not {rate} a second")
            });
        }
        if let Some(utilisation) = value(Metric::Utilisation) {
            checked.check(utilisation <= 1.0, &file, None, || {
                format!("{label}: it used {utilisation} of what the machine can compute")
            });
        }
    }
    checked
}
