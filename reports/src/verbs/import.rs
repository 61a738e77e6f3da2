//! `import` makes a run of numbers that somebody else published.

use std::path::PathBuf;

use anyhow::Result;
use mos_reports::import::import_published;

use super::json::json;
use super::root;
use crate::cli::{ImportArgs, ImportCommand};

/// Imports, and says what to print.
pub fn import(args: &ImportArgs) -> Result<String> {
    let ImportCommand::Published(args) = &args.command;
    let runs = root().join("runs");
    let file = args.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // Only the last parts of paths stand in a run.
    let map = PathBuf::from(&args.map).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let command = format!("cargo xtask import published {file} --map {map} --as {}", args.name);
    let imported = import_published(&args.file, &args.map, &args.name, &runs, &command)?;
    if args.json {
        return json(&serde_json::json!({
            "run": imported.folder, "subnets": imported.subnets, "records": imported.records,
        }));
    }
    Ok(format!(
        "{} subnets, {} records: {}\nNext: cargo xtask report {}\n",
        imported.subnets,
        imported.records,
        imported.folder.display(),
        args.name
    ))
}
