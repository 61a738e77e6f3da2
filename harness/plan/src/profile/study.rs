//! Describes the part of a profile that holds the latency study: measuring, search, continued training.

use mos_spaces::latency::predictors::{MIN_ROWS, PredictorKind};
use mos_spaces::latency::protocol::Protocol;
use mos_spaces::schedule::Decay;
use mos_spaces::search::evolution::EvolutionConfig;
use mos_spaces::search::limit::Limit;
use mos_spaces::{Method, SearchSpace};
use serde::{Deserialize, Serialize};

use super::fine_tuning::FineTuningStudy;
use super::guests::{self, AutodistilStudy, NasBertStudy, TeacherStudy};
use crate::error::{Result, refuse};
use crate::spec::training::{Goal, RetrainWeights};

/// The latency study of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Whether each guest's net is also trained from scratch with as many FLOPs as stand behind the guest's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub equal_flops: bool,
    /// How latency is measured and predicted.
    pub latency: LatencyStudy,
    /// Evolutionary search.
    pub search: SearchStudy,
    /// Continued training.
    pub retraining: Retraining,
    /// Fine-tuning; none where the track has no tasks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine_tuning: Option<FineTuningStudy>,
    /// The network that guests learn from; none where there is no guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<TeacherStudy>,
    /// The AutoDistil-style guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autodistil: Option<AutodistilStudy>,
    /// The NAS-BERT-style guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nas_bert: Option<NasBertStudy>,
}

/// How latency is measured and predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencyStudy {
    /// Random subnets that are measured for the predictor.
    pub sample: usize,
    /// Seed of their draw, and of the predictor.
    pub seed: u64,
    /// Above this share of the mean, the standard deviation of a measurement is called too wide.
    pub max_spread: f64,
    /// The numbers of the protocol.
    pub protocol: Protocol,
    /// Kinds of predictors to choose from.
    pub predictors: Vec<PredictorKind>,
}

/// Which supernets are searched, under which limits, and how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchStudy {
    /// Supernets that are searched, of the run's methods.
    pub methods: Vec<String>,
    /// Limits, under each of which a supernet is searched once.
    pub limits: Vec<Limit>,
    /// Where a limit of latency has the latency of a subnet from.
    #[serde(default)]
    pub latency: SearchLatency,
    /// Whether every subnet that meets a limit is scored, which needs a small space, in place of evolution.
    #[serde(default)]
    pub exhaustive: bool,
    /// Sizes of each search.
    pub evolution: EvolutionConfig,
}

/// Where a search has the latency of a subnet from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SearchLatency {
    /// The predictor says it, as in HAT.
    #[default]
    Predicted,
    /// Each subnet that comes into question is measured, as in MoS's released script.
    Measured,
}

/// How found subnets are trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retraining {
    /// Experts merged first, or trained on.
    pub weights: RetrainWeights,
    /// What has to become as good as from scratch.
    pub target: Goal,
    /// Schedule, the same for every method: what follows the warm-up.
    pub decay: Decay,
    /// Schedule: peak rate as a share of that of the nearest swept subnet from scratch.
    pub peak_share: f64,
    /// Schedule: warm-up as a share of the from-scratch updates.
    pub warmup: f64,
    /// Largest number of updates, as a share of the from-scratch ones.
    pub budget: f64,
    /// Subnets that are trained on from every searched supernet, at least: what the searches found, then scored ones; 0 for
    /// none at all.
    pub points: usize,
    /// Schedules that `tune` compares.
    pub candidates: Vec<Candidate>,
}

/// A schedule of continued training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// What follows the warm-up.
    pub decay: Decay,
    /// Peak rate as a share of that of the nearest swept subnet from scratch.
    pub peak_share: f64,
}

impl Candidate {
    /// Returns its name in tables, such as `cosine 0.5`.
    pub fn label(&self) -> String {
        format!("{} {}", self.decay.name(), self.peak_share)
    }
}

impl Retraining {
    /// Returns the chosen schedule.
    pub fn chosen(&self) -> Candidate {
        Candidate { decay: self.decay, peak_share: self.peak_share }
    }
}

/// The seed whose supernets are searched and trained on: what it shows is of one training of each.
pub const STUDY_SEED: u64 = 1;

