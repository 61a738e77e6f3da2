//! The verb `tune` sweeps peak learning rates equally for every method and for training from scratch, and compares them
//! by validation loss.

mod choice;
mod file;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use mos_base::Split;
use mos_base::files::sha256_file;
use mos_plan::choices::last_part;
use mos_plan::cli::TuneArgs;
use mos_plan::experiment::{Choices, Experiment};
use mos_plan::files::folder::{MANIFEST, SWEEP_PREFIX};
use mos_plan::files::job::RECORDS;
use mos_plan::files::manifest::Tuning;
use mos_plan::graph::JobGraph;
use mos_plan::planner::sweep::{self, Schedules, Series};
use mos_plan::profile::find::{profile_file, profile_name};
use mos_plan::profile::profile::{Profile, check_sweep};
use mos_plan::profile::study::Candidate;
use mos_plan::spec::training::Goal;
use mos_plan::spec::work::Work;
use mos_plan::{Metric, Record};
use mos_reports::write_records;
use serde::Serialize;

use crate::run::records;
use crate::run::session::{Session, stopped};
use crate::system::{files, interrupt};
use choice::{Choice, beyond, choose};
use file::rewrite_profile;

/// How often a grid is widened at most; a best that still stands at an end is reported as such.
const MAX_WIDENINGS: usize = 3;

/// Runs the verb; returns the exit status.
pub fn run(root: &Path, args: &TuneArgs) -> Result<u8> {
    let mut experiment = Experiment::resolve(&args.profile, &Choices::default())?;
    let mut rates = if args.rates.is_empty() { experiment.profile.sweep.rates.clone() } else { args.rates.clone() };
    let share = args.updates_share.unwrap_or(experiment.profile.sweep.updates_share);
    check_sweep(&rates, share).context("tune: --rates, --updates-share")?;
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let updates = &mut experiment.profile.training.updates;
    *updates = ((*updates as f64 * share).round() as u64).max(1);
    experiment.profile.sweep.rates = rates.clone();
    experiment.profile.sweep.updates_share = share;
    experiment.profile.seeds = 1;
    experiment.profile.tuning = None;
    let command = command_line(args);
    let name = format!("{SWEEP_PREFIX}{}", profile_name(&args.profile));
    let session = Session::start(root, &name, experiment, args.jobs.map(|n| n as usize))?;
    session.write_manifest(command.clone(), &session.experiment.drawn, &[], &[], &[])?;
    interrupt::count_signals()?;
    let Some((graph, choices)) = sweep_rates(&session, &rates)? else { return Ok(stopped(&command)) };
    let Some((graph, schedules)) = compare_schedules(&session, graph, &choices)? else { return Ok(stopped(&command)) };
    let tuning = record(&session, &graph, command)?;
    let file = profile_file(&args.profile);
    rewrite_profile(&root.join(&file), &choices, &schedules[0].candidate, &tuning)?;
    print(&choices, &schedules, &tuning, &file, args.json)?;
    Ok(0)
}

/// The outcome of one schedule of continued training.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScheduleResult {
    /// The schedule.
    pub candidate: Candidate,
    /// Updates needed as a share of those from scratch, mean over the searched supernets; one that never got there, or
    /// diverged, counts with its whole budget.
    pub share: f64,
    /// Number of supernets whose subnet got there.
    pub reached: usize,
    /// Number of supernets.
    pub of: usize,
    /// Best value on validation, mean over the supernets; it decides between equal shares.
    pub best: f64,
}

/// Continues training under each schedule, from the sweep's supernets at their chosen rates, and returns the best
/// first. It returns `None` when asked to stop.
fn compare_schedules(
    session: &Session,
    swept: JobGraph,
    choices: &[Choice],
) -> Result<Option<(JobGraph, Vec<ScheduleResult>)>> {
    let mut experiment = session.experiment.clone();
    for choice in choices {
        let rates = &mut experiment.profile.rates;
        match &choice.series {
            Series::Scratch(subnet) => rates.scratch.insert(subnet.clone(), choice.rate),
            Series::Supernet(method) => rates.supernet.insert(method.clone(), choice.rate),
        };
    }
    let Schedules { graph, rows } = sweep::schedules(&experiment, &session.basis(), swept)?;
    session.announce(&graph)?;
    if session.execute(&graph)?.summary.interrupted {
        return Ok(None);
    }
    let mut results = Vec::new();
    for (candidate, jobs) in rows {
        let records = records::merge(&graph, &session.store, jobs.iter().copied())?;
        results.push(schedule_result(candidate, &records, jobs.len(), &experiment.profile));
    }
    results.sort_by(|a, b| a.share.total_cmp(&b.share).then(a.best.total_cmp(&b.best)));
    Ok(Some((graph, results)))
}

