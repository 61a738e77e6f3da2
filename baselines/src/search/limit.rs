//! What a search may not exceed, and how far it can be met.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Genome;
use crate::space::{Arch, SearchSpace, count};

/// Random subnets by which the range of a cost that is no formula is explored.
const PROBES: usize = 10_000;

/// The constraint of a search.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Limit {
    /// Latency (encoder and decoder), milliseconds, as the predictor says.
    LatencyMs(f64),
    /// The same as a share of the way from the fastest to the slowest subnet that can be reached: for profiles, which
    /// do not know the machine.
    LatencyShare(f64),
    /// Parameters without embeddings.
    Params(i64),
    /// FLOPs of one pair without the output projection.
    Flops(i64),
}

/// No subnet meets the constraint, or hardly any.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LimitError {
    /// Below the least that a subnet of the space costs.
    #[error("no subnet of space {space} has at most {limit}: reachable are {least} to {most}{unit}")]
    Unreachable {
        /// The space.
        space: String,
        /// The constraint with its unit.
        limit: String,
        /// The least cost.
        least: String,
        /// The highest cost.
        most: String,
        /// The unit.
        unit: &'static str,
    },
    /// Rejection sampling gave up.
    #[error(
        "fewer than {wanted} of {draws} random subnets have at most {limit} (reachable are {least} to {most}{unit}); allow more"
    )]
    TooRare {
        /// Subnets that were to be drawn.
        wanted: usize,
        /// Draws.
        draws: usize,
        /// The constraint with its unit.
        limit: String,
        /// The least cost.
        least: String,
        /// The highest cost.
        most: String,
        /// The unit.
        unit: &'static str,
    },
}

/// A constraint with its number worked out, and the range of costs that can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// Highest cost allowed.
    pub limit: f64,
    /// Least cost found in the space.
    pub least: f64,
    /// Highest cost found in the space.
    pub most: f64,
}

impl Limit {
    /// Whether it needs a latency predictor.
    pub fn is_latency(&self) -> bool {
        matches!(self, Limit::LatencyMs(_) | Limit::LatencyShare(_))
    }

    /// What a subnet costs; `latency_ms` predicts its latency.
    pub fn cost(&self, space: &SearchSpace, arch: &Arch, latency_ms: &dyn Fn(&Arch) -> f64) -> f64 {
        match self {
            Limit::LatencyMs(_) | Limit::LatencyShare(_) => latency_ms(arch),
            Limit::Params(_) => count::params(space, arch) as f64,
            Limit::Flops(_) => count::flops(space, arch) as f64,
        }
    }

    /// Unit of the cost, with a space before it.
    pub fn unit(&self) -> &'static str {
        match self {
            Limit::LatencyMs(_) | Limit::LatencyShare(_) => " ms",
            Limit::Params(_) => " parameters",
            Limit::Flops(_) => " FLOPs",
        }
    }

    /// Short name for tables and jobs: `latency 120 ms`, `latency share 0.5`, `params 20000000`.
    pub fn label(&self) -> String {
        match self {
            Limit::LatencyMs(ms) => format!("latency {ms} ms"),
            Limit::LatencyShare(share) => format!("latency share {share}"),
            Limit::Params(n) => format!("params {n}"),
            Limit::Flops(n) => format!("flops {n}"),
        }
    }

    fn shown(&self, cost: f64) -> String {
        if self.is_latency() { format!("{cost:.3}") } else { format!("{cost:.0}") }
    }

    /// Works the number out.
    ///
    /// # Errors
    /// No subnet meets it; the message gives the range that can be reached.
    pub fn resolve(&self, space: &SearchSpace, latency_ms: &dyn Fn(&Arch) -> f64) -> Result<Reach, LimitError> {
        let cost = |genome: &Genome| self.cost(space, &genome.express(space), latency_ms);
        let ends = [
            Genome::picked(space, |choices| *choices.iter().min().expect("a valid space has choices")),
            Genome::picked(space, |choices| *choices.iter().max().expect("a valid space has choices")),
        ];
        // Parameters and FLOPs grow with every choice: the two ends are the range. A predicted latency need not.
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let probes = if self.is_latency() { PROBES } else { 0 };
        let costs = ends.iter().map(cost).chain((0..probes).map(|_| cost(&Genome::random(space, &mut rng))));
        let costs: Vec<f64> = costs.collect();
        let (least, most) = costs.iter().fold((f64::INFINITY, 0.0_f64), |(l, m), &c| (l.min(c), m.max(c)));
        let limit = match *self {
            Limit::LatencyMs(ms) => ms,
            Limit::LatencyShare(share) => least + share * (most - least),
            Limit::Params(n) | Limit::Flops(n) => n as f64,
        };
        // NaN compares as false.
        if limit >= least {
            return Ok(Reach { limit, least, most });
        }
        Err(LimitError::Unreachable {
            space: space.name.clone(),
            limit: format!("{}{}", self.shown(limit), self.unit()),
            least: self.shown(least),
            most: self.shown(most),
            unit: self.unit(),
        })
    }

    pub(super) fn too_rare(&self, wanted: usize, draws: usize, reach: &Reach) -> LimitError {
        LimitError::TooRare {
            wanted,
            draws,
            limit: format!("{}{}", self.shown(reach.limit), self.unit()),
            least: self.shown(reach.least),
            most: self.shown(reach.most),
            unit: self.unit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impossible_limit_is_refused_with_the_reachable_range() {
        let space = SearchSpace::find("wmt14-en-de").unwrap();
        let error = Limit::Params(5).resolve(&space, &|_| 0.0).unwrap_err().to_string();
        let least = Limit::Params(i64::MAX).resolve(&space, &|_| 0.0).unwrap();
        assert!(error.contains("5 parameters") && error.contains(&format!("{:.0}", least.least)), "{error}");
        // Published parameter counts of the ends: one decoder layer, all narrow, to all wide.
        assert_eq!(least.most, count::params(&space, &space.largest()) as f64);
        assert!(Limit::LatencyMs(f64::NAN).resolve(&space, &|_| 1.0).is_err());
    }

    #[test]
    fn a_share_of_the_range_is_worked_out_from_the_predictor() {
        let space = SearchSpace::find("scaled-quick").unwrap();
        let by_depth = |arch: &Arch| 10.0 * arch.decoder_layers() as f64;
        let reach = Limit::LatencyShare(0.5).resolve(&space, &by_depth).unwrap();
        assert_eq!((reach.least, reach.limit, reach.most), (10.0, 15.0, 20.0));
    }
}
