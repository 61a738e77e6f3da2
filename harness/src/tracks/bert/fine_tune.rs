//! The job that fine-tunes one network on one task: once for each setting of its grid, and the best one is the result.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use mos_base::Split;
use mos_baselines::bert::fine_tune_layout::TASK_HEAD;
use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::checkpoint;
use mos_plan::files::job::{TRIED, predictions_file};
use mos_plan::fine_tuning::TaskFacts;
use mos_plan::spec::fine_tuning::{FineTuneSettings, FineTuneSpec, FineTuneStart, Selection};
use mos_plan::spec::inputs::Role;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::task::TaskSpec;
use mos_plan::spec::training::{Optimisation, TrainSpec};
use mos_plan::{Metric, Record, Subject};
use mos_spaces::layout::Layout;
use mos_spaces::sampler::SubnetLosses;
use mos_spaces::schedule::Decay;
use serde::{Deserialize, Serialize};

use super::examples::{TaskExamples, target};
use super::jobs::BertJobs;
use super::label_scores::{lines, scores};
use super::tuned::{TunedNetwork, shaped};
use crate::system::files::write_atomic;
use crate::worker::context::{JobContext, Outcome, device};
use crate::worker::sweep::forget_training;
use crate::worker::track_jobs::{SplitResults, SplitValue, TrackJobs};
use crate::worker::training_run::{Course, TrainingRun, diverged_at};
use crate::worker::weights::{WEIGHTS_FILE, finished_weights, product_kind, training_spec};

/// AdamW's epsilon and decay of the second moment in PyTorch, which MoS's released fine-tuning leaves as they are.
const ADAM_EPSILON: f64 = 1e-8;
const ADAM_BETA2: f64 = 0.999;

/// The splits on which a fine-tuned network is scored.
const SCORED: [Split; 2] = [Split::Valid, Split::Test];

/// How a setting turned out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tried {
    settings: FineTuneSettings,
    /// Scores by split; none where the training diverged.
    scores: Vec<SplitValue>,
    seconds: f64,
    flops: f64,
}

/// Runs the job from where it stands.
pub fn fine_tune(context: &JobContext, job: &JobSpec, spec: &FineTuneSpec) -> Result<Outcome> {
    let track = BertJobs::open(context, job)?;
    let training = context.input(Role::Training)?;
    let pretrained = training_spec(training)?;
    let source = finished_weights(training, &pretrained, track.rows(), device(&job.context))?;
    let examples = TaskExamples::new(
        track.task_named(context, job, &spec.task.task)?,
        source.layout.clone(),
        device(&job.context),
    );
    let examples = match spec.teacher_share {
        Some(share) => {
            let outputs = examples.target().outputs();
            let teacher =
                TunedNetwork::read(context.input(Role::Teacher)?, outputs, track.rows(), device(&job.context))?;
            examples.taught_by(teacher, share)
        }
        None => examples,
    };
    let first = first_task(context, job, spec, &track)?;
    let path = context.job_dir.join(TRIED);
    let mut tried: Vec<Tried> = read_tried(&path)?;
    while let Some(&settings) = spec.grid.get(tried.len()) {
        let train = training_of(spec, &pretrained, settings, examples.len(Split::Train));
        let weights = start(spec, &source, &examples, first.as_ref(), device(&job.context))?;
        let mut run = TrainingRun::start(context, &train, &examples, weights)?;
        let course = Course { batches_seen: 0, validate_at_start: false, enough: &mut |_| Ok(false) };
        let SplitResults { values: scores, texts } = match run.run(course) {
            Ok(true) => evaluate(&run, spec, &examples)?,
            Ok(false) => return Ok(Outcome::Interrupted),
            Err(error) if diverged_at(&error).is_some() => SplitResults::default(),
            Err(error) => return Err(error),
        };
        tried.push(Tried { settings, scores, seconds: run.state.seconds, flops: run.state.flops });
        if is_last_best(&tried, spec)? {
            for (split, text) in texts {
                write_atomic(&context.job_dir.join(predictions_file(split)), text.as_bytes())?;
            }
            if spec.keeps_weights {
                checkpoint::save_weights(&run.trainer.weights.params, &[], &context.job_dir.join(WEIGHTS_FILE))?;
            }
        }
        // In this order: a kill in between tries this setting again, where the next one would go on with its weights.
        forget_training(&context.job_dir)?;
        write_atomic(&path, &serde_json::to_vec(&tried)?)?;
    }
    // The updates behind the weights: none where the fine-tuning started from random ones.
    let step = if spec.start == FineTuneStart::Random { 0 } else { pretrained.optimisation.updates };
    let records = records(context, job, spec, step, &tried);
    let mut outputs = vec![TRIED.to_string()];
    match best(&tried, spec, TaskFacts::find(&spec.task.task)?.metrics[0]) {
        Some(_) => outputs.extend(SCORED.map(predictions_file)),
        // Nothing can start from a network of which every setting diverged.
        None if spec.keeps_weights => return Ok(Outcome::Diverged { records }),
        None => {}
    }
    outputs.extend(spec.keeps_weights.then(|| WEIGHTS_FILE.to_string()));
    Ok(Outcome::Finished { records, outputs })
}

