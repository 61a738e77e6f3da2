//! `machine.json` keeps what holds for this machine alone, measured or found once a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mos_base::files::write_atomic;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::spec::inputs::CorpusRole;
use crate::spec::precision::Precision;

/// Version of this file's layout.
pub const LOCAL_SCHEMA: u32 = 3;

/// Name of the file in a run's folder.
const FILE: &str = "machine.json";

/// The contents of `machine.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalFile {
    /// Version of the layout.
    pub schema: u32,
    /// Folders of the prepared corpora, relative to the cache (no home path).
    pub corpora: BTreeMap<CorpusRole, PathBuf>,
    /// `cpu` or `cuda`.
    pub device: String,
    /// Threads a worker.
    pub threads: usize,
    /// Type of the products.
    pub precision: Precision,
    /// Matrix-product rate of a worker's threads, GFLOP/s.
    pub matmul_gflops: f64,
}

impl LocalFile {
    /// Reads the file of a run's folder; returns none where it is absent or of another version, since all of it can be
    /// found again.
    pub fn read(run_dir: &Path) -> Option<LocalFile> {
        let text = std::fs::read(run_dir.join(FILE)).ok()?;
        serde_json::from_slice(&text).ok().filter(|local: &LocalFile| local.schema == LOCAL_SCHEMA)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    pub fn write(&self, run_dir: &Path) -> Result<()> {
        let path = run_dir.join(FILE);
        let text = serde_json::to_vec_pretty(self).expect("plain data");
        write_atomic(&path, &text).map_err(Error::within(format!("could not write {}", path.display())))
    }
}
