//! A run is its manifest, its records, and the order in which its methods, subnets and seeds are shown.

use std::collections::BTreeSet;

use mos_plan::files::manifest::{RunManifest, SubnetCard};
use mos_plan::headline::Headline;
use mos_plan::{Metric, Record, Subject, SubnetId, SubnetKind};
use mos_spaces::{Method, method};

use super::copies::{Copied, copies, without};
use super::facts::Facts;
use super::failed::{FailedTraining, failed_subnets, failed_trainings};
use super::find::{Find, finds};
use super::profile::{StudyProfile, learned_nats};
use super::quality::Quality;
use super::tasks::Tasks;
use crate::error::{Error, Result};

/// A run is shown as far as it has come.
#[derive(Debug)]
pub struct Run {
    /// What the run is.
    pub manifest: RunManifest,
    /// Its records.
    pub facts: Facts,
    /// What its profile says of the latency study.
    pub study_profile: StudyProfile,
    /// The quality by which methods are compared.
    pub primary: Quality,
    /// Supernet methods that have rows, in plan order.
    pub methods: Vec<String>,
    /// The scored subnets of the plan's fixed sample, in its order. Methods are compared on them.
    pub subnets: Vec<SubnetId>,
    /// Scored subnets that searches found. A search chose them by their fitness in one supernet, so they are shown
    /// beside the sample and never compared with it.
    pub found_subnets: Vec<SubnetId>,
    /// Seeds that have scores, in plan order.
    pub seeds: Vec<i64>,
    /// What searches found, in plan order.
    pub finds: Vec<Find>,
    /// The trainings that failed.
    pub failed: Vec<FailedTraining>,
    /// What was measured on tasks.
    pub tasks: Tasks,
    /// Scores of an imported table that are another method's, and so were left out.
    pub copied: Vec<Copied>,
    /// Of which methods there are records, metric by metric.
    held: BTreeSet<(Metric, String)>,
}

impl Run {
    /// Arranges a manifest and a run's records.
    ///
    /// # Errors
    /// It is an error when no subnet is scored by the primary metric, when the run has no row of a method, when one
    /// subnet has two different scores, and when the manifest does not describe a found subnet.
    pub fn new(manifest: RunManifest, records: &[Record]) -> Result<Run> {
        let primary = Quality::new(manifest.primary_metric, manifest.primary_split).ok_or_else(|| {
            let (metric, split) = (manifest.primary_metric, manifest.primary_split);
            Error::Render(format!("run.toml compares methods by `{metric}` on `{split}`, which no score has"))
        })?;
        let copied = copies(&manifest, records);
        let records = without(records, &copied);
        let (of_tasks, own): (Vec<Record>, Vec<Record>) = records.iter().cloned().partition(|r| Tasks::of(r).is_some());
        let facts = Facts::new(manifest.track, &own)?;
        if facts.methods().is_empty() {
            let name = &manifest.name;
            return Err(Error::Render(format!("run {name} holds no finished training yet; let it finish first")));
        }
        let reference = &method::reference().name;
        let of_the_space = |name: &str| Method::find(name).map_or(true, Method::is_of_the_space);
        let supernets = facts.methods().into_iter().filter(|name| *name != reference && of_the_space(name));
        let cards = manifest.subnets.iter().chain(&manifest.found_subnets);
        let failed = failed_trainings(&facts, cards.map(|card| &card.id), learned_nats(&manifest.profile_toml));
        let scored = facts.scored_subnets();
        let scored_of = |cards: &[SubnetCard]| -> Vec<SubnetId> {
            let ids = cards.iter().map(|card| card.id.clone());
            ids.filter(|id| scored.contains(&Subject::Subnet(id.clone()))).collect()
        };
        Ok(Run {
            primary,
            methods: plan_order(&manifest.methods, supernets),
            subnets: scored_of(&manifest.subnets),
            found_subnets: scored_of(&manifest.found_subnets),
            seeds: seed_order(&manifest.seeds, facts.scored_seeds()),
            finds: finds(&manifest)?,
            failed,
            copied,
            study_profile: StudyProfile::new(&manifest.profile_toml),
            tasks: Tasks::new(&of_tasks),
            held: records.iter().map(|record| (record.metric, record.method.clone())).collect(),
            facts,
            manifest,
        })
    }

    /// Gives training from scratch (where it has rows) and the supernet methods.
    pub fn all_methods(&self) -> Vec<String> {
        let reference = &method::reference().name;
        let reference = self.facts.methods().contains(reference.as_str()).then(|| reference.clone());
        reference.into_iter().chain(self.methods.iter().cloned()).collect()
    }

    /// Gives the subnets of the sample whose trainings from scratch all learned. A subnet of which one failed with any
    /// seed is left out with all of them, so that every seed is compared over the same subnets.
    pub fn sound_subnets(&self) -> Vec<SubnetId> {
        let failed = failed_subnets(&self.failed);
        let sound = |id: &&SubnetId| !failed.contains(&Subject::Subnet((*id).clone()));
        self.subnets.iter().filter(sound).cloned().collect()
    }

    /// Gives the subnets over which the headline is, and all comparisons of methods.
    pub fn headline_subnets(&self) -> Vec<SubnetId> {
        self.sound_subnets().into_iter().filter(|id| self.in_headline(id)).collect()
    }

    /// Gives the subnets of the plan over which the headline is to be, scored or not.
    pub fn planned_subnets(&self) -> impl Iterator<Item = &SubnetId> {
        self.manifest.subnets.iter().map(|card| &card.id).filter(|id| self.in_headline(id))
    }

    /// Tells whether there is a record of this metric of this method.
    pub fn holds(&self, metric: Metric, method: &str) -> bool {
        self.held.contains(&(metric, method.to_owned()))
    }

    /// Gives the same subnets with those whose training from scratch failed.
    pub fn headline_with_failed(&self) -> Vec<SubnetId> {
        self.subnets.iter().filter(|id| self.in_headline(id)).cloned().collect()
    }

    /// Tells whether the profile takes this kind of subnet into its headline.
    fn in_headline(&self, id: &SubnetId) -> bool {
        let is_end = matches!(id.kind, SubnetKind::Largest | SubnetKind::Smallest);
        self.manifest.headline == Headline::All || !is_end
    }

    /// Gives what finds the scores of a quality.
    pub fn scores(&self, quality: Quality) -> impl Fn(&str, &SubnetId, i64) -> Option<f64> {
        move |method, subnet, seed| self.facts.score(quality, method, subnet, seed)
    }

    /// Gives the cards of all subnets, those of the fixed sample first.
    pub fn cards(&self) -> impl Iterator<Item = &SubnetCard> {
        self.manifest.subnets.iter().chain(&self.manifest.found_subnets)
    }

    /// Gives what a method's searches found.
    pub fn finds_of(&self, method: &str) -> impl Iterator<Item = &Find> {
        self.finds.iter().filter(move |find| find.method == method)
    }
}

/// Puts what is there in the order of the plan; what the plan does not name comes last, by name.
fn plan_order<'a>(plan: &[String], there: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let there: BTreeSet<&str> = there.into_iter().collect();
    let known = plan.iter().filter(|name| there.contains(name.as_str())).cloned();
    let unknown = there.iter().filter(|name| !plan.iter().any(|p| p == *name)).map(|name| (*name).to_owned());
    known.chain(unknown).collect()
}

fn seed_order(plan: &[i64], there: BTreeSet<i64>) -> Vec<i64> {
    let known = plan.iter().copied().filter(|seed| there.contains(seed));
    let unknown = there.iter().copied().filter(|seed| !plan.contains(seed));
    known.chain(unknown).collect()
}
