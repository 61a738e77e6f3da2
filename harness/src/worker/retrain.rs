//! The job of continued training: it starts from a subnet's inherited weights and goes on until it is as good as the
//! same subnet from scratch.

use anyhow::{Context as _, Result};
use mos_base::Split;
use mos_baselines::training::checkpoint;
use mos_plan::files::job::RECORDS;
use mos_plan::spec::inputs::Role;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::training::{Goal, RetrainSpec, RetrainWeights};
use mos_plan::{Metric, Record, Subject};
use mos_reports::read_records;

use super::context::{JobContext, Outcome, device};
use super::evaluation::EvaluationSet;
use super::track_jobs::TrackJobs;
use super::training_run::{Course, TrainingRun, diverged_at};
use super::training_state::Evaluation;
use super::weights::{WEIGHTS_FILE, finished_weights, training_spec};

/// Runs the job from where it stands.
pub fn retrain<T: TrackJobs>(context: &JobContext, job: &JobSpec, spec: &RetrainSpec) -> Result<Outcome> {
    let track = T::open(context, job)?;
    let supernet = context.input(Role::Supernet)?;
    let target = scratch_value(&read_records(&context.input(Role::Target)?.join(RECORDS))?, spec.goal)?;
    let source = finished_weights(supernet, &training_spec(supernet)?, track.vocab(), device(&job.context))?;
    let weights = match spec.weights {
        RetrainWeights::Merged => source.collapse(&spec.subnet().arch),
        RetrainWeights::Routed => source,
    };
    let mut run = TrainingRun::start(context, &spec.train, &track, weights)?;
    let mut test = EvaluationSet::new(|parts| track.validation_batches(&spec.train.task, Split::Test, parts));
    let mut enough = |run: &mut TrainingRun<T>| {
        let valid = run.state.curve.last().context("validated just now")?.valid[0].1;
        let value = evaluate(run, spec, Split::Valid, || Ok(valid))?;
        let is_there = spec.goal.reached(value, target);
        let test = is_there.then(|| on_test(run, spec, &mut test)).transpose()?;
        let state = &run.state;
        let (tokens, seconds) = (state.tokens_seen, state.seconds);
        // What is kept is as good as from scratch for the first time, for all that is known; the next evaluation tells.
        let was_there = state.evaluations.last().is_some_and(|before| spec.goal.reached(before.value, target));
        if is_there && !was_there {
            checkpoint::save_weights(&run.trainer.weights.params, &[], &context.job_dir.join(WEIGHTS_FILE))?;
        }
        let state = &mut run.state;
        state.evaluations.push(Evaluation { update: run.trainer.update, value, tokens, seconds, test });
        Ok(reached(&state.evaluations, spec.goal, target).is_some())
    };
    let course = Course { batches_seen: spec.batches_seen, validate_at_start: true, enough: &mut enough };
    let diverged = match run.run(course) {
        Ok(true) => false,
        Ok(false) => return Ok(Outcome::Interrupted),
        // It never got there: this is a result of the schedule, and no reason to lose the rest of the run.
        Err(error) if diverged_at(&error).is_some() => true,
        Err(error) => return Err(error),
    };
    if !diverged && reached(&run.state.evaluations, spec.goal, target).is_none() {
        let at_the_end = on_test(&run, spec, &mut test)?;
        run.state.evaluations.last_mut().context("evaluated at its end")?.test = Some(at_the_end);
    }
    let records = records(&run, job, spec, target, diverged);
    if diverged {
        return Ok(Outcome::Diverged { records });
    }
    if reached(&run.state.evaluations, spec.goal, target).is_none() {
        checkpoint::save_weights(&run.trainer.weights.params, &[], &context.job_dir.join(WEIGHTS_FILE))?;
    }
    Ok(Outcome::Finished { records, outputs: vec![WEIGHTS_FILE.to_string()] })
}

/// Returns the from-scratch model's final value on the validation split.
fn scratch_value(records: &[Record], goal: Goal) -> Result<f64> {
    let is_it = |r: &&Record| r.metric == goal.metric() && r.split == Some(Split::Valid);
    let found = records.iter().find(is_it);
    Ok(found.with_context(|| format!("the score from scratch holds no {} on valid", goal.metric()))?.value)
}

