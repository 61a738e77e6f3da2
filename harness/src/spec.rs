//! What a job is: everything that decides its result, hashed into its id.

use mos_baselines::latency::measure::Protocol;
use mos_baselines::schedule::Decay;
use mos_baselines::search::{EvolutionConfig, Limit};
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
    /// Measure the latency of subnets, alone on the machine.
    Latency(LatencySpec),
    /// Fit the latency predictor to a table (`needs[0]`).
    Predictor(PredictorSpec),
    /// Search in a supernet (`needs[0]`) under a limit; a latency limit needs a predictor (`needs[1]`).
    Search(SearchSpec),
    /// Train a found subnet on from its inherited weights (`needs[0]`, a supernet) until it is as good as from scratch
    /// (`needs[1]`, the score of that training).
    Retrain(RetrainSpec),
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
    /// What follows the warm-up.
    pub decay: Decay,
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

/// A latency job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatencySpec {
    /// Search space.
    pub space: SpaceName,
    /// What is measured.
    pub subjects: LatencySubjects,
    /// The numbers of the protocol.
    pub protocol: Protocol,
    /// A measurement whose standard deviation is a larger share of its mean than this is called unsteady.
    pub max_spread: f64,
}

/// What a latency job measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatencySubjects {
    /// Random distinct subnets, for the predictor.
    Sample {
        /// How many.
        count: usize,
        /// Seed of the draw.
        seed: u64,
    },
    /// These subnets.
    Subnets(Vec<NamedArch>),
    /// Nothing: the table was given by the user and lies in the run's folder.
    Table {
        /// Its SHA-256.
        sha256: String,
    },
}

/// A predictor job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictorSpec {
    /// Search space: its norm scales the features.
    pub space: SpaceName,
    /// Limits of the searches that will use it: checked as soon as they can be.
    pub limits: Vec<Limit>,
    /// Families to choose from.
    pub families: Vec<mos_baselines::latency::predictor::Family>,
    /// Seed of splits and fits.
    pub seed: u64,
}

/// A search job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchSpec {
    /// Method name of the supernet.
    pub method: String,
    /// Seed of the supernet's training and of the search.
    pub seed: u64,
    /// What must not be exceeded.
    pub limit: Limit,
    /// Sizes of the search.
    pub evolution: EvolutionConfig,
    /// Label smoothing of the fitness, as in training.
    pub label_smoothing: f64,
    /// Longest pair, in tokens a side, for the fitness.
    pub longest_pair: usize,
}

/// A job of continued training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RetrainSpec {
    /// The training that goes on: method and found subnet, the largest number of updates, rates, batches.
    pub train: TrainSpec,
    /// What is trained.
    pub weights: RetrainWeights,
    /// What has to become as good as from scratch, on the validation split.
    pub target: Target,
    /// Updates that the supernet was trained for: the batches go on after them.
    pub batches_seen: u64,
    /// Decoding, where the target is BLEU.
    pub decoding: Option<ScoreSpec>,
}

/// What continued training starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetrainWeights {
    /// A dense subnet, its experts merged.
    Merged,
    /// The supernet with the subnet fixed: experts and routers go on learning.
    Routed,
}

/// What continued training has to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Validation loss, at most that from scratch.
    Loss,
    /// Tokenised BLEU on the validation split, at least that from scratch.
    TokenisedBleu,
}

impl Target {
    /// Name of the metric.
    pub fn metric(self) -> &'static str {
        match self {
            Target::Loss => "loss",
            Target::TokenisedBleu => "tokenised_bleu",
        }
    }

    /// Name of the metric of its learning curve.
    pub fn curve(self) -> &'static str {
        match self {
            Target::Loss => "retrain_loss",
            Target::TokenisedBleu => "retrain_bleu",
        }
    }

    /// Whether `value` is as good as `scratch`.
    pub fn reached(self, value: f64, scratch: f64) -> bool {
        match self {
            Target::Loss => value <= scratch,
            Target::TokenisedBleu => value >= scratch,
        }
    }
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
    /// Whether nothing else may run beside it: its times are its result.
    pub fn is_exclusive(&self) -> bool {
        matches!(&self.work, Work::Latency(l) if !matches!(l.subjects, LatencySubjects::Table { .. }))
    }

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
            Work::Latency(l) => match &l.subjects {
                LatencySubjects::Sample { count, .. } => format!("latency of {count} random subnets"),
                LatencySubjects::Subnets(subnets) => format!("latency of {} subnets", subnets.len()),
                LatencySubjects::Table { .. } => "latency table".to_string(),
            },
            Work::Predictor(_) => "latency predictor".to_string(),
            Work::Search(s) => format!("search {} {} seed {}", s.method, s.limit.label(), s.seed),
            Work::Retrain(r) => {
                let subnet = r.train.subnet.as_ref().map_or("", |s| s.name.as_str());
                format!("retrain {}/{subnet} seed {}", r.train.method, r.train.seed)
            }
        }
    }
}
