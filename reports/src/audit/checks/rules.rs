//! Were the methods compared as the method of comparison says?

use std::collections::BTreeMap;

use mos_base::Split;
use mos_base::files::sha256_file;
use mos_plan::files::folder::{MANIFEST, SWEEP};
use mos_plan::files::job::{JOB_FILE, RECORDS};
use mos_plan::profile::profile::Profile;
use mos_plan::spec::fine_tuning::Selection;
use mos_plan::spec::training::TrainSpec;
use mos_plan::spec::work::Work;
use mos_plan::{Metric, Subject};
use mos_spaces::SearchSpace;
use serde_json::Value;

use super::structure::{NO_JOBS, who};
use crate::audit::checked::{Checked, Mark};
use crate::audit::replan::{FOUND, experiment, found, replan};
use crate::audit::subject::AuditedRun;
use crate::run::Run;
use crate::sections::Sweep;

/// Two numbers that stand in files as decimal text are the same up to this share.
const SAME: f64 = 1e-9;

/// R1: the plan is the one that this code makes.
pub fn plan(run: &AuditedRun) -> Checked {
    let Some(plan) = &run.plan else { return Checked::cannot_tell("jobs of the plan", NO_JOBS) };
    let graph = match replan(run) {
        Ok(graph) => graph,
        Err(reason) => return Checked::cannot_tell("jobs of the plan", format!("it can't be made again: {reason}")),
    };
    let mut checked = Checked::of("jobs of the plan", Mark::Recomputed);
    for job in &graph.jobs {
        let is_planned = plan.iter().any(|entry| entry.id == job.id && entry.label == job.label);
        checked.check(is_planned, "plan.json", None, || {
            format!("the profile asks for {} ({}), which was not planned", job.label, job.id)
        });
    }
    for entry in plan.iter().filter(|entry| graph.position(&entry.id).is_none()) {
        checked.also(
            "plan.json",
            None,
            format!("{} ({}) was planned, and the profile does not ask for it", entry.label, entry.id),
        );
    }
    checked
}

/// R2: the profile is the one that is shipped under its name.
pub fn profile(run: &AuditedRun) -> Checked {
    let manifest = &run.manifest;
    let Ok(shipped) = Profile::find(&manifest.profile) else {
        return Checked::cannot_tell(
            "settings of the profile",
            format!("this program ships no profile {}", manifest.profile),
        );
    };
    let (Ok(shipped), Ok(own)) = (toml::to_string(&shipped), manifest.profile_toml.parse::<toml::Table>()) else {
        return Checked::cannot_tell("settings of the profile", "the run's profile can't be read");
    };
    let shipped = settings(&shipped.parse::<toml::Table>().unwrap_or_default());
    let own = settings(&own);
    let mut checked = Checked::of("settings of the profile", Mark::Consistent);
    for (name, value) in &shipped {
        let of_run = own.get(name);
        checked.check(of_run == Some(value), MANIFEST, None, || {
            format!("`{name}` is {}, shipped is {value}", of_run.map_or("absent", String::as_str))
        });
    }
    for (name, value) in own.iter().filter(|(name, _)| !shipped.contains_key(*name)) {
        checked.also(MANIFEST, None, format!("`{name}` is {value}, shipped is absent"));
    }
    checked
}

/// Gives every setting of a table with its whole name.
fn settings(table: &toml::Table) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    let mut open: Vec<(String, &toml::Table)> = vec![(String::new(), table)];
    while let Some((prefix, table)) = open.pop() {
        for (key, value) in table {
            let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match value {
                toml::Value::Table(inner) => open.push((name, inner)),
                value => drop(flat.insert(name, value.to_string())),
            }
        }
    }
    flat
}

