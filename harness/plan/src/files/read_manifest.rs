//! Reads `run.toml` of any version that is understood.

use mos_base::names::check_name;
use mos_base::text::parse_toml;
use serde::Deserialize;
use toml::{Table, Value};

use super::manifest::{MANIFEST_SCHEMA, RunManifest};
use super::manifest_v1::ManifestV1;

/// The part of `run.toml` that every version holds.
#[derive(Deserialize)]
struct AnyVersion {
    schema: u32,
}

impl RunManifest {
    /// Reads `run.toml` of this version or of an earlier one.
    ///
    /// # Errors
    /// Fails if it is no manifest, or one of another version.
    pub fn parse(text: &str) -> Result<RunManifest, String> {
        let AnyVersion { schema } = parse_toml(text).map_err(|e| e.to_string())?;
        match schema {
            1 => parse_toml::<ManifestV1>(text).map_err(|e| e.to_string())?.upgraded(),
            2 => parse_toml::<Table>(text).map_err(|e| e.to_string()).and_then(without_comparisons),
            MANIFEST_SCHEMA => parse_toml(text).map_err(|e| e.to_string()).and_then(with_corpus),
            _ => Err(format!("its layout is version {schema}, this program reads 1 to {MANIFEST_SCHEMA}")),
        }
    }
}

/// Reads version 2, which listed the comparisons that the run could decide. Claims say that today.
fn without_comparisons(mut table: Table) -> Result<RunManifest, String> {
    table.remove("comparisons");
    table.insert("schema".to_owned(), Value::from(i64::from(MANIFEST_SCHEMA)));
    table.try_into().map_err(|e| e.to_string()).and_then(with_corpus)
}

/// Refuses a manifest without a corpus, or whose page would have runs from elsewhere.
fn with_corpus(manifest: RunManifest) -> Result<RunManifest, String> {
    for name in &manifest.beside {
        check_name("run", name).map_err(|e| e.to_string())?;
    }
    if manifest.corpora.is_empty() { Err("it names no corpus".to_string()) } else { Ok(manifest) }
}
