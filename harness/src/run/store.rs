//! A run's folder with its owner, who alone writes into it.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use mos_plan::files::folder::{MANIFEST, RunFolder};
use mos_plan::files::manifest::RunManifest;
use mos_plan::files::plan::PlanFile;

use crate::system::files::write_atomic;
use crate::system::lock::{self, Lock};

/// One run's folder, owned by this process.
#[derive(Debug)]
pub struct RunStore {
    folder: RunFolder,
    _lock: Lock,
}

impl Deref for RunStore {
    type Target = RunFolder;

    fn deref(&self) -> &RunFolder {
        &self.folder
    }
}

/// Returns the file that names a run's owner.
fn lock_file(folder: &RunFolder) -> PathBuf {
    folder.dir.join("lock")
}

/// Names the process that owns a run now, if any. It is for processes that do not own the run.
pub fn owner(folder: &RunFolder) -> Option<String> {
    lock::owner(&lock_file(folder))
}

impl RunStore {
    /// Opens (or makes) a run folder and takes its lock.
    ///
    /// # Errors
    /// Fails if the name is bad, or if a live process owns the run.
    pub fn own(root: &Path, name: &str) -> Result<RunStore> {
        let folder = RunFolder::of(root, name)?;
        fs::create_dir_all(&folder.dir).with_context(|| format!("could not make {}", folder.dir.display()))?;
        let lock = lock::take(&lock_file(&folder), &format!("run {name}"))?;
        Ok(RunStore { folder, _lock: lock })
    }

    /// Writes `run.toml`.
    pub fn write_manifest(&self, manifest: &RunManifest) -> Result<()> {
        let text = toml::to_string(manifest).context(MANIFEST)?;
        write_atomic(&self.dir.join(MANIFEST), text.as_bytes())
    }

    /// Writes which jobs the newest plan holds.
    pub fn write_plan(&self, plan: &PlanFile) -> Result<()> {
        write_atomic(&self.plan_path(), &serde_json::to_vec_pretty(plan).context("plan.json")?)
    }
}
