//! The files of a run, each with its version: `run.toml`, `plan.json`, `machine.json` and `jobs/<id>/job.json`.

pub mod folder;
pub mod job;
pub mod local;
pub mod manifest;
pub mod manifest_v1;
pub mod plan;
pub mod read_manifest;
pub mod replay;
