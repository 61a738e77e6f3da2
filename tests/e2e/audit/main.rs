//! Runs are audited: honest ones, and ones that were tampered with, whether or not everything was made to agree again.

mod alterations;
mod bad_bundles;
mod honest;
mod launder;
mod nights;
mod recorded;
mod replayed;
mod tampered;
mod workbench;
