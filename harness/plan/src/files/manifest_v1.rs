//! Version 1 of `run.toml`, which had one corpus, and names and labels as plain text.

use crate::headline::Headline;
use serde::Deserialize;

use super::manifest::{DataCard, Environment, FoundCard, MANIFEST_SCHEMA, RunManifest, SubnetCard, Tuning};
use crate::legacy;

/// The file as version 1 wrote it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestV1 {
    #[serde(rename = "schema")]
    _schema: u32,
    name: String,
    command: String,
    created_utc: String,
    track: String,
    profile: String,
    primary_metric: String,
    primary_split: String,
    methods: Vec<String>,
    seeds: Vec<i64>,
    space: String,
    profile_toml: String,
    environment: Environment,
    data: DataCard,
    tuning: Option<Tuning>,
    subnets: Vec<SubnetV1>,
    #[serde(default)]
    found_subnets: Vec<SubnetV1>,
    #[serde(default)]
    found: Vec<FoundV1>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubnetV1 {
    name: String,
    params: i64,
    flops: i64,
    summary: String,
    arch_json: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FoundV1 {
    method: String,
    seed: i64,
    limit: String,
    subnet: String,
}

impl ManifestV1 {
    /// Converts the file to today's types.
    ///
    /// # Errors
    /// Fails on a track, metric, split or limit that this version does not know.
    pub fn upgraded(self) -> Result<RunManifest, String> {
        let card = |s: SubnetV1| SubnetCard {
            id: legacy::subnet(&s.name),
            params: s.params,
            flops: s.flops,
            summary: s.summary,
            arch_json: s.arch_json,
            group: None,
        };
        let found = |f: FoundV1| -> Result<FoundCard, String> {
            Ok(FoundCard { method: f.method, seed: f.seed, limit: legacy::limit(&f.limit)?, subnet: f.subnet })
        };
        Ok(RunManifest {
            schema: MANIFEST_SCHEMA,
            name: self.name,
            command: self.command,
            created_utc: self.created_utc,
            track: self.track.parse().map_err(text)?,
            profile: self.profile,
            primary_metric: self.primary_metric.parse().map_err(text)?,
            primary_split: self.primary_split.parse().map_err(text)?,
            headline: Headline::All,
            methods: self.methods,
            seeds: self.seeds,
            space: self.space,
            profile_toml: self.profile_toml,
            environment: self.environment,
            corpora: vec![self.data],
            tuning: self.tuning,
            subnets: self.subnets.into_iter().map(card).collect(),
            found_subnets: self.found_subnets.into_iter().map(card).collect(),
            found: self.found.into_iter().map(found).collect::<Result<_, _>>()?,
            guests: vec![],
            beside: vec![],
            imported: None,
        })
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
