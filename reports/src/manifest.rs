//! `run.toml`: what a run is, where and with what it was made. Written by the harness, read by the report.

use serde::{Deserialize, Serialize};

/// The resolved plan, environment and versions of one run. Never holds a secret or a home path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunManifest {
    /// Version of this file's layout.
    pub schema: u32,
    /// Run name = folder name under `runs/`.
    pub name: String,
    /// The command that a user would type to make this run.
    pub command: String,
    /// When the run was planned, UTC, RFC 3339.
    pub created_utc: String,
    /// `mt`.
    pub track: String,
    /// Profile name.
    pub profile: String,
    /// Metric by which methods are compared (`loss` at small scale, `bleu` at the paper's).
    pub primary_metric: String,
    /// Split on which they are compared.
    pub primary_split: String,
    /// Supernet methods, in plan order (`scratch` is implied).
    pub methods: Vec<String>,
    /// Seeds.
    pub seeds: Vec<i64>,
    /// Name of the search space.
    pub space: String,
    /// The resolved profile, as TOML text.
    pub profile_toml: String,
    /// The machine and the software.
    pub environment: Environment,
    /// The corpus.
    pub data: DataCard,
    /// Where the peak learning rates come from; absent when they were not tuned.
    pub tuning: Option<Tuning>,
    /// Scored subnets, in plan order.
    pub subnets: Vec<SubnetCard>,
    /// Subnets that searches found, where they are none of `subnets`.
    #[serde(default)]
    pub found_subnets: Vec<SubnetCard>,
    /// What each search found, in plan order; empty until all have ended.
    #[serde(default)]
    pub found: Vec<FoundCard>,
}

/// What one search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundCard {
    /// Method of the searched supernet.
    pub method: String,
    /// Seed.
    pub seed: i64,
    /// The limit, as the search's records name it.
    pub limit: String,
    /// Name of the subnet that was found.
    pub subnet: String,
}

/// The machine and the software that decide a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Operating system and architecture.
    pub os: String,
    /// CPU model name.
    pub cpu: String,
    /// Logical cores.
    pub cores: usize,
    /// Instruction set that libtorch uses (`AVX2`, `AVX512`, ...).
    pub cpu_capability: String,
    /// `cpu` or `cuda`.
    pub device: String,
    /// Worker processes.
    pub workers: usize,
    /// Threads of each worker.
    pub threads_per_job: usize,
    /// libtorch version.
    pub libtorch: String,
    /// Version of the harness.
    pub harness: String,
    /// Hash of the sources that decide results, taken at build time.
    pub code_hash: String,
}

/// What corpus was used, for the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataCard {
    /// Registry id or folder name.
    pub id: String,
    /// Human title.
    pub title: String,
    /// Source language code.
    pub source_language: String,
    /// Target language code.
    pub target_language: String,
    /// Licence of the text.
    pub text_licence: String,
    /// How to cite it.
    pub citation: String,
    /// Hash of the prepared data.
    pub hash: String,
    /// Remarks the report repeats: pairs kept and removed by each rule, differences from the paper's data.
    pub notes: Vec<String>,
}

/// Provenance of the peak learning rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// Path, relative to the repository, of the sweep's records; a copy is `tune.parquet` beside `run.toml`.
    pub records: String,
    /// SHA-256 of that file.
    pub sha256: String,
    /// The command that made it.
    pub command: String,
}

/// One scored subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubnetCard {
    /// `largest`, `smallest`, `random-1`, ...
    pub name: String,
    /// Parameters without embeddings.
    pub params: i64,
    /// FLOPs of one pair without output projection.
    pub flops: i64,
    /// One line: dims, layers, FFN, heads.
    pub summary: String,
    /// The subnet as JSON text, with the keys of HAT's configurations.
    pub arch_json: String,
}
