//! The command line of `mos-harness`, of which `mos-plan` answers what needs no libtorch. Depends on clap and std only:
//! `cargo xtask` includes this folder, so that `--help` teaches and bad arguments are refused before anything is built.

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub use measure::{BenchPairArgs, BenchUpdatesArgs, GpuCheckArgs, LatencyArgs, LatencyPredictorArgs};

mod measure;

/// The verbs of `mos-harness`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train supernets and from-scratch subnets, measure the gap between them, render the report.
    ///
    /// Downloads what is missing, trains, scores and renders; ends by printing the headline table and the report's
    /// path. What is finished is never done again: stop it with Ctrl-C (or lose power) and type the same command to
    /// go on. Start with `cargo xtask reproduce`; see what it would do with `cargo xtask reproduce --dry-run`.
    Reproduce(ReproduceArgs),
    /// Sweep peak learning rates on validation loss and store the best in the profile.
    ///
    /// Every method, and training from scratch at three sizes, gets the same grid of rates, on a seed outside the run; a grid
    /// whose best stands at an end is widened. Then the profile's candidate schedules of continued training are compared
    /// on the swept random subnet. The records go to `reports/recorded/tune-<profile>/`, what was chosen and its
    /// provenance to `harness/plan/profiles/<profile>.toml`. Resumes like `reproduce`.
    Tune(TuneArgs),
    /// Show how far a run has come: which jobs are finished, running, waiting or failed.
    Status(StatusArgs),
    /// List runs, or free the disk space they hold.
    Runs(RunsArgs),
    /// Write one subnet of a finished run as a dense safetensors file, its experts merged.
    Export(ExportArgs),
    /// Print parameters, FLOPs and router features of architectures.
    Arch(ArchArgs),
    /// Measure encoder and decoder latency of subnets on this machine, by HAT's protocol; of BERT's the encoder alone.
    ///
    /// One sentence of fixed length, decoder at a beam with key-value caches, output projection included; warm-up, then
    /// timed runs, the lowest and highest tenth dropped. Subnets are dense (experts merged) and in eval mode. Run it on
    /// a quiet machine: a measurement whose spread is too wide is marked.
    Latency(LatencyArgs),
    /// Search a supernet of a finished run for the best subnet under a limit (evolution, and random search beside it).
    ///
    /// Fitness is the validation loss with inherited weights. The search resumes when it was stopped, and the same
    /// search is never done twice.
    Search(SearchArgs),
    /// Fit latency predictors to measured latencies and say how well the best of them predicts.
    ///
    /// Three families are compared over five seeded splits into 80% training, 10% validation and 10% test rows:
    /// ordinary linear regression, a Huber regression on quadratic features (robust against spikes in the measurements),
    /// and HAT's network. The family with the lowest median percentage error on validation, averaged over the splits, is
    /// chosen; all figures printed for `test` are of rows that neither the fit nor the choice has seen.
    ///
    /// Example: `cargo xtask latency-predictor --csv latency_dataset/wmt14ende_gpu_titanxp_all.csv`
    LatencyPredictor(LatencyPredictorArgs),
    /// Prove the GPU path on this machine in minutes, with a verdict a line.
    ///
    /// Loss and gradient of one micro-batch of 256 tokens at each track's published size, for each method in float32 and bf16, against
    /// the CPU's; the whole of `smoke` on the GPU; one update of `paper` and of `bert-paper`, with throughput, utilisation, memory and operator
    /// calls. Exit code 0: all hold; 1: one does not; 3: there is no GPU.
    GpuCheck(GpuCheckArgs),
    /// Time training updates of two methods, interleaved in one process.
    #[command(hide = true)]
    BenchPair(BenchPairArgs),
    /// Time a method's updates whenever standard input asks for some, for the timing of two builds in turn.
    #[command(hide = true)]
    BenchUpdates(BenchUpdatesArgs),
    /// Make jobs of a run again, for an audit; prints the folder in which they stand.
    #[command(hide = true)]
    Replay(ReplayArgs),
    /// Run one job in this process (started by the executor).
    #[command(hide = true)]
    Worker(WorkerArgs),
}

