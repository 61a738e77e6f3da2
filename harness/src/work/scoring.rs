//! The scoring job: loss, BLEU and chrF of subnets with the weights of one finished training; and the export of one.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use mos_baselines::checkpoint;
use mos_baselines::model::{DeviceBatch, Positions};
use mos_baselines::weights::WeightSource;
use mos_datasets::{Corpus, Split};
use mos_reports::schema::Record;
use serde::{Deserialize, Serialize};
use tch::Device;

use super::common::{Ticker, device, evaluation_batches, loss_per_token, open_corpus, row, told_to_stop};
use super::training::{WEIGHTS_FILE, initial_weights};
use super::translate::{Translations, translate};
use super::{Outcome, WorkContext};
use crate::files::write_atomic;
use crate::spec::{JobSpec, NamedArch, ScoreSpec, TrainSpec, Work};
use crate::store::JobFile;
use crate::worker::RECORDS;

/// Subnets scored so far by an unfinished job.
pub const PARTIAL: &str = "scored.json";

/// Id of the training that was scored, where there were several to choose from.
pub const CHOSEN: &str = "training.txt";

/// The training whose weights have the least loss on validation; one alone is taken as it is.
fn best_training(needs: &[PathBuf]) -> Result<&PathBuf> {
    if let [only] = needs {
        return Ok(only);
    }
    let mut best: Option<(f64, &PathBuf)> = None;
    for dir in needs {
        let records = mos_reports::store::read_records(&dir.join(RECORDS))?;
        let losses = records.iter().filter(|r| r.metric == "loss" && r.split == "valid");
        let kept = if training_spec(dir)?.keep_best {
            losses.min_by(|a, b| a.value.total_cmp(&b.value))
        } else {
            losses.max_by_key(|r| r.step)
        };
        let loss = kept.with_context(|| format!("{} holds no loss", dir.display()))?.value;
        if best.is_none_or(|(least, _)| loss < least) {
            best = Some((loss, dir));
        }
    }
    Ok(best.context("a score job reads a training job")?.1)
}

/// Written after every subnet: a long decoding that is stopped is not lost.
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
        let path = job_dir.join(PARTIAL);
        if !path.exists() {
            return Ok(Scored::default());
        }
        let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged; delete the job's folder to score afresh", path.display()))
    }
}

/// Scores every subnet of the spec, from where it stands.
pub fn score(context: &WorkContext, job: &JobSpec, spec: &ScoreSpec) -> Result<Outcome> {
    let mut clock = Instant::now();
    let corpus = open_corpus(&context.corpus_dir, &job.context)?;
    let device = device(&job.context);
    let training = best_training(&context.needs)?;
    let trained = training_spec(training)?;
    let source = finished_weights(training, &trained, corpus.embedding_rows() as i64, device)?;
    let positions = Positions::new(&source.space, source.compute_kind(), device);
    let losses = [Split::Valid, Split::Test].map(|s| evaluation_batches(corpus.split(s), spec.longest_pair, device));
    let mut scorer = Scorer {
        context,
        job,
        spec,
        corpus: &corpus,
        source,
        positions,
        losses,
        scored: Scored::resume(&context.job_dir)?,
    };
    let mut ticker = Ticker::new();
    while let Some(subnet) = spec.subnets.get(scorer.scored.subnets) {
        if told_to_stop(context) || !scorer.subnet(subnet, trained.updates)? {
            return Ok(Outcome::Interrupted);
        }
        let scored = &mut scorer.scored;
        scored.subnets += 1;
        scored.seconds += clock.elapsed().as_secs_f64();
        clock = Instant::now();
        write_atomic(&context.job_dir.join(PARTIAL), &serde_json::to_vec(scored)?)?;
        ticker.tick(context, scored.subnets as u64, spec.subnets.len() as u64, || subnet.name.clone());
    }
    let Scored { mut records, mut outputs, seconds, .. } = scorer.scored;
    if context.needs.len() > 1 {
        let id = training.file_name().unwrap_or_default();
        write_atomic(&context.job_dir.join(CHOSEN), id.as_encoded_bytes())?;
        outputs.push(CHOSEN.to_string());
    }
    records.push(Record {
        method: spec.method.clone(),
        seed: spec.seed as i64,
        step: trained.updates as i64,
        ..row(context, job, "score_seconds", seconds)
    });
    Ok(Outcome::Finished { records, outputs })
}

