//! The scoring job: loss, BLEU and chrF of subnets with the weights of one finished training; and the export of one.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use mos_baselines::checkpoint;
use mos_baselines::model::{DeviceBatch, Positions};
use mos_baselines::weights::WeightSource;
use mos_datasets::{Corpus, Split};
use mos_reports::schema::Record;
use tch::Device;

use super::common::{Ticker, device, evaluation_batches, loss_per_token, open_corpus, row, told_to_stop};
use super::training::{WEIGHTS_FILE, initial_weights};
use super::translate::{Translations, translate};
use super::{Outcome, WorkContext};
use crate::files::write_atomic;
use crate::spec::{JobSpec, NamedArch, ScoreSpec, TrainSpec, Work};
use crate::store::JobFile;

/// Scores every subnet of the spec.
pub fn score(context: &WorkContext, job: &JobSpec, spec: &ScoreSpec) -> Result<Outcome> {
    let clock = Instant::now();
    let corpus = open_corpus(&context.corpus_dir, &job.context)?;
    let device = device(&job.context);
    let training = context.needs.first().context("a score job reads one training job")?;
    let trained = training_spec(training)?;
    let source = finished_weights(training, &trained, corpus.embedding_rows() as i64, device)?;
    let positions = Positions::new(&source.space, source.compute_kind(), device);
    let losses = [Split::Valid, Split::Test].map(|s| evaluation_batches(corpus.split(s), spec.longest_pair, device));
    let mut scorer =
        Scorer { context, job, spec, corpus: &corpus, source, positions, losses, records: vec![], outputs: vec![] };
    let mut ticker = Ticker::new();
    for (i, subnet) in spec.subnets.iter().enumerate() {
        if told_to_stop(context) {
            return Ok(Outcome::Interrupted);
        }
        scorer.subnet(subnet, trained.updates)?;
        ticker.tick(context, i as u64 + 1, spec.subnets.len() as u64, || subnet.name.clone());
    }
    let Scorer { mut records, outputs, .. } = scorer;
    records.push(Record {
        method: spec.method.clone(),
        seed: spec.seed as i64,
        step: trained.updates as i64,
        ..row(context, job, "score_seconds", clock.elapsed().as_secs_f64())
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
    records: Vec<Record>,
    outputs: Vec<String>,
}

impl Scorer<'_> {
    fn subnet(&mut self, subnet: &NamedArch, step: u64) -> Result<()> {
        let weights = tch::no_grad(|| self.source.materialise(&subnet.arch, false));
        let mut found = Vec::new();
        for (split, batches) in ["valid", "test"].into_iter().zip(&self.losses) {
            let loss = loss_per_token(&self.source.space, &weights, &self.positions, batches);
            found.push((split.to_string(), "loss", loss));
        }
        for split in &self.spec.decode_splits {
            let translations = translate(self.corpus, &self.source.space, &weights, &self.positions, self.spec, split)?;
            let tokenised = translations.tokenised_bleu(&self.corpus.manifest().target_language);
            let Translations { hypotheses, references, .. } = translations;
            let file = format!("hypotheses.{}.{split}.txt", subnet.name);
            write_atomic(&self.context.job_dir.join(&file), (hypotheses.join("\n") + "\n").as_bytes())?;
            self.outputs.push(file);
            found.push((split.clone(), "bleu", mos_reports::bleu::corpus_bleu(&hypotheses, &references).score));
            found.extend(tokenised.map(|bleu| (split.clone(), "tokenised_bleu", bleu)));
            found.push((split.clone(), "chrf", mos_reports::chrf::corpus_chrf(&hypotheses, &references).score));
        }
        self.records.extend(found.into_iter().map(|(split, metric, value)| Record {
            method: self.spec.method.clone(),
            seed: self.spec.seed as i64,
            subnet: subnet.name.clone(),
            split,
            step: step as i64,
            ..row(self.context, self.job, metric, value)
        }));
        Ok(())
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