fn schedule_result(candidate: Candidate, records: &[Record], of: usize, profile: &Profile) -> ScheduleResult {
    let values = |metric: Metric| records.iter().filter(|r| r.metric == metric).map(|r| r.value).collect::<Vec<_>>();
    let retraining = &profile.study.retraining;
    let (curve, sign) = (retraining.target.curve(), if retraining.target == Goal::Loss { 1.0 } else { -1.0 });
    let jobs: BTreeSet<&str> = records.iter().map(|r| r.job_id.as_str()).collect();
    let best_of = |job: &str| {
        let own = records.iter().filter(|r| r.metric == curve && r.job_id == job).map(|r| sign * r.value);
        own.fold(f64::INFINITY, f64::min)
    };
    let shares = values(Metric::RetrainUpdates).iter().map(|needed| needed / profile.training.updates as f64).collect();
    let best = mean(jobs.into_iter().map(best_of).collect());
    let reached = values(Metric::RetrainReached).iter().filter(|v| **v == 1.0).count();
    ScheduleResult { candidate, share: mean(shares), reached, of, best }
}

fn mean(values: Vec<f64>) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn command_line(args: &TuneArgs) -> String {
    let mut command = format!("cargo xtask tune --profile {}", last_part(&args.profile));
    if !args.rates.is_empty() {
        let rates: Vec<String> = args.rates.iter().map(f64::to_string).collect();
        command.push_str(&format!(" --rates {}", rates.join(",")));
    }
    if let Some(share) = args.updates_share {
        command.push_str(&format!(" --updates-share {share}"));
    }
    command
}

/// Sweeps, widens, and chooses; returns `None` when asked to stop.
fn sweep_rates(session: &Session, rates: &[f64]) -> Result<Option<(JobGraph, Vec<Choice>)>> {
    let series = Series::all(&session.experiment);
    let mut grids: Vec<(Series, Vec<f64>)> = series.into_iter().map(|s| (s, rates.to_vec())).collect();
    for round in 0.. {
        let (graph, positions) = sweep::sweep(&session.experiment, &session.basis(), &grids)?;
        session.announce(&graph)?;
        let executed = session.execute(&graph)?;
        if executed.summary.interrupted {
            return Ok(None);
        }
        let mut choices = Vec::new();
        let mut widened = false;
        for ((series, grid), jobs) in grids.iter_mut().zip(&positions) {
            let losses = jobs.iter().map(|&job| final_loss(session, &graph, job)).collect::<Result<Vec<_>>>()?;
            let choice = choose(series, grid, &losses)?;
            if choice.at_an_end && round < MAX_WIDENINGS {
                let rate = beyond(grid, choice.rate);
                eprintln!(
                    "{}: the best of {} rates is at the end, {}; trying {rate}",
                    choice.series.label(),
                    grid.len(),
                    choice.rate
                );
                grid.push(rate);
                widened = true;
            }
            choices.push(choice);
        }
        if !widened {
            return Ok(Some((graph, choices)));
        }
    }
    unreachable!("the loop ends when nothing is widened, at the latest after {MAX_WIDENINGS} rounds")
}

/// Returns the final validation loss of a job: the mean over the subnets it was validated on. It is none where training
/// diverged.
fn final_loss(session: &Session, graph: &JobGraph, job: usize) -> Result<Option<f64>> {
    let file = session.store.job(&graph.jobs[job].id)?.context("a job of the sweep has no job.json")?;
    if file.diverged {
        return Ok(None);
    }
    let Work::Train(train) = &graph.jobs[job].spec.work else { bail!("a sweep holds training jobs only") };
    mean_final_loss(&records::merge(graph, &session.store, [job])?, train.optimisation.updates).map(Some)
}

