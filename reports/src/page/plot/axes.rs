//! This draws axes, and tells their ranges and where a point of a chart stands.

use std::ops::Range;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::canvas::{Area, Drawn, GREY, GRID, HPos, INK, Pixel, TEXT, VPos, text};
use crate::page::format::{decimals_for, fixed};

/// A chart of two linear axes.
pub type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Gives the range of values with 6% to spare on each side, so that it is never empty; `None` where no value is finite.
pub fn padded(values: impl IntoIterator<Item = f64>) -> Option<Range<f64>> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.into_iter().filter(|v| v.is_finite()) {
        (low, high) = (low.min(value), high.max(value));
    }
    if low > high {
        return None;
    }
    let spare = if high > low { 0.06 * (high - low) } else { 0.05 * high.abs().max(0.1) };
    Some(low - spare..high + spare)
}

/// Writes ticks on an axis of this range, with as many decimals as neighbouring ticks need.
fn tick_text(range: &Range<f64>) -> impl Fn(&f64) -> String + use<> {
    // Ticks stand about an eighth of the range apart, on 1, 2 or 5 times a power of ten.
    let decimals = decimals_for((range.end - range.start) / 8.0, 1);
    move |value| fixed(*value, decimals)
}

/// This says which axes a chart shows and what they are called.
pub struct Axes<'t> {
    /// The range of x.
    pub x: Range<f64>,
    /// The range of y.
    pub y: Range<f64>,
    /// What x is called.
    pub x_title: &'t str,
    /// What y is called.
    pub y_title: &'t str,
    /// How many pixels the labels on the left have. With 0 of them y has no ticks, and the caller labels the rows.
    pub left: u32,
    /// Whether x has ticks; where it has none, the caller writes them.
    pub x_ticks: bool,
}

/// Draws axes and grid.
pub fn axes<'a, 'b>(area: &'a Area<'b>, axes: &Axes<'_>) -> Drawn<Chart<'a, 'b>> {
    let mut chart = ChartBuilder::on(area)
        .margin_top(10)
        .margin_right(18)
        .set_label_area_size(LabelAreaPosition::Left, axes.left)
        .set_label_area_size(LabelAreaPosition::Bottom, 48)
        .build_cartesian_2d(axes.x.clone(), axes.y.clone())?;
    let (x_text, y_text) = (tick_text(&axes.x), tick_text(&axes.y));
    let mut mesh = chart.configure_mesh();
    mesh.x_desc(axes.x_title)
        .y_desc(axes.y_title)
        .axis_desc_style(text(TEXT, INK, HPos::Left, VPos::Top))
        .label_style(text(TEXT - 1.0, GREY, HPos::Left, VPos::Top))
        .axis_style(GREY)
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .x_labels(if axes.x_ticks { 8 } else { 0 })
        .y_labels(8)
        .x_label_formatter(&x_text)
        .y_label_formatter(&y_text);
    if !axes.x_ticks {
        mesh.disable_x_mesh();
    }
    if axes.left == 0 {
        mesh.disable_y_mesh();
    }
    mesh.draw()?;
    Ok(chart)
}

/// Finds the pixel of a point of a chart.
pub fn pixel(chart: &Chart, x: f64, y: f64) -> Pixel {
    chart.plotting_area().map_coordinate(&(x, y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_never_empty() {
        assert_eq!(padded([]), None);
        assert_eq!(padded([f64::NAN]), None);
        let range = padded([2.0]).unwrap();
        assert!(range.start < 2.0 && range.end > 2.0);
    }
}
