//! Reads files of architectures: HAT's YAML, or a JSON object of configurations.

pub mod configuration;
pub mod file;
pub mod json;
pub mod yaml;
