//! These are the tables of paired differences, and of what a gain can be credited to.

use super::credit::{credits, own_gains};
use super::facts::{Comparison, plain};
use crate::page::table::{Cell, Column, Table};
use crate::sections::report::Report;
use crate::stats::{Estimate, Verdict};

/// Makes the table of paired differences against the baselines; `None` when nothing can be compared.
pub fn paired(report: &Report) -> Option<Table> {
    let mut table = comparison_table("paired", "Each method against the baselines", report, &report.comparisons)?;
    table.note = "Difference: the method's mean absolute gap minus the other's, over the same subnets and seeds; \
                  negative means that the method is nearer to training from scratch. The word is decided by the \
                  interval alone: inconclusive where it holds zero, or where there is none. In the difference of \
                  signed gaps the scores from scratch cancel: it compares the two methods' own scores on the same \
                  subnets, and negative means better."
        .to_owned();
    if report.gaps.iter().any(|g| g.gap.mean_gap.value.is_some_and(|v| v < 0.0)) {
        table.note.push_str(
            " Some supernets here are better than training from scratch: their absolute gap grows as they get better, \
             so the word on the gap does not rank methods here; the word on their own scores does.",
        );
    }
    Some(table)
}

/// Makes the table of paired differences against the controls; `None` when no control ran.
pub fn controls(report: &Report) -> Option<Table> {
    let title = "Each mixture of experts against its controls";
    let mut table = comparison_table("controls", title, report, &report.controls)?;
    table.note = format!(
        "A control has what the method has save the routing by architecture (constant router), or only its smaller \
         initial scale (merged init). A gain over {} that a control shows as well is no evidence for routing.",
        plain().name
    );
    Some(table)
}

/// Gives the word for a difference of signed gaps.
fn own_scores(difference: &Estimate) -> &'static str {
    match Verdict::of(difference) {
        Verdict::Narrower => "better",
        Verdict::Wider => "worse",
        Verdict::Inconclusive => "inconclusive",
    }
}

fn comparison_table(id: &str, title: &str, report: &Report, list: &[Comparison]) -> Option<Table> {
    let primary = report.run.primary;
    let columns = vec![
        Column::text("Method"),
        Column::text("Against"),
        Column::estimate("Difference of mean absolute gap", primary.unit()),
        Column::text("Gap is"),
        Column::estimate("Difference of mean signed gap", primary.unit()),
        Column::text("Own scores are"),
        Column::number("Subnets", ""),
        Column::number("Seeds", ""),
    ];
    let mut table = Table::new(id, format!("{title}, {}", primary.words()), columns);
    for c in list {
        let cells = vec![
            Cell::text(&c.against),
            Cell::estimate(&c.difference, primary.decimals()),
            Cell::text(c.verdict.word()),
            Cell::estimate(&c.signed, primary.decimals()),
            Cell::text(own_scores(&c.signed)),
            Cell::Integer(c.subnets as i64),
            Cell::Integer(c.seeds as i64),
        ];
        table.push_method(&c.method, cells);
    }
    table.unless_empty()
}

/// Makes the paired differences as text that is narrow enough for a terminal.
pub fn terminal(report: &Report) -> Option<String> {
    let primary = report.run.primary;
    let columns = vec![
        Column::text("Method"),
        Column::text("Against"),
        Column::estimate("Absolute gap", primary.unit()),
        Column::text("Gap is"),
        Column::text("Own scores are"),
    ];
    let mut table = Table::new("terminal-paired", "", columns);
    for c in &report.comparisons {
        let cells = vec![
            Cell::text(&c.against),
            Cell::estimate(&c.difference, primary.decimals()),
            Cell::text(c.verdict.word()),
            Cell::text(own_scores(&c.signed)),
        ];
        table.push_method(&c.method, cells);
    }
    let table = table.unless_empty()?;
    Some(format!("Paired differences over the same subnets and seeds\n{}", table.plain()))
}

/// Makes the table of what the controls leave of each gain; `None` when no proposed method was compared with plain
/// sharing.
pub fn credit_table(report: &Report) -> Option<Table> {
    let (primary, plain) = (report.run.primary, &plain().name);
    let columns = vec![
        Column::text("Method"),
        Column::text(&format!("Gain in the absolute gap over {plain}")),
        Column::number("Gain of its own scores", primary.unit()),
        Column::number("The same of its constant-router control", primary.unit()),
        Column::number("The same of plain sharing, merged init", primary.unit()),
    ];
    let mut table = Table::new("credit", "What a gain can be credited to", columns);
    table.note = format!(
        "Gains of scores are means over the subnets and seeds of the paired comparison with {plain}; positive is \
         better. What a control gains as well, the mixture does not owe to routing by architecture."
    );
    let gains = own_gains(report);
    for (method, credit) in credits(report) {
        let own = gains.iter().find(|gain| gain.method == method);
        let number = |value: Option<f64>| Cell::number(value, primary.decimals());
        let cells = vec![
            Cell::text(credit.words()),
            number(own.map(|g| g.gain)),
            number(own.and_then(|g| g.without_routing)),
            number(own.and_then(|g| g.without_experts)),
        ];
        table.push_method(method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}
