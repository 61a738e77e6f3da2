//! This tells where things are: the repository, the cache, the binaries.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

/// The folders that the verbs work in.
pub struct Paths {
    /// The repository's root.
    pub root: PathBuf,
    /// The downloads and installs that all clones share: `MOS_CACHE`, else the XDG cache folder.
    pub cache: PathBuf,
    /// Where cargo puts the release binaries, which is beside the folder of this one, wherever the target folder is.
    pub binaries: PathBuf,
}

impl Paths {
    /// Finds the folders from the environment.
    pub fn find() -> Result<Self> {
        // `cargo run` says where the package stands today; the compiled-in folder serves when xtask is started bare.
        let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&package).parent().context("xtask has no parent folder")?.to_path_buf();
        let exe = env::current_exe().context("cannot find the running program")?;
        let profile = exe.parent().context("the running program has no folder")?;
        let binaries = profile.with_file_name("release");
        Ok(Self { root, cache: cache_root(|name| env::var_os(name))?, binaries })
    }

    /// Gives the link that `.cargo/config.toml` names.
    pub fn link(&self) -> PathBuf {
        self.root.join(".libtorch")
    }
}

fn cache_root(var: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    let set = |name| var(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = set("MOS_CACHE") {
        return std::path::absolute(&folder).with_context(|| format!("MOS_CACHE={}", folder.display()));
    }
    // The XDG specification says that a relative path in the variable is ignored.
    if let Some(folder) = set("XDG_CACHE_HOME").filter(|folder| folder.is_absolute()) {
        return Ok(folder.join("mos-harness"));
    }
    let home = set("HOME").ok_or_else(|| anyhow!("no cache folder: set MOS_CACHE or HOME"))?;
    Ok(home.join(".cache/mos-harness"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(vars: &[(&str, &str)]) -> Result<PathBuf> {
        cache_root(|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn cache_root_follows_the_variables_in_order() {
        let all = [("MOS_CACHE", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")];
        assert_eq!(root(&all).unwrap(), Path::new("/a"));
        assert_eq!(root(&all[1..]).unwrap(), Path::new("/b/mos-harness"));
        assert_eq!(root(&all[2..]).unwrap(), Path::new("/c/.cache/mos-harness"));
        assert_eq!(root(&[("XDG_CACHE_HOME", "b"), ("HOME", "/c")]).unwrap(), Path::new("/c/.cache/mos-harness"));
        assert!(root(&[("MOS_CACHE", "")]).is_err());
    }
}
