//! This plot sets supernet against scratch: one point for each subnet and method, with the diagonal on which both are
//! equal.

use crate::error::Result;
use crate::page::looks::{self, Look};
use crate::page::plot::{
    Axes, GREY, HPos, Plot, TEXT, VPos, axes, draw, legend, legend_height, line, marker, padded, pixel, text, write,
};
use crate::sections::report::Report;
use crate::stats::Scores;

/// A series is a method's points, `(scratch, supernet)`.
struct Series {
    method: String,
    look: Look,
    points: Vec<(f64, f64)>,
}

/// Draws the plot; `None` when no subnet has both scores.
///
/// # Errors
/// This fails when drawing fails.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let primary = report.run.primary;
    let series = series(report);
    let Some(range) = padded(series.iter().flat_map(|s| &s.points).flat_map(|(x, y)| [*x, *y])) else {
        return Ok(None);
    };
    let entries: Vec<(String, Look)> = series.iter().map(|s| (s.method.clone(), s.look)).collect();
    let (name, unit) = (primary.words(), primary.unit_in_brackets());
    let (x_title, y_title) = (format!("From scratch, {name}{unit}"), format!("From the supernet, {name}{unit}"));
    let top = legend_height(&entries);
    let svg = draw("scatter", top + 560, |root| {
        let (_, area) = root.split_vertically(top);
        let shown =
            Axes { x: range.clone(), y: range.clone(), x_title: &x_title, y_title: &y_title, left: 72, x_ticks: true };
        let chart = axes(&area, &shown)?;
        let corner = |at: f64| pixel(&chart, at, at);
        line(root, vec![corner(range.start), corner(range.end)], GREY, 1)?;
        let (x, y) = corner(range.end - 0.015 * (range.end - range.start));
        write(root, "equal", (x - 16, y + 4), &text(TEXT - 2.0, GREY, HPos::Right, VPos::Top))?;
        for s in &series {
            s.points.iter().try_for_each(|(x, y)| marker(root, pixel(&chart, *x, *y), s.look))?;
        }
        legend(root, &entries)
    })?;
    let side = if primary.lower_is_better() { "above" } else { "below" };
    let over = if report.run.seeds.len() > 1 { "Means over seeds. " } else { "" };
    let note = format!(
        "One point a subnet and method. {over}Points {side} the diagonal: the supernet's weights are behind training \
         from scratch."
    );
    Ok(Some(Plot { id: "scatter".to_owned(), title: format!("Supernet against scratch, {name}"), note, svg }))
}

fn series(report: &Report) -> Vec<Series> {
    let means = |scores: &Scores| -> Vec<f64> {
        let row = |i: usize| (0..scores.seeds()).map(|seed| scores.at(i, seed)).sum::<f64>() / scores.seeds() as f64;
        (0..scores.subnets()).map(row).collect()
    };
    let of_gap = report.subnet_gaps.iter().map(|gap| {
        let points = means(&gap.cells.scratch).into_iter().zip(means(&gap.cells.supernet)).collect();
        Series { method: gap.method.clone(), look: looks::of_method(&gap.method), points }
    });
    of_gap.collect()
}
