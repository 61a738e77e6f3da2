//! Hashes what decides results, for the build scripts of the programs that plan or run jobs.
//!
//! A job's id holds the hash of its track: of the sources that the track's jobs run (`sources.toml`) and of the locked
//! versions of every package that the worker links. Tests and other tracks do not enter it.

mod lock;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub use sources::Sources;

/// The hashes, and the files that they depend on.
#[derive(Debug)]
pub struct Hashes {
    /// The hash of each track, by name.
    pub tracks: Vec<(String, String)>,
    /// The hash of what draws the report.
    pub report: String,
    /// Files and folders at whose change the hashes have to be taken again.
    pub inputs: Vec<PathBuf>,
}

impl Hashes {
    /// Takes the hashes in the repository at `root`.
    ///
    /// # Errors
    /// Fails if a source is missing, or a manifest or the lock file cannot be read.
    pub fn take(root: &Path) -> Result<Hashes, String> {
        let sources = Sources::read(root)?;
        let packages = lock::linked(root, &sources.worker)?;
        let mut tracks = Vec::new();
        for track in sources.tracks() {
            let mut hasher = Sha256::new();
            for file in sources.files_of(root, &track)? {
                add(&mut hasher, root, &file)?;
            }
            packages.iter().for_each(|package| hasher.update(package.as_bytes()));
            tracks.push((track, hex(hasher)));
        }
        let mut hasher = Sha256::new();
        for file in sources.report_files(root)? {
            add(&mut hasher, root, &file)?;
        }
        let mut inputs: Vec<PathBuf> = sources.places().map(|place| root.join(place)).collect();
        inputs.extend([root.join("Cargo.lock"), root.join(sources::FILE)]);
        Ok(Hashes { tracks, report: hex(hasher), inputs })
    }
}

/// Sets `MOS_CODE_HASHES` (`mt=<hash> ...`) and `MOS_REPORT_HASH` for the crate whose build script calls it, and tells
/// cargo when to take them again.
///
/// # Panics
/// Panics if the hashes cannot be taken; the build stops with the reason.
pub fn emit(root: &Path) {
    let hashes = Hashes::take(root).unwrap_or_else(|reason| panic!("code hash: {reason}"));
    for input in &hashes.inputs {
        println!("cargo:rerun-if-changed={}", input.display());
    }
    let tracks: Vec<String> = hashes.tracks.iter().map(|(name, hash)| format!("{name}={hash}")).collect();
    println!("cargo:rustc-env=MOS_CODE_HASHES={}", tracks.join(" "));
    println!("cargo:rustc-env=MOS_REPORT_HASH={}", hashes.report);
}

/// Adds a file's path, and of its text what decides results.
fn add(hasher: &mut Sha256, root: &Path, file: &Path) -> Result<(), String> {
    let name = file.strip_prefix(root).expect("listed under the root").to_string_lossy().into_owned();
    let bytes = fs::read(file).map_err(|e| format!("{name}: {e}"))?;
    let kept = without_tests(&bytes);
    hasher.update(name.as_bytes());
    hasher.update((kept.len() as u64).to_le_bytes());
    hasher.update(kept);
    Ok(())
}

/// Returns a source without the module of tests at its end.
fn without_tests(bytes: &[u8]) -> &[u8] {
    const TESTS: &[u8] = b"\n#[cfg(test)]\nmod tests";
    let start = bytes.windows(TESTS.len()).position(|window| window == TESTS);
    start.map_or(bytes, |start| &bytes[..start])
}

/// Writes the first 16 hex digits of a hash.
fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_of_a_source_are_no_part_of_it() {
        let with = b"fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(without_tests(with), b"fn a() {}\n");
        assert_eq!(without_tests(b"fn a() {}\n"), b"fn a() {}\n");
    }

    #[test]
    fn the_repositorys_own_hashes_are_taken() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
        let hashes = Hashes::take(root).unwrap();
        let tracks: Vec<&str> = hashes.tracks.iter().map(|(track, _)| track.as_str()).collect();
        assert_eq!(tracks, ["bert", "mt"]);
        assert!(hashes.tracks.iter().all(|(_, hash)| hash.len() == 16));
        let again = Hashes::take(root).unwrap();
        assert_eq!((hashes.tracks, hashes.report), (again.tracks, again.report));
    }
}
