//! The wheels are brought into a folder here.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::recipe::{Pin, VERSION};

// Wherever pip fetches something pinned, it is shielded in the same way.
#[path = "../../../datasets/src/sources/wheel/pip_environment.rs"]
mod pip_environment;

/// Brings wheels into a folder. Its word that they are the pinned ones is not taken: the caller hashes them.
pub trait Fetch {
    /// Fetches the wheel of every pin into `into`. It is `Ok(false)` when what came was altered or cut short.
    fn fetch(&self, pins: &[Pin], into: &Path) -> Result<bool>;
}

/// The real fetcher is `pip download`.
#[derive(Default)]
pub struct Pip {
    /// More arguments of pip. Tests name a local folder in place of the index.
    pub arguments: Vec<String>,
}

impl Fetch for Pip {
    fn fetch(&self, pins: &[Pin], into: &Path) -> Result<bool> {
        let requirements = into.join("requirements.txt");
        let lines: Vec<String> = pins.iter().map(Pin::requirement).collect();
        fs::write(&requirements, lines.join("\n") + "\n")
            .with_context(|| format!("cannot write {}", requirements.display()))?;
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "download", "--no-deps", "--require-hashes", "--no-cache-dir"])
            .args(["--disable-pip-version-check", "--only-binary=:all:"])
            // The libraries do not depend on the user's Python, so the wheel's own Python and platform are named.
            .args(["--implementation", "cp", "--python-version", "3.11", "--abi", "cp311"])
            .args(platforms())
            .args(&self.arguments)
            .arg("--dest")
            .arg(into)
            .arg("--requirement")
            .arg(&requirements)
            .env("TMPDIR", into)
            .stdin(Stdio::null())
            .stdout(Stdio::from(io::stderr()))
            .stderr(Stdio::piped());
        pip_environment::shield(&mut pip);
        let output = pip.spawn().and_then(|child| child.wait_with_output());
        let output = output.context("cannot start python3 (install Python 3 with pip, or set LIBTORCH)")?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            return Ok(true);
        }
        if said.contains("DO NOT MATCH THE HASHES") || said.contains("ncomplete") {
            return Ok(false);
        }
        bail!(
            "pip could not fetch libtorch: {}{}; mend that (`cargo xtask doctor` looks at Python and pip), \
             or set LIBTORCH to a libtorch {VERSION} folder",
            reason(&said),
            pip_environment::hint()
        )
    }
}

/// Gives the platforms of all older tags too, since pip takes tags literally and a wheel for an older glibc has an
/// older tag.
fn platforms() -> impl Iterator<Item = String> {
    let newer = (5..=28).rev().map(|minor| format!("manylinux_2_{minor}_x86_64"));
    let older = ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"].map(String::from);
    newer.chain(older).flat_map(|tag| ["--platform".to_string(), tag])
}

/// Finds the line of pip's output that says why it failed.
fn reason(said: &str) -> &str {
    let mut errors = said.lines().map(str::trim).filter_map(|line| line.strip_prefix("ERROR: "));
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    errors.next_back().or(last).unwrap_or("it said nothing")
}

#[cfg(test)]
mod tests {
    use super::super::wheel::tests::{fake_wheel, sha256};
    use super::*;

    /// Runs pip itself, on a folder of wheels that stands for the index.
    fn download(pinned: &str) -> (Result<bool>, usize) {
        let index = tempfile::tempdir().unwrap();
        let wheel = index.path().join("torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl");
        fake_wheel(
            &wheel,
            &[
                ("torch/lib/libc10.so", "x"),
                ("torch-2.13.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0\n"),
                ("torch-2.13.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_28_x86_64\n"),
            ],
        );
        let sha256 = if pinned.is_empty() { sha256(&wheel) } else { pinned.to_string() };
        let pin = Pin { name: "torch".into(), version: "2.13.0".into(), sha256 };
        let into = tempfile::tempdir().unwrap();
        let find_links = format!("--find-links={}", index.path().display());
        let fetched = Pip { arguments: vec!["--no-index".into(), find_links] }.fetch(&[pin], into.path());
        let wheels = fs::read_dir(into.path())
            .unwrap()
            .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "whl")));
        (fetched, wheels.count())
    }

    #[test]
    fn pip_brings_the_pinned_wheel_whatever_python_runs_it() {
        let (fetched, wheels) = download("");
        assert!(fetched.unwrap());
        assert_eq!(wheels, 1);
    }

    #[test]
    fn pip_refuses_a_wheel_with_another_hash() {
        let (fetched, wheels) = download(&"0".repeat(64));
        assert!(!fetched.unwrap());
        assert_eq!(wheels, 0);
    }

    #[test]
    fn pips_reason_is_its_last_error() {
        assert_eq!(reason("WARNING: a\nERROR: b\nERROR: c\n\n[notice] d\n"), "c");
        assert_eq!(reason("/usr/bin/python3: No module named pip\n"), "/usr/bin/python3: No module named pip");
    }
}