/// Arguments of `reproduce`.
#[derive(Debug, Clone, Args)]
pub struct ReproduceArgs {
    /// Size of the experiment.
    ///
    /// `smoke` (plumbing, a minute), `quick` (one training of each method, at most 20 minutes on 2 cores), `cpu` (three
    /// trainings of each, which can decide between methods: at most 4 hours on 2 cores), `paper` (the published size:
    /// needs a CUDA GPU; `--dry-run` prints its plan anywhere), or a file of your own in the form of
    /// `harness/plan/profiles/*.toml`. These are the times of `mt`; `bert` takes a minute, 10 minutes, and 2.5 to 3 hours.
    #[arg(long, value_name = "NAME|FILE.toml", default_value = "quick")]
    pub profile: String,
    /// Which experiment: `mt` (machine translation), `bert` (masked-LM encoders), or `all`, one after the other, shown on one
    /// page.
    ///
    /// Of `bert` the profile is the one of that name with `bert-` before it. An option that fits one experiment only
    /// (--dataset, --methods, --archs, --latencies, --retrain, --max-updates, --micro-batches, --micro-batch-tokens, --run), and
    /// a profile of your own, choose that of the profile they are given with.
    #[arg(long, value_name = "NAME", default_value = "all", value_parser = ["all", "mt", "bert"])]
    pub track: String,
    /// Corpus: an id of `cargo xtask data list`, or, for translation, a folder of your own text. Default: the profile's.
    #[arg(long, value_name = "ID|FOLDER")]
    pub dataset: Option<String>,
    /// Supernet methods to compare, comma-separated. Default: the profile's.
    #[arg(long, value_name = "A,B", value_delimiter = ',', long_help = methods_help())]
    pub methods: Vec<String>,
    /// Score these subnets in place of the random ones (the largest and the smallest stay).
    ///
    /// A JSON object: name -> configuration with HAT's keys (`encoder_embed_dim`, `encoder_ffn_embed_dim`, ...), or with
    /// those of a space of BERT's (`hidden`, ...).
    #[arg(long, value_name = "FILE")]
    pub archs: Option<PathBuf>,
    /// Search with this table of latencies instead of measuring this machine's.
    ///
    /// A CSV in HAT's own format, as `cargo xtask latency --out FILE` writes it: the found subnets are then those for the
    /// device on which the table was measured.
    #[arg(long, value_name = "FILE.csv")]
    pub latencies: Option<PathBuf>,
    /// What continued training starts from: `merged` (a dense subnet) or `routed` (experts and routers train on). Default:
    /// the profile's.
    #[arg(long, value_name = "WHAT", value_parser = ["merged", "routed"])]
    pub retrain: Option<String>,
    /// Number of seeds (1, 2, ... N). Default: the profile's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub seeds: Option<u64>,
    /// The second seed in place of 2, and those after it: seeds that no run before had. The first stays 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=1_000_000_000))]
    pub fresh_seeds_from: Option<u64>,
    /// A trial: train every supernet, and the largest subnet from scratch, for at most N updates, and say what time
    /// they took, and what memory beside its estimate. Nothing is scored. The run is called `<profile>-trial`, with the corpus
    /// where it isn't the profile's own.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..),
        conflicts_with_all = ["archs", "latencies", "retrain", "seeds", "fresh_seeds_from"])]
    pub max_updates: Option<u64>,
    /// Micro-batches an update in place of the profile's: fewer tokens an update, and other results.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub micro_batches: Option<u64>,
    /// Tokens of a micro-batch in place of the profile's, for a GPU with memory to spare: fewer and larger micro-batches,
    /// as many tokens an update. They have to divide the tokens of an update.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub micro_batch_tokens: Option<u64>,
    /// Where to compute in place of the profile's choice: cpu or cuda.
    #[arg(long, value_name = "NAME", value_parser = ["cpu", "cuda"])]
    pub device: Option<String>,
    /// Worker processes side by side. Default: the machine's cores divided by the profile's threads a job.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub jobs: Option<u64>,
    /// Name of the run, a folder under `runs/`. Default: the profile, followed by the corpus where it isn't the
    /// profile's own.
    #[arg(long, value_name = "NAME")]
    pub run: Option<String>,
    /// Print the job graph with estimated time, memory and disk, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON document on standard output; everything else goes to standard error. That of several experiments has them
    /// in a list, `runs`.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tune`.
