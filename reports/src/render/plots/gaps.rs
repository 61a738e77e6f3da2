//! The signed gap of each subnet under each method, with intervals over seeds.

use super::*;
use crate::render::model::Report;

/// Pixels of one method within a subnet's band.
const STEP: i32 = 12;
/// Letters of a subnet's name.
const LETTERS: usize = 16;

/// The plot; `None` when no subnet has both scores.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let bounds = report.gaps.iter().flat_map(|g| &g.by_subnet).flat_map(|e| [e.value, e.lo, e.hi]).flatten();
    let Some(x) = padded(bounds.chain([0.0])) else { return Ok(None) };
    if report.gaps.is_empty() {
        return Ok(None);
    }
    let subnets: Vec<&String> =
        report.subnets.iter().filter(|s| report.gaps.iter().any(|g| g.subnets.contains(s))).collect();
    let entries: Vec<(String, Look)> = report.gaps.iter().map(|g| (g.method.clone(), report.look(&g.method))).collect();
    let top = legend_height(&entries);
    let band = STEP * (report.gaps.len() as i32 + 1);
    let height = top + 10 + 48 + (band * subnets.len() as i32) as u32;
    let title = format!(
        "Signed gap in {} ({}); right of 0: the supernet is behind",
        report.primary.words(),
        report.primary.unit()
    );
    let svg = draw("gaps", height, |root| {
        let (_, area) = root.split_vertically(top);
        let rows = 0.0..subnets.len() as f64;
        let shown = Axes { x: x.clone(), y: rows.clone(), x_title: &title, y_title: "", left: 0, x_ticks: true };
        let area = area.margin(0, 0, 130, 0);
        let chart = axes(&area, &shown)?;
        for (i, subnet) in subnets.iter().enumerate() {
            // Rows go down, the axis goes up.
            let (left, row_top) = pixel(&chart, x.start, rows.end - i as f64);
            let (right, row_bottom) = pixel(&chart, x.end, rows.end - i as f64 - 1.0);
            line(root, vec![(left, row_bottom), (right, row_bottom)], GRID, 1)?;
            let centre = (row_top + row_bottom) / 2;
            let style = text(TEXT, INK, HPos::Right, VPos::Center);
            write(root, &shorten(subnet, LETTERS), (left - 10, centre), &style)?;
        }
        line(root, vec![pixel(&chart, 0.0, rows.start), pixel(&chart, 0.0, rows.end)], GREY, 2)?;
        for (position, gap) in report.gaps.iter().enumerate() {
            for (subnet, estimate) in gap.subnets.iter().zip(&gap.by_subnet) {
                let Some(row) = subnets.iter().position(|s| *s == subnet) else { continue };
                let y = pixel(&chart, 0.0, rows.end - row as f64).1 + STEP * (position as i32 + 1);
                let at = |value: f64| (pixel(&chart, value, 0.0).0, y);
                let look = report.look(&gap.method);
                if let (Some(lo), Some(hi)) = (estimate.lo, estimate.hi) {
                    line(root, vec![at(lo), at(hi)], rgb(look), 2)?;
                }
                if let Some(value) = estimate.value {
                    marker(root, at(value), look)?;
                }
            }
        }
        legend(root, &entries)
    })?;
    let note = match report.gaps.iter().map(|g| g.seeds.len()).max() {
        Some(n) if n > 1 => format!("Means over {n} seeds; bars: 95% bootstrap intervals over redrawn seeds."),
        _ => "One seed: points without intervals.".to_owned(),
    };
    Ok(Some(Plot { id: "gap-per-subnet", title: "Gap of each subnet".to_owned(), note, svg }))
}
