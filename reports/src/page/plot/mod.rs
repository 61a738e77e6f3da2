//! Plots are drawn as SVG here.

mod axes;
mod canvas;
mod figure;
mod legend;
mod marker;
mod panel;
mod strip;

pub use axes::{Axes, Chart, axes, padded, pixel};
pub use canvas::{Area, Drawn, GREY, GRID, HPos, INK, LETTER, TEXT, VPos};
pub use canvas::{bar, dashed, draw, line, ring, shorten, text, write};
pub use figure::Plot;
pub use legend::{legend, legend_height};
pub use marker::{marker, open_marker, rgb};
pub use panel::{panel_title, rows_of, with_title_room};
pub use strip::{Strip, strip};
