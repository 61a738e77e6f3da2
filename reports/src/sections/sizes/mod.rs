//! This section puts found nets of all methods side by side, by what they cost: size, updates and FLOPs.

pub mod facts;
mod published;
mod table;

use mos_plan::planner::guest_nets::EQUAL_FLOPS;

use super::blocks::table;
use super::report::Report;
use crate::page::block::{Block, Section};
use crate::page::table::Table;

/// What a reader must know before a number is compared.
const RULES: &str = "Groups are never ranked against each other: inherited weights, weights that were trained on, and nets trained \
    from scratch cost different things, with or without a teacher. FLOPs are of all training behind a net: teacher, supernet, \
    search and retraining, fine-tuning apart; those of a supernet count in full for each of its nets. The masked-LM loss stands \
    only where the head was trained.";

/// Puts the section together; `None` where no method of another paper took part.
pub fn section(report: &Report) -> Option<Section> {
    let shown = table::sizes(report)?;
    let mut blocks = vec![Block::Prose(words(report)), table(report, shown)];
    blocks.extend(published::tables().into_iter().map(|published| table(report, Table::folded(published))));
    Some(Section { id: "sizes", title: "Nets by size", blocks })
}

/// Says what a reader must know, and what this run left out.
fn words(report: &Report) -> String {
    match report.run.study_profile.has_equal_flops() {
        true => format!(
            "{RULES} The nets whose names end in `{EQUAL_FLOPS}` were trained from scratch for as many updates as the FLOPs behind \
             the guest's net pay for; the others from scratch took as many updates as all trainings."
        ),
        false => format!(
            "{RULES} Left out here: training a guest's net from scratch with as many FLOPs as stand behind the guest's."
        ),
    }
}
