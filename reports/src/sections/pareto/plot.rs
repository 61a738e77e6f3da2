//! This plot sets latency against quality of what each method's searches found, with the fronts as steps.

use super::facts::{Weights, seeds_of};
use super::published::{ReferencePoint, beside};
use crate::error::Result;
use crate::page::format::capital;
use crate::page::looks::{self, Look};
use crate::page::plot::{
    Area, Axes, Chart, Drawn, Plot, axes, dashed, draw, legend, legend_height, line, marker, open_marker, padded,
    pixel, rgb,
};
use crate::sections::report::Report;

/// Draws the plot; `None` when no found subnet has a latency and a score.
///
/// # Errors
/// This fails when drawing fails.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let (primary, tradeoff) = (report.run.primary, &report.tradeoff);
    if tradeoff.points.is_empty() {
        return Ok(None);
    }
    let reference = beside(&report.run)?;
    let qualities = tradeoff.points.iter().flat_map(|p| [p.inherited, p.scratch]).flatten().map(|q| q.0);
    let latencies = tradeoff.points.iter().map(|p| p.latency);
    let (Some(x), Some(y)) = (
        padded(latencies.chain(reference.iter().map(|p| p.latency))),
        padded(qualities.chain(reference.iter().map(|p| p.quality))),
    ) else {
        return Ok(None);
    };
    let mut entries: Vec<(String, Look)> =
        tradeoff.fronts.iter().map(|front| (front.method.clone(), looks::of_method(&front.method))).collect();
    let mut devices: Vec<&str> = reference.iter().map(|p| p.device.as_str()).collect();
    devices.dedup();
    entries.extend(devices.iter().enumerate().map(|(i, d)| (format!("HAT, published, {d}"), looks::of_subnet(i + 1))));
    let y_title = format!("{}{}", capital(&primary.words()), primary.unit_in_brackets());
    let top = legend_height(&entries);
    let svg = draw("pareto", top + 480, |root| {
        let (_, area) = root.split_vertically(top);
        let shown =
            Axes { x: x.clone(), y: y.clone(), x_title: "Latency (ms)", y_title: &y_title, left: 72, x_ticks: true };
        let chart = axes(&area, &shown)?;
        draw_reference(root, &chart, &devices, &reference)?;
        for front in &tradeoff.fronts {
            draw_fronts(root, &chart, report, &front.method)?;
        }
        legend(root, &entries)
    })?;
    let title = format!("Latency and {}, method against method", primary.words());
    Ok(Some(Plot { id: "pareto".to_owned(), title, note: note(report, !reference.is_empty()), svg }))
}

fn note(report: &Report, with_reference: bool) -> String {
    let better = if report.run.primary.lower_is_better() { "lower" } else { "higher" };
    let predicted = report.tradeoff.points.iter().any(|p| !p.measured);
    format!(
        "Open markers, dashed steps: inherited weights. Filled markers, solid steps: the same subnets trained from \
         scratch. Steps are the fronts of one method and seed up to its slowest subnet; left and {better} is better. \
         What several methods found is one point from scratch.{}{}",
        if predicted { " Some latencies are predicted, not measured." } else { "" },
        if with_reference {
            " Grey: points that HAT's authors published. Their latencies are of other devices than this run's: compare \
             shapes, not positions."
        } else {
            ""
        }
    )
}

/// Draws the published points, with a look for each device.
fn draw_reference(root: &Area, chart: &Chart, devices: &[&str], reference: &[ReferencePoint]) -> Drawn {
    for (i, device) in devices.iter().enumerate() {
        let of_it = reference.iter().filter(|p| p.device == *device).map(|p| pixel(chart, p.latency, p.quality));
        of_it.into_iter().try_for_each(|at| marker(root, at, looks::of_subnet(i + 1)))?;
    }
    Ok(())
}

/// Draws the fronts of a method's seeds, then its points.
fn draw_fronts(root: &Area, chart: &Chart, report: &Report, method: &str) -> Drawn {
    let (look, points) = (looks::of_method(method), &report.tradeoff.points);
    let own = || points.iter().filter(|p| p.method == method);
    for weights in [Weights::Scratch, Weights::Inherited] {
        for seed in seeds_of(points, method) {
            let of_seed = own().filter(|p| p.seed == seed);
            let slowest = of_seed.clone().map(|p| p.latency).fold(0.0, f64::max);
            let front = of_seed.filter_map(|p| p.quality(weights).filter(|q| q.1).map(|q| (p.latency, q.0)));
            let pixels: Vec<_> = steps(front.collect(), slowest).iter().map(|(x, y)| pixel(chart, *x, *y)).collect();
            match weights {
                Weights::Scratch => line(root, pixels, rgb(look), 2)?,
                Weights::Inherited => dashed(root, pixels, rgb(look), 2)?,
            }
        }
        for point in own() {
            let Some((quality, _)) = point.quality(weights) else { continue };
            let at = pixel(chart, point.latency, quality);
            match weights {
                Weights::Scratch => marker(root, at, look)?,
                Weights::Inherited => open_marker(root, at, look)?,
            }
        }
    }
    Ok(())
}

/// Makes the best quality within each latency into a line of steps up to `end`.
fn steps(mut front: Vec<(f64, f64)>, end: f64) -> Vec<(f64, f64)> {
    front.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for (latency, quality) in front {
        corners.extend(corners.last().map(|last| (latency, last.1)));
        corners.push((latency, quality));
    }
    corners.extend(corners.last().filter(|last| last.0 < end).map(|last| (end, last.1)));
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_front_is_drawn_as_steps() {
        let front = vec![(2.0, 3.0), (1.0, 4.0)];
        assert_eq!(steps(front, 5.0), [(1.0, 4.0), (2.0, 4.0), (2.0, 3.0), (5.0, 3.0)]);
        assert_eq!(steps(vec![(1.0, 4.0)], 1.0), [(1.0, 4.0)]);
        assert_eq!(steps(vec![], 5.0), []);
    }
}
