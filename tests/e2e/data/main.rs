//! Corpora are tested as a user meets them: commands, downloads from a hub, damage.

mod commands;
#[path = "../../../datasets/tests/common/corpora.rs"]
mod corpora;
mod damage;
mod fake;
mod hub;
mod mirror;
mod mos_data;
#[path = "../../../datasets/tests/common/parquet.rs"]
mod parquet;
mod setup;
