//! The record schema: every measured number of every track is one [`Record`].
//!
//! A record is one row of `records.parquet`, in long form: what was measured (`metric`, `split`, `step`), on what
//! (`method`, `seed`, `subnet`), by which job, and the value. [`METRICS`] says what each metric means.

use serde::{Deserialize, Serialize};

/// One measured row. Empty strings mean "does not apply".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Id (hex) of the job that measured it.
    pub job_id: String,
    /// `mt` (machine translation); later tracks add theirs.
    pub track: String,
    /// Registry id of the corpus, or the name of a local folder.
    pub dataset: String,
    /// Profile name (`smoke`, `quick`, `cpu`, `paper`).
    pub profile: String,
    /// `scratch`, `hat`, `sandwich`, `mos-layer`, ...; empty for a row about the data alone.
    pub method: String,
    /// Seed of the training that it belongs to.
    pub seed: i64,
    /// Name of the subnet (`largest`, `smallest`, `random-1`, `found-1`, ...); the limit of a search; the family of a
    /// latency predictor; empty for a whole job.
    pub subnet: String,
    /// `train`, `valid`, `test` or empty.
    pub split: String,
    /// A name from [`METRICS`].
    pub metric: String,
    /// Updates done when it was measured.
    pub step: i64,
    /// The value, in the metric's unit.
    pub value: f64,
    /// Whether other workers ran beside this job (a time measured then is not a time alone on the machine).
    pub loaded: bool,
}

/// Which direction of a metric is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// A score.
    Higher,
    /// A loss or a cost.
    Lower,
    /// Neither: a size, a setting.
    Neither,
}

/// What a metric name means.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Name in [`Record::metric`].
    pub name: &'static str,
    /// Label for tables and axes.
    pub label: &'static str,
    /// Unit for tables and axes; empty for a pure number.
    pub unit: &'static str,
    /// Direction.
    pub better: Better,
    /// Measured from this machine at that moment (time, memory): may differ between two runs of the same job.
    pub measured: bool,
}

const fn metric(name: &'static str, label: &'static str, unit: &'static str, better: Better, measured: bool) -> Metric {
    Metric { name, label, unit, better, measured }
}

/// Every metric that a record may hold.
pub const METRICS: &[Metric] = &[
    metric("loss", "Loss", "nats/token", Better::Lower, false),
    metric("bleu", "BLEU", "", Better::Higher, false),
    metric("tokenised_bleu", "Tokenised BLEU", "", Better::Higher, false),
    metric("chrf", "chrF", "", Better::Higher, false),
    metric("train_loss", "Training loss, label-smoothed", "nats/token", Better::Lower, false),
    metric("unigram_entropy", "Unigram entropy", "nats/token", Better::Neither, false),
    metric("copy_bleu", "BLEU of copying the source", "", Better::Neither, false),
    metric("copy_chrf", "chrF of copying the source", "", Better::Neither, false),
    metric("pairs", "Sentence pairs", "", Better::Neither, false),
    metric("target_tokens", "Target tokens of the split", "", Better::Neither, false),
    metric("params", "Parameters without embeddings", "", Better::Neither, false),
    metric("flops", "Forward FLOPs of one pair without output projection", "FLOP", Better::Neither, false),
    metric("peak_lr", "Peak learning rate", "", Better::Neither, false),
    metric("updates", "Updates", "", Better::Neither, false),
    metric("epochs", "Passes over the training pairs", "", Better::Neither, false),
    metric("tokens_seen", "Target tokens trained on (each batch counted once)", "", Better::Neither, false),
    metric("subnet_passes", "Subnet passes an update", "", Better::Neither, false),
    metric("train_flops", "FLOPs of the whole training", "FLOP", Better::Lower, false),
    metric("supernet_params", "Trained parameters (experts, routers, embeddings)", "", Better::Neither, false),
    metric("train_seconds", "Training time", "s", Better::Lower, true),
    metric("tokens_per_second", "Target tokens a second (each batch counted once)", "1/s", Better::Higher, true),
    metric("utilisation", "Model-FLOP utilisation", "", Better::Higher, true),
    metric("peak_memory", "Peak memory", "bytes", Better::Lower, true),
    metric("micro_batch_parts", "Parts of a micro-batch, for want of GPU memory", "", Better::Neither, true),
    metric("score_seconds", "Scoring time", "s", Better::Lower, true),
    metric("latency", "Latency", "ms", Better::Lower, true),
    metric("latency_encoder", "Encoder latency", "ms", Better::Lower, true),
    metric("latency_decoder", "Decoder latency", "ms", Better::Lower, true),
    metric("latency_spread", "Standard deviation of the latency over its mean", "", Better::Lower, true),
    metric("latency_rows", "Measured subnets", "", Better::Neither, false),
    metric("latency_unsteady", "Measurements with too wide a spread", "", Better::Lower, true),
    metric("latency_threads", "Threads while measuring latency", "", Better::Neither, false),
    metric("latency_load", "Load average when measuring began", "", Better::Neither, true),
    metric("predictor_mdape", "Median absolute error of predicted latency", "%", Better::Lower, true),
    metric("predictor_mape", "Mean absolute error of predicted latency", "%", Better::Lower, true),
    metric("predictor_rmse", "Root mean square error of predicted latency", "ms", Better::Lower, true),
    metric("predictor_tau", "Kendall tau-b of predicted and measured latency", "", Better::Higher, true),
    metric("predictor_chosen", "Chosen predictor", "", Better::Neither, true),
    // What a search finds depends on measured latencies: measured, too.
    metric("search_fitness", "Best label-smoothed loss of the search", "nats/token", Better::Lower, true),
    metric("random_fitness", "Best label-smoothed loss of random search", "nats/token", Better::Lower, true),
    metric("search_loss", "Loss of the found subnet, inherited weights", "nats/token", Better::Lower, true),
    metric("search_evaluations", "Distinct subnets scored", "", Better::Neither, true),
    metric("random_evaluations", "Distinct subnets scored by random search", "", Better::Neither, true),
    metric("search_cost", "Cost of the found subnet, as predicted", "", Better::Lower, true),
    metric("search_limit", "Limit of the search", "", Better::Neither, true),
    metric("search_least", "Least reachable cost", "", Better::Neither, true),
    metric("search_most", "Highest reachable cost", "", Better::Neither, true),
    metric("search_seconds", "Search time", "s", Better::Lower, true),
    metric("random_seconds", "Random search time", "s", Better::Lower, true),
    metric("retrain_goal", "Final value from scratch", "", Better::Neither, false),
    metric("retrain_reached", "Reached its value from scratch", "", Better::Higher, false),
    metric("retrain_diverged", "Continued training diverged", "", Better::Lower, false),
    metric("retrain_updates", "Updates of continued training", "", Better::Lower, false),
    metric("retrain_tokens", "Target tokens of continued training", "", Better::Lower, false),
    metric("retrain_seconds", "Time of continued training", "s", Better::Lower, true),
    metric("retrain_budget", "Most updates of continued training", "", Better::Neither, false),
    metric("retrain_peak_lr", "Peak learning rate of continued training", "", Better::Neither, false),
    metric("retrain_loss", "Loss in continued training", "nats/token", Better::Lower, false),
    metric("retrain_bleu", "Tokenised BLEU in continued training", "", Better::Higher, false),
    metric("matmul_gflops", "Matrix-product rate (1024^3, float32)", "GFLOP/s", Better::Higher, true),
];

/// Looks a metric up by name.
pub fn find_metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|m| m.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_names_are_unique() {
        let mut names: Vec<_> = METRICS.iter().map(|m| m.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METRICS.len());
    }
}
