//! Learning curves: validation loss against updates, a panel for each watched subnet.

use std::collections::BTreeMap;

use super::*;
use crate::render::model::{Report, SCRATCH, mean};

/// Most panels: the two ends of the search space.
const PANELS: usize = 2;

/// A method's curve.
struct Curve {
    look: Look,
    points: Vec<(f64, f64)>,
}

/// The plot; `None` when no job recorded a curve.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let names = panels(report);
    let panels: Vec<(String, Vec<Curve>)> =
        names.into_iter().map(|name| (name.clone(), curves_of(report, &name))).filter(|(_, c)| !c.is_empty()).collect();
    let all = || panels.iter().flat_map(|(_, curves)| curves);
    let (Some(x), Some(y)) = (padded(all().flat_map(|c| &c.points).map(|p| p.0)), loss_range(all())) else {
        return Ok(None);
    };
    let drawn = report.all_methods().into_iter().filter(|m| {
        panels.iter().any(|(name, _)| report.facts.seeds_of(m).iter().any(|s| !curve(report, m, name, *s).is_empty()))
    });
    let entries: Vec<(String, Look)> = drawn.map(|m| (m.clone(), report.look(&m))).collect();
    let top = legend_height(&entries);
    let svg = draw("learning-curves", top + 400, |root| {
        let (_, below) = root.split_vertically(top);
        for (area, (name, curves)) in below.split_evenly((1, panels.len())).iter().zip(&panels) {
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
                let pixels: Vec<_> =
                    below_top(&curve.points, y.end).iter().map(|(a, b)| pixel(&chart, *a, *b)).collect();
                line(root, pixels.clone(), rgb(curve.look), 2)?;
                pixels.last().map_or(Ok(()), |last| marker(root, *last, curve.look))?;
            }
            let (right, high) = pixel(&chart, x.end, y.end);
            let style = text(TEXT, INK, HPos::Right, VPos::Top);
            write(root, &format!("Subnet: {}", shorten(name, 24)), (right - 8, high + 6), &style)?;
        }
        legend(root, &entries)
    })?;
    let over = if report.seeds.len() > 1 { "Means over seeds. " } else { "" };
    let cut = all().any(|curve| curve.points.iter().any(|point| point.1 > y.end));
    let cut = if cut { "; the first part, where every loss falls fast, is cut off at the top" } else { "" };
    let note = format!("{over}Measured during training{cut}. The marker stands at the last measurement.");
    Ok(Some(Plot { id: "learning-curves", title: "Learning curves, validation loss".to_owned(), note, svg }))
}

fn curve<'a>(report: &'a Report, method: &str, subnet: &str, seed: i64) -> &'a [(i64, f64)] {
    report.facts.curve("loss", "valid", method, subnet, seed)
}

/// Subnets to show: those that supernets were watched on, else the first ones trained from scratch.
fn panels(report: &Report) -> Vec<String> {
    let watched = |method: &str, subnet: &str| {
        report.facts.seeds_of(method).iter().any(|seed| !curve(report, method, subnet, *seed).is_empty())
    };
    let planned = || report.manifest.subnets.iter().map(|card| card.name.clone());
    let by_supernets: Vec<String> =
        planned().filter(|name| report.methods.iter().any(|m| watched(m, name))).take(PANELS).collect();
    if by_supernets.is_empty() {
        planned().filter(|name| watched(SCRATCH, name)).take(PANELS).collect()
    } else {
        by_supernets
    }
}

/// Each method's curve on a subnet, mean over the seeds at each update.
fn curves_of(report: &Report, subnet: &str) -> Vec<Curve> {
    let of_method = |method: String| {
        let mut at: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for seed in report.facts.seeds_of(&method) {
            for (step, loss) in curve(report, &method, subnet, seed) {
                at.entry(*step).or_default().push(*loss);
            }
        }
        let points: Vec<(f64, f64)> =
            at.into_iter().filter_map(|(step, losses)| Some((step as f64, mean(losses)?))).collect();
        (!points.is_empty()).then(|| Curve { look: report.look(&method), points })
    };
    report.all_methods().into_iter().filter_map(of_method).collect()
}

/// The range of losses from a quarter of the way on: the fall before it would press all curves into one.
fn loss_range<'a>(curves: impl Iterator<Item = &'a Curve>) -> Option<Range<f64>> {
    let late = |curve: &'a Curve| {
        let end = curve.points.last().map_or(0.0, |p| p.0);
        curve.points.iter().filter(move |p| p.0 >= 0.25 * end).map(|p| p.1)
    };
    padded(curves.flat_map(late))
}

/// The part of a curve below `top`, cut where it crosses it. A curve that rises above it again is cut there, too.
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