#[derive(Debug, Clone, Args)]
pub struct TuneArgs {
    /// Profile whose rates are tuned.
    #[arg(long, value_name = "NAME", default_value = "quick")]
    pub profile: String,
    /// Peak learning rates of the sweep, three or more, comma-separated. Default: the profile's `[sweep]`.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    pub rates: Vec<f64>,
    /// Sweep at this fraction of the profile's updates (0 to 1]; recorded. Default: the profile's `[sweep]`.
    #[arg(long, value_name = "F")]
    pub updates_share: Option<f64>,
    /// Worker processes side by side. Default: the machine's cores divided by the profile's threads a job.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub jobs: Option<u64>,
    /// Print one JSON document on standard output; everything else goes to standard error.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `status`.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// Name of the run. Default: the newest.
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
}

/// Arguments of `runs`.
#[derive(Debug, Clone, Args)]
pub struct RunsArgs {
    /// What to do with the runs.
    #[command(subcommand)]
    pub command: RunsCommand,
}

/// What `runs` can do.
#[derive(Debug, Clone, Subcommand)]
pub enum RunsCommand {
    /// List the runs under `runs/`: profile, progress, size on disk.
    List,
    /// Delete what no longer serves: weights of finished runs, jobs made by other code, leftovers of crashes.
    ///
    /// Records, logs and reports stay, and so does everything that an unfinished run needs to go on. A run in use is
    /// left alone.
    Clean {
        /// Keep the weights of finished jobs (`export` needs them).
        #[arg(long)]
        keep_weights: bool,
    },
}

/// Arguments of `export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// Name of the run.
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Name of the subnet (`largest`, `smallest`, `random-1`, ...), as in the report.
    #[arg(value_name = "SUBNET")]
    pub subnet: String,
    /// Whose weights: a method of the run, or `scratch`. Default: mos-neuron, else mos-layer, else the run's first.
    #[arg(long, value_name = "NAME")]
    pub method: Option<String>,
    /// Seed of the training.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// File to write.
    #[arg(long, value_name = "FILE.safetensors")]
    pub out: PathBuf,
}