struct Scorer<'a> {
    context: &'a WorkContext,
    job: &'a JobSpec,
    spec: &'a ScoreSpec,
    corpus: &'a Corpus,
    source: WeightSource,
    positions: Positions,
    losses: [Vec<DeviceBatch>; 2],
    scored: Scored,
}

impl Scorer<'_> {
    /// Scores one subnet; false when told to stop before.
    fn subnet(&mut self, subnet: &NamedArch, step: u64) -> Result<bool> {
        let weights = tch::no_grad(|| self.source.materialise(&subnet.arch, false));
        let (mut found, mut outputs) = (Vec::new(), Vec::new());
        for (split, batches) in ["valid", "test"].into_iter().zip(&self.losses) {
            let loss = loss_per_token(&self.source.space, &weights, &self.positions, batches);
            found.push((split.to_string(), "loss", loss));
        }
        for split in &self.spec.decode_splits {
            let stop = || told_to_stop(self.context);
            let space = &self.source.space;
            let translated = translate(self.corpus, space, &weights, &self.positions, self.spec, split, &stop)?;
            let Some(translations) = translated else { return Ok(false) };
            let tokenised = translations.tokenised_bleu(&self.corpus.manifest().target_language);
            let Translations { hypotheses, references, .. } = translations;
            let file = format!("hypotheses.{}.{split}.txt", subnet.name);
            write_atomic(&self.context.job_dir.join(&file), (hypotheses.join("\n") + "\n").as_bytes())?;
            outputs.push(file);
            found.push((split.clone(), "bleu", mos_reports::bleu::corpus_bleu(&hypotheses, &references).score));
            found.extend(tokenised.map(|bleu| (split.clone(), "tokenised_bleu", bleu)));
            found.push((split.clone(), "chrf", mos_reports::chrf::corpus_chrf(&hypotheses, &references).score));
        }
        self.scored.outputs.extend(outputs);
        self.scored.records.extend(found.into_iter().map(|(split, metric, value)| Record {
            method: self.spec.method.clone(),
            seed: self.spec.seed as i64,
            subnet: subnet.name.clone(),
            split,
            step: step as i64,
            ..row(self.context, self.job, metric, value)
        }));
        Ok(true)
    }
}

/// What a training job trained.
pub fn training_spec(dir: &Path) -> Result<TrainSpec> {
    let file = JobFile::read(dir)?.with_context(|| format!("{} holds no job", dir.display()))?;
    match file.spec.work {
        Work::Train(train) => Ok(train),
        _ => anyhow::bail!("{} is not a training job", dir.display()),
    }
}

/// The final weights of a finished training job.
pub fn finished_weights(dir: &Path, spec: &TrainSpec, vocab: i64, device: Device) -> Result<WeightSource> {
    let source = initial_weights(spec, vocab, device)?;
    checkpoint::load_weights(&source.params, &dir.join(WEIGHTS_FILE))?;
    Ok(source)
}

/// Writes one subnet of a finished training job as a dense safetensors file, its experts merged.
pub fn export(job_dir: &Path, train: &TrainSpec, subnet: &NamedArch, corpus_dir: &Path, out: &Path) -> Result<()> {
    let corpus = Corpus::open(corpus_dir, false)?;
    let source = finished_weights(job_dir, train, corpus.embedding_rows() as i64, Device::Cpu)?;
    source.space.check(&subnet.arch)?;
    let metadata = [
        ("space", train.space.as_str().to_string()),
        ("method", train.method.clone()),
        ("seed", train.seed.to_string()),
        ("subnet", subnet.name.clone()),
        ("arch", serde_json::to_string(&subnet.arch)?),
        ("data", corpus.hash().to_string()),
    ];
    Ok(checkpoint::save_weights(&source.collapse(&subnet.arch).params, &metadata, out)?)
}
