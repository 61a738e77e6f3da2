//! Defines what a search may not exceed, and works out how far it can be met.

use mos_base::seed::Purpose;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::genome::Genome;
use crate::arch::Arch;
use crate::count;
use crate::space::SearchSpace;

/// Number of random subnets by which the range of a cost that is no formula is explored.
const PROBES: usize = 10_000;

/// The constraint of a search.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Limit {
    /// Latency (encoder and decoder) in milliseconds, as the predictor says.
    LatencyMs(f64),
    /// Latency as a share of the way from the fastest to the slowest subnet that can be reached. It is for profiles,
    /// which do not know the machine.
    LatencyShare(f64),
    /// The number of parameters, as the space counts them.
    Params(i64),
    /// The number of parameters, from the first number to the second, as MoS's and SuperShaper's searches are bounded, and as
    /// they count it.
    ParamsIn([i64; 2]),
    /// The FLOPs of one pair without the output projection.
    Flops(i64),
}

/// What a constraint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LimitKind {
    /// The kind of [`Limit::LatencyMs`].
    LatencyMs,
    /// The kind of [`Limit::LatencyShare`].
    LatencyShare,
    /// The kind of [`Limit::Params`].
    Params,
    /// The kind of [`Limit::ParamsIn`].
    ParamsIn,
    /// The kind of [`Limit::Flops`].
    Flops,
}

impl LimitKind {
    /// All kinds of constraint.
    pub const ALL: [LimitKind; 5] =
        [LimitKind::LatencyMs, LimitKind::LatencyShare, LimitKind::Params, LimitKind::ParamsIn, LimitKind::Flops];

    /// Returns its name in files.
    pub fn name(self) -> &'static str {
        match self {
            LimitKind::LatencyMs => "latency-ms",
            LimitKind::LatencyShare => "latency-share",
            LimitKind::Params => "params",
            LimitKind::ParamsIn => "params-in",
            LimitKind::Flops => "flops",
        }
    }

    /// Says whether it bounds latency.
    pub fn is_latency(self) -> bool {
        matches!(self, LimitKind::LatencyMs | LimitKind::LatencyShare)
    }
}

/// Says that no subnet meets the constraint, or hardly any.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LimitError {
    /// The limit is below the least that a subnet of the space costs.
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
    /// The limit is as high as the highest cost, or higher.
    #[error(
        "{limit} binds nothing: every subnet of space {space} meets it (reachable are {least} to {most}{unit}); set a lower limit"
    )]
    BindsNothing {
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
        /// Draws that were made.
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
    /// Least cost allowed; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// Highest cost allowed.
    pub limit: f64,
    /// Least cost found in the space.
    pub least: f64,
    /// Highest cost found in the space.
    pub most: f64,
}

impl Reach {
    /// Says whether a cost meets the constraint.
    pub fn allows(&self, cost: f64) -> bool {
        cost <= self.limit && self.floor.is_none_or(|floor| cost >= floor)
    }
}

impl Limit {
    /// Returns what the limit is about.
    pub fn kind(&self) -> LimitKind {
        match self {
            Limit::LatencyMs(_) => LimitKind::LatencyMs,
            Limit::LatencyShare(_) => LimitKind::LatencyShare,
            Limit::Params(_) => LimitKind::Params,
            Limit::ParamsIn(_) => LimitKind::ParamsIn,
            Limit::Flops(_) => LimitKind::Flops,
        }
    }

    /// Returns the number that is not to be exceeded.
    pub fn bound(&self) -> f64 {
        match *self {
            Limit::LatencyMs(bound) | Limit::LatencyShare(bound) => bound,
            Limit::Params(bound) | Limit::ParamsIn([_, bound]) | Limit::Flops(bound) => bound as f64,
        }
    }

    /// Returns the number that is to be reached; none where the limit is no range.
    pub fn floor(&self) -> Option<i64> {
        match *self {
            Limit::ParamsIn([floor, _]) => Some(floor),
            _ => None,
        }
    }

