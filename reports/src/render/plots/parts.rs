//! Open markers, dashed lines and panels, which only some plots have.

use plotters::element::DashedPathElement;

use super::*;

/// Draws a method's marker with nothing inside it; one of strokes is drawn thin in a ring.
pub fn open_marker(root: &Area, (x, y): (i32, i32), look: Look) -> Drawn {
    let colour = rgb(look);
    let corners = outline(look.marker);
    if corners.is_empty() {
        root.draw(&Circle::new((x, y), 6, WHITE.filled()))?;
        root.draw(&Circle::new((x, y), 5, colour.stroke_width(2)))?;
        if look.marker == Marker::Circle {
            return Ok(());
        }
        return root.draw(&Circle::new((x, y), 2, colour.filled()));
    }
    let points: Vec<(i32, i32)> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
    root.draw(&Polygon::new(points.clone(), WHITE.filled()))?;
    let rim = points.iter().copied().chain(points.iter().copied().take(2)).collect::<Vec<_>>();
    root.draw(&PathElement::new(rim, colour.stroke_width(2)))
}

/// Draws a dashed line through pixels.
pub fn dashed(root: &Area, points: Vec<(i32, i32)>, colour: RGBColor, width: u32) -> Drawn {
    if points.len() < 2 {
        return Ok(());
    }
    root.draw(&DashedPathElement::new(points, 5, 4, colour.stroke_width(width)))
}

/// A range with room above the data for a panel's title.
pub fn with_title_room(range: Range<f64>) -> Range<f64> {
    range.start..range.end + 0.12 * (range.end - range.start)
}

/// Rows of `panels` panels, two a row.
pub fn rows_of(panels: usize) -> usize {
    panels.div_ceil(2)
}

/// The title of a panel, at its top right corner.
pub fn panel_title(root: &Area, chart: &Chart, range: (f64, f64), words: &str) -> Drawn {
    let (right, high) = pixel(chart, range.0, range.1);
    let style = text(TEXT, INK, HPos::Right, VPos::Top);
    write(root, &shorten(words, 30), (right - 8, high + 6), &style)
}
