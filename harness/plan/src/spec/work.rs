//! Lists the kinds of job.

use mos_spaces::{Method, SpaceName};
use serde::{Deserialize, Serialize};

use super::fine_tuning::{BagOfWordsSpec, FineTuneSpec, FineTuneStart};
use super::inputs::CorpusRole;
use super::latency::{LatencySpec, LatencySubjects, PredictorSpec};
use super::scoring::ScoreSpec;
use super::search::SearchSpec;
use super::training::{RetrainSpec, TrainSpec};
use crate::fine_tuning::TaskFacts;

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
    /// It fine-tunes a network on a labelled task.
    FineTune(FineTuneSpec),
    /// It fits a linear model on bags of words to a labelled task.
    BagOfWords(BagOfWordsSpec),
}

/// A job that works out facts of the corpus, a variant for each track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataFactsSpec {
    /// Unigram entropy, BLEU and chrF of copying the source, counts of pairs and tokens.
    Translation(TranslationFacts),
    /// Unigram cross-entropy of masked tokens, counts of sequences and tokens.
    MaskedLm,
}

/// Which facts of a corpus of pairs are worked out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranslationFacts {
    /// Score at most this many test pairs (0: all); the same number as the score jobs.
    pub test_pairs: usize,
    /// Longest pair, in tokens a side, as in training.
    pub longest_pair: usize,
}

impl DataFactsSpec {
    /// Returns the facts of a corpus of pairs.
    ///
    /// # Panics
    /// Panics if they are another track's, which is a bug: a track's code sees jobs of its own track only.
    pub fn translation(&self) -> &TranslationFacts {
        match self {
            DataFactsSpec::Translation(facts) => facts,
            DataFactsSpec::MaskedLm => panic!("a job of masked LM"),
        }
    }
}

impl Work {
    /// Returns the search space that it is about, where it is about one.
    pub fn space(&self) -> Option<&SpaceName> {
        match self {
            Work::Train(train) | Work::Repeat(train) => Some(&train.space),
            Work::Score(score) => Some(&score.space),
            Work::Latency(latency) => Some(&latency.space),
            Work::Search(search) => Some(&search.space),
            Work::Retrain(retrain) => Some(&retrain.train.space),
            Work::FineTune(fine_tune) => Some(&fine_tune.space),
            Work::DataFacts(_) | Work::Predictor(_) | Work::BagOfWords(_) => None,
        }
    }

    /// Returns the corpora that it reads.
    pub fn corpora(&self) -> &'static [CorpusRole] {
        let of_task = |task: &str| match TaskFacts::find(task) {
            Ok(TaskFacts { set: Some(_), .. }) => &[CorpusRole::Corpus, CorpusRole::Tasks][..],
            _ => &[CorpusRole::Corpus],
        };
        match self {
            Work::Predictor(_) => &[],
            Work::FineTune(fine_tune) => of_task(&fine_tune.task.task),
            Work::BagOfWords(bag) => of_task(&bag.task),
            Work::Train(train) | Work::Repeat(train) if train.task.starts_public() => {
                &[CorpusRole::Corpus, CorpusRole::Checkpoint]
            }
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
            Work::FineTune(f) => {
                let from = match f.start {
                    FineTuneStart::Random => " from random weights",
                    _ if f.is_continued => " after continued training",
                    _ => "",
                };
                format!("fine-tune {}/{} on {} seed {}{from}", f.method, f.subnet.name(), f.task.task, f.seed)
            }
            Work::BagOfWords(b) => format!("bag of words on {}", b.task),
            Work::Retrain(r) => format!("retrain {}/{} seed {}", r.train.method, r.subnet().name(), r.train.seed),
        }
    }
}

fn scores_one_from_scratch(score: &ScoreSpec) -> bool {
    score.subnets.len() == 1 && Method::find(&score.method).is_ok_and(Method::is_reference)
}
