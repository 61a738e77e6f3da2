//! A strip is a plot of one line: a value with its interval beside the value that it is read against.

use std::fmt::Write as _;
use std::ops::Range;

/// The width of a strip in its own units.
const WIDTH: f64 = 180.0;
/// The height of a strip in its own units.
const HEIGHT: f64 = 18.0;

/// What a strip shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// The value.
    pub value: f64,
    /// The ends of its interval, where it has one.
    pub interval: Option<(f64, f64)>,
    /// The value that it is read against.
    pub zero: f64,
    /// The colour as `#rrggbb`.
    pub colour: &'static str,
}

/// Draws a strip on a scale that it shares with others. The svg element says nothing to a screen reader: the numbers
/// stand beside it.
pub fn strip(shown: &Strip, scale: &Range<f64>) -> String {
    let x = |value: f64| (value - scale.start) / (scale.end - scale.start) * WIDTH;
    let (middle, colour) = (HEIGHT / 2.0, shown.colour);
    let mut svg = format!("<svg class=\"strip\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" aria-hidden=\"true\">");
    let zero = x(shown.zero);
    let _ = write!(svg, "<path d=\"M{zero:.1} 0V{HEIGHT}\" stroke=\"#6e767e\" stroke-dasharray=\"2 2\"/>");
    if let Some((lo, hi)) = shown.interval {
        let (lo, hi) = (x(lo), x(hi));
        let _ = write!(svg, "<path d=\"M{lo:.1} {middle}H{hi:.1}\" stroke=\"{colour}\" stroke-width=\"2.5\"/>");
    }
    let _ = write!(svg, "<circle cx=\"{:.1}\" cy=\"{middle}\" r=\"4\" fill=\"{colour}\"/></svg>", x(shown.value));
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_stands_on_the_shared_scale() {
        let shown = Strip { value: 1.0, interval: Some((0.0, 2.0)), zero: 0.0, colour: "#123456" };
        let svg = strip(&shown, &(-1.0..3.0));
        assert!(svg.contains("cx=\"90.0\"") && svg.contains("M45.0 9H135.0") && svg.contains("#123456"), "{svg}");
        let bare = strip(&Strip { interval: None, ..shown }, &(-1.0..3.0));
        assert!(!bare.contains("H135.0"), "{bare}");
    }
}
