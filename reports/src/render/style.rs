//! Colour and marker of each method: the palette of Okabe and Ito, told apart without colour by the marker's shape.

use super::model::SCRATCH;

/// Shape of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// Filled circle.
    Circle,
    /// Filled square.
    Square,
    /// Filled triangle, point up.
    Triangle,
    /// Filled triangle, point down.
    TriangleDown,
    /// Filled square on its corner.
    Diamond,
    /// Two strokes, upright.
    Plus,
    /// Two strokes, diagonal.
    Cross,
    /// Three strokes through one point.
    Star,
}

/// How a method is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Red, green, blue.
    pub rgb: (u8, u8, u8),
    /// The same as `#rrggbb`.
    pub hex: &'static str,
    /// Shape of its points.
    pub marker: Marker,
}

const fn look(rgb: (u8, u8, u8), hex: &'static str, marker: Marker) -> Look {
    Look { rgb, hex, marker }
}

const SANDWICH: Look = look((0, 114, 178), "#0072b2", Marker::Circle);
const KNOWN: [(&str, Look); 8] = [
    (SCRATCH, look((64, 64, 64), "#404040", Marker::Plus)),
    ("hat", look((230, 159, 0), "#e69f00", Marker::Square)),
    ("sandwich", SANDWICH),
    ("mos-layer", look((213, 94, 0), "#d55e00", Marker::Triangle)),
    ("mos-neuron", look((0, 158, 115), "#009e73", Marker::Diamond)),
    ("mos-layer-const", look((204, 121, 167), "#cc79a7", Marker::TriangleDown)),
    ("mos-neuron-const", look((86, 180, 233), "#56b4e9", Marker::Cross)),
    ("sandwich-merged-init", look((0, 0, 0), "#000000", Marker::Star)),
];

/// The look of a method; one that is not known is drawn in the order of the known ones.
pub fn of_method(method: &str, position: usize) -> Look {
    KNOWN.iter().find(|(name, _)| *name == method).map_or(KNOWN[position % KNOWN.len()].1, |(_, look)| *look)
}

/// Looks of subnets trained from scratch, where several stand in one plot: greys, so that none is taken for a method.
const SUBNETS: [Look; 4] = [
    look((0, 0, 0), "#000000", Marker::Circle),
    look((96, 96, 96), "#606060", Marker::Square),
    look((150, 150, 150), "#969696", Marker::Triangle),
    look((96, 96, 96), "#606060", Marker::Cross),
];

/// The look of the n-th subnet.
pub fn of_subnet(position: usize) -> Look {
    SUBNETS[position % SUBNETS.len()]
}

/// What a method is, in a line.
pub fn describe(method: &str) -> &'static str {
    match method {
        SCRATCH => "each subnet trained alone: the reference",
        "hat" => "plain weight sharing, one uniform subnet an update (HAT's single path)",
        "sandwich" => "plain weight sharing, largest, smallest and a random subnet an update",
        "mos-layer" => "layer-wise mixture of supernets: one routed mix of the experts a layer",
        "mos-neuron" => "neuron-wise mixture of supernets: one routed mix of the experts a neuron",
        "mos-layer-const" => "control: layer-wise experts, router's input held constant",
        "mos-neuron-const" => "control: neuron-wise experts, router's input held constant",
        "sandwich-merged-init" => "control: plain sharing, FFN started as the mean of several draws",
        _ => "not described in this version",
    }
}
