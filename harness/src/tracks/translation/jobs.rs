//! Answers for translation what the jobs ask of their track.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use mos_baselines::latency::measure::{Latency, measure};
use mos_baselines::supernet::weights::{ScratchInit, SubnetWeights, WeightSource};
use mos_baselines::translation::batch::DeviceBatch;
use mos_baselines::translation::model::Subnet;
use mos_baselines::translation::positions::Positions;
use mos_baselines::translation::rates::Dropout;
use mos_baselines::translation::task::Translation;
use mos_datasets::batch::{Batch, Stream, build};
use mos_datasets::{Corpus, Split};
use mos_plan::Metric;
use mos_plan::spec::inputs::CorpusRole;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::scoring::{DecodeSpec, ScoringSpec};
use mos_plan::spec::task::TaskSpec;
use mos_plan::spec::training::{RetrainSpec, TrainSpec};
use mos_plan::spec::work::DataFactsSpec;
use mos_reports::scores::{corpus_bleu, corpus_chrf};
use mos_spaces::catalog::layout_of;
use mos_spaces::latency::protocol::Protocol;
use mos_spaces::latency::table::LatencyRow;
use mos_spaces::{Arch, SearchSpace};
use tch::Device;

use super::batches::{evaluation_batches, pieces, selected, training_options};
use super::facts;
use super::translate::{Translated, Translations, translate};
use crate::worker::context::{JobContext, device};
use crate::worker::splitting::Splitter;
use crate::worker::task_data::TaskData;
use crate::worker::track_jobs::{SplitResults, TrackJobs};

/// Parts beyond which decoding batches are not cut.
const MOST_DECODING_PARTS: usize = 64;
/// Number of threads that build batches ahead.
const LOADER_THREADS: usize = 1;

/// The track's answers, which need the corpus of pairs and the device.
pub struct TranslationJobs {
    corpus: Arc<Corpus>,
    device: Device,
}

impl TranslationJobs {
    /// Translates the pairs of a split; returns none when told to stop before the end.
    fn translations(
        &self,
        task: &Translation,
        weights: &SubnetWeights,
        spec: &DecodeSpec,
        split: Split,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<Translations>> {
        // What a call that ran out of memory has done is done again.
        let attempt = |parts| {
            let source = Translated { corpus: &self.corpus, weights, positions: &task.positions };
            translate(source, task.max_positions(), spec, split, parts, stop)
        };
        Splitter::resume(1).retry(MOST_DECODING_PARTS, attempt)?
    }

    fn target_language(&self) -> &str {
        &self.corpus.manifest().target_language
    }
}

impl TaskData for TranslationJobs {
    type Task = Translation;
    type MicroBatch = Batch;

    fn vocab(&self) -> i64 {
        self.corpus.embedding_rows() as i64
    }

    fn task(&self, spec: &TaskSpec, weights: &WeightSource) -> Translation {
        let spec = spec.translation();
        let dropout = Dropout { residual: spec.dropout, attention: spec.attention_dropout };
        let kind = weights.compute_kind();
        Translation::new(weights.layout.clone(), Some(dropout), spec.label_smoothing, kind, self.device)
    }

    fn micro_batches(&self, spec: &TrainSpec, first: u64) -> Result<Box<dyn Iterator<Item = Batch>>> {
        let longest_pair = spec.task.translation().longest_pair;
        let options = training_options(spec.batch_tokens, longest_pair, spec.seed, self.device);
        Ok(Box::new(Stream::new(self.corpus.clone(), Split::Train, options, first, LOADER_THREADS)?))
    }

    fn on_device(&self, batch: &Batch, parts: usize) -> Vec<DeviceBatch> {
        if parts == 1 {
            return vec![DeviceBatch::new(batch, self.device)];
        }
        let shard = self.corpus.split(Split::Train);
        pieces(&batch.indices, parts).map(|rows| DeviceBatch::new(&build(shard, rows), self.device)).collect()
    }

    fn rows(batch: &Batch) -> usize {
        batch.rows
    }

    fn predictions(batch: &Batch) -> i64 {
        batch.target_lengths.iter().sum()
    }

    fn epoch_predictions(&self, spec: &TaskSpec) -> usize {
        let shard = self.corpus.split(Split::Train);
        let pairs = selected(shard, spec.translation().longest_pair, 0);
        pairs.iter().map(|&i| shard.target(i as usize).len() + 1).sum()
    }

