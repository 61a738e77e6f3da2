//! A prepared task is opened for use here.

use super::batch::TaskBatch;
use super::card::{TaskCard, TaskKind};
use super::shard::ExampleShard;
use super::write;
use crate::error::{Error, Result};
use crate::text::wordpiece::SpecialIds;
use mos_base::{Split, names};
use std::path::Path;

/// A prepared task: its card, and the examples of each split.
#[derive(Debug)]
pub struct Task {
    card: TaskCard,
    specials: SpecialIds,
    shards: [ExampleShard; 3],
}

impl Task {
    /// Opens the task of this name in a prepared folder that holds these. `owner` is the id of the corpus or task set,
    /// for the error about a name that is unknown.
    pub(crate) fn find(
        folder: &Path,
        owner: &str,
        cards: &[TaskCard],
        name: &str,
        specials: SpecialIds,
    ) -> Result<Task> {
        let Some(card) = cards.iter().find(|card| card.name == name) else {
            let known: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
            let hint = names::alike(name, &known).map(|near| format!(", did you mean '{near}'?")).unwrap_or_default();
            let known = if known.is_empty() { "none".to_string() } else { known.join(", ") };
            let detail = format!("{owner} has no task '{name}'{hint}; known: {known}");
            return Err(Error::Option { option: "task", detail });
        };
        let classes = match &card.kind {
            TaskKind::Classes { names } => Some(names.len()),
            TaskKind::Rating => None,
        };
        let open = |split: Split| {
            let path = folder.join(write::shard(name, split));
            let shard = ExampleShard::open(&path, classes, false)?;
            let expected = card.split(split).examples;
            if shard.len() != expected {
                return Err(Error::damaged(&path, format!("it has {} examples, expected {expected}", shard.len())));
            }
            Ok(shard)
        };
        let shards = [open(Split::Train)?, open(Split::Valid)?, open(Split::Test)?];
        Ok(Task { card: card.clone(), specials, shards })
    }

    /// Gives what the task is.
    pub fn card(&self) -> &TaskCard {
        &self.card
    }

    /// Gives the examples of a split.
    pub fn split(&self, split: Split) -> &ExampleShard {
        &self.shards[split as usize]
    }

    /// Builds the batch of these examples of a split. Panics when one is outside the split.
    pub fn batch(&self, split: Split, examples: &[usize]) -> TaskBatch {
        let shard = self.split(split);
        let examples: Vec<_> = examples.iter().map(|i| shard.example(*i)).collect();
        TaskBatch::of(&examples, self.specials.pad)
    }
}
