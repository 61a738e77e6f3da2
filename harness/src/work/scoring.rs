//! The scoring job: loss, BLEU and chrF of subnets with the weights of one finished training; and the export of one.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use mos_baselines::checkpoint;
use mos_baselines::decode::{BeamConfig, beam_search};
use mos_baselines::model::{DeviceBatch, Positions, Subnet};
use mos_baselines::weights::{SubnetWeights, WeightSource};
use mos_datasets::batch::{BatchOptions, build, sequential};
use mos_datasets::{Corpus, Split};
use mos_reports::schema::Record;
use tch::Device;

use super::common::{
    Ticker, device, evaluation_batches, loss_per_token, open_corpus, row, selected, split_named, told_to_stop,
};
use super::training::{WEIGHTS_FILE, initial_weights};
use super::{Outcome, WorkContext};
use crate::files::write_atomic;
use crate::spec::{JobSpec, NamedArch, ScoreSpec, TrainSpec, Work};
use crate::store::JobFile;

/// Source tokens of a decoding batch.
const DECODE_TOKENS: usize = 2048;

/// Scores every subnet of the spec.
pub fn score(context: &WorkContext, job: &JobSpec, spec: &ScoreSpec) -> Result<Outcome> {
    let clock = Instant::now();
    let corpus = open_corpus(&context.corpus_dir, &job.context)?;
    let device = device(&job.context);
    let training = context.needs.first().context("a score job reads one training job")?;
    let trained = training_spec(training)?;
    let source = finished_weights(training, &trained, corpus.vocab_size() as i64, device)?;
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
            let (hypotheses, references) = self.translate(&weights, split)?;
            let file = format!("hypotheses.{}.{split}.txt", subnet.name);
            write_atomic(&self.context.job_dir.join(&file), (hypotheses.join("\n") + "\n").as_bytes())?;
            self.outputs.push(file);
            found.push((split.clone(), "bleu", mos_reports::bleu::corpus_bleu(&hypotheses, &references).score));
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

    /// Hypotheses and references of the selected pairs of a split, in the split's order.
    fn translate(&self, weights: &SubnetWeights, split: &str) -> Result<(Vec<String>, Vec<String>)> {
        let split = split_named(split)?;
        let (shard, spec) = (self.corpus.split(split), self.spec);
        let kept = selected(shard, spec.longest_pair, spec.decode_pairs);
        let last = kept.last().copied().unwrap_or(0);
        let subnet = Subnet::new(&self.source.space, weights);
        let config = BeamConfig {
            beam: spec.beam,
            length_penalty: spec.length_penalty,
            max_len_a: spec.max_len_a,
            max_len_b: spec.max_len_b.min(self.source.space.max_positions as usize - 1),
        };
        let options =
            BatchOptions { max_tokens: DECODE_TOKENS, longest_pair: spec.longest_pair, row_multiple: 1, seed: 0 };
        let mut hypotheses = vec![String::new(); shard.len()];
        for indices in sequential(shard, &options) {
            let indices: Vec<u32> = indices.into_iter().filter(|&i| i <= last).collect();
            if indices.is_empty() {
                continue;
            }
            let batch = build(shard, &indices);
            let on_device = DeviceBatch::new(&batch, self.positions.device());
            let padding = on_device.source_padding.as_ref();
            let found =
                beam_search(&subnet, &self.positions, &on_device.source, padding, &batch.source_lengths, &config);
            for (&index, hypothesis) in indices.iter().zip(found) {
                hypotheses[index as usize] = self.corpus.decode(&hypothesis.tokens);
            }
        }
        let references = self.corpus.references(split)?;
        let pick = |all: &[String]| kept.iter().map(|&i| all[i as usize].clone()).collect();
        Ok((pick(&hypotheses), pick(&references)))
    }
}

fn training_spec(dir: &Path) -> Result<TrainSpec> {
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
    let source = finished_weights(job_dir, train, corpus.vocab_size() as i64, Device::Cpu)?;
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
