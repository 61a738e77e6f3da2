//! Whole small runs to audit, made once by the real binaries, and copies of them to work on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use mos_e2e::{program, stderr, succeed};
use serde_json::Value;
use zip::ZipArchive;

/// A folder with a small run of each track, made by one call.
static RUNS: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    succeed(root.path(), &["reproduce", "--profile", "smoke", "--jobs", "2"]);
    root
});

/// The names of these runs.
pub const BOTH: [&str; 2] = ["smoke", "bert-smoke"];

/// Gives the folder of one of these runs, to be read only.
pub fn run(name: &str) -> PathBuf {
    RUNS.path().join("runs").join(name)
}

/// Copies a run to work on.
pub fn copy(name: &str) -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = root.path().join("runs").join(name);
    copy_folder(&run(name), &folder);
    (root, folder)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let (path, target) = (item.as_ref().unwrap().path(), to.join(item.unwrap().file_name()));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(path, target).unwrap();
        }
    }
}

/// Reads every file of a bundle.
pub fn entries(bundle: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(fs::File::open(bundle).unwrap()).unwrap();
    let mut read = |i: usize| {
        let mut entry = archive.by_index(i).unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes).unwrap();
        (entry.name().unwrap().into_owned(), bytes)
    };
    let count = ZipArchive::new(fs::File::open(bundle).unwrap()).unwrap().len();
    (0..count).map(&mut read).collect()
}

/// What an audit came to.
#[derive(Debug)]
pub struct Audited {
    /// The exit code.
    pub code: i32,
    /// The document of `--json`.
    pub document: Value,
}

impl Audited {
    /// Gives the rules that found something of this gravity, each with its findings.
    pub fn broken(&self, severity: &str) -> Vec<(String, Value)> {
        let rules = self.document["rules"].as_array().unwrap();
        let found = |rule: &&Value| !rule["findings"].as_array().unwrap().is_empty();
        let of_it = rules.iter().filter(|rule| rule["severity"] == severity).filter(found);
        of_it.map(|rule| (rule["id"].as_str().unwrap().to_owned(), rule["findings"].clone())).collect()
    }
}

/// Audits a run or a bundle.
pub fn audit(path: &Path, more: &[&str]) -> Audited {
    let root = path.parent().unwrap();
    let arguments = [&["audit", path.to_str().unwrap(), "--json"], more].concat();
    let output = program("mos-reports", root, &arguments).output().unwrap();
    let code = output.status.code().unwrap();
    assert!([0, 1, 3].contains(&code), "{}: {}", path.display(), stderr(&output));
    Audited { code, document: serde_json::from_slice(&output.stdout).unwrap() }
}
