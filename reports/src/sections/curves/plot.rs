//! This plot shows learning curves: validation loss against updates, with a panel for each watched subnet.

use std::ops::Range;

use mos_plan::SubnetId;
use mos_spaces::method;

use super::facts::{course, was_watched};
use crate::error::Result;
use crate::page::looks::{self, Look};
use crate::page::plot::{
    Area, Axes, Drawn, HPos, INK, Plot, TEXT, VPos, axes, draw, legend, legend_height, line, marker, padded, pixel,
    rgb, shorten, text, write,
};
use crate::run::{Failure, Run};
use crate::sections::report::Report;

/// There are at most so many panels, for the two ends of the search space.
const PANELS: usize = 2;

/// A curve of one method.
struct Curve {
    look: Look,
    points: Vec<(f64, f64)>,
}

/// Draws the plot; `None` when no job recorded a curve.
///
/// # Errors
/// This fails when drawing fails.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let run = &report.run;
    let panels: Vec<(&SubnetId, Vec<Curve>)> = panels(run)
        .into_iter()
        .map(|subnet| (subnet, curves_of(run, subnet)))
        .filter(|(_, curves)| !curves.is_empty())
        .collect();
    let all = || panels.iter().flat_map(|(_, curves)| curves);
    let (Some(x), Some(y)) = (padded(all().flat_map(|c| &c.points).map(|p| p.0)), loss_range(all())) else {
        return Ok(None);
    };
    let drawn = run.all_methods().into_iter().filter(|m| panels.iter().any(|(subnet, _)| was_watched(run, m, subnet)));
    let entries: Vec<(String, Look)> = drawn.map(|m| (m.clone(), looks::of_method(&m))).collect();
    let top = legend_height(&entries);
    let svg = draw("learning-curves", top + 400, |root| {
        let (_, below) = root.split_vertically(top);
        for (area, (subnet, curves)) in below.split_evenly((1, panels.len())).iter().zip(&panels) {
            panel(root, area, (&x, &y), subnet, curves)?;
        }
        legend(root, &entries)
    })?;
    let over = if run.seeds.len() > 1 { "Means over seeds. " } else { "" };
    let cut = all().any(|curve| curve.points.iter().any(|point| point.1 > y.end));
    let cut = if cut { "; the first part, where every loss falls fast, is cut off at the top" } else { "" };
    let diverged = run.failed.iter().any(|f| matches!(f.failure, Failure::Diverged(_)));
    let diverged = if diverged { " Trainings that diverged are left out, unless all of a method did." } else { "" };
    let note = format!("{over}Measured during training{cut}.{diverged} The marker stands at the last measurement.");
    Ok(Some(Plot { id: "learning-curves".to_owned(), title: "Learning curves, validation loss".to_owned(), note, svg }))
}

/// Draws one subnet's curves.
fn panel(root: &Area, area: &Area, (x, y): (&Range<f64>, &Range<f64>), subnet: &SubnetId, curves: &[Curve]) -> Drawn {
    let shown = Axes {
        x: x.clone(),
        y: y.clone(),
        x_title: "Updates",
        y_title: "Validation loss (nats/token)",
        left: 66,
        x_ticks: true,
    };
    let chart = axes(area, &shown)?;
    for curve in curves {
        let pixels: Vec<_> = below_top(&curve.points, y.end).iter().map(|(a, b)| pixel(&chart, *a, *b)).collect();
        line(root, pixels.clone(), rgb(curve.look), 2)?;
        pixels.last().map_or(Ok(()), |last| marker(root, *last, curve.look))?;
    }
    let (right, high) = pixel(&chart, x.end, y.end);
    let style = text(TEXT, INK, HPos::Right, VPos::Top);
    write(root, &format!("Subnet: {}", shorten(&subnet.name, 24)), (right - 8, high + 6), &style)
}

/// Chooses the subnets to show: those that supernets were watched on, else the first ones trained from scratch.
fn panels(run: &Run) -> Vec<&SubnetId> {
    let planned = || run.manifest.subnets.iter().map(|card| &card.id);
    let by_supernets: Vec<&SubnetId> =
        planned().filter(|subnet| run.methods.iter().any(|m| was_watched(run, m, subnet))).take(PANELS).collect();
    if by_supernets.is_empty() {
        planned().filter(|subnet| was_watched(run, &method::reference().name, subnet)).take(PANELS).collect()
    } else {
        by_supernets
    }
}

/// Gives each method's curve on a subnet.
fn curves_of(run: &Run, subnet: &SubnetId) -> Vec<Curve> {
    let of_method = |method: String| {
        let points = course(run, &method, subnet);
        (!points.is_empty()).then(|| Curve { look: looks::of_method(&method), points })
    };
    run.all_methods().into_iter().filter_map(of_method).collect()
}

/// Gives the range of losses from a quarter of the way on: the fall before it would press all curves into one.
fn loss_range<'a>(curves: impl Iterator<Item = &'a Curve>) -> Option<Range<f64>> {
    let late = |curve: &'a Curve| {
        let end = curve.points.last().map_or(0.0, |p| p.0);
        curve.points.iter().filter(move |p| p.0 >= 0.25 * end).map(|p| p.1)
    };
    padded(curves.flat_map(late))
}

/// Gives the part of a curve below `top`, cut where the curve crosses it. A curve that rises above it again is cut
/// there, too.
fn below_top(points: &[(f64, f64)], top: f64) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    for (i, &(x, y)) in points.iter().enumerate() {
        if let Some(&(x0, y0)) = i.checked_sub(1).and_then(|before| points.get(before))
            && (y0 > top) != (y > top)
        {
            kept.push((x0 + (x - x0) * (y0 - top) / (y0 - y), top));
        }
        if y <= top {
            kept.push((x, y));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_cut_where_it_crosses_the_top() {
        assert_eq!(below_top(&[(0.0, 7.0), (10.0, 5.0), (20.0, 4.0)], 6.0), [(5.0, 6.0), (10.0, 5.0), (20.0, 4.0)]);
        assert_eq!(below_top(&[(0.0, 5.0), (10.0, 7.0)], 6.0), [(0.0, 5.0), (5.0, 6.0)]);
        assert_eq!(below_top(&[(0.0, 9.0)], 6.0), []);
    }
}
