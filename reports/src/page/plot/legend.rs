//! A legend is drawn in rows above a plot.

use super::canvas::{Area, Drawn, HPos, INK, LETTER, Pixel, TEXT, VPos, WIDTH, text, write};
use super::marker::marker;
use crate::page::looks::Look;

/// Tells where each entry of a legend goes, as offsets from its top left corner, and the height of all rows.
fn legend_layout(labels: &[String]) -> (Vec<Pixel>, i32) {
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
pub fn legend(root: &Area, entries: &[(String, Look)]) -> Drawn {
    let labels: Vec<String> = entries.iter().map(|(label, _)| label.clone()).collect();
    let style = text(TEXT, INK, HPos::Left, VPos::Center);
    for ((label, look), (x, y)) in entries.iter().zip(legend_layout(&labels).0) {
        marker(root, (x, y), *look)?;
        write(root, label, (x + 11, y), &style)?;
    }
    Ok(())
}

/// Tells the height that [`legend`] takes.
pub fn legend_height(entries: &[(String, Look)]) -> u32 {
    let labels: Vec<String> = entries.iter().map(|(label, _)| label.clone()).collect();
    legend_layout(&labels).1 as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::looks;
    use crate::page::plot::draw;

    #[test]
    fn every_marker_draws_and_text_is_escaped() {
        let svg = draw("test", 100, |root| {
            for (i, method) in mos_spaces::method::all().iter().enumerate() {
                marker(root, (20 * i as i32, 20), looks::of_method(&method.name))?;
            }
            legend(root, &[("<script>&\n".to_owned(), looks::of_subnet(0))])
        })
        .unwrap();
        assert!(svg.contains("&lt;script&gt;&amp;") && !svg.contains("<script"), "{svg}");
        assert!(svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn long_legends_wrap() {
        let labels: Vec<String> = (0..9).map(|i| format!("a-rather-long-name-{i}")).collect();
        let (places, height) = legend_layout(&labels);
        assert!(places.iter().any(|(_, y)| *y > places[0].1));
        assert!(height > places.last().unwrap().1);
    }
}
