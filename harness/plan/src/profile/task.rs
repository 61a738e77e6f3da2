//! Describes the part of a profile that belongs to its track's task: the data, what is computed of an example, and how
//! subnets are scored.

use mos_base::Split;
use mos_spaces::search::limit::Limit;
use serde::{Deserialize, Serialize};

use super::masked_lm::MaskedLmProfile;
use super::study::{SearchLatency, Study};
use super::translation::TranslationProfile;
use crate::error::{Result, refuse};
use crate::metric::Metric;
use crate::spec::scoring::ScoringSpec;
use crate::spec::task::TaskSpec;
use crate::spec::training::Goal;
use crate::spec::work::DataFactsSpec;
use crate::track::Track;

/// A task's settings, a variant for each task that a track's supernets are trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskProfile {
    /// Translation of sentences.
    Translation(TranslationProfile),
    /// Prediction of masked tokens.
    MaskedLm(MaskedLmProfile),
}

impl TaskProfile {
    /// Returns the track whose task it is.
    pub fn track(&self) -> Track {
        match self {
            TaskProfile::Translation(_) => Track::Mt,
            TaskProfile::MaskedLm(_) => Track::Bert,
        }
    }

    /// Returns the settings of translation.
    ///
    /// # Panics
    /// Panics if they are of another task, which is a bug: a track's code sees profiles of its own track only.
    pub fn translation(&self) -> &TranslationProfile {
        match self {
            TaskProfile::Translation(profile) => profile,
            TaskProfile::MaskedLm(_) => panic!("a profile of masked LM"),
        }
    }

    /// Returns the settings of masked LM.
    ///
    /// # Panics
    /// Panics if they are of another task, which is a bug: a track's code sees profiles of its own track only.
    pub fn masked_lm(&self) -> &MaskedLmProfile {
        match self {
            TaskProfile::MaskedLm(profile) => profile,
            TaskProfile::Translation(_) => panic!("a profile of translation"),
        }
    }

    /// Returns the rows of the vocabulary.
    pub fn vocab_size(&self) -> usize {
        match self {
            TaskProfile::Translation(profile) => profile.vocab_size,
            TaskProfile::MaskedLm(profile) => profile.vocab_size,
        }
    }

    /// Returns the positions that the longest example takes, special tokens included.
    pub fn positions(&self) -> i64 {
        match self {
            TaskProfile::Translation(profile) => profile.longest_pair as i64 + 1,
            TaskProfile::MaskedLm(profile) => profile.sequence_length as i64,
        }
    }

    /// Takes what a corpus brings with it, and returns its space; none where it brings nothing of its own.
    pub fn take_corpus(&mut self, dataset: &str) -> Option<String> {
        match self {
            TaskProfile::Translation(profile) => profile.take_corpus(dataset),
            TaskProfile::MaskedLm(_) => None,
        }
    }

    /// Returns the settings of the task as jobs take them.
    pub fn spec(&self) -> TaskSpec {
        match self {
            TaskProfile::Translation(profile) => TaskSpec::Translation(profile.spec()),
            TaskProfile::MaskedLm(profile) => TaskSpec::MaskedLm(profile.spec()),
        }
    }

    /// Returns the settings of the task as jobs take them that train a subnet from scratch.
    pub fn scratch_spec(&self) -> TaskSpec {
        match self {
            TaskProfile::Translation(_) => self.spec(),
            TaskProfile::MaskedLm(profile) => TaskSpec::MaskedLm(profile.scratch_spec()),
        }
    }

    /// Returns how subnets are scored on `splits`; none stands for those that the profile names.
    pub fn scoring(&self, splits: Option<&[Split]>) -> ScoringSpec {
        match self {
            TaskProfile::Translation(profile) => ScoringSpec::Translation(profile.scoring(splits)),
            TaskProfile::MaskedLm(_) => ScoringSpec::MaskedLm,
        }
    }

    /// Returns which facts of the corpus are worked out.
    pub fn data_facts(&self) -> DataFactsSpec {
        match self {
            TaskProfile::Translation(profile) => DataFactsSpec::Translation(profile.data_facts()),
            TaskProfile::MaskedLm(_) => DataFactsSpec::MaskedLm,
        }
    }

    /// Refuses what the rest of a profile asks of the task and the task does not have, naming the field.
    pub fn check_study(&self, study: &Study, primary: Metric) -> Result<()> {
        let asked = match self {
            TaskProfile::Translation(_) => [
                ("study.fine_tuning", study.fine_tuning.is_some()),
                ("study.teacher", study.teacher.is_some()),
                ("study.autodistil", study.autodistil.is_some()),
                ("study.nas_bert", study.nas_bert.is_some()),
            ],
            TaskProfile::MaskedLm(_) => [
                ("study.retraining.target", study.retraining.target != Goal::Loss),
                ("primary_metric", ![Metric::Loss, Metric::MaskedAccuracy].contains(&primary)),
                ("study.search.limits", study.search.limits.iter().any(Limit::is_latency)),
                ("study.search.latency", study.search.latency == SearchLatency::Measured),
            ],
        };
        if let Some((field, _)) = asked.into_iter().find(|(_, is_asked)| *is_asked) {
            refuse!("`{field}`: track {} has no such thing", self.track());
        }
        Ok(())
    }

    /// Refuses values that make no sense, naming the field.
    pub fn check(&self) -> Result<()> {
        match self {
            TaskProfile::Translation(profile) => profile.check(),
            TaskProfile::MaskedLm(profile) => profile.check(),
        }
    }
}
