//! Keeps the latencies that a search has measured, so that none is measured twice and a stopped search goes on with them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use mos_spaces::Arch;

use super::sweep::MEASURED;
use crate::system::files::write_atomic;

/// The latencies known so far, in ms.
pub struct MeasuredLatencies {
    file: PathBuf,
    known: RefCell<HashMap<Arch, f64>>,
}

impl MeasuredLatencies {
    /// Reads what an earlier attempt of the job measured.
    ///
    /// # Errors
    /// Fails if the file is damaged.
    pub fn resume(job_dir: &Path) -> Result<MeasuredLatencies> {
        let file = job_dir.join(MEASURED);
        let known: Vec<(Arch, f64)> = if file.exists() {
            let text = std::fs::read(&file).with_context(|| format!("could not read {}", file.display()))?;
            serde_json::from_slice(&text)
                .with_context(|| format!("{} is damaged; delete the job's folder to search afresh", file.display()))?
        } else {
            vec![]
        };
        Ok(MeasuredLatencies { file, known: RefCell::new(known.into_iter().collect()) })
    }

    /// Returns a subnet's latency, which `measure` measures where it is not known. Where `measure` gives none, because the
    /// job was told to stop, no limit is met.
    pub fn of(&self, arch: &Arch, measure: impl FnOnce() -> Option<f64>) -> f64 {
        if let Some(known) = self.known.borrow().get(arch) {
            return *known;
        }
        let Some(latency) = measure() else { return f64::INFINITY };
        self.known.borrow_mut().insert(arch.clone(), latency);
        // A file that cannot be written costs a resumed job time and nothing else; the state that follows will say so.
        let _ = self.write();
        latency
    }

    fn write(&self) -> Result<()> {
        let known = self.known.borrow();
        let mut rows: Vec<(&Arch, f64)> = known.iter().map(|(arch, latency)| (arch, *latency)).collect();
        rows.sort_by_key(|(arch, _)| arch.summary());
        write_atomic(&self.file, &serde_json::to_vec(&rows)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_spaces::SearchSpace;

    #[test]
    fn nothing_is_measured_twice_not_even_after_a_stop() {
        let folder = tempfile::tempdir().unwrap();
        let space = SearchSpace::find("scaled-smoke").unwrap();
        let latencies = MeasuredLatencies::resume(folder.path()).unwrap();
        assert_eq!(latencies.of(&space.largest(), || Some(3.5)), 3.5);
        assert_eq!(latencies.of(&space.largest(), || panic!("it is known")), 3.5);
        assert_eq!(latencies.of(&space.smallest(), || None), f64::INFINITY);
        let resumed = MeasuredLatencies::resume(folder.path()).unwrap();
        assert_eq!(resumed.of(&space.largest(), || panic!("it is known")), 3.5);
        assert_eq!(resumed.of(&space.smallest(), || Some(1.25)), 1.25);
    }
}
