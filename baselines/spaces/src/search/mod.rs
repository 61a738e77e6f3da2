//! Searches for the best subnet under a constraint: by evolution, and by random search beside it.

pub mod evolution;
pub mod genome;
pub mod limit;
pub mod lookup;

pub use evolution::{Evolution, EvolutionConfig, Generation};
pub use genome::Genome;
pub use limit::{Limit, LimitError, Reach};
