//! The table of every metric that a record may hold.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whether a higher or a lower value of a metric is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Higher is better, as for a score.
    Higher,
    /// Lower is better, as for a loss or a cost.
    Lower,
    /// Neither is better, as for a size or a setting.
    Neither,
}

/// What a metric is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MetricFamily {
    /// It says how good a subnet is.
    Score,
    /// It says how sure a score is.
    Certainty,
    /// It says how good a fine-tuned network is on a task.
    Task,
    /// It says what a training or a scoring took.
    Cost,
    /// It is a latency, or says how well latency is predicted.
    Latency,
    /// It says what searches found, or what they took.
    Search,
    /// It is about continued training.
    Retraining,
    /// It is a fact of a corpus.
    Data,
    /// It was set, or follows from what was set.
    Setting,
}

/// What one row of the table says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricFacts {
    /// Name in record files.
    pub name: &'static str,
    /// Label for tables and axes.
    pub label: &'static str,
    /// Unit for tables and axes; empty for a pure number.
    pub unit: &'static str,
    /// Whether a higher or a lower value is good.
    pub better: Better,
    /// Decimals with which values are shown.
    pub decimals: usize,
    /// What it tells of.
    pub family: MetricFamily,
    /// Whether it was measured on this machine at that moment (time, memory), or follows from what was: it may differ
    /// between two runs of the same job.
    pub measured: bool,
}

/// Marks a metric that may differ between two runs of the same job.
const MEASURED: bool = true;
/// Marks a metric that is the same in every run of the same job.
const FIXED: bool = false;

macro_rules! metrics {
    ($($variant:ident $name:literal, $label:literal, $unit:literal, $better:ident, $decimals:literal, $family:ident, $measured:ident;)*) => {
        /// A metric: what was measured.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Metric {
            $(#[doc = $label] $variant,)*
        }

        impl Metric {
            /// Every metric, in the table's order.
            pub const ALL: &'static [Metric] = &[$(Metric::$variant,)*];

            /// Returns its row of the table.
            pub const fn facts(self) -> MetricFacts {
                match self {
                    $(Metric::$variant => MetricFacts {
                        name: $name,
                        label: $label,
                        unit: $unit,
                        better: Better::$better,
                        decimals: $decimals,
                        family: MetricFamily::$family,
                        measured: $measured,
                    },)*
                }
            }
        }
    };
}

