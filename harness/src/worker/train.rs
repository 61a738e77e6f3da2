//! The job that trains one supernet, or one subnet from scratch.

use anyhow::{Context as _, Result};
use mos_base::Split;
use mos_baselines::training::checkpoint;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::training::TrainSpec;
use mos_plan::{Metric, Record, Subject, SubnetId, SubnetKind};
use mos_spaces::Method;

use super::context::{JobContext, Outcome, device};
use super::first_attempt::FirstAttempt;
use super::task_data::TaskData;
use super::training_run::{Course, TrainingRun, diverged_at};
use super::weights::{WEIGHTS_FILE, initial_weights};
use crate::system::files::copy_atomic;

/// Runs the job from where it stands. A training that failed is tried once more, at the spec's second rate; what fails again
/// is the result.
pub fn train<T: TaskData>(context: &JobContext, job: &JobSpec, spec: &TrainSpec, track: &T) -> Result<Outcome> {
    let mut first = FirstAttempt::read(&context.job_dir)?;
    if let (None, Some(second)) = (first, spec.second_try) {
        match attempt(context, job, spec, track)? {
            Ended::Well(outcome) => return Ok(outcome),
            Ended::Failed { first: failed, .. } => {
                eprintln!("training failed at peak rate {}: once more at {}", failed.peak_lr, second.peak_lr);
                failed.close(&context.job_dir)?;
                first = Some(failed);
            }
        }
    }
    let mut last = spec.clone();
    if let (Some(_), Some(second)) = (first, spec.second_try) {
        last.optimisation.peak_lr = second.peak_lr;
    }
    let (Ended::Well(mut outcome) | Ended::Failed { mut outcome, .. }) = attempt(context, job, &last, track)?;
    if let (Some(first), Outcome::Finished { records, .. } | Outcome::Diverged { records }) = (first, &mut outcome) {
        let of_first = [
            (Metric::FailedPeakLr, first.peak_lr),
            (Metric::FailedSeconds, first.seconds),
            (Metric::FailedFlops, first.flops),
        ];
        records.extend(of_first.map(|(metric, value)| row(context, job, &last, metric, value)));
    }
    Ok(outcome)
}

/// How an attempt ended.
enum Ended {
    /// It learned.
    Well(Outcome),
    /// It diverged, or hardly learned.
    Failed {
        /// What is left of it, should there be another one.
        first: FirstAttempt,
        /// Its result, should there be none.
        outcome: Outcome,
    },
}

fn attempt<T: TaskData>(context: &JobContext, job: &JobSpec, spec: &TrainSpec, track: &T) -> Result<Ended> {
    let weights = initial_weights(spec, track.vocab(), device(&job.context))?;
    track.inherit(&weights)?;
    let mut run = TrainingRun::start(context, spec, track, weights)?;
    let course = Course { batches_seen: 0, validate_at_start: false, enough: &mut |_| Ok(false) };
    match run.run(course) {
        Ok(true) => {}
        Ok(false) => return Ok(Ended::Well(Outcome::Interrupted)),
        Err(error) => {
            let Some(update) = diverged_at(&error) else { return Err(error) };
            eprintln!("{error:#}");
            run.state.note_memory(run.trainer.device());
            let mut records = records(&run, job)?;
            records.push(row(context, job, spec, Metric::DivergedAt, update as f64));
            return Ok(failed(&run, Outcome::Diverged { records }));
        }
    }
    finish(&mut run)?;
    let mut records = records(&run, job)?;
    records.extend(mixing(&run, job)?);
    let outputs = [vec![WEIGHTS_FILE.to_string()], track.outputs(spec)].concat();
    let outcome = Outcome::Finished { records, outputs };
    Ok(if learned(&run) { Ended::Well(outcome) } else { failed(&run, outcome) })
}

fn failed<T: TaskData>(run: &TrainingRun<T>, outcome: Outcome) -> Ended {
    let (peak_lr, state) = (run.spec.optimisation.peak_lr, &run.state);
    Ended::Failed { first: FirstAttempt { peak_lr, seconds: state.seconds, flops: state.flops }, outcome }
}

/// Says whether the validation loss, a supernet's as the mean over its watched subnets, ended well below what token
/// frequencies alone reach.
fn learned<T: TaskData>(run: &TrainingRun<T>) -> bool {
    let margin = run.spec.second_try.and_then(|second| second.learned_nats);
    let (Some(margin), Some(last)) = (margin, run.state.curve.last()) else { return true };
    let loss = last.valid.iter().map(|(_, loss)| loss).sum::<f64>() / last.valid.len() as f64;
    run.track.unigram_loss(&run.spec.task).is_none_or(|unigram| loss < unigram - margin)
}

