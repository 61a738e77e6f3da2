//! Claims are data, and so are their verdicts: what is said of which methods, what a run has for it, and what follows.
//!
//! A family of claims is a file of `reports/claims`. `sections/claims` finds the evidence of a run; here it is judged:
//!
//! - a claim of superiority needs three things: the difference stands out when the two methods are swapped within subnets
//!   ([`permutation`]), it stands out beside its spread over trainings (a t test), and its 95% interval is clear of 0. Of
//!   both tests the larger p counts, on the side that the claim names; the other side speaks against the claim;
//! - a claim of non-inferiority or equivalence is held against its margin by the paired bootstrap, which redraws subnets
//!   and trainings (crossed);
//! - p values are adjusted for the family (Holm); intervals are adjusted for nothing;
//! - with fewer than three trainings nothing is decided.

mod claim;
mod evidence;
mod judge;
mod permutation;
mod power;
mod quantity;
mod verdict;

pub use claim::{Claim, Need, Unit, families};
pub use evidence::{Compared, Evidence};
pub use judge::{Coverage, Judged, Measured, Numbers, judge};
pub use quantity::Quantity;
pub use verdict::{LEAST_UNITS, Scope, Verdict, repetitions};