fn mean_final_loss(records: &[Record], updates: u64) -> Result<f64> {
    let is_final = |r: &&Record| r.metric == Metric::Loss && r.split == Some(Split::Valid) && r.step == updates as i64;
    let losses: Vec<f64> = records.iter().filter(is_final).map(|r| r.value).collect();
    if losses.is_empty() {
        bail!("a job of the sweep recorded no final validation loss");
    }
    Ok(losses.iter().sum::<f64>() / losses.len() as f64)
}

/// Writes the sweep's records where the repository keeps them.
fn record(session: &Session, graph: &JobGraph, command: String) -> Result<Tuning> {
    let name = format!("reports/recorded/{}", session.store.name);
    let folder = session.root.join(&name);
    let merged = records::merge(graph, &session.store, 0..graph.jobs.len())?;
    std::fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
    write_records(&session.store.records(), &merged)?;
    write_records(&folder.join(RECORDS), &merged)?;
    files::copy_atomic(&session.store.dir.join(MANIFEST), &folder.join(MANIFEST))?;
    let sha256 = sha256_file(&folder.join(RECORDS))?;
    Ok(Tuning { records: format!("{name}/{RECORDS}"), sha256, command })
}

fn print(choices: &[Choice], schedules: &[ScheduleResult], tuning: &Tuning, file: &str, json: bool) -> Result<()> {
    if json {
        let choice = |c: &Choice| {
            serde_json::json!({
                "series": c.series.label(), "rate": c.rate, "loss": c.loss, "curve": c.curve, "at_an_end": c.at_an_end,
            })
        };
        let choices: Vec<_> = choices.iter().map(choice).collect();
        let document = serde_json::json!({
            "profile": file, "records": tuning.records, "choices": choices, "retraining": schedules,
        });
        println!("{}", serde_json::to_string_pretty(&document)?);
        return Ok(());
    }
    println!("{:22} {:>9} {:>8}  every rate tried: loss", "series", "peak rate", "loss");
    for choice in choices {
        let shown = |(rate, loss): &(f64, Option<f64>)| match loss {
            Some(loss) => format!("{rate}: {loss:.3}"),
            None => format!("{rate}: diverged"),
        };
        let curve: Vec<String> = choice.curve.iter().map(shown).collect();
        let end = if choice.at_an_end { "  (at an end)" } else { "" };
        println!("{:22} {:>9} {:>8.3}  {}{end}", choice.series.label(), choice.rate, choice.loss, curve.join(", "));
    }
    println!("\n{:22} {:>9}  got there", "continued training", "share");
    for result in schedules {
        println!("{:22} {:>9.3}  {} of {}", result.candidate.label(), result.share, result.reached, result.of);
    }
    println!("records: {}\nrates written to {file}", tuning.records);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_plan::{Subject, SubnetId, SubnetKind, Track};

    #[test]
    fn a_supernets_loss_is_the_mean_over_its_subnets_at_the_last_update() {
        let end = |kind: SubnetKind| Subject::Subnet(SubnetId { kind, name: kind.name().to_string() });
        let row = |kind: SubnetKind, split, step, value| Record {
            job_id: "1".into(),
            track: Track::Mt,
            dataset: "d".into(),
            profile: "p".into(),
            method: "hat".into(),
            seed: 1,
            subject: end(kind),
            split: Some(split),
            metric: Metric::Loss,
            step,
            value,
            loaded: false,
        };
        let rows = [
            row(SubnetKind::Largest, Split::Valid, 20, 9.0),
            row(SubnetKind::Largest, Split::Valid, 40, 3.0),
            row(SubnetKind::Smallest, Split::Valid, 40, 4.0),
            row(SubnetKind::Smallest, Split::Test, 40, 100.0),
        ];
        assert_eq!(mean_final_loss(&rows, 40).unwrap(), 3.5);
        assert!(mean_final_loss(&rows, 41).is_err());
    }
}
