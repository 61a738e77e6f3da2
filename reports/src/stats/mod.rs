//! These are the statistics of the gap between a supernet's scores and from-scratch scores.
//!
//! All of them take [`Scores`]: one value for each scored subnet (row) and each training seed (column). The supernet
//! of a seed is compared with the from-scratch training of the same seed. Every statistic is computed over the subnets
//! of one seed, as published, and then averaged over the seeds.
//!
//! # Intervals
//! Intervals are 95% percentile bootstraps of 10,000 resamples, with a ChaCha8 generator that the caller seeds. Subnets
//! and seeds are crossed factors (each seed meets each subnet), so each resample draws as many subnets and as many
//! seeds with replacement, independently, and takes the cells where the drawn rows and columns cross. Bounds are the
//! 2.5% and 97.5% quantiles with linear interpolation between order statistics.
//!
//! What an interval covers and what it does not:
//! - with one seed only subnets are redrawn: the interval then says how far the number depends on *which subnets* were
//!   scored, and nothing about how another training seed would have come out;
//! - with one subnet only seeds are redrawn; with one subnet and one seed there is nothing to redraw and no interval;
//! - two or three seeds are few for a bootstrap: such intervals are too narrow rather than too wide;
//! - a rank correlation is undefined on a resample in which a column is constant (the same subnet drawn every time,
//!   say). Such resamples are left out of its interval; where none is left there is no interval. With a handful of
//!   subnets the correlations' intervals are therefore rough.

mod bootstrap;
mod gap;
mod holm;
mod paired;
pub mod pareto;
mod quantile;
mod rank;
mod scores;
pub mod survival;
mod t_test;

pub use bootstrap::{Estimate, Settings, bootstrap, draws as bootstrap_draws, mean_estimate, saving_estimate};
pub use gap::{Direction, Gap, gap, mae, mean_gap, subnet_gaps};
pub use holm::holm;
pub use paired::{PairedDifference, difference_cells, paired_difference};
pub use quantile::quantile;
pub use rank::{RankedPair, average_ranks, kendall_tau_b, pearson, spearman};
pub use scores::Scores;
pub use t_test::{TTest, t_test};

#[cfg(test)]
mod tests;
