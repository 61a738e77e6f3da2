//! Where the headline is over random subnets, the ends of the space stand beside it.

use mos_plan::SubnetKind;
use mos_plan::headline::Headline;

use crate::page::table::{Cell, Column, Table};
use crate::sections::gaps::facts::SubnetGaps;
use crate::sections::report::Report;

/// Makes the table of the largest and the smallest subnet; `None` where the headline holds them, or none is scored.
pub fn table(report: &Report) -> Option<Table> {
    if report.run.manifest.headline == Headline::All {
        return None;
    }
    let primary = report.run.primary;
    let columns = vec![
        Column::text("Method"),
        Column::estimate("Signed gap of the largest", primary.unit()),
        Column::estimate("Signed gap of the smallest", primary.unit()),
    ];
    let title = format!("Largest and smallest subnet, {}", primary.words());
    let mut table = Table::new("ends", title, columns);
    table.note = "Not part of the headline, which is over the random subnets: sandwich training visits these two at \
                  every update. Intervals, where there are several trainings, are over redrawn seeds."
        .to_owned();
    for gaps in &report.subnet_gaps {
        let cells = [SubnetKind::Largest, SubnetKind::Smallest].map(|kind| cell(report, gaps, kind));
        table.push_method(&gaps.method, cells.to_vec());
    }
    table.unless_empty().map(Table::without_empty_columns)
}

fn cell(report: &Report, gaps: &SubnetGaps, kind: SubnetKind) -> Cell {
    let at = gaps.cells.subnets.iter().position(|subnet| subnet.kind == kind);
    at.map_or(Cell::Missing, |at| Cell::estimate(&gaps.gaps[at], report.run.primary.decimals()))
}
