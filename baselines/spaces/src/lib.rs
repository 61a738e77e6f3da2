//! Holds what can be known of supernets without libtorch: search spaces and their architectures, encodings, counts, the
//! table of methods, samplers, schedules, seeds, search, and the parameters of every network.
//!
//! - A [`Family`] declares the fields of its architectures once ([`field`]); a [`SearchSpace`] lists their choices; an
//!   [`Arch`] is one subnet; the router sees its encoding ([`encode`]).
//! - [`method`] is the table of methods, which everything reads that names, compares or draws one.
//! - A [`layout::Layout`] gives the parameters of any subnet with all that is asked of them ([`params::ParamSpec`]);
//!   [`mixture`] adds experts and routers.
//! - [`search`] finds the best subnet under a limit; [`latency`] holds the measuring protocol and tables of
//!   measurements.

pub mod arch;
pub mod bert;
pub mod catalog;
pub mod check;
pub mod count;
pub mod encode;
pub mod enumerate;
pub mod error;
pub mod family;
pub mod field;
pub mod hat;
pub mod latency;
pub mod layout;
pub mod method;
pub mod mixture;
pub mod params;
pub mod read;
pub mod report;
pub mod sample;
pub mod sampler;
pub mod schedule;
pub mod search;
pub mod space;
pub mod validate;

pub use arch::Arch;
pub use catalog::SpaceName;
pub use error::{MethodError, SpaceError, TableError};
pub use family::Family;
pub use method::Method;
pub use space::SearchSpace;
