//! Plots as SVG, drawn by plotters on a light ground: in dark mode, too, they stand on a light panel.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::escape;
use super::format::{decimals_for, fixed};
use super::style::{Look, Marker};
use crate::{Error, Result};

pub mod cost;
pub mod curves;
pub mod gaps;
pub mod latency;
pub mod pareto;
mod parts;
pub mod rates;
pub mod retraining;
pub mod scatter;
pub mod search;

/// Width of every plot, in its own units (pixels at natural size).
const WIDTH: u32 = 760;
/// Nominal text size; plotters' SVG text comes out at this divided by 1.24.
const TEXT: f64 = 16.0;
/// Colour of text.
const INK: RGBColor = RGBColor(27, 31, 36);
/// Colour of secondary text and the reference lines.
const GREY: RGBColor = RGBColor(110, 118, 126);
/// Colour of the grid.
const GRID: RGBColor = RGBColor(228, 232, 236);
/// Width of one letter at [`TEXT`], for laying out legends; system fonts differ, so it is generous.
const LETTER: i32 = 8;

/// A plot with its caption.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// File stem and HTML anchor.
    pub id: &'static str,
    /// Caption.
    pub title: String,
    /// What a reader must know to read it; may be empty.
    pub note: String,
    /// A whole SVG document.
    pub svg: String,
}

impl Plot {
    /// The document for a file of its own: it carries its caption and the command that made it.
    pub fn standalone(&self, command: &str) -> String {
        let about = format!(
            "<title>{}</title>\n<desc>{} Made by {}.</desc>\n",
            escape::html(&self.title),
            escape::html(&self.note),
            escape::html(&escape::one_line(command))
        );
        match self.svg.split_once('>') {
            Some((root, rest)) => format!("{root}>\n{about}{}", rest.trim_start()),
            None => self.svg.clone(),
        }
    }
}

/// A drawing area in pixels.
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// A chart of two linear axes.
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
/// Result of drawing; the SVG goes to memory, so a failure is a mistake in this module.
type Drawn<T = ()> = std::result::Result<T, DrawingAreaErrorKind<std::io::Error>>;

/// Draws a plot of this height.
fn draw(id: &'static str, height: u32, body: impl FnOnce(&Area) -> Drawn) -> Result<String> {
    let mut svg = String::new();
    let drawn = {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        root.fill(&WHITE).and_then(|()| body(&root)).and_then(|()| root.present())
    };
    drawn.map_err(|error| Error::Render(format!("plot {id}: {error}")))?;
    Ok(svg)
}

/// Text style: nominal size, colour, anchor.
fn text(size: f64, colour: RGBColor, h: HPos, v: VPos) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&colour).pos(Pos::new(h, v))
}

/// Writes one line of text at a pixel.
fn write(area: &Area, words: &str, at: (i32, i32), style: &TextStyle<'static>) -> Drawn {
    area.draw(&Text::new(escape::one_line(words), at, style.clone()))
}

/// At most `letters` letters of a name, so that a long one does not run into the plot.
fn shorten(name: &str, letters: usize) -> String {
    if name.chars().count() <= letters {
        return name.to_owned();
    }
    name.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}

fn rgb(look: Look) -> RGBColor {
    RGBColor(look.rgb.0, look.rgb.1, look.rgb.2)
}

/// Draws a method's marker around a pixel, with a thin white rim that keeps overlapping ones apart.
fn marker(root: &Area, (x, y): (i32, i32), look: Look) -> Drawn {
    let colour = rgb(look);
    let shape = |points: &[(i32, i32)]| -> Vec<(i32, i32)> { points.iter().map(|(dx, dy)| (x + dx, y + dy)).collect() };
    match look.marker {
        Marker::Circle => {
            root.draw(&Circle::new((x, y), 6, WHITE.filled()))?;
            return root.draw(&Circle::new((x, y), 5, colour.filled()));
        }
        Marker::Plus => return strokes(root, &[shape(&[(-6, 0), (6, 0)]), shape(&[(0, -6), (0, 6)])], colour),
        Marker::Cross => return strokes(root, &[shape(&[(-5, -5), (5, 5)]), shape(&[(-5, 5), (5, -5)])], colour),
        Marker::Star => {
            let lines = [[(-6, 0), (6, 0)], [(-3, -5), (3, 5)], [(-3, 5), (3, -5)]];
            return strokes(root, &lines.map(|line| shape(&line)), colour);
        }
        _ => {}
    }
    let points = shape(outline(look.marker));
    root.draw(&Polygon::new(points.clone(), colour.filled()))?;
    let rim = points.iter().copied().chain(points.first().copied()).collect::<Vec<_>>();
    root.draw(&PathElement::new(rim, WHITE.stroke_width(1)))
}

/// Corners of a marker around its middle; none for a circle and for strokes.
fn outline(marker: Marker) -> &'static [(i32, i32)] {
    match marker {
        Marker::Square => &[(-5, -5), (5, -5), (5, 5), (-5, 5)],
        Marker::Triangle => &[(0, -6), (6, 5), (-6, 5)],
        Marker::TriangleDown => &[(0, 6), (6, -5), (-6, -5)],
        Marker::Diamond => &[(0, -7), (6, 0), (0, 7), (-6, 0)],
        Marker::Circle | Marker::Plus | Marker::Cross | Marker::Star => &[],
    }
}

