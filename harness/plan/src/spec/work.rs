//! Lists the kinds of job.

use mos_spaces::Method;
use serde::{Deserialize, Serialize};

use super::inputs::CorpusRole;
use super::latency::{LatencySpec, LatencySubjects, PredictorSpec};
use super::scoring::ScoreSpec;
use super::search::SearchSpec;
use super::training::{RetrainSpec, TrainSpec};

/// What a job does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a plan holds a few dozen of them")]
pub enum Work {
    /// It finds facts of the corpus, against which scores are read.
    DataFacts(DataFactsSpec),
    /// It trains a supernet, or a subnet from scratch.
    Train(TrainSpec),
    /// It makes one short training twice, where the two need not be equal: on a GPU.
    Repeat(TrainSpec),
    /// It scores subnets with the weights of a training.
    Score(ScoreSpec),
    /// It measures latencies of subnets, alone on the machine.
    Latency(LatencySpec),
    /// It fits a latency predictor to a table of latencies.
    Predictor(PredictorSpec),
    /// It searches a supernet under a limit; a limit of latency needs a predictor.
    Search(SearchSpec),
    /// It trains a found subnet on from its inherited weights until it is as good as from scratch.
    Retrain(RetrainSpec),
}

/// A job that works out facts of the corpus: unigram entropy, BLEU and chrF of copying the source, counts of pairs and
/// tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFactsSpec {
    /// Score at most this many test pairs (0: all); the same number as the score jobs.
    pub test_pairs: usize,
    /// Longest pair, in tokens a side, as in training.
    pub longest_pair: usize,
}

impl Work {
    /// Returns the corpora that it reads.
    pub fn corpora(&self) -> &'static [CorpusRole] {
        match self {
            Work::Predictor(_) => &[],
            _ => &[CorpusRole::Corpus],
        }
    }

    /// Says whether nothing else may run beside it, because its times are its result.
    pub fn is_exclusive(&self) -> bool {
        match self {
            Work::Latency(latency) => !matches!(latency.subjects, LatencySubjects::Table { .. }),
            Work::Search(search) => search.measured.is_some(),
            _ => false,
        }
    }

    /// Returns a short name for people: `train mos-layer seed 1`, `score scratch/random-1 seed 2`.
    pub fn label(&self) -> String {
        match self {
            Work::DataFacts(_) => "data facts".to_string(),
            Work::Train(t) => match &t.subnet {
                Some(s) => format!("train {}/{} seed {}", t.method, s.name(), t.seed),
                None => format!("train {} seed {}", t.method, t.seed),
            },
            Work::Repeat(t) => format!("repeat a training of {} updates", t.optimisation.updates),
            Work::Score(s) if scores_one_from_scratch(s) => {
                format!("score {}/{} seed {}", s.method, s.subnets[0].name(), s.seed)
            }
            Work::Score(s) => format!("score {} seed {}", s.method, s.seed),
            Work::Latency(l) => match &l.subjects {
                LatencySubjects::Sample { count, .. } => format!("latency of {count} random subnets"),
                LatencySubjects::Subnets(subnets) => format!("latency of {} subnets", subnets.len()),
                LatencySubjects::Table { .. } => "latency table".to_string(),
            },
            Work::Predictor(_) => "latency predictor".to_string(),
            Work::Search(s) => format!("search {} {} seed {}", s.method, s.limit.label(), s.seed),
            Work::Retrain(r) => format!("retrain {}/{} seed {}", r.train.method, r.subnet().name(), r.train.seed),
        }
    }
}

fn scores_one_from_scratch(score: &ScoreSpec) -> bool {
    score.subnets.len() == 1 && Method::find(&score.method).is_ok_and(Method::is_reference)
}