fn read_tried(path: &Path) -> Result<Vec<Tried>> {
    if !path.exists() {
        return Ok(vec![]);
    }
    let text = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is damaged; delete the job's folder to fine-tune afresh", path.display()))
}

/// Makes the training of one setting.
fn training_of(spec: &FineTuneSpec, pretrained: &TrainSpec, settings: FineTuneSettings, examples: usize) -> TrainSpec {
    let updates = settings.epochs * examples.div_ceil(settings.batch) as u64;
    let updates = updates.min(spec.most_updates.unwrap_or(updates));
    TrainSpec {
        method: spec.method.clone(),
        subnet: Some(spec.subnet.clone()),
        seed: spec.seed,
        optimisation: Optimisation {
            updates,
            warmup: (spec.warmup * updates as f64).round() as u64,
            peak_lr: settings.peak_lr,
            decay: Decay::Linear,
            weight_decay: spec.weight_decay,
            adam_epsilon: ADAM_EPSILON,
            adam_beta2: ADAM_BETA2,
            clip_norm: 0.0,
            subnet_losses: SubnetLosses::Mean,
        },
        batch_tokens: settings.batch,
        micro_batches: 1,
        precision: spec.precision,
        task: TaskSpec::FineTune(spec.task.clone()),
        validate_every: updates,
        keep_best: None,
        second_try: None,
        ..pretrained.clone()
    }
}

/// Makes the weights that a fine-tuning starts from. The new head has the same first values whatever the start.
fn start(
    spec: &FineTuneSpec,
    source: &WeightSource,
    examples: &TaskExamples,
    first: Option<&TunedNetwork>,
    device: tch::Device,
) -> Result<WeightSource> {
    let layout: Arc<dyn Layout> = Arc::new(examples.layout(spec.task.pooling));
    let weights = shaped(spec, source, layout, device)?;
    match (spec.start, first) {
        (FineTuneStart::Random, _) => {}
        (_, Some(first)) => weights.take_corners_of(first.weights(), |name| !name.starts_with(TASK_HEAD)),
        (FineTuneStart::Merged, None) => weights.take_corners(&source.collapse(&spec.subnet.arch)),
        (FineTuneStart::Routed, None) => weights.take_corners(source),
    }
    Ok(weights.computing_in(product_kind(spec.precision)))
}

/// Reads the network that was fine-tuned on another task first, where the job starts from one.
fn first_task(
    context: &JobContext,
    job: &JobSpec,
    spec: &FineTuneSpec,
    track: &BertJobs,
) -> Result<Option<TunedNetwork>> {
    let Some(first) = &spec.first_task else { return Ok(None) };
    let outputs = target(track.task_named(context, job, first)?.card()).outputs();
    TunedNetwork::read(context.input(Role::Tuned)?, outputs, track.rows(), device(&job.context)).map(Some)
}

/// Says whether the setting that was tried last is the best so far.
fn is_last_best(tried: &[Tried], spec: &FineTuneSpec) -> Result<bool> {
    let metric = TaskFacts::find(&spec.task.task)?.metrics[0];
    let best = best(tried, spec, metric).map(|best| best.settings);
    Ok(best.is_some() && best == tried.last().map(|last| last.settings))
}

/// Scores what was fine-tuned, and writes down what it predicts beside what is right.
fn evaluate(run: &TrainingRun<TaskExamples>, spec: &FineTuneSpec, examples: &TaskExamples) -> Result<SplitResults> {
    let weights = run.trainer.weights.materialise(&spec.subnet.arch);
    let facts = TaskFacts::find(&spec.task.task)?;
    let mut results = SplitResults::default();
    for split in SCORED {
        let predictions = run.trainer.task.predictions(&weights, &examples.evaluation(split, 1));
        let labels = examples.labels(split);
        let of_split = scores(facts, &predictions, &labels)?;
        results.values.extend(of_split.into_iter().map(|(metric, value)| (split, metric, value)));
        results.texts.push((split, lines(&predictions, &labels)));
    }
    Ok(results)
}

