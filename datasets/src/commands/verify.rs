//! `data verify` checks every stored file against its SHA-256.

use super::catalogue;
use super::output::{Output, document};
use super::prepared::{Prepared, prepared};
use mos_base::files::Stored;
use mos_datasets::cache;
use mos_datasets::cli::VerifyArgs;
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// An item is a download or a prepared folder that was checked.
struct Item {
    id: String,
    kind: &'static str,
    path: PathBuf,
    /// What is wrong, and the command that mends it; `None` where all is well.
    damage: Option<(String, String)>,
}

/// Checks everything in the cache, or what one id names.
pub fn run(args: &VerifyArgs) -> anyhow::Result<Output> {
    let cache = cache::root()?;
    let mut items = downloads(&cache)?;
    items.extend(preparations(&cache)?);
    if let Some(id) = &args.id {
        let known = items.iter().any(|i| i.id == *id);
        if !known {
            catalogue::find(id)?;
        }
        items.retain(|i| i.id == *id);
    }
    let good = items.iter().all(|i| i.damage.is_none());
    Ok(Output { text: if args.json { as_json(&items) } else { as_text(&items)? }, good })
}

/// Checks the stored downloads. Where two entries share a file, it is told for each.
fn downloads(cache: &Path) -> anyhow::Result<Vec<Item>> {
    let mut items = vec![];
    for entry in catalogue::all() {
        let id = entry.head().id;
        for file in entry.downloads(cache)?.unwrap_or_default() {
            let damage = match file.check()? {
                Stored::Absent => continue,
                Stored::Sound => None,
                Stored::Damaged(how) => Some((how, format!("cargo xtask data fetch {id}"))),
            };
            items.push(Item { id: id.to_string(), kind: "download", path: file.path, damage });
        }
    }
    Ok(items)
}

/// Checks the prepared folders.
fn preparations(cache: &Path) -> anyhow::Result<Vec<Item>> {
    let item = |p: Prepared| {
        let name = if catalogue::find(&p.id).is_ok() { p.id.clone() } else { format!("FOLDER (named {})", p.id) };
        let damage = match p.state {
            Ok(()) => None,
            Err(e) => {
                let length = p.length.map(|length| format!(" --length {length}")).unwrap_or_default();
                Some((e.to_string(), format!("cargo xtask data show {name} --vocab {}{length}", p.vocab)))
            }
        };
        Item { id: p.id, kind: "prepared", path: p.folder, damage }
    };
    Ok(prepared(cache, true)?.into_iter().map(item).collect())
}

fn as_json(items: &[Item]) -> String {
    let items = items.iter().map(|i| {
        let (damage, mend) = i.damage.as_ref().map(|(d, m)| (Some(d), Some(m))).unwrap_or_default();
        json!({"id": i.id, "kind": i.kind, "path": i.path, "good": damage.is_none(), "damage": damage, "mend": mend})
    });
    document(&items.collect())
}

fn as_text(items: &[Item]) -> anyhow::Result<String> {
    let mut text = String::new();
    for item in items {
        let state = if item.damage.is_some() { "DAMAGED" } else { "good" };
        writeln!(text, "{state:8} {:9} {:12} {}", item.kind, item.id, item.path.display())?;
        if let Some((damage, mend)) = &item.damage {
            writeln!(text, "         {damage}\n         mend it: {mend}")?;
        }
    }
    if items.is_empty() {
        text.push_str("nothing is stored yet; `cargo xtask data fetch` downloads the default corpus\n");
    }
    Ok(text)
}
