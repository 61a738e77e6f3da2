//! The command line of `mos-reports`. Depends on clap and std only: `cargo xtask` includes this file, so that `--help`
//! teaches and bad arguments are refused before anything is built.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// The verbs of `mos-reports`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Render a run's report again, from its records alone.
    ///
    /// Needs no training, no weights and no libtorch: a folder that holds `run.toml` and `records.parquet` is enough.
    /// Writes `report/` into it (`index.html`, which opens offline, and the same tables and plots as files) and prints
    /// the headline table. A run that may only be read is shown all the same, and --out names another place for the files.
    #[command(after_long_help = "Examples:\n\n  cargo xtask report\n  cargo xtask report quick-1 --json\n  \
        cargo xtask report /archive/runs/quick-1 --out quick-1-report")]
    Report(ReportArgs),
    /// Measure the gap between supernet scores and from-scratch scores in any CSV table.
    ///
    /// One row of the table is one subnet, with its score from scratch and under one or more supernets. Prints the mean
    /// absolute gap, the mean signed gap (positive: the supernet is behind), Kendall's tau-b and Spearman's rho, each
    /// with a 95% percentile bootstrap interval (10,000 resamples of the rows); with two or more supernet columns also
    /// the paired difference of the mean absolute gap between each two. Each column is of one training, so no interval
    /// here decides between methods.
    #[command(after_long_help = "Example, for a table with the columns arch, scratch, hat, mos:\n\n  \
        cargo xtask gap scores.csv --scratch scratch --supernet hat --supernet mos")]
    Gap(GapArgs),
    /// Score translations: corpus BLEU and chrF, equal to sacreBLEU's.
    ///
    /// BLEU with 13a tokenisation and exponential smoothing, chrF2 with its defaults, case kept, one reference. Both
    /// files are UTF-8, one sentence a line, detokenised. Prints the scores with sacreBLEU's signatures.
    ///
    /// With --tokenised also BLEU as HAT and MoS report it: Moses tokens (hyphens in words split, nothing escaped),
    /// then each hyphen still inside a token split, no smoothing: 0 if an order of n-grams has no match.
    #[command(after_long_help = "Examples:\n\n  cargo xtask score --hyp translations.txt --ref references.txt\n  \
        cargo xtask score --hyp translations.txt --ref references.txt --tokenised --lang fr")]
    Score(ScoreArgs),
    /// Check a run that somebody else made, without trusting its report.
    ///
    /// Hashes, ids, plan, records, numbers, report and verdicts are checked against each other and against this program, rule
    /// by rule (docs/auditing.md). Each number is marked recomputed, consistent, or taken on trust, and what can't be told
    /// is said. Nothing is written into the run.
    ///
    /// Exit code: 0 up to a note, 1 with a warning, 3 with an error, 2 where the command is wrong or nothing can be audited.
    #[command(
        after_long_help = "Examples:\n\n  cargo xtask audit cpu\n  cargo xtask audit /archive/runs/cpu --json\n  \
        cargo xtask audit cpu.zip --replay 3 --replay-minutes 20"
    )]
    Audit(AuditArgs),
    /// Pack a run into one archive, for somebody who checks it elsewhere.
    ///
    /// Holds records, job files, translations and the report, with the hash of every file, a description for machines
    /// (RO-Crate 1.3) and how to cite it; weights are left out, and so are texts whose licence is not known to let them be
    /// handed on. The same run gives the same bytes. Prints the SHA-256 of the archive and of the plan: publish the first
    /// beside the bundle.
    #[command(
        after_long_help = "Examples:\n\n  cargo xtask bundle cpu\n  cargo xtask bundle cpu --no-text --out cpu.zip"
    )]
    Bundle(BundleArgs),
    /// Set two runs side by side: how they were made, their verdicts, gaps and scores.
    ///
    /// Nothing is decided by what differs: the claims of each run are judged by its own records.
    #[command(after_long_help = "Example:\n\n  cargo xtask compare quick quick-other --out side-by-side")]
    Compare(CompareArgs),
    /// Make a run of numbers that somebody else measured.
    ///
    /// The same statistics, claims and report are then made of it, as far as its numbers go.
    Import(ImportArgs),
    /// Say whether the last night of a history got worse, or better.
    ///
    /// A history has a file a night (`cargo xtask ci nightly` adds one): losses of trainings on fresh seeds, and times in
    /// pairs with a pinned base commit. The noise of each metric is taken from its first 30 nights against that base; until
    /// then, and where a binary timed against itself differs, a metric is undecided, which is no pass.
    ///
    /// Exit code: 0 no alarm, 1 a regression, 3 no metric can be decided, 2 the command or the history is wrong.
    #[command(after_long_help = "Examples:\n\n  cargo xtask regress\n  \
        cargo xtask regress --history reports/recorded/history --format markdown\n  cargo xtask regress --against 1a2b3c4d")]
    Regress(RegressArgs),
    /// Add a night to a history: the losses of runs, and what was timed beside them.
    #[command(hide = true)]
    Night(NightArgs),
}

