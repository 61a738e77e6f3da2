//! Defines the job spec: one unit of work with everything that decides its result.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::inputs::Inputs;
use super::work::Work;
use crate::track::Track;

/// One unit of work. Two jobs with the same spec have the same result (save measured times and memory).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// What surrounds every job of a run.
    pub context: Context,
    /// What this one does.
    pub work: Work,
    /// What it reads.
    pub inputs: Inputs,
}

/// Code and machine: the part of the spec that all jobs of a run share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The track.
    pub track: Track,
    /// Name of the corpus in records.
    pub dataset: String,
    /// Name of the profile in records; its numbers are in `work`.
    pub profile: String,
    /// Hash of the sources that decide results of the track.
    pub code_hash: String,
    /// libtorch version.
    pub libtorch: String,
    /// `cpu` or `cuda`.
    pub device: String,
    /// Model of the GPU; none on a CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<String>,
    /// Instruction set used by libtorch.
    pub cpu_capability: String,
    /// Threads of the worker.
    pub threads: usize,
}

impl JobSpec {
    /// Returns the job's id: the first 16 hex digits of the SHA-256 of its canonical JSON.
    pub fn id(&self) -> String {
        let json = serde_json::to_vec(self).expect("a job spec is plain data");
        let digest = Sha256::digest(json);
        digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
    }

    /// Returns a short name for people.
    pub fn label(&self) -> String {
        self.work.label()
    }

    /// Says whether nothing else may run beside it, because its times are its result.
    pub fn is_exclusive(&self) -> bool {
        self.work.is_exclusive()
    }
}
