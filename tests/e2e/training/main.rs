//! Whole runs are made by the real binaries on the default corpus, in a repository of their own.

mod both_tracks;
mod diverged;
mod extra_methods;
mod gpu;
mod killed_run;
mod kills;
mod precision;
mod rendering;
