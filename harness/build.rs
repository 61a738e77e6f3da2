//! Build-time facts: a hash of the sources that decide results, one of the sources that draw the report, the
//! version of libtorch, and the rpath by which local binaries find it.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What decides results beside the job's spec, which holds every number of a profile, and the prepared data, which has a
/// hash of its own. Command lines, the executor and files of tests are left out: an edit there must not throw work away.
const RESULT_SOURCES: &[&str] = &[
    "datasets/src/batch",
    "datasets/src/shard.rs",
    "datasets/src/tokenizer.rs",
    "baselines/src",
    "baselines/spaces",
    "harness/src/work",
    "harness/src/latency_predictor",
    "harness/src/spec.rs",
    "datasets/src/corpus.rs",
    "reports/src/stats",
    "datasets/moses/src",
    "datasets/moses/prefixes",
    "datasets/moses/classes.txt",
    "reports/src/bleu.rs",
    "reports/src/bleu",
    "reports/src/chrf.rs",
];

/// What draws the report.
const REPORT_SOURCES: &[&str] = &["reports"];

fn main() {
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let root = here.parent().expect("a member of the workspace").to_path_buf();
    println!("cargo:rustc-env=MOS_CODE_HASH={}", hash(&root, RESULT_SOURCES));
    println!("cargo:rustc-env=MOS_REPORT_HASH={}", hash(&root, REPORT_SOURCES));

    // torch-sys tells its direct dependants where it found libtorch.
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let lib = std::env::var("DEP_TCH_LIBTORCH_LIB").ok().map(|lib| root.join(lib));
    if let Some(lib) = &lib {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", lib.display());
    }
    let version = lib.and_then(|lib| libtorch_version(&lib)).unwrap_or_else(|| "unknown".to_string());
    println!("cargo:rustc-env=MOS_LIBTORCH_VERSION={version}");
}

/// SHA-256 over the sorted relative paths and contents of every file under `parts`, first 16 hex digits.
fn hash(root: &Path, parts: &[&str]) -> String {
    let mut files = Vec::new();
    for part in parts {
        println!("cargo:rerun-if-changed=../{part}");
        collect(&root.join(part), &mut files);
    }
    files.sort();
    let mut hasher = Sha256::new();
    for file in files {
        let name = file.strip_prefix(root).expect("collected under root").to_string_lossy().into_owned();
        let bytes = fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        hasher.update(name.as_bytes());
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_path_buf());
    } else if let Ok(entries) = fs::read_dir(path) {
        for entry in entries.flatten() {
            let name = entry.file_name();
            let left_out = name.to_string_lossy().starts_with('.') || name == "tests" || name == "tests.rs";
            if !left_out {
                collect(&entry.path(), files);
            }
        }
    }
}

/// From `build-version` (libtorch archives) or `version.py` (the Python wheel).
fn libtorch_version(lib: &Path) -> Option<String> {
    let home = lib.parent()?;
    println!("cargo:rerun-if-changed={}", home.join("build-version").display());
    if let Ok(text) = fs::read_to_string(home.join("build-version")) {
        return Some(text.trim().to_string());
    }
    let text = fs::read_to_string(home.join("version.py")).ok()?;
    let line = text.lines().find(|line| line.starts_with("__version__"))?;
    Some(line.split(['\'', '"']).nth(1)?.to_string())
}