    fn validation_batches(&self, spec: &TaskSpec, split: Split, parts: usize) -> Vec<DeviceBatch> {
        evaluation_batches(self.corpus.split(split), spec.translation().longest_pair, parts, self.device)
    }

    fn unigram_loss(&self, spec: &TaskSpec) -> Option<f64> {
        Some(facts::unigram_loss(&self.corpus, spec.translation().longest_pair))
    }
}

impl TrackJobs for TranslationJobs {
    fn open(context: &JobContext, job: &JobSpec) -> Result<Self> {
        let folder = context.corpus(CorpusRole::Corpus)?;
        let corpus = Corpus::open(folder, false)?;
        let planned = job.inputs.corpora.get(&CorpusRole::Corpus).context("the job names no corpus")?;
        ensure!(
            corpus.hash() == planned.hash,
            "the prepared data in {} changed since this run was planned; give the run another name with --run",
            folder.display()
        );
        Ok(TranslationJobs { corpus: Arc::new(corpus), device: device(&job.context) })
    }

    fn scored_task(&self, _: &ScoringSpec, weights: &WeightSource) -> Translation {
        Translation::new(weights.layout.clone(), None, 0.0, weights.compute_kind(), self.device)
    }

    fn scored_batches(&self, spec: &ScoringSpec, split: Split, parts: usize) -> Vec<DeviceBatch> {
        evaluation_batches(self.corpus.split(split), spec.translation().longest_pair, parts, self.device)
    }

    fn further_scores(
        &self,
        context: &JobContext,
        task: &Translation,
        weights: &SubnetWeights,
        spec: &ScoringSpec,
    ) -> Result<Option<SplitResults>> {
        let (spec, mut scores) = (spec.translation(), SplitResults::default());
        for &split in &spec.splits {
            let translated = self.translations(task, weights, spec, split, &|| context.told_to_stop())?;
            let Some(translations) = translated else { return Ok(None) };
            let tokenised = translations.tokenised_bleu(self.target_language());
            let Translations { hypotheses, references, .. } = translations;
            scores.texts.push((split, hypotheses.join("\n") + "\n"));
            scores.values.push((split, Metric::Bleu, corpus_bleu(&hypotheses, &references).score));
            scores.values.extend(tokenised.map(|bleu| (split, Metric::TokenisedBleu, bleu)));
            scores.values.push((split, Metric::Chrf, corpus_chrf(&hypotheses, &references).score));
        }
        Ok(Some(scores))
    }

    fn goal_value(
        &self,
        task: &Translation,
        weights: &SubnetWeights,
        spec: &RetrainSpec,
        split: Split,
    ) -> Result<Option<f64>> {
        let Some(scoring) = &spec.scoring else { return Ok(None) };
        // An evaluation belongs to its update, so it is not left half-way.
        let whole = || false;
        let translated = self.translations(task, weights, scoring.translation(), split, &whole)?;
        let language = self.target_language();
        let bleu = translated.context("never told to stop")?.tokenised_bleu(language);
        Ok(Some(bleu.with_context(|| format!("no Moses rules for language {language}"))?))
    }

    fn data_facts(&self, spec: &DataFactsSpec) -> Result<SplitResults> {
        facts::data_facts(&self.corpus, spec.translation())
    }

    /// Measures a subnet as it would be deployed: it is dense, and computes in float32 whatever it was trained in, as published.
    fn measure_latency(
        protocol: &Protocol,
        space: &SearchSpace,
        arch: &Arch,
        vocab: i64,
        device: Device,
    ) -> LatencyRow {
        let layout = layout_of(space, vocab).into();
        let weights = WeightSource::dense(layout, arch, ScratchInit::OwnSize, 1, device);
        let positions = Positions::new(space, weights.compute_kind(), device);
        let subnet = Subnet::new(&weights.materialise(arch));
        let Latency { encoder, decoder } = measure(protocol, &subnet, &positions);
        LatencyRow {
            features: space.raw_features(arch),
            encoder_ms: encoder.mean_ms,
            decoder_ms: decoder.mean_ms,
            encoder_std_ms: encoder.std_ms,
            decoder_std_ms: decoder.std_ms,
        }
    }
}
