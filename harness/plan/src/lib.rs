//! Says what a run is, without libtorch: profiles, the experiment they make, the planner and its job graph, specs and
//! estimates of jobs, and the types of every file of a run.
//!
//! ```text
//! profile + choices -> Experiment -> Planner -> JobGraph of JobSpecs -> estimates
//! ```
//!
//! Every measured number is a [`Record`]: a typed [`Metric`] of a [`Subject`].

pub mod choices;
pub mod cli;
pub mod code;
pub mod environment;
pub mod error;
pub mod estimate;
pub mod experiment;
pub mod files;
pub mod fine_tuning;
pub mod given;
pub mod gpu;
pub mod graph;
pub mod headline;
pub mod legacy;
pub mod libtorch;
pub mod machine;
pub mod metric;
pub mod nvidia_smi;
pub mod order;
pub mod planner;
pub mod profile;
pub mod record;
pub mod spec;
pub mod subject;
pub mod track;

pub use error::{Error, Result};
pub use metric::Metric;
pub use record::Record;
pub use subject::{NamedArch, Subject, SubnetId, SubnetKind};
pub use track::Track;
