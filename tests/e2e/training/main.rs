//! Whole runs are made by the real binaries on the default corpus, in a repository of their own.

mod diverged;
mod extra_methods;
mod gpu;
mod killed_run;
mod precision;
mod rendering;
