//! These tables show the claims with their verdicts, and the numbers behind them.

use super::facts::{JudgedFamily, scope};
use crate::claims::{Judged, Numbers, Scope, Verdict};
use crate::page::table::{Cell, Column, Table};
use crate::sections::comparisons::table::p_words;
use crate::sections::report::Report;

/// Makes the table of verdicts, which is the first thing of a report.
pub fn verdicts(report: &Report) -> Table {
    let scope = scope(&report.run);
    let columns = vec![
        Column::text("Claim"),
        Column::text("Verdict"),
        Column::estimate("Difference", ""),
        Column::text("In"),
        Column::text("Values"),
        Column::text("Why it was not tested"),
    ];
    let title = match scope {
        Scope::Published => "Verdicts on the claims",
        Scope::Smaller => "Verdicts on the claims, at this scale",
    };
    let mut table = Table::new("verdicts", title, columns);
    table.note = note(scope);
    for judged in report.claims.iter().flat_map(|family| &family.claims) {
        let numbers = judged.numbers.as_ref();
        table.push_of(
            &[&judged.claim.method, &judged.claim.against],
            vec![
                Cell::text(&judged.claim.says),
                Cell::Text(judged.verdict.words(scope)),
                numbers.map_or(Cell::Missing, |n| Cell::estimate(&n.difference, decimals(n))),
                numbers.map_or(Cell::Missing, |n| Cell::text(&n.unit)),
                numbers
                    .map_or(Cell::Missing, |n| Cell::Text(format!("{} of {}", n.coverage.found, n.coverage.planned))),
                match &judged.verdict {
                    Verdict::NotTested(reason) => Cell::text(reason),
                    _ => Cell::text(""),
                },
            ],
        );
    }
    table.without_empty_columns()
}

fn note(scope: Scope) -> String {
    let first = match scope {
        Scope::Published => "",
        Scope::Smaller => {
            "A run of this size neither reproduces nor contradicts what a paper says of full-size models: a claim holds or \
             fails here. "
        }
    };
    format!(
        "{first}Difference: the first method's value minus the other's, with a 95% bootstrap interval that is adjusted for \
         nothing; verdicts rest on p values that are adjusted for the family (Holm). Values: how many of the planned ones \
         there are."
    )
}

/// A difference has as many decimals as show its relevant effect with two digits.
fn decimals(numbers: &Numbers) -> usize {
    crate::page::format::decimals_for(numbers.effect, 2)
}

/// Makes the table of the numbers behind a family's verdicts; `None` where none was tested.
pub fn numbers(report: &Report, place: usize, family: &JudgedFamily) -> Option<Table> {
    let scope = scope(&report.run);
    let columns = vec![
        Column::text("Claim"),
        Column::text("Verdict"),
        Column::estimate("Difference", ""),
        Column::number("Relevant effect", ""),
        Column::text("In"),
        Column::number("p", ""),
        Column::number("p adjusted (Holm)", ""),
        Column::number("Power", "%"),
        Column::number("Subnets", ""),
        Column::number("Units", ""),
        Column::text("Values"),
        Column::text("Test"),
    ];
    let title = format!("{}: the numbers behind the verdicts", family.title);
    let mut table = Table::new(format!("claims-{}", place + 1), title, columns);
    table.note = "p: of the side to which the difference points, unadjusted and adjusted for this table's claims. Power: the \
                  chance, at most, to decide for the claim if the difference were the relevant effect, from the recorded \
                  spread. Units: trainings of both supernets, or timings."
        .to_owned();
    for judged in &family.claims {
        let Some(numbers) = &judged.numbers else { continue };
        let claim = &judged.claim;
        table.push_of(&[&claim.method, &claim.against], numbers_row(judged, numbers, scope));
    }
    table.unless_empty().map(Table::without_empty_columns)
}

fn numbers_row(judged: &Judged, numbers: &Numbers, scope: Scope) -> Vec<Cell> {
    let p = |value: Option<f64>| value.map_or(Cell::Missing, |p| Cell::Shown(p, p_words(p)));
    let power = match numbers.power {
        Some(power) => Cell::number(Some(100.0 * power), 0),
        None => Cell::text("not estimable"),
    };
    vec![
        Cell::text(&judged.claim.id),
        Cell::Text(judged.verdict.words(scope)),
        Cell::estimate(&numbers.difference, decimals(numbers)),
        Cell::number(Some(numbers.effect), decimals(numbers)),
        Cell::text(&numbers.unit),
        p(numbers.p),
        p(numbers.adjusted),
        power,
        Cell::Integer(numbers.subnets as i64),
        Cell::Integer(numbers.units as i64),
        Cell::Text(format!("{} of {}", numbers.coverage.found, numbers.coverage.planned)),
        Cell::text(judged.claim.test.words()),
    ]
}
