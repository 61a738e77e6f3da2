//! Methods are told apart without colour by their markers, which are drawn here.

use plotters::prelude::*;

use super::canvas::{Area, Drawn, Pixel};
use crate::page::looks::{Look, Marker};

/// Gives the colour of a look.
pub fn rgb(look: Look) -> RGBColor {
    RGBColor(look.rgb.0, look.rgb.1, look.rgb.2)
}

/// Draws a method's marker around a pixel, with a thin white rim that keeps overlapping ones apart.
pub fn marker(root: &Area, (x, y): Pixel, look: Look) -> Drawn {
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

/// Gives the corners of a marker around its middle. A circle and strokes have none.
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

/// Draws a method's marker with nothing inside it. A marker that is made of strokes is drawn as a ring around a dot.
pub fn open_marker(root: &Area, (x, y): Pixel, look: Look) -> Drawn {
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