/// Share of the from-scratch updates between two evaluations of continued training.
pub const EVALUATE_SHARE: f64 = 0.02;

impl Study {
    /// Refuses values that make no sense, naming the field.
    pub fn check(&self) -> Result<()> {
        let (l, e, r) = (&self.latency, &self.search.evolution, &self.retraining);
        let counts = [
            ("study.latency.sample", l.sample),
            ("study.latency.protocol.length", l.protocol.length.max(0) as usize),
            ("study.latency.protocol.beam", l.protocol.beam.max(0) as usize),
            ("study.latency.protocol.repeats", l.protocol.repeats),
            ("study.latency.predictors", l.predictors.len()),
            ("study.search.limits", self.search.limits.len()),
            ("study.search.evolution.parents", e.parents),
            ("study.search.evolution.iterations", e.iterations),
        ];
        if let Some((field, _)) = counts.iter().find(|(_, value)| *value == 0) {
            refuse!("`{field}` must be 1 or more");
        }
        if e.population < e.parents {
            refuse!(
                "`study.search.evolution.population` = {} holds fewer than `parents` = {}",
                e.population,
                e.parents
            );
        }
        if l.sample < MIN_ROWS {
            refuse!("`study.latency.sample` = {}: a predictor needs {MIN_ROWS} measured subnets or more", l.sample);
        }
        for limit in &self.search.limits {
            if let Limit::LatencyShare(share) = limit
                && !(0.0..1.0).contains(share)
            {
                refuse!("`study.search.limits`: latency-share = {share} is not a share of the range");
            }
        }
        if !(0.0..0.5).contains(&l.protocol.trim) {
            refuse!(
                "`study.latency.protocol.trim` = {}: allowed are values from 0 up to, not including, 0.5",
                l.protocol.trim
            );
        }
        if !(0.0..=1.0).contains(&e.mutation_probability) {
            refuse!("`study.search.evolution.mutation_probability` = {} is not a probability", e.mutation_probability);
        }
        let peaks = r.candidates.iter().map(|c| ("study.retraining.candidates", c.peak_share));
        let positive = [
            ("study.latency.max_spread", l.max_spread),
            ("study.retraining.budget", r.budget),
            ("study.retraining.peak_share", r.peak_share),
        ];
        for (field, value) in positive.into_iter().chain(peaks) {
            if !(value.is_finite() && value > 0.0) {
                refuse!("`{field}` = {value}: must be a positive number");
            }
        }
        if self.teacher.is_none() && self.fine_tuning.as_ref().is_some_and(|study| study.teachers.is_some()) {
            refuse!(
                "`study.fine_tuning.teachers` are the teacher of the study, fine-tuned: say which under [study.teacher]"
            );
        }
        guests::check(self.teacher.as_ref(), self.autodistil.as_ref())?;
        if let Some(nas_bert) = &self.nas_bert {
            guests::check_nas_bert(self.teacher.as_ref(), nas_bert)?;
        }
        if let Some(fine_tuning) = &self.fine_tuning {
            fine_tuning.check()?;
        }
        if !(0.0..1.0).contains(&r.warmup) {
            refuse!("`study.retraining.warmup` = {}: allowed are values from 0 up to, not including, 1", r.warmup);
        }
        for method in &self.search.methods {
            if Method::find(method)?.is_reference() {
                refuse!("`study.search.methods`: {method} has no supernet to search in");
            }
        }
        Ok(())
    }

    /// Refuses spaces of guests whose position tables are shorter than a sequence.
    ///
    /// # Errors
    /// Names the space.
    pub fn check_positions(&self, positions: i64) -> Result<()> {
        let autodistil = self.autodistil.iter().flat_map(|autodistil| &autodistil.parts).map(|part| &part.space);
        let others = [self.teacher.as_ref().map(|t| &t.space), self.nas_bert.as_ref().map(|n| &n.space)];
        for name in autodistil.chain(others.into_iter().flatten()) {
            let have = SearchSpace::find(name)?.max_positions;
            if have < positions {
                refuse!("space {name} has {have} positions, and a sequence takes {positions}");
            }
        }
        Ok(())
    }
}