    /// Makes the limit of a kind's name, the number that is to be reached, where it has one, and the one that is not to be
    /// exceeded; none where no kind has that name.
    pub fn read(kind: &str, floor: Option<i64>, bound: f64) -> Option<Limit> {
        Some(match LimitKind::ALL.into_iter().find(|known| known.name() == kind)? {
            LimitKind::LatencyMs => Limit::LatencyMs(bound),
            LimitKind::LatencyShare => Limit::LatencyShare(bound),
            LimitKind::Params => Limit::Params(bound as i64),
            LimitKind::ParamsIn => Limit::ParamsIn([floor?, bound as i64]),
            LimitKind::Flops => Limit::Flops(bound as i64),
        })
    }

    /// Says whether it needs a latency predictor.
    pub fn is_latency(&self) -> bool {
        self.kind().is_latency()
    }

    /// Returns what a subnet costs; `latency_ms` predicts its latency.
    pub fn cost(&self, space: &SearchSpace, arch: &Arch, latency_ms: &dyn Fn(&Arch) -> f64) -> f64 {
        match self {
            Limit::LatencyMs(_) | Limit::LatencyShare(_) => latency_ms(arch),
            Limit::Params(_) => count::params(space, arch) as f64,
            Limit::ParamsIn(_) => count::params_in_ranges(space, arch) as f64,
            Limit::Flops(_) => count::flops(space, arch) as f64,
        }
    }

