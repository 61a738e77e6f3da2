//! `run.toml` says what a run is, and where and with what it was made. The harness writes it, the report reads it.

use mos_base::Split;
use mos_spaces::search::limit::Limit;
use mos_spaces::{SearchSpace, count};
use serde::{Deserialize, Serialize};

use crate::gpu::Gpus;
use crate::headline::Headline;
use crate::metric::Metric;
use crate::subject::{NamedArch, SubnetId};
use crate::track::Track;

/// Version of the layout in which this file is written.
pub const MANIFEST_SCHEMA: u32 = 3;

/// The resolved plan, environment and versions of one run. It never holds a secret or a home path.
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
    /// The track.
    pub track: Track,
    /// Profile name.
    pub profile: String,
    /// Metric by which methods are compared (the loss at small scale, BLEU at the paper's).
    pub primary_metric: Metric,
    /// Split on which they are compared.
    pub primary_split: Split,
    /// The scored subnets over which the headline is.
    #[serde(default)]
    pub headline: Headline,
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
    /// The corpora, the one that is trained on first.
    pub corpora: Vec<DataCard>,
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
    /// Names of the runs of the same call, of other tracks, which are shown on one page with this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// Nets of other papers' methods; empty until their searches have ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guests: Vec<GuestCard>,
    /// Where the records were imported from; absent for a run that this program made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<ImportCard>,
}

/// The table that a run was imported from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportCard {
    /// Name of the file, without its folder.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Name of the map that says what its columns are.
    pub map: String,
    /// Where the numbers come from.
    pub source: String,
    /// Whether the models have the size of the paper's.
    pub published_size: bool,
}

/// What one search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundCard {
    /// Method of the searched supernet.
    pub method: String,
    /// Seed.
    pub seed: i64,
    /// The limit.
    pub limit: Limit,
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
    /// The GPUs; none on a CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpus: Option<Gpus>,
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
    /// The commit of the checkout, with a plus where files were changed; none where it was no checkout of git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// What the report says of a corpus that was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataCard {
    /// Registry id or folder name.
    pub id: String,
    /// Title that people read.
    pub title: String,
    /// Language code of the text; of its source side, where it has two.
    pub source_language: String,
    /// Language code of the target side; none where the text has one language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_language: Option<String>,
    /// Whether the corpus is split into tokens of its own, in which tokenised BLEU is then taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_own_tokens: bool,
    /// Licence of the text.
    pub text_licence: String,
    /// How to cite it.
    pub citation: String,
    /// Hash of the prepared data.
    pub hash: String,
    /// Remarks the report repeats: pairs kept and removed by each rule, differences from the paper's data.
    pub notes: Vec<String>,
}

/// Where the peak learning rates come from.
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
pub struct SubnetCard {
    /// How it came to be looked at, and its name.
    #[serde(flatten)]
    pub id: SubnetId,
    /// Parameters without embeddings.
    pub params: i64,
    /// FLOPs of one pair without output projection.
    pub flops: i64,
    /// One line: widths, layers, FFN, heads.
    pub summary: String,
    /// The subnet as JSON text, with the keys of HAT's configurations.
    pub arch_json: String,
    /// The subnets that were scored together with it, where an imported table has several such groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// A net that a method of another paper found in a space of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuestCard {
    /// The method.
    pub method: String,
    /// Name of its space.
    pub space: String,
    /// The limit that it was found under.
    pub limit: Limit,
    /// The net.
    pub subnet: SubnetCard,
}

impl SubnetCard {
    /// Makes the card of a subnet of a space.
    pub fn of(space: &SearchSpace, subnet: &NamedArch) -> SubnetCard {
        SubnetCard {
            id: subnet.id.clone(),
            params: count::params(space, &subnet.arch),
            flops: count::flops(space, &subnet.arch),
            summary: subnet.arch.summary(),
            arch_json: serde_json::to_string(&subnet.arch).expect("an architecture is plain data"),
            group: None,
        }
    }
}

impl DataCard {
    /// Returns its languages in words: `en to de`, or `en`.
    pub fn languages(&self) -> String {
        let target = self.target_language.as_ref().map(|target| format!(" to {target}"));
        format!("{}{}", self.source_language, target.unwrap_or_default())
    }
}

impl RunManifest {
    /// Returns the corpus that is trained on.
    ///
    /// # Panics
    /// Panics if there is none, which is a bug of whoever made the manifest: [`RunManifest::parse`] gives one at least.
    pub fn corpus(&self) -> &DataCard {
        self.corpora.first().expect("a run has a corpus")
    }

    /// Returns the names of the scored subnets, in plan order.
    pub fn subnet_names(&self) -> Vec<String> {
        self.subnets.iter().map(|card| card.id.name.clone()).collect()
    }
}
