//! These facts tell measured latencies, how steady they were, and how well each kind of predictor did.

use std::collections::BTreeMap;

use mos_base::Split;
use mos_plan::files::manifest::SubnetCard;
use mos_plan::{Metric, Subject, SubnetKind};

use crate::run::{Key, Measured, Run, StudyFacts};
use crate::stats::quantile;

/// This says what a latency job measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measures {
    /// It measured nothing, since a table of latencies was given.
    GivenTable,
    /// It measured random subnets, to which predictors are fitted.
    Sample,
    /// It measured scored and found subnets.
    Subnets,
    /// It measured nets of one operation each, of which a guest's blocks are made.
    Operations,
}

/// One latency job, by what it says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyJob {
    /// What the job measured.
    pub measures: Measures,
    /// How many subnets were measured.
    pub rows: Option<f64>,
    /// How many measurements have too wide a spread.
    pub unsteady: Option<f64>,
    /// The median spread of its measurements, as a share of the latency: the noise floor.
    pub noise: Option<f64>,
    /// The number of threads.
    pub threads: Option<f64>,
    /// The load average when it began.
    pub load: Option<f64>,
}

/// This is the measured latency of a scored or found subnet.
#[derive(Clone, Debug, PartialEq)]
pub struct SubnetLatency {
    /// The subnet's name.
    pub name: String,
    /// The latency of the encoder, ms.
    pub encoder: Option<f64>,
    /// The latency of the decoder, ms.
    pub decoder: Option<f64>,
    /// The latency of both, ms.
    pub total: f64,
    /// The standard deviation as a share of the total.
    pub spread: Option<f64>,
}

/// These figures tell how well one kind of predictor did, as means over its splits of the measured subnets.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictorFigures {
    /// The kind's name.
    pub name: String,
    /// Whether it was chosen.
    pub chosen: bool,
    /// The median absolute error on the validation parts, %.
    pub valid_mdape: Option<f64>,
    /// The median absolute error on the test parts, %.
    pub mdape: Option<f64>,
    /// The mean absolute error on the test parts, %.
    pub mape: Option<f64>,
    /// The root mean square error on the test parts, ms.
    pub rmse: Option<f64>,
    /// Kendall's tau-b on the test parts.
    pub tau: Option<f64>,
}

/// This holds everything about latency.
#[derive(Clone, Debug, PartialEq)]
pub struct Latencies {
    /// Above this share of its mean, the standard deviation of a measurement is too wide. The profile sets it.
    pub max_spread: Option<f64>,
    /// The jobs.
    pub jobs: Vec<LatencyJob>,
    /// The scored and found subnets, in plan order.
    pub subnets: Vec<SubnetLatency>,
    /// The FLOPs and the latency of each of the predictor's random subnets.
    pub sample: Vec<(f64, f64)>,
    /// The kinds of predictors, by name.
    pub predictors: Vec<PredictorFigures>,
}

impl Latencies {
    /// Arranges the rows.
    pub fn new(run: &Run) -> Latencies {
        let facts = &run.facts.study;
        let of_subject = |metric: Metric, subject: &Subject| facts.of_subject(metric, None, subject);
        let flops_and_latency =
            |subject: &Subject| Some((of_subject(Metric::Flops, subject)?, of_subject(Metric::Latency, subject)?));
        Latencies {
            max_spread: run.study_profile.number("latency", "max_spread"),
            jobs: jobs(facts),
            subnets: run.cards().filter_map(|card| subnet(facts, card)).collect(),
            sample: facts
                .keys(Metric::Flops)
                .filter(|key| matches!(&key.subject, Subject::Subnet(id) if id.kind != SubnetKind::Guest))
                .filter_map(|key| flops_and_latency(&key.subject))
                .collect(),
            predictors: predictors(facts),
        }
    }

    /// Counts the scored and found subnets whose measurement has a spread above `limit`, and all that have one.
    pub fn unsteady_subnets(&self, limit: f64) -> (usize, usize) {
        let spreads: Vec<f64> = self.subnets.iter().filter_map(|subnet| subnet.spread).collect();
        (spreads.iter().filter(|spread| **spread > limit).count(), spreads.len())
    }

    /// Counts the measurements with too wide a spread, and all that were judged.
    pub fn unsteady(&self) -> (f64, f64) {
        let judged = self.jobs.iter().filter_map(|job| Some((job.unsteady?, job.rows?)));
        judged.fold((0.0, 0.0), |(a, b), (unsteady, rows)| (a + unsteady, b + rows))
    }
}

fn subnet(facts: &StudyFacts, card: &SubnetCard) -> Option<SubnetLatency> {
    let subject = Subject::Subnet(card.id.clone());
    let of = |metric: Metric| facts.of_subject(metric, None, &subject);
    Some(SubnetLatency {
        name: card.id.name.clone(),
        encoder: of(Metric::LatencyEncoder),
        decoder: of(Metric::LatencyDecoder),
        total: of(Metric::Latency)?,
        spread: of(Metric::LatencySpread),
    })
}

/// Gives the jobs, the predictor's sample first.
fn jobs(facts: &StudyFacts) -> Vec<LatencyJob> {
    let job = |(id, values): (&str, &BTreeMap<Metric, f64>)| {
        let of = |metric: Metric| -> Vec<f64> {
            facts.values(metric).filter(|(_, m)| m.job == id).map(|(_, m)| m.value).collect()
        };
        let mut spreads = of(Metric::LatencySpread);
        spreads.sort_by(f64::total_cmp);
        let value = |metric: Metric| values.get(&metric).copied();
        let of_guest = |(key, measured): (&Key, &Measured)| {
            measured.job == id && matches!(&key.subject, Subject::Subnet(id) if id.kind == SubnetKind::Guest)
        };
        let measures = match (spreads.is_empty(), of(Metric::Flops).is_empty()) {
            (true, _) => Measures::GivenTable,
            (false, false) => Measures::Sample,
            (false, true) if facts.values(Metric::LatencySpread).any(of_guest) => Measures::Operations,
            (false, true) => Measures::Subnets,
        };
        LatencyJob {
            measures,
            rows: value(Metric::LatencyRows),
            unsteady: value(Metric::LatencyUnsteady),
            noise: quantile(&spreads, 0.5),
            threads: value(Metric::LatencyThreads),
            load: value(Metric::LatencyLoad),
        }
    };
    let mut jobs: Vec<LatencyJob> = facts.latency_jobs().map(job).collect();
    jobs.sort_by_key(|job| job.measures == Measures::Subnets);
    jobs
}

fn predictors(facts: &StudyFacts) -> Vec<PredictorFigures> {
    let mut kinds: Vec<&Subject> = facts.keys(Metric::PredictorMdape).map(|key| &key.subject).collect();
    kinds.sort();
    kinds.dedup();
    let figures = |kind: &Subject| {
        let of = |metric: Metric, split: Split| facts.of_subject(metric, Some(split), kind);
        PredictorFigures {
            name: kind.text(),
            chosen: facts.of_subject(Metric::PredictorChosen, None, kind).is_some(),
            valid_mdape: of(Metric::PredictorMdape, Split::Valid),
            mdape: of(Metric::PredictorMdape, Split::Test),
            mape: of(Metric::PredictorMape, Split::Test),
            rmse: of(Metric::PredictorRmse, Split::Test),
            tau: of(Metric::PredictorTau, Split::Test),
        }
    };
    kinds.into_iter().map(figures).collect()
}
