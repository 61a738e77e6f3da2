//! The arguments of the verbs that measure a machine: latencies, their predictors, the GPU's check, paired timings.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `latency`.
#[derive(Debug, Clone, Args)]
pub struct LatencyArgs {
    /// Search space: wmt14-en-de, wmt14-en-fr, wmt19-en-de, iwslt14-de-en, bert-v1, bert-v5.1, bert-v5.2, or a scaled one.
    #[arg(long, value_name = "NAME")]
    pub space: String,
    /// Measure the architectures of this file: HAT's sub-transformer YAML, or a JSON object of configurations.
    #[arg(value_name = "FILE", conflicts_with = "sample")]
    pub file: Option<PathBuf>,
    /// Measure N random subnets (the largest and the smallest among them). Default: 10, where no file is given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub sample: Option<u64>,
    /// Seed of the random subnets.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Also write the measurements to this file, in HAT's own format.
    #[arg(long, value_name = "FILE.csv")]
    pub out: Option<PathBuf>,
    /// Source and target length in tokens. Default: the space's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=1000))]
    pub length: Option<i64>,
    /// Rows of the decoder, or sequences where there is none.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(i64).range(1..=1000))]
    pub beam: i64,
    /// Runs before the clock counts.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub dry_runs: usize,
    /// Timed runs.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub repeats: u64,
    /// Share of the timed runs dropped at each end, below 0.5.
    #[arg(long, value_name = "F", default_value_t = 0.1)]
    pub trim: f64,
    /// A standard deviation above this share of the mean is called too wide.
    #[arg(long, value_name = "F", default_value_t = 0.1)]
    pub max_spread: f64,
    /// Rows of the vocabulary. Default: the published models', or in a scaled space the profiles'.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(10..=1_000_000))]
    pub vocab: Option<i64>,
    /// Threads of libtorch.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub threads: u64,
    /// Where to measure.
    #[arg(long, value_name = "NAME", default_value = "cpu", value_parser = ["cpu", "cuda"])]
    pub device: String,
    /// Print one JSON document on standard output; everything else goes to standard error.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `latency-predictor`.
#[derive(Debug, Clone, Args)]
pub struct LatencyPredictorArgs {
    /// Measured latencies in HAT's format: the features of the space, then mean and standard deviation of encoder and decoder in ms.
    #[arg(long, value_name = "FILE")]
    pub csv: PathBuf,
    /// Search space whose norms divide the features.
    #[arg(long, value_name = "NAME", default_value = "wmt14-en-de")]
    pub space: String,
    /// Seed of the splits and of the network's training.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Print one JSON document on standard output; everything else goes to standard error.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `gpu-check`.
#[derive(Debug, Clone, Args)]
pub struct GpuCheckArgs {
    /// Try the check itself: on the CPU, at the size of `smoke`. It says nothing of a GPU.
    #[arg(long)]
    pub rehearse: bool,
    /// Print one JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `bench-pair`.
#[derive(Debug, Clone, Args)]
pub struct BenchPairArgs {
    /// Profile whose sizes are timed.
    #[arg(long, value_name = "NAME", default_value = "quick")]
    pub profile: String,
    /// Method that is timed (`scratch`: the largest subnet). Default: each that the paper proposes, one after the other.
    #[arg(long, value_name = "NAME")]
    pub method: Option<String>,
    /// Method it is compared with. Default: the first baseline.
    #[arg(long, value_name = "NAME")]
    pub against: Option<String>,
    /// Interleaved pairs of updates.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub pairs: usize,
    /// Tokens of the batch that each subnet is passed. Default: the profile's.
    #[arg(long, value_name = "N")]
    pub batch_tokens: Option<usize>,
    /// Threads of libtorch. Default: the profile's threads a job.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Where to compute: cpu or cuda.
    #[arg(long, value_name = "NAME", default_value = "cpu", value_parser = ["cpu", "cuda"])]
    pub device: String,
    /// Print one JSON document on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `bench-updates`.
#[derive(Debug, Clone, Args)]
pub struct BenchUpdatesArgs {
    /// Profile whose sizes are timed.
    #[arg(long, value_name = "NAME")]
    pub profile: String,
    /// Method that is timed (`scratch`: the largest subnet).
    #[arg(long, value_name = "NAME")]
    pub method: String,
}
