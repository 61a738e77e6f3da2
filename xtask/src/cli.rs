//! What can be typed after `cargo xtask`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

// Only the definitions matter here: the arguments are forwarded as they were typed.
#[allow(dead_code)]
#[path = "../../datasets/src/cli.rs"]
pub mod datasets_cli;
#[allow(dead_code)]
#[path = "../../harness/plan/src/cli/mod.rs"]
pub mod harness_cli;
#[allow(dead_code)]
#[path = "../../reports/src/cli.rs"]
pub mod reports_cli;

/// Train supernets and from-scratch subnets, measure the gap between them, and show it.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Subcommand)]
pub enum Verb {
    #[command(flatten)]
    Harness(harness_cli::Command),
    #[command(flatten)]
    Reports(reports_cli::Command),
    #[command(flatten)]
    Data(datasets_cli::Command),
    /// Install libtorch into the cache and link it (the other verbs do so by themselves when they need it)
    Setup(SetupArgs),
    /// Say what is present, what is missing, and the command that mends it
    Doctor(DoctorArgs),
    /// Run what CI runs on every change: format, lints, docs, builds, tests, licences (where cargo-deny is installed)
    Test,
    /// What the hosted CI runs, to be run anywhere
    #[command(subcommand)]
    Ci(CiVerb),
    /// Run the benchmarks: criterion's, then the paired timing of the methods
    Bench(BenchArgs),
}

#[derive(Args)]
pub struct SetupArgs {
    /// The CUDA flavour, also where no usable GPU is seen
    #[arg(long, conflicts_with = "cpu")]
    pub cuda: bool,
    /// The CPU flavour, also where a usable GPU is seen
    #[arg(long)]
    pub cpu: bool,
}

#[derive(Args)]
pub struct DoctorArgs {
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum CiVerb {
    /// Measure one night, add it to the history, and say whether anything got worse
    ///
    /// Trains the profile `nightly` of both tracks on fresh seeds, and times updates in turn with a pinned base commit, whose
    /// binary is kept in the cache. The first night pins its own commit. Takes about 5 minutes on two cores, a quiet machine
    /// given; building a base comes before.
    ///
    /// Exit code: 0 no alarm, 1 a regression, 2 the night failed, 3 no metric can be decided yet.
    Nightly(NightlyArgs),
}

#[derive(Args)]
pub struct NightlyArgs {
    /// Date of the night, of which its seeds are made. Default: today's, UTC
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub night: Option<String>,
    /// Commit to time against from now on. Default: the one that the history names in its file BASE
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Folder with the nights. Default: history, in the checkout
    #[arg(long, value_name = "PATH")]
    pub history: Option<PathBuf>,
    /// Folder for summary.md, the page and the timings. Default: runs/nightly-report, in the checkout
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

#[derive(Args)]
pub struct BenchArgs {
    /// Run only criterion's benchmarks whose name contains this, and leave the paired timing out
    pub filter: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn verbs_of_all_binaries_fit_together() {
        super::Cli::command().debug_assert();
    }
}