metrics! {
    Loss "loss", "Loss", "nats/token", Lower, 3, Score, FIXED;
    Bleu "bleu", "BLEU", "", Higher, 2, Score, FIXED;
    TokenisedBleu "tokenised_bleu", "Tokenised BLEU", "", Higher, 2, Score, FIXED;
    Chrf "chrf", "chrF", "", Higher, 2, Score, FIXED;
    MaskedAccuracy "masked_accuracy", "Masked tokens predicted rightly", "%", Higher, 2, Score, FIXED;
    LossError "loss_error", "Standard error of the loss over sequences", "nats/token", Lower, 4, Certainty, FIXED;
    TaskAccuracy "task_accuracy", "Accuracy", "%", Higher, 1, Task, FIXED;
    TaskF1 "task_f1", "F1 of class 1", "%", Higher, 1, Task, FIXED;
    TaskMatthews "task_matthews", "Matthews correlation", "%", Higher, 1, Task, FIXED;
    TaskPearson "task_pearson", "Pearson correlation", "%", Higher, 1, Task, FIXED;
    TaskSpearman "task_spearman", "Spearman correlation", "%", Higher, 1, Task, FIXED;
    TaskMajority "task_majority", "Share of the most frequent class", "%", Neither, 1, Data, FIXED;
    TaskExamples "task_examples", "Examples of the task", "", Neither, 0, Data, FIXED;
    FineTuneRandom "fine_tune_random", "Fine-tuning started from random weights", "", Neither, 0, Setting, FIXED;
    FineTuneRouted "fine_tune_routed", "Fine-tuning kept experts and routers", "", Neither, 0, Setting, FIXED;
    FineTuneContinued "fine_tune_continued", "Fine-tuning started from weights that were trained on", "", Neither, 0, Setting, FIXED;
    FineTunePeakLr "fine_tune_peak_lr", "Peak learning rate of fine-tuning", "", Neither, 5, Setting, FIXED;
    FineTuneBatch "fine_tune_batch", "Examples of an update of fine-tuning", "", Neither, 0, Setting, FIXED;
    FineTuneEpochs "fine_tune_epochs", "Passes of fine-tuning", "", Neither, 0, Setting, FIXED;
    FineTuneSeconds "fine_tune_seconds", "Time of fine-tuning, all settings", "s", Lower, 1, Cost, MEASURED;
    SelectedOnReported "selected_on_reported", "The best setting was chosen on the reported split", "", Neither, 0, Setting, FIXED;
    TrainLoss "train_loss", "Training loss, as minimised", "nats/token", Lower, 3, Cost, FIXED;
    UnigramEntropy "unigram_entropy", "Unigram entropy", "nats/token", Neither, 3, Data, FIXED;
    UnigramCrossEntropy "unigram_cross_entropy", "Cross-entropy of the training unigram", "nats/token", Neither, 3, Data, FIXED;
    CopyBleu "copy_bleu", "BLEU of copying the source", "", Neither, 2, Data, FIXED;
    CopyChrf "copy_chrf", "chrF of copying the source", "", Neither, 2, Data, FIXED;
    NearDuplicates "near_duplicates", "Training pairs that nearly equal a test pair", "", Lower, 0, Data, FIXED;
    Pairs "pairs", "Sentence pairs", "", Neither, 0, Data, FIXED;
    TargetTokens "target_tokens", "Predicted tokens of the split", "", Neither, 0, Data, FIXED;
    Sequences "sequences", "Sequences", "", Neither, 0, Data, FIXED;
    MaskedTokens "masked_tokens", "Masked tokens of the split", "", Neither, 0, Data, FIXED;
    Flops "flops", "Forward FLOPs of one example without output projection", "FLOP", Neither, 0, Setting, FIXED;
    PeakLr "peak_lr", "Peak learning rate", "", Neither, 4, Setting, FIXED;
    FailedPeakLr "failed_peak_lr", "Peak learning rate at which a first training failed", "", Neither, 4, Setting, FIXED;
    FailedSeconds "failed_seconds", "Time of a first training that failed", "s", Lower, 1, Cost, MEASURED;
    FailedFlops "failed_flops", "FLOPs of a first training that failed", "FLOP", Lower, 0, Cost, FIXED;
    DivergedAt "diverged_at", "Update at which a training diverged for good", "", Neither, 0, Setting, FIXED;
    Updates "updates", "Updates", "", Neither, 0, Setting, FIXED;
    Epochs "epochs", "Passes over the training split", "", Neither, 1, Setting, FIXED;
    TokensSeen "tokens_seen", "Predicted tokens trained on (each batch counted once)", "", Neither, 0, Cost, FIXED;
    SubnetPasses "subnet_passes", "Subnet passes an update", "", Neither, 0, Setting, FIXED;
    TrainFlops "train_flops", "FLOPs of the whole training", "FLOP", Lower, 0, Cost, FIXED;
    ExpertDistanceStart "expert_distance_start", "Distance between experts at the start, as a share of their norm", "", Neither, 4, Setting, FIXED;
    ExpertDistance "expert_distance", "Distance between experts at the end, as a share of their norm", "", Neither, 4, Setting, FIXED;
    MixingSpreadStart "mixing_spread_start", "Spread of mixing coefficients over architectures at the start", "", Neither, 4, Setting, FIXED;
    MixingSpread "mixing_spread", "Spread of mixing coefficients over architectures at the end", "", Neither, 4, Setting, FIXED;
    SupernetParams "supernet_params", "Trained parameters (experts, routers, embeddings)", "", Neither, 0, Setting, FIXED;
    TrainSeconds "train_seconds", "Training time", "s", Lower, 1, Cost, MEASURED;
    TokensPerSecond "tokens_per_second", "Predicted tokens a second (each batch counted once)", "1/s", Higher, 0, Cost, MEASURED;
    Utilisation "utilisation", "Model-FLOP utilisation", "", Higher, 2, Cost, MEASURED;
    PeakMemory "peak_memory", "Peak memory", "bytes", Lower, 0, Cost, MEASURED;
    PeakDeviceMemory "peak_device_memory", "Peak memory of the GPU", "bytes", Lower, 0, Cost, MEASURED;
    MicroBatchParts "micro_batch_parts", "Parts of a micro-batch, for want of GPU memory", "", Neither, 0, Cost, MEASURED;
    ScoreSeconds "score_seconds", "Scoring time", "s", Lower, 1, Cost, MEASURED;
    Latency "latency", "Latency", "ms", Lower, 2, Latency, MEASURED;
    LatencyEncoder "latency_encoder", "Encoder latency", "ms", Lower, 2, Latency, MEASURED;
    LatencyDecoder "latency_decoder", "Decoder latency", "ms", Lower, 2, Latency, MEASURED;
    LatencySpread "latency_spread", "Standard deviation of the latency over its mean", "", Lower, 3, Latency, MEASURED;
    LatencyRows "latency_rows", "Measured subnets", "", Neither, 0, Latency, FIXED;
    LatencyUnsteady "latency_unsteady", "Measurements with too wide a spread", "", Lower, 0, Latency, MEASURED;
    LatencyThreads "latency_threads", "Threads while measuring latency", "", Neither, 0, Latency, FIXED;
    LatencyLoad "latency_load", "Load average when measuring began", "", Neither, 2, Latency, MEASURED;
    PredictorMdape "predictor_mdape", "Median absolute error of predicted latency", "%", Lower, 1, Latency, MEASURED;
    PredictorMape "predictor_mape", "Mean absolute error of predicted latency", "%", Lower, 1, Latency, MEASURED;
    PredictorRmse "predictor_rmse", "Root mean square error of predicted latency", "ms", Lower, 3, Latency, MEASURED;
    PredictorTau "predictor_tau", "Kendall tau-b of predicted and measured latency", "", Higher, 2, Latency, MEASURED;
    PredictorChosen "predictor_chosen", "Chosen predictor", "", Neither, 0, Latency, MEASURED;
    // What a search finds depends on measured latencies, so it counts as measured, too.
    SearchFitness "search_fitness", "Best loss of the search, as minimised", "nats/token", Lower, 3, Search, MEASURED;
    RandomFitness "random_fitness", "Best loss of random search, as minimised", "nats/token", Lower, 3, Search, MEASURED;
    SearchLoss "search_loss", "Loss of the found subnet, inherited weights", "nats/token", Lower, 3, Search, MEASURED;
    SearchEvaluations "search_evaluations", "Distinct subnets scored", "", Neither, 0, Search, MEASURED;
    RandomEvaluations "random_evaluations", "Distinct subnets scored by random search", "", Neither, 0, Search, MEASURED;
    SearchCost "search_cost", "Cost of the found subnet, as predicted", "", Lower, 3, Search, MEASURED;
    SearchLimit "search_limit", "Limit of the search", "", Neither, 3, Search, MEASURED;
    SearchLeast "search_least", "Least reachable cost", "", Neither, 3, Search, MEASURED;
    SearchMost "search_most", "Highest reachable cost", "", Neither, 3, Search, MEASURED;
    SearchFlops "search_flops", "FLOPs of the search", "FLOP", Lower, 0, Search, MEASURED;
    SearchSeconds "search_seconds", "Search time", "s", Lower, 1, Search, MEASURED;
    RandomSeconds "random_seconds", "Random search time", "s", Lower, 1, Search, MEASURED;
    RetrainGoal "retrain_goal", "Final value from scratch", "", Neither, 3, Retraining, FIXED;
    RetrainReached "retrain_reached", "Reached its value from scratch", "", Higher, 0, Retraining, FIXED;
    RetrainDiverged "retrain_diverged", "Continued training diverged", "", Lower, 0, Retraining, FIXED;
    RetrainUpdates "retrain_updates", "Updates of continued training", "", Lower, 0, Retraining, FIXED;
    RetrainTokens "retrain_tokens", "Predicted tokens of continued training", "", Lower, 0, Retraining, FIXED;
    RetrainSeconds "retrain_seconds", "Time of continued training", "s", Lower, 1, Retraining, MEASURED;
    RetrainBudget "retrain_budget", "Most updates of continued training", "", Neither, 0, Retraining, FIXED;
    RetrainPeakLr "retrain_peak_lr", "Peak learning rate of continued training", "", Neither, 4, Retraining, FIXED;
    RetrainTest "retrain_test", "Test value of a continued training when it ended", "", Neither, 3, Retraining, FIXED;
    RetrainLoss "retrain_loss", "Loss in continued training", "nats/token", Lower, 3, Retraining, FIXED;
    RetrainBleu "retrain_bleu", "Tokenised BLEU in continued training", "", Higher, 2, Retraining, FIXED;
    RepeatSpread "repeat_spread", "Difference of the validation losses of two equal trainings", "nats/token", Lower, 6, Cost, MEASURED;
    MatmulGflops "matmul_gflops", "Rate of matrix products", "GFLOP/s", Higher, 0, Cost, MEASURED;
}

