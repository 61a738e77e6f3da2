//! Continued training: from a subnet's inherited weights until it is as good as the same subnet from scratch.

use anyhow::{Context as _, Result};
use mos_datasets::Corpus;
use mos_reports::schema::Record;

use super::common::{device, open_corpus, row};
use super::scoring::{finished_weights, training_spec};
use super::state::Evaluation;
use super::training::{Course, Session};
use super::translate::translate;
use super::{Outcome, WorkContext};
use crate::spec::{JobSpec, RetrainSpec, RetrainWeights, Target};
use crate::worker::{self, RECORDS};

/// Runs the job from where it stands.
pub fn retrain(context: &WorkContext, job: &JobSpec, spec: &RetrainSpec) -> Result<Outcome> {
    let corpus = open_corpus(&context.corpus_dir, &job.context)?;
    let [supernet, scratch] = &context.needs[..] else {
        anyhow::bail!("continued training reads a supernet and the score of training from scratch");
    };
    let subnet = spec.train.subnet.as_ref().context("continued training has a subnet")?;
    let goal = scratch_value(&mos_reports::store::read_records(&scratch.join(RECORDS))?, spec.target)?;
    let source =
        finished_weights(supernet, &training_spec(supernet)?, corpus.embedding_rows() as i64, device(&job.context))?;
    let weights = match spec.weights {
        RetrainWeights::Merged => source.collapse(&subnet.arch),
        RetrainWeights::Routed => source,
    };
    let mut session = Session::start(context, &spec.train, &corpus, weights)?;
    let mut enough = |session: &mut Session| {
        let value = evaluate(session, spec, &corpus)?;
        let state = &mut session.state;
        let (tokens, seconds) = (state.tokens_seen, state.seconds);
        state.evaluations.push(Evaluation { update: session.trainer.update, value, tokens, seconds });
        Ok(reached(&state.evaluations, spec.target, goal).is_some())
    };
    let course = Course { batches_seen: spec.batches_seen, validate_at_start: true, enough: &mut enough };
    let diverged = match session.run(&corpus, course) {
        Ok(true) => false,
        Ok(false) => return Ok(Outcome::Interrupted),
        // It never got there: a result of this schedule, no reason to lose the rest of the run.
        Err(error) if worker::diverged(&error) => true,
        Err(error) => return Err(error),
    };
    Ok(Outcome::Finished { records: records(&session, job, spec, goal, diverged), outputs: vec![] })
}

/// The from-scratch model's final value on the validation split.
fn scratch_value(records: &[Record], target: Target) -> Result<f64> {
    let is_it = |r: &&Record| r.metric == target.metric() && r.split == "valid";
    let found = records.iter().find(is_it);
    Ok(found.with_context(|| format!("the score from scratch holds no {} on valid", target.metric()))?.value)
}

/// What the session's validation has just measured, or BLEU.
fn evaluate(session: &Session, spec: &RetrainSpec, corpus: &Corpus) -> Result<f64> {
    match (&spec.decoding, spec.target) {
        (Some(decoding), Target::TokenisedBleu) => {
            let source = &session.trainer.weights;
            let arch = &spec.train.subnet.as_ref().context("continued training has a subnet")?.arch;
            let weights = tch::no_grad(|| source.materialise(arch, false));
            // An evaluation belongs to its update: it is not left half-way.
            let whole = || false;
            let t = translate(corpus, &source.space, &weights, &session.positions, decoding, "valid", &whole)?
                .context("never told to stop")?;
            let language = &corpus.manifest().target_language;
            t.tokenised_bleu(language).with_context(|| format!("no Moses rules for language {language}"))
        }
        _ => Ok(session.state.curve.last().context("validated just now")?.valid[0].1),
    }
}

/// The first of two consecutive evaluations that are as good as from scratch: one alone may be noise.
fn reached(evaluations: &[Evaluation], target: Target, goal: f64) -> Option<Evaluation> {
    let both = |pair: &&[Evaluation]| pair.iter().all(|e| target.reached(e.value, goal));
    evaluations.windows(2).find(both).map(|pair| pair[0])
}

fn records(session: &Session, job: &JobSpec, spec: &RetrainSpec, goal: f64, diverged: bool) -> Vec<Record> {
    let state = &session.state;
    let base = |metric: &str, value: f64| Record {
        method: spec.train.method.clone(),
        seed: spec.train.seed as i64,
        subnet: spec.train.subnet.as_ref().map_or_else(String::new, |s| s.name.clone()),
        split: "valid".to_string(),
        step: session.trainer.update as i64,
        ..row(session.context, job, metric, value)
    };
    let reached = reached(&state.evaluations, spec.target, goal);
    let last = *state.evaluations.last().expect("evaluated at update 0");
    let needed = reached.unwrap_or(last);
    let mut records = vec![
        base("retrain_goal", goal),
        base("retrain_reached", f64::from(u8::from(reached.is_some()))),
        base("retrain_diverged", f64::from(u8::from(diverged))),
        // What diverged would not have got there in any number of updates: censored at the whole budget.
        base("retrain_updates", if diverged { spec.train.updates } else { needed.update } as f64),
        base("retrain_tokens", needed.tokens as f64),
        base("retrain_seconds", needed.seconds),
        base("retrain_budget", spec.train.updates as f64),
        base("retrain_peak_lr", spec.train.peak_lr),
    ];
    records.extend(
        state.evaluations.iter().map(|e| Record { step: e.update as i64, ..base(spec.target.curve(), e.value) }),
    );
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluations(values: &[f64]) -> Vec<Evaluation> {
        let one = |(i, &value): (usize, &f64)| Evaluation { update: 10 * i as u64, value, tokens: 0, seconds: 0.0 };
        values.iter().enumerate().map(one).collect()
    }

    #[test]
    fn one_good_evaluation_is_not_enough() {
        let at = |values: &[f64], target, goal| reached(&evaluations(values), target, goal).map(|e| e.update);
        assert_eq!(at(&[5.0, 3.9, 4.1, 4.0, 3.8, 3.0], Target::Loss, 4.0), Some(30));
        assert_eq!(at(&[5.0, 4.5, 4.1, 3.9], Target::Loss, 4.0), None);
        assert_eq!(at(&[3.0, 3.0], Target::Loss, 4.0), Some(0));
        assert_eq!(at(&[9.0, 10.0, 11.0], Target::TokenisedBleu, 10.0), Some(10));
    }
}
