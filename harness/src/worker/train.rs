//! The job that trains one supernet, or one subnet from scratch.

use anyhow::Result;
use mos_base::Split;
use mos_baselines::training::checkpoint;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::training::TrainSpec;
use mos_plan::{Metric, Record, Subject};
use mos_spaces::Method;
use tch::Device;

use super::context::{JobContext, Outcome, device};
use super::track_jobs::TrackJobs;
use super::training_run::{Course, TrainingRun};
use super::weights::{WEIGHTS_FILE, initial_weights};
use crate::system::files::copy_atomic;

/// Runs the job from where it stands.
pub fn train<T: TrackJobs>(context: &JobContext, job: &JobSpec, spec: &TrainSpec) -> Result<Outcome> {
    let track = T::open(context, job)?;
    let weights = initial_weights(spec, track.vocab(), device(&job.context))?;
    let mut run = TrainingRun::start(context, spec, &track, weights)?;
    let course = Course { batches_seen: 0, validate_at_start: false, enough: &mut |_| Ok(false) };
    if !run.run(course)? {
        return Ok(Outcome::Interrupted);
    }
    finish(&mut run)?;
    Ok(Outcome::Finished { records: records(&run, job)?, outputs: vec![WEIGHTS_FILE.to_string()] })
}

/// Writes the final weights. The last checkpoint stays until the job is recorded as finished: a kill in between costs
/// nothing.
fn finish<T: TrackJobs>(run: &mut TrainingRun<T>) -> Result<()> {
    let dir = &run.context.job_dir;
    if run.state.update < run.spec.optimisation.updates {
        run.state.save(dir, &run.trainer)?;
    }
    if let Some(best) = &run.state.best {
        return copy_atomic(&dir.join(&best.file), &dir.join(WEIGHTS_FILE));
    }
    Ok(checkpoint::save_weights(&run.trainer.weights.params, &[], &dir.join(WEIGHTS_FILE))?)
}

fn records<T: TrackJobs>(run: &TrainingRun<T>, job: &JobSpec) -> Result<Vec<Record>> {
    let (spec, state) = (run.spec, &run.state);
    let method = Method::find(&spec.method)?;
    let base = |metric: Metric, value: f64| Record {
        method: method.name.clone(),
        seed: spec.seed as i64,
        subject: spec.subnet.as_ref().map_or(Subject::Whole, Subject::of),
        step: spec.optimisation.updates as i64,
        ..run.context.row(job, metric, value)
    };
    let tokens_seen = state.tokens_seen as f64;
    let mut records = vec![
        base(Metric::SupernetParams, run.trainer.weights.params.numel() as f64),
        base(Metric::PeakLr, spec.optimisation.peak_lr),
        base(Metric::Updates, spec.optimisation.updates as f64),
        base(Metric::Epochs, tokens_seen / run.track.epoch_tokens(&spec.task) as f64),
        base(Metric::TokensSeen, tokens_seen),
        base(Metric::SubnetPasses, method.passes() as f64),
        base(Metric::TrainFlops, state.flops),
        base(Metric::TrainSeconds, state.seconds),
        base(Metric::TokensPerSecond, tokens_seen / state.seconds),
        base(Metric::Utilisation, state.flops / state.seconds / (run.context.matmul_gflops * 1e9)),
        base(Metric::MicroBatchParts, run.micro_batch_parts() as f64),
    ];
    // This is the process's memory; that of a GPU is not measured.
    if run.trainer.device() == Device::Cpu {
        records.push(base(Metric::PeakMemory, state.peak_memory as f64));
    }
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
