//! The job that scores subnets with the weights of one finished training.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use mos_base::Split;
use mos_baselines::supernet::weights::WeightSource;
use mos_plan::files::job::hypotheses_file;
use mos_plan::spec::inputs::Role;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::scoring::ScoreSpec;
use mos_plan::{Metric, NamedArch, Record, Subject};
use serde::{Deserialize, Serialize};

use super::context::{JobContext, Outcome, Ticker, device};
use super::evaluation::EvaluationSet;
use super::sweep::PARTIAL_SCORES;
use super::track_jobs::TrackJobs;
use super::weights::{finished_weights, training_spec};
use crate::system::files::write_atomic;

/// The scores so far. They are written after every subnet, so that a long decoding that is stopped is not lost.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scored {
    subnets: usize,
    seconds: f64,
    records: Vec<Record>,
    outputs: Vec<String>,
}

impl Scored {
    fn resume(job_dir: &Path) -> Result<Scored> {
        let path = job_dir.join(PARTIAL_SCORES);
        if !path.exists() {
            return Ok(Scored::default());
        }
        let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged; delete the job's folder to score afresh", path.display()))
    }
}

/// Scores every subnet of the spec, from where it stands.
pub fn score<T: TrackJobs>(context: &JobContext, job: &JobSpec, spec: &ScoreSpec) -> Result<Outcome> {
    let mut clock = Instant::now();
    let track = &T::open(context, job)?;
    let training = context.input(Role::Training)?;
    let trained = training_spec(training)?;
    let source = finished_weights(training, &trained, track.vocab(), device(&job.context))?;
    let mut scorer = SubnetScorer {
        task: track.scored_task(&spec.scoring, &source),
        sets: [Split::Valid, Split::Test]
            .map(|split| (split, EvaluationSet::new(move |parts| track.scored_batches(&spec.scoring, split, parts)))),
        scored: Scored::resume(&context.job_dir)?,
        context,
        job,
        spec,
        track,
        source,
    };
    let mut ticker = Ticker::new();
    while let Some(subnet) = spec.subnets.get(scorer.scored.subnets) {
        if context.told_to_stop() || !scorer.subnet(subnet, trained.optimisation.updates)? {
            return Ok(Outcome::Interrupted);
        }
        let scored = &mut scorer.scored;
        scored.subnets += 1;
        scored.seconds += clock.elapsed().as_secs_f64();
        clock = Instant::now();
        write_atomic(&context.job_dir.join(PARTIAL_SCORES), &serde_json::to_vec(scored)?)?;
        ticker.tick(context, scored.subnets as u64, spec.subnets.len() as u64, || subnet.name().to_string());
    }
    let Scored { mut records, outputs, seconds, .. } = scorer.scored;
    records.push(Record {
        method: spec.method.clone(),
        seed: spec.seed as i64,
        step: trained.optimisation.updates as i64,
        ..context.row(job, Metric::ScoreSeconds, seconds)
    });
    Ok(Outcome::Finished { records, outputs })
}

struct SubnetScorer<'a, T: TrackJobs> {
    context: &'a JobContext,
    job: &'a JobSpec,
    spec: &'a ScoreSpec,
    track: &'a T,
    source: WeightSource,
    task: T::Task,
    sets: [(Split, EvaluationSet<'a, T>); 2],
    scored: Scored,
}

impl<T: TrackJobs> SubnetScorer<'_, T> {
    /// Scores one subnet; returns false when told to stop before the end.
    fn subnet(&mut self, subnet: &NamedArch, step: u64) -> Result<bool> {
        let weights = self.source.materialise(&subnet.arch);
        let mut values = Vec::new();
        for (split, set) in &mut self.sets {
            let scores = set.pass(|batches| self.track.pass_scores(&self.task, &weights, batches))?;
            values.extend(scores.into_iter().map(|(metric, value)| (*split, metric, value)));
        }
        let further = self.track.further_scores(self.context, &self.task, &weights, &self.spec.scoring)?;
        let Some(further) = further else { return Ok(false) };
        for (split, text) in further.texts {
            let file = hypotheses_file(subnet.name(), split);
            write_atomic(&self.context.job_dir.join(&file), text.as_bytes())?;
            self.scored.outputs.push(file);
        }
        values.extend(further.values);
        self.scored.records.extend(values.into_iter().map(|(split, metric, value)| Record {
            method: self.spec.method.clone(),
            seed: self.spec.seed as i64,
            subject: Subject::of(subnet),
            split: Some(split),
            step: step as i64,
            ..self.context.row(self.job, metric, value)
        }));
        Ok(true)
    }
}