/// R3: compared supernets were trained and scored alike.
pub fn alike(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("trainings and scores", NO_JOBS);
    }
    let mut checked = Checked::of("trainings and scores", Mark::Consistent);
    let mut first: BTreeMap<String, (String, Value)> = BTreeMap::new();
    for job in run.finished() {
        let spec = &job.file.spec;
        let (kind, shared) = match &spec.work {
            Work::Train(train) if run.manifest.methods.contains(&train.method) => {
                (format!("training seed {}", train.seed), shared(train))
            }
            Work::Score(score) if run.manifest.methods.contains(&score.method) => {
                let scoring = serde_json::to_value(&score.scoring).unwrap_or_default();
                (format!("scoring of {} subnets", score.subnets.len()), scoring)
            }
            _ => continue,
        };
        let data = serde_json::to_value(&spec.inputs.corpora).unwrap_or_default();
        let own = serde_json::json!({ "work": shared, "data": data });
        let (label, expected) = first.entry(kind).or_insert_with(|| (job.file.label.clone(), own.clone()));
        checked.check(own == *expected, &format!("jobs/{}/{JOB_FILE}", job.folder), None, || {
            format!("{} differs from {label} in {}", job.file.label, differing(&own, expected).join(", "))
        });
    }
    checked
}

/// Gives what all compared trainings of a seed have to have in common: all but the method, its losses and its own rate.
fn shared(train: &TrainSpec) -> Value {
    let mut value = serde_json::to_value(train).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        for own in ["method", "second_try"] {
            object.remove(own);
        }
        if let Some(optimisation) = object.get_mut("optimisation").and_then(Value::as_object_mut) {
            optimisation.remove("peak_lr");
        }
    }
    value
}

/// Names the leaves in which two documents differ.
fn differing(own: &Value, other: &Value) -> Vec<String> {
    let (Some(own), Some(other)) = (own.as_object(), other.as_object()) else { return vec![] };
    let mut names = Vec::new();
    for (key, value) in own {
        match other.get(key) {
            Some(there) if there == value => {}
            Some(there) if there.is_object() => {
                names.extend(differing(value, there).into_iter().map(|inner| format!("{key}.{inner}")));
            }
            _ => names.push(key.clone()),
        }
    }
    names
}

/// R4: rates are those that the sweep found best.
pub fn rates(run: &AuditedRun) -> Checked {
    let what = "swept rates";
    let Some(sweep) = &run.sweep else {
        if run.manifest.tuning.is_none() {
            return Checked::cannot_tell(what, "the run's rates were not tuned by a recorded sweep");
        }
        let mut checked = Checked::of(what, Mark::Recomputed);
        checked.check(false, MANIFEST, None, || {
            format!("it names a sweep, and the run holds no {SWEEP} that can be read")
        });
        return checked;
    };
    let loaded = match Run::new(run.manifest.clone(), &run.records) {
        Ok(loaded) => loaded,
        Err(error) => return Checked::cannot_tell(what, error.to_string()),
    };
    let Some(sweep) = Sweep::of_run(sweep, &loaded) else {
        return Checked::cannot_tell(what, "the sweep holds no losses");
    };
    let mut checked = Checked::of(what, Mark::Recomputed);
    let found = sha256_file(&run.dir.join(SWEEP)).ok();
    let told = run.manifest.tuning.as_ref().map(|tuning| tuning.sha256.clone());
    checked.check(found == told, SWEEP, None, || format!("its SHA-256 is {found:?}, the run names {told:?}"));
    for curve in &sweep.curves {
        let Some(chosen) = curve.chosen else { continue };
        let (best, loss) = curve.best();
        let is_best = (chosen / best - 1.0).abs() < SAME;
        checked.check(is_best, SWEEP, None, || {
            format!(
                "{} was trained at {chosen}, best in the sweep is {best} (validation loss {loss:.4})",
                curve.label()
            )
        });
    }
    checked
}

/// R5: choices were made on validation.
pub fn on_validation(run: &AuditedRun) -> Checked {
    let mut checked = Checked::of("choices", Mark::Consistent);
    for (row, record) in run.records.iter().enumerate() {
        let chooses = [
            Metric::SearchFitness,
            Metric::RandomFitness,
            Metric::RetrainLoss,
            Metric::RetrainBleu,
            Metric::RetrainGoal,
        ];
        if chooses.contains(&record.metric) {
            checked.check(record.split == Some(Split::Valid), RECORDS, Some(row), || {
                let split = record.split.map_or("no split".to_owned(), |split| split.to_string());
                format!("{} of {} is of {split}", record.metric, who(record))
            });
        }
    }
    for job in run.finished() {
        let selected = match &job.file.spec.work {
            Work::FineTune(spec) => spec.selected_on,
            Work::BagOfWords(spec) => spec.selected_on,
            _ => continue,
        };
        checked.check(selected == Selection::Valid, &format!("jobs/{}/{JOB_FILE}", job.folder), None, || {
            format!("{} chose its setting on the split that it reports, as published for GLUE", job.file.label)
        });
    }
    checked
}

