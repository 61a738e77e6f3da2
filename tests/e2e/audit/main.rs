//! Runs are audited: honest ones, and ones that were tampered with, whether or not everything was made to agree again.

mod alterations;
mod honest;
mod launder;
mod nights;
mod replayed;
mod tampered;
mod workbench;