    /// Returns the unit of the cost, with a space before it.
    pub fn unit(&self) -> &'static str {
        match self {
            Limit::LatencyMs(_) | Limit::LatencyShare(_) => " ms",
            Limit::Params(_) | Limit::ParamsIn(_) => " parameters",
            Limit::Flops(_) => " FLOPs",
        }
    }

    /// Returns a short name for tables and jobs: `latency 120 ms`, `latency share 0.5`, `params 20000000`. This version
    /// never reads it back.
    pub fn label(&self) -> String {
        match self {
            Limit::LatencyMs(ms) => format!("latency {ms} ms"),
            Limit::LatencyShare(share) => format!("latency share {share}"),
            Limit::Params(n) => format!("params {n}"),
            Limit::ParamsIn([floor, bound]) => format!("params {floor} to {bound}"),
            Limit::Flops(n) => format!("flops {n}"),
        }
    }

    fn shown(&self, cost: f64) -> String {
        if self.is_latency() { format!("{cost:.3}") } else { format!("{cost:.0}") }
    }

    /// Writes the constraint with its unit, as it stands after `at most`.
    fn shown_limit(&self, limit: f64) -> String {
        let floor = self.floor().map(|floor| format!(" (and at least {floor})"));
        format!("{}{}{}", self.shown(limit), self.unit(), floor.unwrap_or_default())
    }

    /// Works out the number and the range that can be reached.
    ///
    /// # Errors
    /// Fails if no subnet meets it, or if every one does; the message gives the range that can be reached.
    pub fn resolve(&self, space: &SearchSpace, latency_ms: &dyn Fn(&Arch) -> f64) -> Result<Reach, LimitError> {
        let cost = |genome: &Genome| self.cost(space, &genome.express(space), latency_ms);
        let ends = [
            Genome::picked(space, |choices| *choices.iter().min().expect("a valid space has choices")),
            Genome::picked(space, |choices| *choices.iter().max().expect("a valid space has choices")),
        ];
        // Parameters and FLOPs grow with every size, and where codes are of no order the largest and the smallest subnet are
        // known: these are the range. A predicted latency need not be within it.
        let known = [space.smallest(), space.largest()].map(|arch| self.cost(space, &arch, latency_ms));
        let mut rng = Purpose::LimitProbes.generator(&[]);
        let probes = if self.is_latency() { PROBES } else { 0 };
        let costs =
            ends.iter().map(cost).chain(known).chain((0..probes).map(|_| cost(&Genome::random(space, &mut rng))));
        let costs: Vec<f64> = costs.collect();
        let (least, most) = costs.iter().fold((f64::INFINITY, 0.0_f64), |(l, m), &c| (l.min(c), m.max(c)));
        let limit = match *self {
            Limit::LatencyMs(ms) => ms,
            Limit::LatencyShare(share) => least + share * (most - least),
            Limit::Params(n) | Limit::ParamsIn([_, n]) | Limit::Flops(n) => n as f64,
        };
        let (shown, unit) = (self.shown_limit(limit), self.unit());
        let (space, low, high) = (space.name.clone(), self.shown(least), self.shown(most));
        let floor = self.floor().map(|floor| floor as f64);
        if limit >= most && floor.is_none_or(|floor| floor <= least) {
            return Err(LimitError::BindsNothing { space, limit: shown, least: low, most: high, unit });
        }
        // A NaN compares as false and so is refused.
        if limit >= least && floor.is_none_or(|floor| floor <= most.min(limit)) {
            return Ok(Reach { floor, limit, least, most });
        }
        Err(LimitError::Unreachable { space, limit: shown, least: low, most: high, unit })
    }

    pub(super) fn too_rare(&self, wanted: usize, draws: usize, reach: &Reach) -> LimitError {
        LimitError::TooRare {
            wanted,
            draws,
            limit: self.shown_limit(reach.limit),
            least: self.shown(reach.least),
            most: self.shown(reach.most),
            unit: self.unit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hat::fields::DECODER_LAYERS;

    #[test]
    fn an_impossible_limit_is_refused_with_the_reachable_range() {
        let space = SearchSpace::find("wmt14-en-de").unwrap();
        let error = Limit::Params(5).resolve(&space, &|_| 0.0).unwrap_err().to_string();
        let most = count::params(&space, &space.largest());
        let least = Limit::Params(most - 1).resolve(&space, &|_| 0.0).unwrap();
        assert!(error.contains("5 parameters") && error.contains(&format!("{:.0}", least.least)), "{error}");
        // The ends are published parameter counts: one decoder layer, all narrow, to all wide.
        assert_eq!(least.most, count::params(&space, &space.largest()) as f64);
        let error = Limit::Params(most).resolve(&space, &|_| 0.0).unwrap_err().to_string();
        assert!(error.contains("binds nothing") && error.contains(&most.to_string()), "{error}");
        assert!(Limit::LatencyMs(f64::NAN).resolve(&space, &|_| 1.0).is_err());
    }

    #[test]
    fn a_range_that_holds_no_subnet_is_refused_with_the_reachable_one() {
        let space = SearchSpace::find("wmt14-en-de").unwrap();
        let resolve = |range| Limit::ParamsIn(range).resolve(&space, &|_| 0.0);
        let reach = resolve([20_000_000, 30_000_000]).unwrap();
        assert!(reach.allows(2.5e7) && !reach.allows(1.9e7) && !reach.allows(3.1e7));
        // A range above all subnets, one below all, one whose ends have changed places, and one that binds nothing.
        for empty in [[900_000_000, 990_000_000], [1, 2], [30_000_000, 20_000_000], [1, 990_000_000]] {
            let error = resolve(empty).unwrap_err().to_string();
            assert!(error.contains(&format!("at least {}", empty[0])) && error.contains("reachable"), "{error}");
        }
    }

    #[test]
    fn a_share_of_the_range_is_worked_out_from_the_predictor() {
        let space = SearchSpace::find("scaled-quick").unwrap();
        let by_depth = |arch: &Arch| 10.0 * arch.value(DECODER_LAYERS) as f64;
        let reach = Limit::LatencyShare(0.5).resolve(&space, &by_depth).unwrap();
        assert_eq!((reach.least, reach.limit, reach.most), (10.0, 15.0, 20.0));
    }
}
