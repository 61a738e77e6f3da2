//! The quantities by which claims compare methods.

use mos_plan::Metric;
use mos_plan::metric::MetricFamily;
use serde::Deserialize;

/// By what two methods are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// The gap to training from scratch: the mean absolute one, or the signed one where a compared method is ahead of
    /// training from scratch on validation.
    Gap,
    /// Kendall's tau-b between the scores from the supernet and those from scratch.
    RankCorrelation,
    /// The updates of continued training until a subnet is as good as from scratch, as a share of those from scratch.
    RetrainingUpdates,
    /// The time of a training of the supernet, as a share of the other method's.
    TrainingTime,
    /// The time of training the supernet, searching it and training on what was found, as a share of the other method's.
    TotalCost,
    /// What the front of latency and quality of the found subnets covers, as a share of the box that all methods span.
    Front,
    /// The mean score over the tasks on which pre-training shows.
    TaskAverage,
    /// The same of found nets of about the same size and training FLOPs, each as its paper makes it.
    TaskAverageAtEqualFlops,
}

impl Quantity {
    /// Gives its name in files of claims.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Gap => "gap",
            Quantity::RankCorrelation => "rank-correlation",
            Quantity::RetrainingUpdates => "retraining-updates",
            Quantity::TrainingTime => "training-time",
            Quantity::TotalCost => "total-cost",
            Quantity::Front => "front",
            Quantity::TaskAverage => "task-average",
            Quantity::TaskAverageAtEqualFlops => "task-average-at-equal-flops",
        }
    }

    /// Gives the units in which a difference of it may be stated. A gap has those of the metrics that score subnets.
    pub fn units(self) -> Vec<String> {
        let one = match self {
            Quantity::Gap => return score_units(),
            Quantity::RankCorrelation => "tau-b",
            Quantity::RetrainingUpdates | Quantity::TrainingTime | Quantity::TotalCost | Quantity::Front => "share",
            Quantity::TaskAverage | Quantity::TaskAverageAtEqualFlops => "points",
        };
        vec![one.to_owned()]
    }

    /// Tells whether it has a value a subnet, or one a supernet.
    pub fn has_subnets(self) -> bool {
        !matches!(
            self,
            Quantity::TrainingTime | Quantity::TotalCost | Quantity::Front | Quantity::TaskAverageAtEqualFlops
        )
    }
}

/// Gives the names of the metrics that score subnets, in which gaps are measured.
fn score_units() -> Vec<String> {
    let scores = Metric::ALL.iter().filter(|metric| metric.family() == MetricFamily::Score);
    scores.map(|metric| metric.name().to_owned()).collect()
}
