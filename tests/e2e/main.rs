//! End-to-end tests: the real binaries on the default corpus, in a repository of their own.

mod binaries;
mod killed_run;
mod rendering;