/// Returns the goal's value on a split: the loss, or the track's own value.
fn evaluate<T: TrackJobs>(
    run: &TrainingRun<T>,
    spec: &RetrainSpec,
    split: Split,
    loss: impl FnOnce() -> Result<f64>,
) -> Result<f64> {
    if spec.goal == Goal::Loss {
        return loss();
    }
    let weights = run.trainer.weights.materialise(&spec.subnet().arch);
    let value = run.track.goal_value(&run.trainer.task, &weights, spec, split)?;
    value.with_context(|| format!("the track does not measure {}", spec.goal.metric()))
}

/// Returns the goal's value on test, which is shown beside and decides nothing.
fn on_test<T: TrackJobs>(run: &TrainingRun<T>, spec: &RetrainSpec, test: &mut EvaluationSet<T>) -> Result<f64> {
    evaluate(run, spec, Split::Test, || {
        let weights = run.trainer.weights.materialise(&spec.subnet().arch);
        Ok(test.losses(&run.trainer.task, &weights)?.nll)
    })
}

/// Returns the first of two consecutive evaluations that are as good as from scratch; one alone may be noise.
fn reached(evaluations: &[Evaluation], goal: Goal, target: f64) -> Option<Evaluation> {
    let both = |pair: &&[Evaluation]| pair.iter().all(|e| goal.reached(e.value, target));
    evaluations.windows(2).find(both).map(|pair| pair[0])
}

fn records<T: TrackJobs>(
    run: &TrainingRun<T>,
    job: &JobSpec,
    spec: &RetrainSpec,
    target: f64,
    diverged: bool,
) -> Vec<Record> {
    let (state, optimisation) = (&run.state, &spec.train.optimisation);
    let base = |metric: Metric, value: f64| Record {
        method: spec.train.method.clone(),
        seed: spec.train.seed as i64,
        subject: Subject::of(spec.subnet()),
        split: Some(Split::Valid),
        step: run.trainer.update as i64,
        ..run.context.row(job, metric, value)
    };
    let reached = reached(&state.evaluations, spec.goal, target);
    // A training that diverges before its first evaluation has none.
    let last = state.evaluations.last().copied().unwrap_or_default();
    let needed = reached.unwrap_or(last);
    let mut records = vec![
        base(Metric::RetrainGoal, target),
        base(Metric::RetrainReached, f64::from(u8::from(reached.is_some()))),
        base(Metric::RetrainDiverged, f64::from(u8::from(diverged))),
        // What diverged would not have got there in any number of updates, so it is censored at the whole budget.
        base(Metric::RetrainUpdates, if diverged { optimisation.updates } else { needed.update } as f64),
        base(Metric::RetrainTokens, needed.tokens as f64),
        base(Metric::RetrainSeconds, needed.seconds),
        base(Metric::RetrainBudget, optimisation.updates as f64),
        base(Metric::RetrainPeakLr, optimisation.peak_lr),
    ];
    let test = |value| Record { split: Some(Split::Test), ..base(Metric::RetrainTest, value) };
    records.extend(needed.test.map(test));
    let curve = |e: &Evaluation| Record { step: e.update as i64, ..base(spec.goal.curve(), e.value) };
    records.extend(state.evaluations.iter().map(curve));
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluations(values: &[f64]) -> Vec<Evaluation> {
        let one = |(i, &value): (usize, &f64)| Evaluation { update: 10 * i as u64, value, ..Evaluation::default() };
        values.iter().enumerate().map(one).collect()
    }

    #[test]
    fn one_good_evaluation_is_not_enough() {
        let at = |values: &[f64], goal, target| reached(&evaluations(values), goal, target).map(|e| e.update);
        assert_eq!(at(&[5.0, 3.9, 4.1, 4.0, 3.8, 3.0], Goal::Loss, 4.0), Some(30));
        assert_eq!(at(&[5.0, 4.5, 4.1, 3.9], Goal::Loss, 4.0), None);
        assert_eq!(at(&[3.0, 3.0], Goal::Loss, 4.0), Some(0));
        assert_eq!(at(&[9.0, 10.0, 11.0], Goal::TokenisedBleu, 10.0), Some(10));
    }
}