/// Arguments of `night`.
#[derive(Debug, Clone, Args)]
pub struct NightArgs {
    /// Runs of the night.
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<String>,
    /// What was timed (commit, base, compiler, pairs).
    #[arg(long, value_name = "FILE.json")]
    pub timings: PathBuf,
    /// Folder of the history.
    #[arg(long, value_name = "PATH")]
    pub history: PathBuf,
    /// Date of the night.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub night: String,
}

/// Arguments of `regress`.
#[derive(Debug, Clone, Args)]
pub struct RegressArgs {
    /// The base commit: the start of its name (with `cargo xtask`, whatever git knows it by); only nights against it count.
    /// Default: the base of the last night.
    #[arg(long, value_name = "REF")]
    pub against: Option<String>,
    /// Folder with the nights. Default: history, in the checkout.
    #[arg(long, value_name = "PATH")]
    pub history: Option<PathBuf>,
    /// Folder to write a page into (index.html), with a plot for each series and the nights in which its level changed.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// How to print it.
    #[arg(long, value_name = "NAME", value_enum, default_value = "text")]
    pub format: RegressFormat,
}

/// What `regress` can print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RegressFormat {
    /// Lines for a terminal.
    Text,
    /// A summary for a pull request, with a glossary.
    Markdown,
    /// One JSON document (commit, base, nights, exit_code, series, notices).
    Json,
    /// Bencher Metric Format: the last night's means with intervals.
    Bmf,
    /// The array that github-action-benchmark reads as customSmallerIsBetter.
    Gha,
}

/// Arguments of `audit`.
#[derive(Debug, Clone, Args)]
pub struct AuditArgs {
    /// A run's name under `runs/`, its folder, or a bundle of it.
    #[arg(value_name = "RUN|BUNDLE")]
    pub run: String,
    /// SHA-256 that the bundle has to have, as whoever published it told.
    #[arg(long, value_name = "SHA256")]
    pub expect_digest: Option<String>,
    /// First make N finished jobs again, drawn by a printed seed, with all that they rest on; what they cost is printed first.
    #[arg(long, value_name = "N", conflicts_with = "replay_job", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub replay: Option<u64>,
    /// First make this job again (the start of its id).
    #[arg(long, value_name = "ID")]
    pub replay_job: Option<String>,
    /// Draw no job that would make the replay longer than this.
    #[arg(long, value_name = "M", requires = "replay")]
    pub replay_minutes: Option<f64>,
    /// Folder of your own text that the run was trained on, for a replay; corpora of the registry are fetched.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Folder of jobs that were made again.
    #[arg(long, value_name = "FOLDER", hide = true)]
    pub replayed: Option<PathBuf>,
    /// Also write the result as an in-toto Statement with the predicate test-result (audit.intoto.json), unsigned.
    #[arg(long, value_name = "FILE.json")]
    pub intoto: Option<PathBuf>,
    /// Print one JSON document (run, subject, rules_version, rules) with every finding.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `bundle`.
#[derive(Debug, Clone, Args)]
pub struct BundleArgs {
    /// A run's name under `runs/`, or its folder.
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Leave out texts: translations, references, predictions. Scores can then not be computed again.
    #[arg(long)]
    pub no_text: bool,
    /// Pack texts whatever their licence says: you may hand them on, or don't hand the bundle on.
    #[arg(long, conflicts_with = "no_text")]
    pub with_text: bool,
    /// File to write. Default: the run's name, with .zip, in the current folder.
    #[arg(long, value_name = "FILE.zip")]
    pub out: Option<PathBuf>,
    /// Print one JSON document (bundle, sha256, plan_sha256, files, left_out,
    /// texts_left_out_for_licence).
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// A run's name under `runs/`, or its folder.
    #[arg(value_name = "A")]
    pub a: String,
    /// The other run.
    #[arg(value_name = "B")]
    pub b: String,
    /// Folder to write a page into (index.html).
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Print one JSON document (a, b, scores, page) instead of the tables.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `import`.
#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// What to import.
    #[command(subcommand)]
    pub command: ImportCommand,
}

/// What `import` can read.
#[derive(Debug, Clone, Subcommand)]
pub enum ImportCommand {
    /// Import a published table: a row a subnet, with its scores from scratch and under supernets.
    ///
    /// A map says what the columns are, and where the table comes from: a preset (mos-wmt14-en-de: the 30 subnets on WMT'14
    /// En-De that the first author of MoS published) or a TOML file in the form of reports/maps/*.toml. Each column of
    /// scores is of one training, so that no verdict credits a method. Architectures are read, and their parameters
    /// computed again.
    #[command(
        after_long_help = "Example:\n\n  cargo xtask import published table.csv --map mos-wmt14-en-de --as published\n  \
        cargo xtask report published"
    )]
    Published(PublishedArgs),
}

