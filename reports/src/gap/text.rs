//! This writes the measured gaps as text for a terminal.

use std::fmt::Write;

use super::measure::{Against, GroupGap, Request};
use crate::page::format::fixed;
use crate::stats::{Direction, Estimate, Settings};

/// Writes aligned tables: the statistics, then the paired differences where there are any, then how to read them.
pub fn to_text(gaps: &[GroupGap], request: &Request) -> String {
    let mut headers = request.groups.clone();
    headers.extend(["supernet", "n", "mean |gap|", "mean gap", "Kendall tau-b", "Spearman"].map(String::from));
    let mut out = aligned(headers, gaps.iter().map(statistics_row).collect());
    if request.supernets.len() > 1 {
        let mut headers = request.groups.clone();
        headers.extend(["supernet", "against", "difference of mean |gap|", "rests on"].map(String::from));
        out.push('\n');
        out.push_str(&aligned(headers, gaps.iter().flat_map(|row| paired_rows(row, request)).collect()));
    }
    let behind = match request.direction {
        Direction::HigherIsBetter => "scratch minus supernet",
        Direction::LowerIsBetter => "supernet minus scratch",
    };
    let Settings { seed, resamples } = request.settings;
    let level = Settings::LEVEL * 100.0;
    let _ = write!(
        out,
        "\nA gap is {behind}: positive means that the supernet is behind.\n\
         [low, high]: {level:.0}% percentile bootstrap over rows, {resamples} resamples, seed {seed}; it does not \
         cover what another training seed would change.\n- : undefined.\n"
    );
    out
}

fn group_cells(gap: &GroupGap) -> Vec<String> {
    gap.group.values().map(|value| value.as_str().unwrap_or_default().to_owned()).collect()
}

fn statistics_row(row: &GroupGap) -> Vec<String> {
    let mut cells = group_cells(row);
    cells.extend([row.supernet.clone(), row.gap.n.to_string()]);
    let estimates = [row.gap.mae, row.gap.mean_gap, row.gap.kendall_tau_b, row.gap.spearman];
    cells.extend(estimates.iter().map(with_interval));
    cells
}

/// Makes the rows of the paired differences. Each pair stands once, the later column against the earlier one, since the
/// turned pair says the same with its sign changed.
fn paired_rows(row: &GroupGap, request: &Request) -> Vec<Vec<String>> {
    let earlier = |other: &&Against| {
        request.supernets.iter().find(|name| **name == other.against || **name == row.supernet) == Some(&other.against)
    };
    let cells = |other: &Against| {
        let mut cells = group_cells(row);
        let difference = &other.difference;
        cells.extend([row.supernet.clone(), other.against.clone()]);
        cells.extend([with_interval(&difference.mae_difference), other.verdict.clone()]);
        cells
    };
    row.paired.iter().filter(earlier).map(cells).collect()
}

fn with_interval(estimate: &Estimate) -> String {
    match (estimate.value, estimate.lo, estimate.hi) {
        (Some(value), Some(lo), Some(hi)) => format!("{} [{}, {}]", fixed(value, 3), fixed(lo, 3), fixed(hi, 3)),
        (Some(value), _, _) => fixed(value, 3),
        _ => "-".to_owned(),
    }
}

/// Sets columns to the width of their widest cell, two spaces apart, with a rule under the headers.
fn aligned(headers: Vec<String>, rows: Vec<Vec<String>>) -> String {
    let width = |column: usize| rows.iter().chain([&headers]).map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..headers.len()).map(width).collect();
    let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    let mut out = String::new();
    for row in [&headers, &rule].into_iter().chain(&rows) {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}
