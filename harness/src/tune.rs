//! `tune`: an equal sweep of peak learning rates for every method and for training from scratch, on validation loss.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use mos_datasets::storage::sha256_file;
use mos_reports::manifest::Tuning;
use mos_reports::schema::Record;
use serde::Serialize;

use crate::cli::TuneArgs;
use crate::experiment::{Choices, Experiment};
use crate::plan::{self, JobGraph, PlannedJob, Schedules, Series};
use crate::profile::{Profile, check_sweep, profile_file};
use crate::session::{Session, stopped};
use crate::spec::{Target, Work};
use crate::study::Candidate;
use crate::tuned_file::rewrite_profile;
use crate::{files, interrupt, records};

/// A grid is widened at most so often; a best that still stands at an end is reported as such.
const MAX_WIDENINGS: usize = 3;

/// The best rate of one series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// `hat`, `scratch/largest`, ...
    pub series: String,
    /// The best peak rate.
    pub rate: f64,
    /// Its validation loss.
    pub loss: f64,
    /// Every rate that was tried, with its loss; none where training diverged.
    pub curve: Vec<(f64, Option<f64>)>,
    /// The best stands at an end of what was tried: a still better one may lie beyond.
    pub at_an_end: bool,
}

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
    let session = Session::start(root, &format!("tune-{}", args.profile), experiment, args.jobs.map(|n| n as usize))?;
    session.write_manifest(command.clone(), &session.experiment.drawn, &[])?;
    interrupt::count_signals()?;
    let Some((graph, choices)) = sweep(&session, &rates)? else { return Ok(stopped(&command)) };
    let Some((graph, schedules)) = compare_schedules(&session, graph, &choices)? else { return Ok(stopped(&command)) };
    let tuning = record(&session, &graph, command)?;
    let file = profile_file(&args.profile);
    rewrite_profile(&root.join(&file), &choices, &schedules[0].candidate, &tuning)?;
    print(&choices, &schedules, &tuning, &file, args.json)?;
    Ok(0)
}

/// How one schedule of continued training did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScheduleResult {
    /// The schedule.
    pub candidate: Candidate,
    /// Updates needed as a share of those from scratch, mean over the searched supernets; one that never got there, or
    /// diverged, counts with its whole budget.
    pub share: f64,
    /// Supernets whose subnet got there.
    pub reached: usize,
    /// Supernets.
    pub of: usize,
    /// Best value on validation, mean over the supernets: decides between equal shares.
    pub best: f64,
}

/// Continues training under each schedule, from the sweep's supernets at their chosen rates; the best first. `None` when
/// asked to stop.
fn compare_schedules(
    session: &Session,
    sweep: JobGraph,
    choices: &[Choice],
) -> Result<Option<(JobGraph, Vec<ScheduleResult>)>> {
    let mut experiment = session.experiment.clone();
    for choice in choices {
        let rates = &mut experiment.profile.rates;
        match choice.series.strip_prefix("scratch/") {
            Some(subnet) => rates.scratch.insert(subnet.to_string(), choice.rate),
            None => rates.supernet.insert(choice.series.clone(), choice.rate),
        };
    }
    let Schedules { graph, rows } = plan::schedules(&experiment, &session.context(), sweep)?;
    session.announce(&graph)?;
    if session.execute(&graph, true)?.summary.interrupted {
        return Ok(None);
    }
    let mut results = Vec::new();
    for (candidate, jobs) in rows {
        let records = records::merge(&graph, &session.store, jobs.iter())?;
        results.push(schedule_result(candidate, &records, jobs.len(), &experiment.profile));
    }
    results.sort_by(|a, b| a.share.total_cmp(&b.share).then(a.best.total_cmp(&b.best)));
    Ok(Some((graph, results)))
}

fn schedule_result(candidate: Candidate, records: &[Record], of: usize, profile: &Profile) -> ScheduleResult {
    let values = |metric: &str| records.iter().filter(|r| r.metric == metric).map(|r| r.value).collect::<Vec<_>>();
    let retraining = &profile.study.retraining;
    let (curve, sign) = (retraining.target.curve(), if retraining.target == Target::Loss { 1.0 } else { -1.0 });
    let jobs: BTreeSet<&str> = records.iter().map(|r| r.job_id.as_str()).collect();
    let best_of = |job: &str| {
        let own = records.iter().filter(|r| r.metric == curve && r.job_id == job).map(|r| sign * r.value);
        own.fold(f64::INFINITY, f64::min)
    };
    let shares = values("retrain_updates").iter().map(|needed| needed / profile.training.updates as f64).collect();
    let best = mean(jobs.into_iter().map(best_of).collect());
    let reached = values("retrain_reached").iter().filter(|v| **v == 1.0).count();
    ScheduleResult { candidate, share: mean(shares), reached, of, best }
}