fn strokes(root: &Area, lines: &[Vec<(i32, i32)>], colour: RGBColor) -> Drawn {
    for (ink, width) in [(WHITE, 4), (colour, 2)] {
        for line in lines {
            root.draw(&PathElement::new(line.clone(), ink.stroke_width(width)))?;
        }
    }
    Ok(())
}

/// Draws a line through pixels.
fn line(root: &Area, points: Vec<(i32, i32)>, colour: RGBColor, width: u32) -> Drawn {
    root.draw(&PathElement::new(points, colour.stroke_width(width)))
}

/// Where each entry of a legend goes: offsets from its top left corner, and the height of all rows.
fn legend_layout(labels: &[String]) -> (Vec<(i32, i32)>, i32) {
    const ROW: i32 = 22;
    let (mut x, mut y) = (14, 14);
    let mut places = Vec::new();
    for label in labels {
        let width = 34 + LETTER * label.chars().count() as i32;
        if x > 14 && x + width > WIDTH as i32 {
            (x, y) = (14, y + ROW);
        }
        places.push((x, y));
        x += width;
    }
    (places, if labels.is_empty() { 0 } else { y + ROW / 2 + 3 })
}

/// Draws a legend in rows from the top of the plot.
fn legend(root: &Area, entries: &[(String, Look)]) -> Drawn {
    let labels: Vec<String> = entries.iter().map(|(label, _)| label.clone()).collect();
    let style = text(TEXT, INK, HPos::Left, VPos::Center);
    for ((label, look), (x, y)) in entries.iter().zip(legend_layout(&labels).0) {
        marker(root, (x, y), *look)?;
        write(root, label, (x + 11, y), &style)?;
    }
    Ok(())
}

/// Height that [`legend`] takes.
fn legend_height(entries: &[(String, Look)]) -> u32 {
    let labels: Vec<String> = entries.iter().map(|(label, _)| label.clone()).collect();
    legend_layout(&labels).1 as u32
}

/// The range of values with 6% to spare on each side; never empty.
fn padded(values: impl IntoIterator<Item = f64>) -> Option<Range<f64>> {
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

/// Text of ticks on an axis of this range, with as many decimals as neighbouring ticks need.
fn tick_text(range: &Range<f64>) -> impl Fn(&f64) -> String + use<> {
    // Ticks stand about an eighth of the range apart, on 1, 2 or 5 times a power of ten.
    let decimals = decimals_for((range.end - range.start) / 8.0, 1);
    move |value| fixed(*value, decimals)
}

/// Which axes a chart shows and what they are called.
struct Axes<'t> {
    x: Range<f64>,
    y: Range<f64>,
    x_title: &'t str,
    y_title: &'t str,
    /// Pixels for the labels on the left; 0: no ticks on y (the caller labels the rows).
    left: u32,
    /// Whether x has ticks (else the caller writes them).
    x_ticks: bool,
}

/// Draws axes and grid.
fn axes<'a, 'b>(area: &'a Area<'b>, axes: &Axes<'_>) -> Drawn<Chart<'a, 'b>> {
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

/// The pixel of a point of a chart.
fn pixel(chart: &Chart, x: f64, y: f64) -> (i32, i32) {
    chart.plotting_area().map_coordinate(&(x, y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::style;

    #[test]
    fn every_marker_draws_and_text_is_escaped() {
        let svg = draw("test", 100, |root| {
            for position in 0..8 {
                marker(root, (20 * position as i32, 20), style::of_method("", position))?;
            }
            legend(root, &[("<script>&\n".to_owned(), style::of_subnet(0))])
        })
        .unwrap();
        assert!(svg.contains("&lt;script&gt;&amp;") && !svg.contains("<script"), "{svg}");
        assert!(svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn a_file_names_the_command() {
        let plot =
            Plot { id: "x", title: "A <b>".into(), note: String::new(), svg: draw("x", 50, |_| Ok(())).unwrap() };
        let file = plot.standalone("cargo xtask reproduce");
        assert!(file.starts_with("<svg") && file.contains("<title>A &lt;b&gt;</title>"), "{file}");
        assert!(file.contains("Made by cargo xtask reproduce."));
    }

    #[test]
    fn a_range_is_never_empty() {
        assert_eq!(padded([]), None);
        assert_eq!(padded([f64::NAN]), None);
        let range = padded([2.0]).unwrap();
        assert!(range.start < 2.0 && range.end > 2.0);
    }

    #[test]
    fn long_legends_wrap() {
        let labels: Vec<String> = (0..9).map(|i| format!("a-rather-long-name-{i}")).collect();
        let (places, height) = legend_layout(&labels);
        assert!(places.iter().any(|(_, y)| *y > places[0].1));
        assert!(height > places.last().unwrap().1);
    }
}
