//! Describes the part of a profile that holds fine-tuning.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::checks::{check_count, check_share};
use crate::error::{Result, refuse};
use crate::fine_tuning::TaskFacts;
use crate::spec::fine_tuning::{FineTuneSettings, FineTuneStart, Pooling, Selection};

/// How networks are fine-tuned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FineTuningStudy {
    /// Tasks, by name.
    pub tasks: Vec<String>,
    /// Scored subnets that are fine-tuned, the largest and the smallest first.
    pub subnets: usize,
    /// Number of seeds, from 1 on, whose networks are fine-tuned.
    pub seeds: u64,
    /// What a supernet's subnets start from.
    pub start: FineTuneStart,
    /// What the head reads.
    pub pooling: Pooling,
    /// Dropout of hidden states at the widest subnet.
    pub dropout: f64,
    /// Dropout of attention weights at the widest subnet.
    pub attention_dropout: f64,
    /// Peak learning rates of the grid.
    pub rates: Vec<f64>,
    /// Examples of an update, of the grid.
    pub batches: Vec<usize>,
    /// Passes over the training examples, of the grid.
    pub epochs: Vec<u64>,
    /// Updates after which a fine-tuning ends, its passes done or not; none where all of them are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_updates: Option<u64>,
    /// Warm-up as a share of the updates.
    pub warmup: f64,
    /// Decoupled weight decay (0: off).
    pub weight_decay: f64,
    /// Tasks that start from what is best on another one, which stands before them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub after: BTreeMap<String, String>,
    /// The teachers of the tasks; none where labels alone are learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teachers: Option<TaskTeachers>,
    /// On which split the best setting is chosen.
    pub selected_on: Selection,
    /// Learning rates of the linear model.
    pub bag_of_words_rates: Vec<f64>,
    /// Passes of the linear model.
    pub bag_of_words_epochs: Vec<u64>,
}

/// How the network that guests learn from becomes the teacher of each task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskTeachers {
    /// Share of the loss that is the cross-entropy with their outputs.
    pub share: f64,
    /// The one setting of each teacher, by task.
    pub settings: BTreeMap<String, FineTuneSettings>,
}

impl FineTuningStudy {
    /// Returns the set that the tasks belong to; none where they come with the corpus.
    pub fn set(&self) -> Option<&'static str> {
        self.tasks.iter().find_map(|task| TaskFacts::find(task).ok()?.set)
    }

    /// Returns every setting of the grid.
    pub fn grid(&self) -> Vec<FineTuneSettings> {
        let mut grid = Vec::new();
        for &peak_lr in &self.rates {
            for &batch in &self.batches {
                grid.extend(self.epochs.iter().map(|&epochs| FineTuneSettings { peak_lr, batch, epochs }));
            }
        }
        grid
    }

    /// Refuses values that make no sense, naming the field.
    pub fn check(&self) -> Result<()> {
        for task in &self.tasks {
            if TaskFacts::find(task)?.set != self.set() {
                refuse!("`study.fine_tuning.tasks`: {task} and {} are of different sets", self.tasks[0]);
            }
        }
        for (task, first) in &self.after {
            let place = |name: &String| self.tasks.iter().position(|task| task == name);
            if place(first).is_none_or(|first| place(task).is_none_or(|task| task <= first)) {
                refuse!("`study.fine_tuning.after`: both are tasks of the study, and {first} stands before {task}");
            }
        }
        if let Some(teachers) = &self.teachers {
            check_share("study.fine_tuning.teachers.share", teachers.share)?;
            if let Some(task) = self.tasks.iter().find(|task| !teachers.settings.contains_key(*task)) {
                refuse!("`study.fine_tuning.teachers.settings` lacks {task}");
            }
        }
        if self.start == FineTuneStart::Random {
            refuse!("`study.fine_tuning.start`: a supernet's subnets start from its weights, `merged` or `routed`");
        }
        check_count("study.fine_tuning.most_updates", self.most_updates.map_or(1, |most| most as usize))?;
        check_count("study.fine_tuning.subnets", self.subnets)?;
        check_count("study.fine_tuning.seeds", self.seeds as usize)?;
        check_share("study.fine_tuning.dropout", self.dropout)?;
        check_share("study.fine_tuning.attention_dropout", self.attention_dropout)?;
        check_share("study.fine_tuning.warmup", self.warmup)?;
        let rates = self.rates.iter().chain(&self.bag_of_words_rates);
        if let Some(rate) = rates.clone().find(|rate| !(rate.is_finite() && **rate > 0.0)) {
            refuse!("`study.fine_tuning`: a rate must be a positive number, got {rate}");
        }
        let empty = [self.rates.len(), self.batches.len(), self.epochs.len()].contains(&0);
        if empty || self.bag_of_words_rates.is_empty() || self.bag_of_words_epochs.is_empty() {
            refuse!("`study.fine_tuning`: rates, batches and epochs need one value each at least");
        }
        if self.batches.contains(&0) || self.epochs.contains(&0) || self.bag_of_words_epochs.contains(&0) {
            refuse!("`study.fine_tuning`: batches and epochs must be 1 or more");
        }
        Ok(())
    }
}
