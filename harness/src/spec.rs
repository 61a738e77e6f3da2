//! What a job is: everything that decides its result, hashed into its id.

use mos_baselines::space::{Arch, SpaceName};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One unit of work. Two jobs with the same spec have the same result (save measured times and memory).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    /// What surrounds every job of a run.
    pub context: Context,
    /// What this one does.
    pub work: Work,
    /// Ids of the jobs whose outputs it reads.
    pub needs: Vec<String>,
}

/// Data, code and machine: the part of the spec that all jobs of a run share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// `mt`.
    pub track: String,
    /// Dataset id.
    pub dataset: String,
    /// Profile name (a label in the records; its numbers are in `work`).
    pub profile: String,
    /// Hash of the prepared data (`mos_datasets::Corpus::hash`).
    pub data_hash: String,
    /// Hash of the sources that decide results.
    pub code_hash: String,
    /// libtorch version.
    pub libtorch: String,
    /// `cpu` or `cuda`.
    pub device: String,
    /// Instruction set used by libtorch.
    pub cpu_capability: String,
    /// Threads of the worker.
    pub threads: usize,
}

/// The kinds of job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a plan holds a few dozen of them")]
pub enum Work {
    /// Facts of the corpus: unigram entropy, copy-the-source BLEU and chrF, pair and token counts.
    DataFacts {
        /// Score at most this many test pairs (0: all); the same number as the score jobs.
        test_pairs: usize,
        /// Longest pair, in tokens a side, as in training.
        longest_pair: usize,
    },
    /// Train a supernet, or a subnet from scratch.
    Train(TrainSpec),
    /// Score subnets with the weights of one training job (`needs[0]`).
    Score(ScoreSpec),
}

/// A training job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainSpec {
    /// Method name: `scratch`, `hat`, `sandwich`, `mos-layer`, ...
    pub method: String,
    /// Method settings (number of experts, router width, router dropout).
    pub settings: mos_baselines::method::MethodSettings,
    /// Search space.
    pub space: SpaceName,
    /// Name and architecture of the subnet trained from scratch; `None` for a supernet.
    pub subnet: Option<NamedArch>,
    /// Seed.
    pub seed: u64,
    /// Optimiser updates.
    pub updates: u64,
    /// Updates of linear warm-up.
    pub warmup: u64,
    /// Peak learning rate.
    pub peak_lr: f64,
    /// Tokens of one micro-batch: rows x longest side.
    pub batch_tokens: usize,
    /// Micro-batches an update.
    pub micro_batches: usize,
    /// Longest pair, in tokens a side.
    pub longest_pair: usize,
    /// Dropout at the widest subnet.
    pub dropout: f64,
    /// Dropout of attention weights.
    pub attention_dropout: f64,
    /// Label smoothing.
    pub label_smoothing: f64,
    /// Clip the gradient norm at this (0: off).
    pub clip_norm: f64,
    /// Validation loss is measured every so many updates (and at the end).
    pub validate_every: u64,
    /// Keep the weights with the best validation loss (a supernet's: of its smallest subnet) instead of the last.
    pub keep_best: bool,
    /// Save a checkpoint every so many updates.
    pub checkpoint_every: u64,
    /// A from-scratch subnet's initial weights: the supernet's slice, or Xavier at its own size.
    pub own_size_init: bool,
}

/// A scoring job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreSpec {
    /// Method name of the training job.
    pub method: String,
    /// Seed of the training job.
    pub seed: u64,
    /// Subnets to score.
    pub subnets: Vec<NamedArch>,
    /// Splits whose hypotheses are decoded and scored with BLEU and chrF (loss is measured on valid and test always).
    pub decode_splits: Vec<String>,
    /// Decode at most this many pairs a split (0: all).
    pub decode_pairs: usize,
    /// Beam width.
    pub beam: usize,
    /// Length penalty: score = log p / length^penalty.
    pub length_penalty: f64,
    /// Most tokens of a hypothesis: a x source length + b.
    pub max_len_a: f64,
    /// See `max_len_a`.
    pub max_len_b: usize,
    /// Longest pair, in tokens a side, for the loss.
    pub longest_pair: usize,
}

/// A subnet with its name in tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedArch {
    /// `largest`, `smallest`, `random-1`, ...
    pub name: String,
    /// Its architecture.
    pub arch: Arch,
}

impl JobSpec {
    /// The job's id: the first 16 hex digits of the SHA-256 of its canonical JSON.
    pub fn id(&self) -> String {
        let json = serde_json::to_vec(self).expect("a job spec is plain data");
        let digest = Sha256::digest(json);
        digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
    }

    /// A short name for people: `train mos-layer seed 1`, `score scratch/random-1 seed 2`.
    pub fn label(&self) -> String {
        match &self.work {
            Work::DataFacts { .. } => "data facts".to_string(),
            Work::Train(t) => match &t.subnet {
                Some(s) => format!("train {}/{} seed {}", t.method, s.name, t.seed),
                None => format!("train {} seed {}", t.method, t.seed),
            },
            Work::Score(s) if s.method == "scratch" && s.subnets.len() == 1 => {
                format!("score {}/{} seed {}", s.method, s.subnets[0].name, s.seed)
            }
            Work::Score(s) => format!("score {} seed {}", s.method, s.seed),
        }
    }
}