/// Returns the setting that scores best on the split of the choice; the earlier one on a tie.
fn best<'a>(tried: &'a [Tried], spec: &FineTuneSpec, metric: Metric) -> Option<&'a Tried> {
    let split = match spec.selected_on {
        Selection::Valid => Split::Valid,
        Selection::Reported => Split::Test,
    };
    let score = |tried: &Tried| tried.scores.iter().find(|(s, m, _)| (*s, *m) == (split, metric)).map(|(.., v)| *v);
    let scored = tried.iter().filter_map(|tried| Some((score(tried)?, tried)));
    scored
        .fold(None, |best: Option<(f64, &Tried)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, tried)| tried)
}

fn records(context: &JobContext, job: &JobSpec, spec: &FineTuneSpec, step: u64, tried: &[Tried]) -> Vec<Record> {
    let base = |metric: Metric, value: f64| Record {
        dataset: format!("{}/{}", job.context.dataset, spec.task.task),
        method: spec.method.clone(),
        seed: spec.seed as i64,
        subject: Subject::of(&spec.subnet),
        step: step as i64,
        ..context.row(job, metric, value)
    };
    let flag = |is: bool| f64::from(u8::from(is));
    let sum = |of: fn(&Tried) -> f64| tried.iter().map(of).sum::<f64>();
    let mut records = vec![
        base(Metric::FineTuneSeconds, sum(|tried| tried.seconds)),
        base(Metric::TrainFlops, sum(|tried| tried.flops)),
        base(Metric::FineTuneRandom, flag(spec.start == FineTuneStart::Random)),
        base(Metric::FineTuneContinued, flag(spec.is_continued)),
        base(Metric::FineTuneRouted, flag(spec.start == FineTuneStart::Routed)),
        base(Metric::SelectedOnReported, flag(spec.selected_on == Selection::Reported)),
    ];
    let decisive = TaskFacts::find(&spec.task.task).ok().map(|facts| facts.metrics[0]);
    if let Some(best) = decisive.and_then(|metric| best(tried, spec, metric)) {
        records.extend([
            base(Metric::FineTunePeakLr, best.settings.peak_lr),
            base(Metric::FineTuneBatch, best.settings.batch as f64),
            base(Metric::FineTuneEpochs, best.settings.epochs as f64),
        ]);
        let score = |(split, metric, value): &SplitValue| Record { split: Some(*split), ..base(*metric, *value) };
        records.extend(best.scores.iter().map(score));
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_plan::spec::fine_tuning::{FineTuneTaskSpec, Pooling};
    use mos_plan::spec::precision::Precision;
    use mos_plan::{NamedArch, SubnetKind};
    use mos_spaces::{SearchSpace, SpaceName};

    fn spec(selected_on: Selection) -> FineTuneSpec {
        let space = SearchSpace::find("bert-v1-smoke").unwrap();
        FineTuneSpec {
            space: SpaceName::try_from("bert-v1-smoke".to_string()).unwrap(),
            method: "sandwich".into(),
            seed: 1,
            subnet: NamedArch::numbered(SubnetKind::Drawn, 1, space.largest()),
            start: FineTuneStart::Merged,
            is_continued: false,
            first_task: None,
            teacher_share: None,
            keeps_weights: false,
            task: FineTuneTaskSpec {
                task: "topic".into(),
                pooling: Pooling::Mean,
                dropout: 0.1,
                attention_dropout: 0.0,
            },
            grid: vec![],
            most_updates: None,
            warmup: 0.0,
            weight_decay: 0.0,
            precision: Precision::Float32,
            selected_on,
        }
    }

    #[test]
    fn the_choice_looks_at_its_own_split_and_leaves_out_what_diverged() {
        let tried = |peak_lr, valid: f64, test: f64| Tried {
            settings: FineTuneSettings { peak_lr, batch: 16, epochs: 2 },
            scores: vec![(Split::Valid, Metric::TaskAccuracy, valid), (Split::Test, Metric::TaskAccuracy, test)],
            seconds: 1.0,
            flops: 1.0,
        };
        let diverged = Tried { scores: vec![], ..tried(9.0, 0.0, 0.0) };
        let all = [diverged.clone(), tried(1.0, 60.0, 80.0), tried(2.0, 70.0, 50.0), tried(3.0, 70.0, 90.0)];
        let chosen = |on| best(&all, &spec(on), Metric::TaskAccuracy).unwrap().settings.peak_lr;
        assert_eq!((chosen(Selection::Valid), chosen(Selection::Reported)), (2.0, 3.0));
        assert!(best(&[diverged], &spec(Selection::Valid), Metric::TaskAccuracy).is_none());
    }
}
