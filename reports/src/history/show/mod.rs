//! A judged night is written for people ([`text`], [`markdown`]) and for other programs ([`json`], [`bmf`], [`gha`]).

mod people;
mod programs;

pub(super) use people::{counts, verdicts};
pub use people::{markdown, text};
pub use programs::{bmf, gha, json};

use super::judge::{Judgement, State, Why};
use super::row::RowKind;
use crate::page::format::count;

/// Gives the one word for a state.
fn word(state: &State) -> &'static str {
    match state {
        State::Worse => "WORSE",
        State::Better => "better",
        State::Same => "same",
        State::Undecided(_) => "undecided",
    }
}

/// Says why nothing is said.
fn reason(why: Why) -> String {
    match why {
        Why::FewNights(nights) => format!("{} so far", count(nights, "night")),
        Why::NotTonight => "not measured in the last night".to_owned(),
        Why::Control => "a binary timed against itself differs, or was not timed".to_owned(),
    }
}

/// Names a series with its kind where it is no quality.
fn name(one: &Judgement) -> String {
    let control = if one.kind == RowKind::Control { " (against itself)" } else { "" };
    format!("{}/{}{control}", one.benchmark, one.metric)
}
