//! The job that makes one short training twice. On a CPU the two are equal to the bit; on a GPU sums are made in an order that
//! nobody fixes, and how far the two end apart is the spread within which its results repeat.

use anyhow::{Context as _, Result};
use mos_plan::Metric;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::training::TrainSpec;

use super::context::{JobContext, Outcome, device};
use super::sweep::forget_training;
use super::task_data::TaskData;
use super::training_run::{Course, TrainingRun, diverged_at};
use super::weights::initial_weights;

/// Runs the job from its beginning.
pub fn repeat<T: TaskData>(context: &JobContext, job: &JobSpec, spec: &TrainSpec, track: &T) -> Result<Outcome> {
    let mut losses = Vec::new();
    for _ in 0..2 {
        forget_training(&context.job_dir)?;
        let weights = initial_weights(spec, track.vocab(), device(&job.context))?;
        let mut run = TrainingRun::start(context, spec, track, weights)?;
        let course = Course { batches_seen: 0, validate_at_start: false, enough: &mut |_| Ok(false) };
        match run.run(course) {
            Ok(true) => {}
            Ok(false) => return Ok(Outcome::Interrupted),
            // There is no spread to tell then, and the run goes on without.
            Err(error) => {
                let Some(update) = diverged_at(&error) else { return Err(error) };
                let records = vec![context.row(job, Metric::DivergedAt, update as f64)];
                return Ok(Outcome::Diverged { records });
            }
        }
        losses.push(run.state.curve.last().context("a training validates at its end")?.valid[0].1);
    }
    // It says something of the machine, not of a method.
    let spread = context.row(job, Metric::RepeatSpread, (losses[0] - losses[1]).abs());
    Ok(Outcome::Finished { records: vec![spread], outputs: vec![] })
}
