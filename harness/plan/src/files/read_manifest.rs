//! Reads `run.toml` of any version that is understood.

use mos_base::text::parse_toml;
use serde::Deserialize;

use super::manifest::{MANIFEST_SCHEMA, RunManifest};
use super::manifest_v1::ManifestV1;

/// The part of `run.toml` that every version holds.
#[derive(Deserialize)]
struct AnyVersion {
    schema: u32,
}

impl RunManifest {
    /// Reads `run.toml` of this version or of version 1.
    ///
    /// # Errors
    /// Fails if it is no manifest, or one of another version.
    pub fn parse(text: &str) -> Result<RunManifest, String> {
        let AnyVersion { schema } = parse_toml(text).map_err(|e| e.to_string())?;
        match schema {
            1 => parse_toml::<ManifestV1>(text).map_err(|e| e.to_string())?.upgraded(),
            MANIFEST_SCHEMA => {
                let manifest: RunManifest = parse_toml(text).map_err(|e| e.to_string())?;
                if manifest.corpora.is_empty() { Err("it names no corpus".to_string()) } else { Ok(manifest) }
            }
            _ => Err(format!("its layout is version {schema}, this program reads 1 and {MANIFEST_SCHEMA}")),
        }
    }
}
