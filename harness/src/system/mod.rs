//! The machine, its files and locks, signals and the terminal.

pub mod files;
pub mod interrupt;
pub mod lock;
pub mod machine;
pub mod ui;
