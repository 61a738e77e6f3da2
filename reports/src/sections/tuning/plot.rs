//! This plot shows the sweep: validation loss against peak learning rate, supernets on the left, training from scratch
//! on the right.

use mos_spaces::method::reference;

use super::facts::RateCurve;
use crate::error::Result;
use crate::page::format::rate;
use crate::page::looks::{self, Look};
use crate::page::plot::{
    Area, Axes, Chart, Drawn, GREY, GRID, HPos, INK, LETTER, Plot, TEXT, VPos, axes, draw, line, marker, padded, pixel,
    rgb, ring, shorten, text, write,
};
use crate::sections::report::Report;

/// Draws the plot; `None` without a sweep.
///
/// # Errors
/// This fails when drawing fails.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let Some(sweep) = &report.sweep else { return Ok(None) };
    let (scratch, supernets): (Vec<&RateCurve>, Vec<&RateCurve>) =
        sweep.curves.iter().partition(|curve| curve.method == reference().name);
    let mut drawn: Vec<Vec<(&RateCurve, Look)>> = vec![
        supernets.into_iter().map(|curve| (curve, looks::of_method(&curve.method))).collect(),
        scratch.into_iter().enumerate().map(|(i, curve)| (curve, looks::of_subnet(i))).collect(),
    ];
    drawn.retain(|panel| !panel.is_empty());
    let deepest = drawn.iter().map(Vec::len).max().unwrap_or(0);
    let svg = draw("rates", 400 + 22 * deepest as u32, |root| {
        let (above, below) = root.split_vertically(22 * deepest as u32 + 8);
        let columns = above.split_evenly((1, drawn.len()));
        for ((area, head), curves) in below.split_evenly((1, drawn.len())).iter().zip(&columns).zip(&drawn) {
            panel(root, area, curves)?;
            let (left, top) = head.get_base_pixel();
            for (i, (curve, look)) in curves.iter().enumerate() {
                let y = top + 14 + 22 * i as i32;
                marker(root, (left + 74, y), *look)?;
                let style = text(TEXT, INK, HPos::Left, VPos::Center);
                write(root, &shorten(&curve.label(), 34), (left + 86, y), &style)?;
            }
        }
        Ok(())
    })?;
    let note =
        "Ringed: the rate that this run trained with, where it is among those tried. The scales of the two panels \
                differ."
            .to_owned();
    let title = "Validation loss against peak learning rate".to_owned();
    Ok(Some(Plot { id: "learning-rates".to_owned(), title, note, svg }))
}

/// Draws one panel with its own scales.
fn panel(root: &Area, area: &Area, curves: &[(&RateCurve, Look)]) -> Drawn {
    let points = || curves.iter().flat_map(|(curve, _)| &curve.points);
    let (Some(x), Some(y)) = (padded(points().map(|p| p.0.log10())), padded(points().map(|p| p.1))) else {
        return Ok(());
    };
    let title = "Peak learning rate (log scale)";
    let shown =
        Axes { x, y: y.clone(), x_title: title, y_title: "Validation loss (nats/token)", left: 66, x_ticks: false };
    let chart = axes(area, &shown)?;
    let mut rates: Vec<f64> = points().map(|p| p.0).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    draw_rates(root, &chart, &rates, (y.start, y.end))?;
    for (curve, look) in curves {
        let at = |p: &(f64, f64)| pixel(&chart, p.0.log10(), p.1);
        line(root, curve.points.iter().map(at).collect(), rgb(*look), 2)?;
        for point in &curve.points {
            if curve.chosen == Some(point.0) {
                ring(root, at(point), 10, rgb(*look))?;
            }
            marker(root, at(point), *look)?;
        }
    }
    Ok(())
}

/// Draws a line of the grid for each rate from `low` to `high`, and the rate below it, unless it would touch the one
/// before.
fn draw_rates(root: &Area, chart: &Chart, rates: &[f64], (low, high): (f64, f64)) -> Drawn {
    let mut free_from = i32::MIN;
    for value in rates {
        let (x, bottom) = pixel(chart, value.log10(), low);
        line(root, vec![(x, bottom), pixel(chart, value.log10(), high)], GRID, 1)?;
        let words = rate(*value);
        let half = LETTER * words.len() as i32 / 2;
        if x - half > free_from {
            write(root, &words, (x, bottom + 8), &text(TEXT - 1.0, GREY, HPos::Center, VPos::Top))?;
            free_from = x + half;
        }
    }
    Ok(())
}