fn mean(values: Vec<f64>) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn command_line(args: &TuneArgs) -> String {
    let mut command = format!("cargo xtask tune --profile {}", args.profile);
    if !args.rates.is_empty() {
        let rates: Vec<String> = args.rates.iter().map(f64::to_string).collect();
        command.push_str(&format!(" --rates {}", rates.join(",")));
    }
    if let Some(share) = args.updates_share {
        command.push_str(&format!(" --updates-share {share}"));
    }
    command
}

/// Sweeps, widens, and chooses; `None` when asked to stop.
fn sweep(session: &Session, rates: &[f64]) -> Result<Option<(JobGraph, Vec<Choice>)>> {
    let series = Series::all(&session.experiment);
    let mut grids: Vec<(Series, Vec<f64>)> = series.into_iter().map(|s| (s, rates.to_vec())).collect();
    for round in 0.. {
        let (graph, positions) = plan::sweep(&session.experiment, &session.context(), &grids)?;
        session.announce(&graph)?;
        let executed = session.execute(&graph, true)?;
        if executed.summary.interrupted {
            return Ok(None);
        }
        for (job, reason) in &executed.summary.failed {
            eprintln!("note: {} diverged ({reason})", graph.jobs[*job].label);
        }
        let mut choices = Vec::new();
        let mut widened = false;
        for ((series, grid), jobs) in grids.iter_mut().zip(&positions) {
            let losses = jobs.iter().map(|&job| final_loss(session, &graph, job)).collect::<Result<Vec<_>>>()?;
            let choice = choose(&series.label(), grid, &losses)?;
            if choice.at_an_end && round < MAX_WIDENINGS {
                let rate = beyond(grid, choice.rate);
                eprintln!(
                    "{}: the best of {} rates is at the end, {}; trying {rate}",
                    choice.series,
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

/// Final validation loss of a job: the mean over the subnets it was validated on. None where training diverged.
fn final_loss(session: &Session, graph: &JobGraph, job: usize) -> Result<Option<f64>> {
    let file = session.store.job(&graph.jobs[job].id)?.context("a job of the sweep has no job.json")?;
    if file.diverged {
        return Ok(None);
    }
    let Work::Train(train) = &graph.jobs[job].spec.work else { bail!("a sweep holds training jobs only") };
    mean_final_loss(&records::merge(graph, &session.store, [job].iter())?, train.updates).map(Some)
}

fn mean_final_loss(records: &[Record], updates: u64) -> Result<f64> {
    let is_final = |r: &&Record| r.metric == "loss" && r.split == "valid" && r.step == updates as i64;
    let losses: Vec<f64> = records.iter().filter(is_final).map(|r| r.value).collect();
    if losses.is_empty() {
        bail!("a job of the sweep recorded no final validation loss");
    }
    Ok(losses.iter().sum::<f64>() / losses.len() as f64)
}

/// The rate with the lowest loss; the lower rate on a tie.
fn choose(series: &str, grid: &[f64], losses: &[Option<f64>]) -> Result<Choice> {
    let mut curve: Vec<(f64, Option<f64>)> = grid.iter().copied().zip(losses.iter().copied()).collect();
    curve.sort_by(|a, b| a.0.total_cmp(&b.0));
    let tried = curve.iter().filter_map(|&(rate, loss)| Some((rate, loss?)));
    let Some((rate, loss)) = tried.min_by(|a, b| a.1.total_cmp(&b.1)) else {
        bail!("{series}: training diverged at every rate; sweep lower ones with --rates");
    };
    // A diverged neighbour is an end of the useful rates, not of the grid.
    let at_an_end = rate == curve[0].0 || rate == curve[curve.len() - 1].0;
    Ok(Choice { series: series.to_string(), rate, loss, curve, at_an_end })
}

/// One step beyond the end of the grid at which the best stands, as wide as its neighbouring step.
fn beyond(grid: &[f64], best: f64) -> f64 {
    let mut sorted = grid.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    let next = if best == sorted[0] { best * best / sorted[1] } else { best * best / sorted[last - 1] };
    // Three significant digits: a rate that people can read and type.
    format!("{next:.2e}").parse().expect("a printed number")
}

/// Writes the sweep's records where the repository keeps them.
fn record(session: &Session, graph: &JobGraph, command: String) -> Result<Tuning> {
    let name = format!("reports/recorded/{}", session.store.name);
    let folder = session.root.join(&name);
    let (mut finished, mut diverged) = (Vec::new(), Vec::new());
    for (i, job) in graph.jobs.iter().enumerate() {
        let file = session.store.job(&job.id)?.context("a job of the sweep has no job.json")?;
        if file.diverged { diverged.extend(tried(job)) } else { finished.push(i) }
    }
    let mut merged = records::merge(graph, &session.store, finished.iter())?;
    merged.extend(diverged);
    std::fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
    mos_reports::store::write_records(&session.store.records(), &merged)?;
    mos_reports::store::write_records(&folder.join("records.parquet"), &merged)?;
    files::copy_atomic(&session.store.dir.join("run.toml"), &folder.join("run.toml"))?;
    let sha256 = sha256_file(&folder.join("records.parquet"))?;
    Ok(Tuning { records: format!("{name}/records.parquet"), sha256, command })
}

/// The row of a job that diverged: its rate was tried, and there is no loss.
fn tried(job: &PlannedJob) -> Option<Record> {
    let Work::Train(train) = &job.spec.work else { return None };
    let context = &job.spec.context;
    Some(Record {
        job_id: job.id.clone(),
        track: context.track.clone(),
        dataset: context.dataset.clone(),
        profile: context.profile.clone(),
        method: train.method.clone(),
        seed: train.seed as i64,
        subnet: train.subnet.as_ref().map_or_else(String::new, |subnet| subnet.name.clone()),
        split: String::new(),
        metric: "peak_lr".to_string(),
        step: train.updates as i64,
        value: train.peak_lr,
        loaded: false,
    })
}

fn print(choices: &[Choice], schedules: &[ScheduleResult], tuning: &Tuning, file: &str, json: bool) -> Result<()> {
    if json {
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
        println!("{:22} {:>9} {:>8.3}  {}{end}", choice.series, choice.rate, choice.loss, curve.join(", "));
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

    #[test]
    fn the_lowest_loss_wins_and_ends_are_seen() {
        let grid = [1e-3, 2e-3, 4e-3];
        let c = choose("hat", &grid, &[Some(4.0), Some(3.0), Some(3.5)]).unwrap();
        assert_eq!((c.rate, c.at_an_end), (2e-3, false));
        let c = choose("hat", &grid, &[Some(4.0), Some(3.0), Some(2.5)]).unwrap();
        assert_eq!((c.rate, c.at_an_end), (4e-3, true));
        let c = choose("hat", &grid, &[Some(4.0), Some(3.0), None]).unwrap();
        assert_eq!((c.rate, c.at_an_end), (2e-3, false));
        assert!(choose("hat", &grid, &[None, None, None]).is_err());
    }

    #[test]
    fn a_grid_is_widened_by_its_own_step() {
        assert_eq!(beyond(&[1e-3, 2e-3, 4e-3], 4e-3), 8e-3);
        assert_eq!(beyond(&[1e-3, 2e-3, 4e-3], 1e-3), 5e-4);
        assert_eq!(beyond(&[1e-3, 2e-3, 4e-3, 8e-3], 8e-3), 1.6e-2);
    }

    #[test]
    fn a_supernets_loss_is_the_mean_over_its_subnets_at_the_last_update() {
        let row = |subnet: &str, split: &str, step, value| Record {
            job_id: "1".into(),
            track: "mt".into(),
            dataset: "d".into(),
            profile: "p".into(),
            method: "hat".into(),
            seed: 1,
            subnet: subnet.into(),
            split: split.into(),
            metric: "loss".into(),
            step,
            value,
            loaded: false,
        };
        let rows = [
            row("largest", "valid", 20, 9.0),
            row("largest", "valid", 40, 3.0),
            row("smallest", "valid", 40, 4.0),
            row("smallest", "test", 40, 100.0),
        ];
        assert_eq!(mean_final_loss(&rows, 40).unwrap(), 3.5);
        assert!(mean_final_loss(&rows, 41).is_err());
    }
}