impl Metric {
    /// Returns its name in record files.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Returns what it tells of.
    pub const fn family(self) -> MetricFamily {
        self.facts().family
    }
}

/// Says that no metric has a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no metric of this version")]
pub struct UnknownMetric(String);

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(name: &str) -> Result<Metric, UnknownMetric> {
        Metric::ALL.iter().copied().find(|m| m.name() == name).ok_or_else(|| UnknownMetric(name.to_string()))
    }
}

impl TryFrom<String> for Metric {
    type Error = UnknownMetric;

    fn try_from(name: String) -> Result<Metric, UnknownMetric> {
        name.parse()
    }
}

impl From<Metric> for String {
    fn from(metric: Metric) -> String {
        metric.name().to_string()
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Metrics stand in the order of their names, which is that of record files.
impl Ord for Metric {
    fn cmp(&self, other: &Metric) -> std::cmp::Ordering {
        self.name().cmp(other.name())
    }
}

impl PartialOrd for Metric {
    fn partial_cmp(&self, other: &Metric) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        let mut names: Vec<&str> = Metric::ALL.iter().map(|m| m.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Metric::ALL.len());
        assert!(Metric::ALL.iter().all(|m| m.name().parse() == Ok(*m)));
        assert!("lss".parse::<Metric>().unwrap_err().to_string().contains("lss"));
    }

    #[test]
    fn scores_have_a_direction() {
        let scores = Metric::ALL.iter().filter(|m| m.family() == MetricFamily::Score);
        assert!(scores.clone().all(|m| m.facts().better != Better::Neither && !m.facts().measured));
        assert_eq!(scores.count(), 5);
    }
}
