//! Names the libtorch that this version is made for. The file depends on nothing, since `cargo xtask` includes it.

/// Version of libtorch. The harness refuses to work with another one, since results depend on it.
pub const VERSION: &str = "2.13.0";