/// Arguments of `import published`.
#[derive(Debug, Clone, Args)]
pub struct PublishedArgs {
    /// Comma-separated table with a header line.
    #[arg(value_name = "FILE.csv")]
    pub file: PathBuf,
    /// What the columns are: the name of a preset, or a file.
    #[arg(long, value_name = "NAME|FILE.toml")]
    pub map: String,
    /// Name of the run, a new folder under `runs/`.
    #[arg(long = "as", value_name = "NAME")]
    pub name: String,
    /// Print one JSON document (run, subnets, records).
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// A run's name under `runs/`, or a folder that holds run.toml and records.parquet. Default: the newest run.
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Folder to write the report into instead, made if need be; files of other names stay there.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Print one JSON document (run, report: the page's path, null if it could not be written) instead of the table.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `gap`.
#[derive(Debug, Clone, Args)]
pub struct GapArgs {
    /// Comma-separated table with a header line.
    #[arg(value_name = "FILE.csv")]
    pub file: PathBuf,
    /// Column with the scores of subnets trained from scratch.
    #[arg(long, value_name = "COL")]
    pub scratch: String,
    /// Column with the scores under a supernet; repeat it to compare several.
    #[arg(long, value_name = "COL", required = true)]
    pub supernet: Vec<String>,
    /// Column whose values split the rows into groups, each measured alone; repeat it for finer groups.
    #[arg(long, value_name = "COL")]
    pub group: Vec<String>,
    /// The columns hold losses, not scores: a supernet is behind when its value is higher.
    #[arg(long)]
    pub lower_is_better: bool,
    /// Seed of the bootstrap; the same seed gives the same intervals.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Print one JSON array, an object for each group and supernet column, instead of tables.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `score`.
#[derive(Debug, Clone, Args)]
pub struct ScoreArgs {
    /// Translations, one sentence a line.
    #[arg(long, value_name = "FILE")]
    pub hyp: PathBuf,
    /// References, one sentence a line, in the same order.
    #[arg(long = "ref", value_name = "FILE")]
    pub reference: PathBuf,
    /// Score tokenised BLEU too.
    #[arg(long)]
    pub tokenised: bool,
    /// Language of both files, whose Moses rules --tokenised applies: de, en, es, fr or it.
    #[arg(long, value_name = "CODE", default_value = "de", requires = "tokenised")]
    pub lang: String,
    /// Print one JSON document (bleu, bleu_signature, with --tokenised also tokenised_bleu and
    /// tokenised_bleu_signature, chrf, chrf_signature, sentences, and warnings where a file does not look like plain
    /// text).
    #[arg(long)]
    pub json: bool,
}