/// R6: what searches found is what the run says they found.
pub fn searches(run: &AuditedRun) -> Checked {
    let what = "searches";
    if !run.has_jobs() {
        return Checked::cannot_tell(what, NO_JOBS);
    }
    let mut checked = Checked::of(what, Mark::Consistent);
    for job in run.finished().filter(|job| job.file.void.is_none()) {
        let Work::Search(search) = &job.file.spec.work else { continue };
        let file = format!("jobs/{}/{FOUND}", job.folder);
        let Ok(space) = SearchSpace::find(search.space.as_str()) else { continue };
        let (arch, document) = match found(&run.dir.join(&file), &space) {
            Ok(read) => read,
            Err(reason) => {
                checked.check(false, &file, None, || reason);
                continue;
            }
        };
        let number =
            |path: &[&str]| path.iter().try_fold(&document, |value, key| value.get(key)).and_then(Value::as_f64);
        let subject = Subject::Limit(search.limit);
        let fitness =
            job.records.iter().flatten().filter(|r| r.metric == Metric::SearchFitness && r.subject == subject);
        let best = fitness.map(|record| record.value).reduce(f64::min);
        let mut wrong = Vec::new();
        if best.is_some() && best != number(&["fitness"]) {
            wrong.push(format!("its fitness is {:?}, the best that it scored {best:?}", number(&["fitness"])));
        }
        if number(&["cost"]) > number(&["reach", "limit"]) {
            wrong.push(format!(
                "its cost {:?} is above its limit {:?}",
                number(&["cost"]),
                number(&["reach", "limit"])
            ));
        }
        let cards = run.manifest.subnets.iter().chain(&run.manifest.found_subnets);
        let guests = run.manifest.guests.iter().map(|guest| &guest.subnet);
        let is_told = cards.chain(guests).any(|card| card.summary == arch.summary());
        if !is_told {
            wrong.push(format!("it found {}, which the manifest does not name", arch.summary()));
        }
        checked.check(wrong.is_empty(), &file, None, || format!("{}: {}", job.file.label, wrong.join("; ")));
    }
    checked
}

/// R7: the run is presented as its profile says.
pub fn presented(run: &AuditedRun) -> Checked {
    let what = "settings of the run";
    let manifest = &run.manifest;
    let experiment = match experiment(run) {
        Ok(experiment) => experiment,
        Err(reason) => return Checked::cannot_tell(what, format!("its profile can't be read: {reason}")),
    };
    let profile = &experiment.profile;
    let subnets: Vec<String> = experiment.subnets.iter().map(|subnet| subnet.arch.summary()).collect();
    let seeds: Vec<i64> = experiment.seeds().map(|seed| seed as i64).collect();
    let pairs = [
        ("metric", manifest.primary_metric.to_string(), profile.primary_metric.to_string()),
        ("split", manifest.primary_split.to_string(), profile.primary_split.to_string()),
        ("headline", format!("{:?}", manifest.headline), format!("{:?}", profile.subnets.headline)),
        ("methods", manifest.methods.join(" "), profile.methods.join(" ")),
        ("seeds", format!("{:?}", manifest.seeds), format!("{seeds:?}")),
        ("space", manifest.space.clone(), profile.space.clone()),
        ("track", manifest.track.to_string(), profile.track.to_string()),
        ("sweep", format!("{:?}", manifest.tuning), format!("{:?}", profile.tuning)),
    ];
    let mut checked = Checked::of(what, Mark::Recomputed);
    for (name, found, expected) in pairs {
        checked
            .check(found == expected, MANIFEST, None, || format!("its {name} is {found}, its profile says {expected}"));
    }
    let own: Vec<String> = manifest.subnets.iter().map(|card| card.summary.clone()).collect();
    checked.check(own == subnets, MANIFEST, None, || {
        format!("its subnets are {}, its profile draws {}", own.join("; "), subnets.join("; "))
    });
    checked
}
