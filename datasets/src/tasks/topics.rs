//! The topic of a Wikipedia article is told from its lead section.

use super::card::TaskKind;
use super::example::{Example, Label, Labelled};
use super::spec::Topics;
use crate::documents::sources::leads::{Lead, Leads};
use crate::error::Result;
use mos_base::Split;
use std::path::Path;

impl Topics {
    /// Reads the examples. The classes are the topics that the task names.
    pub(super) fn read(&self, asks: &TaskKind, cache: &Path, progress: &dyn Fn(&str)) -> Result<Labelled> {
        let TaskKind::Classes { names } = asks else { return Ok(Labelled::default()) };
        let leads = Leads { file: self.file.clone(), member: self.member.clone() }.read(cache, progress)?;
        let held_out = self.splits.rank(leads.iter().map(|lead| lead.title.clone()));
        let example = |lead: Lead| {
            let class = names.iter().position(|name| *name == lead.topic)?;
            Some(Example {
                split: held_out.get(&lead.title).copied().unwrap_or(Split::Train),
                text: lead.paragraphs.join(" "),
                second: None,
                label: Label::Class(class as u16),
            })
        };
        Ok(Labelled { examples: leads.into_iter().filter_map(example).collect(), near_duplicates: 0 })
    }
}