/// Arguments of `arch`.
#[derive(Debug, Clone, Args)]
pub struct ArchArgs {
    /// Search space: wmt14-en-de, wmt14-en-fr, wmt19-en-de, iwslt14-de-en, bert-v1, bert-v5.1, bert-v5.2,
    /// bert-v5.2-published, autodistil-base, autodistil-small, autodistil-tiny, or a scaled one.
    #[arg(long, value_name = "NAME")]
    pub space: String,
    /// HAT's sub-transformer YAML, or a JSON object of configurations, each under its name.
    ///
    /// A configuration has HAT's keys (`encoder_embed_dim`, ...), or for bert-v1 `hidden` (a list, one entry a layer), or
    /// for the other spaces of BERT `hidden`, `heads`, `intermediate` and `layers`.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Print one JSON document: an array of objects with name, params, flops, features and the published figures, for
    /// BERT also `params_published_rule`. Features are null where a space has no router.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `search`.
#[derive(Debug, Clone, Args)]
#[command(group(clap::ArgGroup::new("limit").required(true).args(["max_latency_ms", "max_params", "max_flops"])))]
pub struct SearchArgs {
    /// Name of the run whose supernet is searched.
    #[arg(long, value_name = "RUN")]
    pub run: String,
    /// Supernet method of that run.
    #[arg(long, value_name = "NAME")]
    pub method: String,
    /// At most this latency (encoder and decoder, as the run's predictor says), in milliseconds; translation only.
    #[arg(long, value_name = "X")]
    pub max_latency_ms: Option<f64>,
    /// At most this many parameters, as `cargo xtask arch` counts them.
    #[arg(long, value_name = "N")]
    pub max_params: Option<i64>,
    /// At most this many FLOPs for one example, as `cargo xtask arch` counts them.
    #[arg(long, value_name = "N")]
    pub max_flops: Option<i64>,
    /// Seed of the supernet's training and of the search.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Print one JSON document on standard output; everything else goes to standard error.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of the hidden `replay`.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// A run's name under `runs/`, its folder, or a bundle of it.
    #[arg(value_name = "RUN|BUNDLE")]
    pub run: String,
    /// Draw so many jobs.
    #[arg(long, value_name = "N")]
    pub jobs: Option<u64>,
    /// Make this job again (the start of its id).
    #[arg(long, value_name = "ID", conflicts_with = "jobs")]
    pub job: Option<String>,
    /// Draw no job that would make the replay longer.
    #[arg(long, value_name = "M")]
    pub minutes: Option<f64>,
    /// Folder of one's own text that the run was trained on.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}

/// Arguments of the hidden `worker`.
#[derive(Debug, Clone, Args)]
pub struct WorkerArgs {
    /// Folder of the job; its `job.json` says what to do.
    #[arg(long, value_name = "DIR")]
    pub job_dir: PathBuf,
    /// Folder of a prepared corpus, by what it is to the run; may stand several times.
    #[arg(long = "corpus", value_name = "ROLE=DIR", value_parser = role_and_folder)]
    pub corpora: Vec<(String, PathBuf)>,
    /// Threads of libtorch.
    #[arg(long, value_name = "N")]
    pub threads: usize,
    /// This machine's matrix-product rate on that many threads, in GFLOP/s.
    #[arg(long, value_name = "RATE")]
    pub matmul_gflops: f64,
    /// Minutes between checkpoints.
    #[arg(long, value_name = "M")]
    pub checkpoint_minutes: f64,
    /// Other workers run beside this one.
    #[arg(long)]
    pub loaded: bool,
}

/// `ROLE=DIR`.
fn role_and_folder(text: &str) -> Result<(String, PathBuf), String> {
    let (role, folder) = text.split_once('=').ok_or("write it as ROLE=DIR")?;
    Ok((role.to_string(), PathBuf::from(folder)))
}

/// The table of methods, for the help alone: everything else reads it through `mos_spaces::method`.
const METHODS: &str = include_str!("../../../../baselines/spaces/methods.toml");

/// What `--methods --help` says.
fn methods_help() -> String {
    let known: Vec<String> =
        known_methods().into_iter().map(|(name, description)| format!("{name} ({description})")).collect();
    format!(
        "Supernet methods to compare, comma-separated. Default: the profile's.\n\nKnown: {}. Training from scratch is \
         always done: the gap is measured against it.",
        known.join("; ")
    )
}

/// Name and description of every method but training from scratch, read line by line: the help is made where no reader of
/// TOML is built.
pub fn known_methods() -> Vec<(&'static str, &'static str)> {
    let value = |row: &'static str, key: &str| {
        let line = row.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
        line.and_then(|rest| rest.strip_suffix('"')).unwrap_or_default()
    };
    let rows = METHODS.split("[[method]]").skip(1).filter(|row| value(row, "role") != "reference");
    rows.map(|row| (value(row, "name"), value(row, "description"))).collect()
}

#[cfg(test)]
mod tests {
    use super::known_methods;

    #[test]
    fn the_help_names_the_methods_of_the_table() {
        let text = include_str!("../../../../baselines/spaces/methods.toml");
        assert_eq!(known_methods().len() + 1, text.matches("[[method]]").count());
        assert!(known_methods().iter().all(|(name, what)| !name.is_empty() && !what.is_empty()));
    }
}
