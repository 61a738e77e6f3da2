//! Takes the build-time facts: the hashes of what decides results and of what draws the report, the version of libtorch
//! that was found, and the rpath by which local binaries find it.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let root = here.parent().expect("a member of the workspace").to_path_buf();
    mos_code_hash::emit(&root);
    // torch-sys tells its direct dependants where it found libtorch.
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let lib = std::env::var("DEP_TCH_LIBTORCH_LIB").ok().map(|lib| root.join(lib));
    if let Some(lib) = &lib {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", lib.display());
    }
    let version = lib.and_then(|lib| libtorch_version(&lib)).unwrap_or_else(|| "unknown".to_string());
    println!("cargo:rustc-env=MOS_LIBTORCH_VERSION={version}");
}

/// Reads the version from `build-version` (libtorch archives) or `version.py` (the Python wheel).
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
