//! These are the tables of paired differences, and of what a gain can be credited to.

use super::credit::{credits, gains};
use super::facts::{Comparison, plain};
use super::words::{covers, difference_name};
use crate::page::format::significant;
use crate::page::table::{Cell, Column, Table};
use crate::sections::report::Report;

/// Writes a p value with two digits. A tiny one is only told to be so, since its digits mean nothing.
pub fn p_words(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { significant(p, 2) }
}

/// Makes the table of paired differences against the baselines; `None` when nothing can be compared.
pub fn paired(report: &Report) -> Option<Table> {
    let mut table = comparison_table("paired", "Each method against the baselines", report, &report.comparisons)?;
    table.note = format!(
        "Differences over the same subnets and seeds, with 95% bootstrap intervals {}. Below 0: in the absolute gap the \
         method is nearer to training from scratch, in the signed gap its own scores are better (from-scratch scores \
         cancel in it). These are intervals, not verdicts: only claims are decided.",
        covers(report)
    );
    Some(table)
}

/// Makes the table of paired differences against the controls; `None` when no control ran.
pub fn controls(report: &Report) -> Option<Table> {
    let title = "Each mixture of experts against its controls";
    let mut table = comparison_table("controls", title, report, &report.controls)?;
    table.note = format!(
        "A control has what the method has save the routing by architecture (constant router), or only its smaller \
         initial scale (merged init). A gain over {} that a control shows as well is no evidence for routing. \
         Intervals, not verdicts.",
        plain().name
    );
    Some(table)
}

fn comparison_table(id: &str, title: &str, report: &Report, list: &[Comparison]) -> Option<Table> {
    let primary = report.run.primary;
    let columns = vec![
        Column::text("Method"),
        Column::text("Against"),
        Column::estimate("Difference of mean absolute gap", primary.unit()),
        Column::estimate("Difference of mean signed gap", primary.unit()),
        Column::number("Subnets", ""),
        Column::number("Seeds", ""),
    ];
    let mut table = Table::new(id, format!("{title}, {}", primary.words()), columns);
    for c in list {
        let cells = vec![
            Cell::text(&c.against),
            Cell::estimate(&c.absolute, primary.decimals()),
            Cell::estimate(&c.signed, primary.decimals()),
            Cell::Integer(c.subnets as i64),
            Cell::Integer(c.seeds as i64),
        ];
        table.push_method(&c.method, cells);
    }
    table.unless_empty()
}

/// Makes the table of what each gain can be credited to; `None` when the run has no proposed method.
pub fn credit_table(report: &Report) -> Option<Table> {
    let (quality, plain, basis) = (report.run.primary, &plain().name, report.basis);
    let columns = vec![
        Column::text("Method"),
        Column::text(&format!("Its gain over {plain} is")),
        Column::number("Gain", quality.unit()),
        Column::number("Gain of its constant-router control", quality.unit()),
        Column::number("Gain of plain sharing, merged init", quality.unit()),
    ];
    let mut table = Table::new("credit", "What a gain can be credited to", columns);
    table.note = format!(
        "Gain: the {} of {plain} minus that of the method, mean over subnets and seeds; positive is in the method's \
         favour. What a control gains as well, the mixture does not owe to routing by architecture. A gain is credited \
         only by two decided comparisons: with {plain} and with the constant-router control.",
        difference_name(basis)
    );
    for (method, credit) in credits(report) {
        let gains = gains(&report.comparisons, basis, method);
        let number = |value: Option<f64>| Cell::number(value, quality.decimals());
        let cells = vec![
            Cell::text(credit.words()),
            number(gains.own),
            number(gains.without_routing),
            number(gains.without_experts),
        ];
        table.push_method(method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_have_two_digits() {
        assert_eq!([0.04321, 0.5, 0.0012, 0.00001].map(p_words), ["0.043", "0.50", "0.0012", "< 0.0001"]);
    }
}
