//! The binaries are tested as a user meets them: output, exit codes, one-line errors. None of this needs a corpus.

mod bad_input;
mod bench_updates;
mod plan;
mod recorded;
mod reports;
mod shared_cases;
mod without_libtorch;
mod xtask;