/// Returns what a training is about: a subnet, or the whole supernet. A guest has several, which its spaces name.
fn subject(spec: &TrainSpec) -> Subject {
    let is_guest = Method::find(&spec.method).is_ok_and(|method| !method.is_of_the_space());
    match &spec.subnet {
        Some(subnet) => Subject::of(subnet),
        None if is_guest => {
            Subject::Subnet(SubnetId { kind: SubnetKind::Guest, name: spec.space.as_str().to_string() })
        }
        None => Subject::Whole,
    }
}

/// Writes the final weights. The last checkpoint stays until the job is recorded as finished: a kill in between costs
/// nothing.
fn finish<T: TaskData>(run: &mut TrainingRun<T>) -> Result<()> {
    let dir = &run.context.job_dir;
    if run.state.update < run.spec.optimisation.updates {
        run.state.save(dir, &run.trainer)?;
    }
    if let Some(best) = &run.state.best {
        return copy_atomic(&dir.join(&best.file), &dir.join(WEIGHTS_FILE));
    }
    Ok(checkpoint::save_weights(&run.trainer.weights.params, &[], &dir.join(WEIGHTS_FILE))?)
}

/// Makes a row of the training as a whole.
fn row(context: &JobContext, job: &JobSpec, spec: &TrainSpec, metric: Metric, value: f64) -> Record {
    Record {
        method: spec.method.clone(),
        seed: spec.seed as i64,
        subject: subject(spec),
        step: spec.optimisation.updates as i64,
        ..context.row(job, metric, value)
    }
}

/// Makes the rows that tell whether the mixture of a supernet is at work, of its first values and of its last ones.
fn mixing<T: TaskData>(run: &TrainingRun<T>, job: &JobSpec) -> Result<Vec<Record>> {
    let Some(end) = run.trainer.weights.diagnosis() else { return Ok(vec![]) };
    let first = initial_weights(run.spec, run.track.vocab(), run.trainer.device())?;
    run.track.inherit(&first)?;
    let start = first.diagnosis().context("it has experts at its end")?;
    let values = [
        (Metric::ExpertDistanceStart, start.expert_distance),
        (Metric::ExpertDistance, end.expert_distance),
        (Metric::MixingSpreadStart, start.mixing_spread),
        (Metric::MixingSpread, end.mixing_spread),
    ];
    Ok(values.map(|(metric, value)| row(run.context, job, run.spec, metric, value)).to_vec())
}

fn records<T: TaskData>(run: &TrainingRun<T>, job: &JobSpec) -> Result<Vec<Record>> {
    let (spec, state) = (run.spec, &run.state);
    let method = Method::find(&spec.method)?;
    let base = |metric: Metric, value: f64| row(run.context, job, spec, metric, value);
    let tokens_seen = state.tokens_seen as f64;
    let mut records = vec![
        base(Metric::SupernetParams, run.trainer.weights.params.numel() as f64),
        base(Metric::PeakLr, spec.optimisation.peak_lr),
        base(Metric::Updates, spec.optimisation.updates as f64),
        base(Metric::Epochs, tokens_seen / run.track.epoch_predictions(&spec.task) as f64),
        base(Metric::TokensSeen, tokens_seen),
        base(Metric::SubnetPasses, method.passes() as f64),
        base(Metric::TrainFlops, state.flops),
        base(Metric::TrainSeconds, state.seconds),
        base(Metric::MicroBatchParts, run.micro_batch_parts() as f64),
    ];
    // One that diverged in its first update has no time to speak of.
    if state.seconds > 0.0 {
        records.push(base(Metric::TokensPerSecond, tokens_seen / state.seconds));
        records.push(base(Metric::Utilisation, state.flops / state.seconds / (run.context.matmul_gflops * 1e9)));
    }
    // A GPU's own memory is what its trainings are short of; the process's says nothing of it.
    records.push(match state.peak_device_memory {
        Some(bytes) => base(Metric::PeakDeviceMemory, bytes as f64),
        None => base(Metric::PeakMemory, state.peak_memory as f64),
    });
    for point in &state.curve {
        let at = |record: Record| Record { step: point.update as i64, ..record };
        records.push(at(Record { split: Some(Split::Train), ..base(Metric::TrainLoss, point.train_loss) }));
        for (subnet, loss) in &point.valid {
            let subject = Subject::Subnet(subnet.clone());
            records.push(at(Record { split: Some(Split::Valid), subject, ..base(Metric::Loss, *loss) }));
        }
    }
    Ok(records)
}
