//! The ground of a plot is an SVG in memory, on which text, lines and simple shapes are drawn.
//!
//! The ground is light, and in dark mode, too, a plot stands on a light panel.

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::Pos;
pub use plotters::style::text_anchor::{HPos, VPos};

use crate::error::{Error, Result};
use crate::page::escape;

/// The width of every plot, in its own units (pixels at natural size).
pub const WIDTH: u32 = 760;
/// The nominal size of text. The text of plotters' SVG comes out at this divided by 1.24.
pub const TEXT: f64 = 16.0;
/// The colour of text.
pub const INK: RGBColor = RGBColor(27, 31, 36);
/// The colour of secondary text and of reference lines.
pub const GREY: RGBColor = RGBColor(110, 118, 126);
/// The colour of the grid.
pub const GRID: RGBColor = RGBColor(228, 232, 236);
/// The width of one letter at [`TEXT`], by which legends are laid out. It is generous, since the fonts of systems
/// differ.
pub const LETTER: i32 = 8;

/// A drawing area in pixels.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// A pixel, from the left and from the top.
pub type Pixel = (i32, i32);
/// This is what drawing gives. The SVG goes to memory, so a failure is a mistake of this program.
pub type Drawn<T = ()> = std::result::Result<T, DrawingAreaErrorKind<std::io::Error>>;

/// Draws a plot of this height.
pub fn draw(id: &'static str, height: u32, body: impl FnOnce(&Area) -> Drawn) -> Result<String> {
    let mut svg = String::new();
    let drawn = {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        root.fill(&WHITE).and_then(|()| body(&root)).and_then(|()| root.present())
    };
    drawn.map_err(|error| Error::Render(format!("plot {id}: {error}")))?;
    Ok(svg)
}

/// Makes a style of text of this nominal size, colour and anchor.
pub fn text(size: f64, colour: RGBColor, h: HPos, v: VPos) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&colour).pos(Pos::new(h, v))
}

/// Writes one line of text at a pixel.
pub fn write(area: &Area, words: &str, at: Pixel, style: &TextStyle<'static>) -> Drawn {
    area.draw(&Text::new(escape::one_line(words), at, style.clone()))
}

/// Cuts a name to at most `letters` letters, so that a long one does not run into the plot.
pub fn shorten(name: &str, letters: usize) -> String {
    if name.chars().count() <= letters {
        return name.to_owned();
    }
    name.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}

/// Draws a line through pixels.
pub fn line(root: &Area, points: Vec<Pixel>, colour: RGBColor, width: u32) -> Drawn {
    root.draw(&PathElement::new(points, colour.stroke_width(width)))
}

/// Draws a dashed line through pixels.
pub fn dashed(root: &Area, points: Vec<Pixel>, colour: RGBColor, width: u32) -> Drawn {
    if points.len() < 2 {
        return Ok(());
    }
    root.draw(&DashedPathElement::new(points, 5, 4, colour.stroke_width(width)))
}

/// Draws a filled bar between two corners.
pub fn bar(root: &Area, corners: [Pixel; 2], colour: RGBColor) -> Drawn {
    root.draw(&Rectangle::new(corners, colour.filled()))
}

/// Draws a ring around a pixel.
pub fn ring(root: &Area, at: Pixel, radius: u32, colour: RGBColor) -> Drawn {
    root.draw(&Circle::new(at, radius, colour.stroke_width(2)))
}
