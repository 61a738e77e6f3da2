//! This plot shows the signed gap of each subnet under each method, with intervals over seeds.

use mos_plan::SubnetId;

use super::facts::SubnetGaps;
use crate::error::Result;
use crate::page::looks::{self, Look};
use crate::page::plot::{
    Area, Axes, Chart, Drawn, GREY, GRID, HPos, INK, Plot, TEXT, VPos, axes, draw, legend, legend_height, line, marker,
    padded, pixel, rgb, shorten, text, write,
};
use crate::sections::report::Report;

/// One method takes so many pixels within a subnet's band.
const STEP: i32 = 12;
/// A subnet's name is cut to so many letters.
const LETTERS: usize = 16;

/// Draws the plot; `None` when no subnet has both scores.
///
/// # Errors
/// This fails when drawing fails.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let (run, gaps) = (&report.run, &report.subnet_gaps);
    let bounds = gaps.iter().flat_map(|g| &g.gaps).flat_map(|e| [e.value, e.lo, e.hi]).flatten();
    let Some(x) = padded(bounds.chain([0.0])) else { return Ok(None) };
    if gaps.is_empty() {
        return Ok(None);
    }
    let subnets: Vec<&SubnetId> =
        run.subnets.iter().filter(|s| gaps.iter().any(|g| g.cells.subnets.contains(s))).collect();
    let entries: Vec<(String, Look)> = gaps.iter().map(|g| (g.method.clone(), looks::of_method(&g.method))).collect();
    let top = legend_height(&entries);
    let band = STEP * (gaps.len() as i32 + 1);
    let height = top + 10 + 48 + (band * subnets.len() as i32) as u32;
    let title =
        format!("Signed gap in {} ({}); right of 0: the supernet is behind", run.primary.words(), run.primary.unit());
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
            write(root, &shorten(&subnet.name, LETTERS), (left - 10, centre), &style)?;
        }
        line(root, vec![pixel(&chart, 0.0, rows.start), pixel(&chart, 0.0, rows.end)], GREY, 2)?;
        for (position, gap) in gaps.iter().enumerate() {
            draw_method(root, &chart, &subnets, gap, STEP * (position as i32 + 1))?;
        }
        legend(root, &entries)
    })?;
    let note = match gaps.iter().map(|g| g.cells.seeds.len()).max() {
        Some(n) if n > 1 => format!("Means over {n} seeds; bars: 95% bootstrap intervals over redrawn seeds."),
        _ => "One seed: points without intervals.".to_owned(),
    };
    Ok(Some(Plot { id: "gap-per-subnet".to_owned(), title: "Gap of each subnet".to_owned(), note, svg }))
}

/// Draws the gaps of one method, so many pixels below the top of each subnet's band.
fn draw_method(root: &Area, chart: &Chart, subnets: &[&SubnetId], gap: &SubnetGaps, below: i32) -> Drawn {
    for (subnet, estimate) in gap.cells.subnets.iter().zip(&gap.gaps) {
        let Some(row) = subnets.iter().position(|s| *s == subnet) else { continue };
        let y = pixel(chart, 0.0, (subnets.len() - row) as f64).1 + below;
        let at = |value: f64| (pixel(chart, value, 0.0).0, y);
        let look = looks::of_method(&gap.method);
        if let (Some(lo), Some(hi)) = (estimate.lo, estimate.hi) {
            line(root, vec![at(lo), at(hi)], rgb(look), 2)?;
        }
        if let Some(value) = estimate.value {
            marker(root, at(value), look)?;
        }
    }
    Ok(())
}
