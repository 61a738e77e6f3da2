//! Files of architectures: HAT's YAML or a JSON object of configurations.

use std::path::Path;

use super::{Arch, SearchSpace, SpaceError, hat_json, hat_yaml};

/// One architecture of a file.
pub(super) struct Entry {
    /// Object key (JSON) or file stem (YAML).
    pub(super) name: String,
    pub(super) arch: Arch,
    pub(super) published_params_m: Option<f64>,
    pub(super) published_flops_g: Option<f64>,
}

/// Reads the architectures of `file` in file order and holds each against `space`.
pub(super) fn read(space: &SearchSpace, file: &Path) -> Result<Vec<Entry>, SpaceError> {
    let refuse = |reason: String| SpaceError::File { path: file.to_path_buf(), reason };
    let text = std::fs::read_to_string(file).map_err(|e| refuse(e.to_string()))?;
    let entries = if is_json(file, &text) { json(&text) } else { yaml(file, &text) }.map_err(refuse)?;
    if entries.is_empty() {
        return Err(refuse("the object is empty: give at least one configuration".to_string()));
    }
    for entry in &entries {
        space.check(&entry.arch).map_err(|e| refuse(format!("`{}`: {e}", entry.name)))?;
    }
    Ok(entries)
}

/// By extension, else by the first character: HAT's YAML never starts with a brace.
fn is_json(file: &Path, text: &str) -> bool {
    match file.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("json") => true,
        Some("yml" | "yaml") => false,
        _ => text.trim_start().starts_with('{'),
    }
}

fn json(text: &str) -> Result<Vec<Entry>, String> {
    let entry = |(name, c): (String, hat_json::Configuration)| Entry {
        name,
        arch: c.arch,
        published_params_m: c.params_published_m,
        published_flops_g: c.flops_published_g,
    };
    Ok(hat_json::parse(text)?.into_iter().map(entry).collect())
}

fn yaml(file: &Path, text: &str) -> Result<Vec<Entry>, String> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let arch = hat_yaml::parse(text)?;
    Ok(vec![Entry { name, arch, published_params_m: None, published_flops_g: None }])
}
