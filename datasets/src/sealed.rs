//! A manifest holds the SHA-256 of its own text, so that any changed byte of it is seen.

use crate::error::{Error, Result};
use mos_base::files;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// A manifest that holds the hash of its own text.
pub trait Sealed: Clone + Serialize + DeserializeOwned {
    /// The version of the format that is read and written.
    const FORMAT: u32;

    /// Gives the version of the format by which the manifest was written.
    fn format(&self) -> u32;

    /// Gives the field of the hash, which is empty where the hash is computed.
    fn hash_field(&mut self) -> &mut String;

    /// Fills in the hash.
    fn sealed(mut self) -> Self {
        let hash = self.own_hash();
        *self.hash_field() = hash;
        self
    }

    /// Computes the hash of the text.
    fn own_hash(&self) -> String {
        let mut unsealed = self.clone();
        unsealed.hash_field().clear();
        files::sha256(unsealed.to_json().as_bytes())
    }

    /// Writes the text.
    fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a manifest is plain data") + "\n"
    }

    /// Reads and checks a manifest.
    fn read_from(path: &Path) -> Result<Self> {
        let text = std::fs::read(path).map_err(Error::io("read", path))?;
        let mut manifest: Self = serde_json::from_slice(&text).map_err(|e| Error::damaged(path, e.to_string()))?;
        if manifest.format() != Self::FORMAT {
            let detail = format!("it has format {}, expected {}", manifest.format(), Self::FORMAT);
            return Err(Error::damaged(path, detail));
        }
        let own = manifest.own_hash();
        if *manifest.hash_field() != own || manifest.to_json().as_bytes() != text {
            return Err(Error::damaged(path, "it does not match its own SHA-256"));
        }
        Ok(manifest)
    }
}
