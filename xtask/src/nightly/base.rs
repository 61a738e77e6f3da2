//! The base is the pinned commit that every night is timed against. The history says which, in the file `BASE`; its binary
//! is kept in the cache, under the commit's name.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::paths::Paths;
use crate::{cargo, git, progress};

/// This file of the history holds the full name of the base commit.
const FILE: &str = "BASE";
/// The binary that is timed.
const BINARY: &str = "mos-harness";

/// A pinned commit.
pub struct Base {
    pub commit: String,
    /// Tonight's commit is the base.
    is_tonight: bool,
}

impl Base {
    /// Gives the base that is asked for, else the pinned one, else tonight's commit: the first night pins its own.
    pub fn pinned(paths: &Paths, history: &Path, asked: Option<&str>, tonight: &str) -> Result<Base> {
        let pinned = fs::read_to_string(history.join(FILE)).ok().map(|text| text.trim().to_owned());
        let commit = match asked.map(str::to_owned).or(pinned) {
            Some(name) => git::commit(paths, &name).context("the base commit; pin another with --base")?,
            None => tonight.to_owned(),
        };
        Ok(Base { is_tonight: commit == tonight, commit })
    }

    /// Writes down that this is the base from now on.
    pub fn pin(&self, history: &Path) -> Result<()> {
        let path = history.join(FILE);
        fs::write(&path, format!("{}\n", self.commit)).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Gives the base's binary: from the cache, else tonight's own, else built.
    pub fn binary(&self, paths: &Paths, of_tonight: &Path) -> Result<PathBuf> {
        let folder = paths.cache.join("binaries");
        let kept = folder.join(&self.commit).join(BINARY);
        if kept.exists() {
            return Ok(kept);
        }
        let built = if self.is_tonight { of_tonight.to_path_buf() } else { self.build(paths, &folder)? };
        let partial = kept.with_extension("partial");
        fs::create_dir_all(folder.join(&self.commit)).context("cannot make a folder in the cache")?;
        fs::copy(&built, &partial).with_context(|| format!("cannot copy {}", built.display()))?;
        fs::rename(&partial, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
        if !self.is_tonight {
            let _ = fs::remove_dir_all(folder.join("build"));
        }
        Ok(kept)
    }

    /// Builds the base in a worktree of its own, so that the checkout is left alone.
    fn build(&self, paths: &Paths, folder: &Path) -> Result<PathBuf> {
        let (tree, build) = (folder.join("source"), folder.join("build"));
        let place = tree.to_string_lossy().into_owned();
        let remove = || git::ask(&paths.root, &["worktree", "remove", "--force", &place]);
        // An earlier build may have been killed.
        let _ = remove();
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        git::ask(&paths.root, &["worktree", "add", "--force", "--detach", &place, &self.commit])?;
        let mut cargo = cargo::command(paths);
        cargo.current_dir(&tree).args(["build", "--release", "--workspace", "--bin", BINARY]).arg("--target-dir");
        cargo.arg(&build);
        if paths.link().exists() {
            cargo.env("LIBTORCH", paths.link());
        }
        let status = progress::watch(cargo, &format!("{BINARY} of base {}", git::short(&self.commit)));
        remove()?;
        if !status?.success() {
            bail!("building the base {} failed; its message stands above. Pin another with --base", self.commit);
        }
        Ok(build.join("release").join(BINARY))
    }
}
