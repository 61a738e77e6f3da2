//! Corpora are tested as a user meets them: commands, downloads from a hub, damage.

mod commands;
#[path = "../../../datasets/tests/common/corpora.rs"]
mod corpora;
mod damage;
mod documents;
mod fake;
mod hub;
mod index;
mod mirror;
mod mos_data;
#[path = "../../../datasets/tests/common/parquet.rs"]
mod parquet;
mod setup;
