//! Each method and subnet has a colour and a marker. The marker's shape tells them apart without colour.

pub use mos_spaces::method::Marker;
use mos_spaces::method::Method;

/// A look says how a method or a subnet is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The colour as red, green and blue.
    pub rgb: (u8, u8, u8),
    /// The same colour as `#rrggbb`.
    pub hex: &'static str,
    /// The shape of its points.
    pub marker: Marker,
}

const fn look(rgb: (u8, u8, u8), hex: &'static str, marker: Marker) -> Look {
    Look { rgb, hex, marker }
}

/// A method that the table of methods lacks has this look, since a run of another version may name one.
const NEUTRAL: Look = look((128, 128, 128), "#808080", Marker::Circle);

/// Gives the look of a method, as the table of methods has it.
pub fn of_method(name: &str) -> Look {
    let known = Method::find(name).ok().filter(|method| method.name == name);
    let drawn = known.and_then(|method| {
        Some(Look { rgb: method.look.rgb()?, hex: &method.look.colour, marker: method.look.marker })
    });
    drawn.unwrap_or(NEUTRAL)
}

/// Subnets trained from scratch have these looks where several stand in one plot. They are greys, so that none is taken
/// for a method.
const SUBNETS: [Look; 4] = [
    look((0, 0, 0), "#000000", Marker::Circle),
    look((96, 96, 96), "#606060", Marker::Square),
    look((150, 150, 150), "#969696", Marker::Triangle),
    look((96, 96, 96), "#606060", Marker::Cross),
];

/// Gives the look of the subnet at this position.
pub fn of_subnet(position: usize) -> Look {
    SUBNETS[position % SUBNETS.len()]
}

#[cfg(test)]
mod tests {
    use mos_spaces::method;

    use super::*;

    #[test]
    fn every_method_of_the_table_has_its_look_and_an_unknown_one_a_neutral_look() {
        assert_eq!(of_method("sandwich"), look((0, 114, 178), "#0072b2", Marker::Circle));
        assert!(method::all().iter().all(|m| of_method(&m.name) != NEUTRAL));
        assert_eq!(of_method("of-another-version"), NEUTRAL);
    }
}
