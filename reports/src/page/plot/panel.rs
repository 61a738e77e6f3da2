//! Several charts in one plot are its panels.

use std::ops::Range;

use super::axes::{Chart, pixel};
use super::canvas::{Area, Drawn, HPos, INK, TEXT, VPos, shorten, text, write};

/// Adds room above the data of a range for a panel's title.
pub fn with_title_room(range: Range<f64>) -> Range<f64> {
    range.start..range.end + 0.12 * (range.end - range.start)
}

/// Tells how many rows so many panels take, two in a row.
pub fn rows_of(panels: usize) -> usize {
    panels.div_ceil(2)
}

/// Writes the title of a panel at its top right corner.
pub fn panel_title(root: &Area, chart: &Chart, range: (f64, f64), words: &str) -> Drawn {
    let (right, high) = pixel(chart, range.0, range.1);
    let style = text(TEXT, INK, HPos::Right, VPos::Top);
    write(root, &shorten(words, 30), (right - 8, high + 6), &style)
}
