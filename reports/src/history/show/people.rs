//! A judged night for people: the terminal, and a comment on a pull request.

use std::fmt::Write as _;

use super::{name, reason, word};
use crate::history::judge::{BASELINE, Judgement, State};
use crate::history::metrics::{metrics, unit};
use crate::history::store::short;
use crate::history::threshold::WINDOWS;
use crate::history::tracked::Tracked;
use crate::page::escape;
use crate::page::format::count;
use crate::page::table::{Cell, Column, Table};

/// The command that writes Markdown.
const COMMAND: &str = "cargo xtask regress --format markdown";

/// Writes the few lines that a person reads in a terminal: what changed, then how many did not.
pub fn text(tracked: &Tracked) -> String {
    let mut out = head(tracked) + "\n";
    for one in tracked.judgements.iter().filter(|one| matches!(one.state, State::Worse | State::Better)) {
        let _ = writeln!(out, "  {:<7}{}: {}", word(&one.state), name(one), size(one));
    }
    let _ = writeln!(out, "{}", counts(tracked));
    for one in &tracked.judgements {
        if let State::Undecided(why) = one.state {
            let _ = writeln!(out, "  undecided  {}: {}", name(one), reason(why));
        }
    }
    for notice in &tracked.notices {
        let _ = writeln!(out, "notice: {notice}");
    }
    out
}

/// Writes Markdown that fits a comment: a table of what changed, counts, the rest folded, and what the words mean.
pub fn markdown(tracked: &Tracked) -> String {
    let heading = match tracked.exit_code() {
        1 => "Regression",
        3 => "Nothing can be decided yet",
        _ => "No regression",
    };
    let mut out = format!("### {heading}\n\n{}\n\n", escape::markdown(&head(tracked)));
    let changed = |one: &&Judgement| matches!(one.state, State::Worse | State::Better);
    if tracked.judgements.iter().any(|one| changed(&one)) {
        out += &verdicts(tracked.judgements.iter().filter(changed)).markdown(COMMAND);
        out += "\n";
    }
    let _ = writeln!(out, "{}\n", counts(tracked));
    for notice in &tracked.notices {
        let _ = writeln!(out, "- {}", escape::markdown(notice));
    }
    let _ = write!(
        out,
        "\n<details><summary>Every series</summary>\n\n{}\n</details>\n\n<details><summary>What the words mean</summary>\n\n{}</details>\n",
        verdicts(tracked.judgements.iter()).markdown(COMMAND),
        glossary()
    );
    out
}

fn head(tracked: &Tracked) -> String {
    let (first, last) = (tracked.nights.first(), tracked.nights.last());
    format!(
        "Commit {} against {}: {}, {} to {}",
        short(&tracked.commit),
        short(&tracked.base),
        count(tracked.nights.len(), "night"),
        first.map_or("", String::as_str),
        last.map_or("", String::as_str)
    )
}

/// Says how many series have which verdict.
pub fn counts(tracked: &Tracked) -> String {
    format!(
        "{} worse, {} better, {} the same, {} undecided",
        tracked.count(|state| *state == State::Worse),
        tracked.count(|state| *state == State::Better),
        tracked.count(|state| *state == State::Same),
        tracked.count(|state| matches!(state, State::Undecided(_)))
    )
}

/// Size and significance are two things, and stand apart.
fn size(one: &Judgement) -> String {
    let unit = unit(&one.metric);
    let shift = one.shift.map_or_else(String::new, |shift| format!("{shift:+.4} {unit}"));
    let deviations =
        one.deviations.map_or_else(String::new, |deviations| format!(", {deviations:+.1} deviations of a night"));
    let statistic =
        one.statistic.map_or_else(String::new, |(value, bar)| format!(", statistic {value:.1} over {bar:.1}"));
    shift + &deviations + &statistic
}

/// Makes the table of verdicts.
pub fn verdicts<'a>(judgements: impl Iterator<Item = &'a Judgement>) -> Table {
    let columns = vec![
        Column::text("series"),
        Column::text("verdict"),
        Column::number("shift", "worse is positive"),
        Column::text("unit"),
        Column::number("deviations", ""),
        Column::number("statistic", ""),
        Column::number("alarm above", ""),
    ];
    let mut table = Table::new("regress", "Last nights against the first ones", columns);
    for one in judgements {
        let verdict = match one.state {
            State::Undecided(why) => format!("undecided: {}", reason(why)),
            _ => word(&one.state).to_owned(),
        };
        let unit = unit(&one.metric);
        table.push(vec![
            Cell::text(name(one)),
            Cell::text(verdict),
            Cell::number(one.shift, 4),
            Cell::text(unit),
            Cell::number(one.deviations, 1),
            Cell::number(one.statistic.map(|(value, _)| value), 1),
            Cell::number(one.statistic.map(|(_, bar)| bar), 1),
        ]);
    }
    table
}

fn glossary() -> String {
    let mut out = format!(
        "- **shift**: the last {} nights together against the first {BASELINE} nights since the base was pinned; its size says whether it matters.\n\
         - **deviations**: the shift in deviations of one night's value, as the first nights show it.\n\
         - **statistic**: how sure the shift is; above the last column it is an alarm, which without a change happens in one night of thirty at most, all series together.\n\
         - **undecided**: too few nights ({} are needed), or a clock that can't be trusted. It is no pass.\n\
         - **against itself**: the same binary timed twice. Where it differs, no time of these nights is judged.\n",
        WINDOWS[WINDOWS.len() - 1],
        BASELINE + WINDOWS[0],
    );
    for metric in metrics() {
        let _ = writeln!(out, "- **{}** ({}): {}.", metric.name, metric.unit, metric.about);
    }
    out
}
