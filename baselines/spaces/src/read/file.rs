//! Reads a file of architectures and checks it against a space.

use std::path::Path;

use mos_base::plain_text::decode;

use super::configuration::Configuration;
use super::{json, yaml};
use crate::arch::Arch;
use crate::error::SpaceError;
use crate::hat::fields::HAT;
use crate::space::SearchSpace;

/// One architecture of a file.
#[derive(Debug)]
pub struct Entry {
    /// Object key (JSON) or file stem (YAML).
    pub name: String,
    /// The architecture.
    pub arch: Arch,
    /// Published parameters in millions, where the file has them.
    pub published_params_m: Option<f64>,
    /// Published FLOPs in thousand millions, where the file has them.
    pub published_flops_g: Option<f64>,
}

/// Reads the architectures of `file` in file order and checks each against `space`.
///
/// # Errors
/// Fails if the file cannot be read or is broken (what and where); an architecture lies outside the space (which field,
/// which values are allowed).
pub fn read(space: &SearchSpace, file: &Path) -> Result<Vec<Entry>, SpaceError> {
    let refuse = |reason: String| SpaceError::File { path: file.to_path_buf(), reason };
    let bytes = std::fs::read(file).map_err(|e| refuse(e.to_string()))?;
    let text = decode(&bytes).map_err(refuse)?;
    let entries = if is_json(file, text) { from_json(space, text) } else { from_yaml(space, file, text) };
    let entries = entries.map_err(refuse)?;
    if entries.is_empty() {
        return Err(refuse("the object is empty: give at least one configuration".to_string()));
    }
    for entry in &entries {
        space.check(&entry.arch).map_err(|e| refuse(format!("`{}`: {e}", entry.name)))?;
    }
    Ok(entries)
}

/// Says whether a file is JSON: by its extension, else by its first character, since HAT's YAML never starts with a
/// brace.
fn is_json(file: &Path, text: &str) -> bool {
    match file.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("json") => true,
        Some("yml" | "yaml") => false,
        _ => text.trim_start().starts_with('{'),
    }
}

fn from_json(space: &SearchSpace, text: &str) -> Result<Vec<Entry>, String> {
    let entry = |(name, c): (String, Configuration)| Entry {
        name,
        arch: c.arch,
        published_params_m: c.params_published_m,
        published_flops_g: c.flops_published_g,
    };
    Ok(json::parse(space.family, text)?.into_iter().map(entry).collect())
}

fn from_yaml(space: &SearchSpace, file: &Path, text: &str) -> Result<Vec<Entry>, String> {
    if *space.family != HAT {
        return Err(format!("YAML files describe HAT's architectures; give space {} a JSON object", space.name));
    }
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let arch = yaml::parse(text)?;
    Ok(vec![Entry { name, arch, published_params_m: None, published_flops_g: None }])
}
