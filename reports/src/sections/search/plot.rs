//! This plot shows best fitness against subnets scored, evolution beside random search, with a panel for each limit.

use mos_spaces::search::limit::Limit;

use super::facts::Search;
use crate::error::Result;
use crate::page::looks::{self, Look};
use crate::page::plot::{
    Area, Axes, Chart, Drawn, Plot, axes, dashed, draw, legend, legend_height, line, marker, padded, panel_title,
    pixel, rgb, rows_of, with_title_room,
};
use crate::sections::report::Report;

/// Draws the plot; `None` when no search has ended.
///
/// # Errors
/// This fails when drawing fails.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let searches = &report.searches;
    let mut limits: Vec<Limit> = searches.iter().map(|s| s.limit).collect();
    limits.dedup();
    let points = || searches.iter().flat_map(|s| s.curve.iter().chain(&s.random));
    let (Some(x), Some(y)) = (padded(points().map(|p| p.0 as f64)), padded(points().map(|p| p.1))) else {
        return Ok(None);
    };
    let y = with_title_room(y);
    let methods = report.run.methods.iter().filter(|m| searches.iter().any(|s| s.method == **m));
    let entries: Vec<(String, Look)> = methods.map(|m| (m.clone(), looks::of_method(m))).collect();
    let (top, rows) = (legend_height(&entries), rows_of(limits.len()));
    let svg = draw("search", top + 330 * rows as u32, |root| {
        let (_, below) = root.split_vertically(top);
        let columns = limits.len().min(2);
        for (area, limit) in below.split_evenly((rows, columns)).iter().zip(&limits) {
            let shown = Axes {
                x: x.clone(),
                y: y.clone(),
                x_title: "Distinct subnets scored",
                y_title: "Best fitness (nats/token)",
                left: 72,
                x_ticks: true,
            };
            let chart = axes(area, &shown)?;
            for search in searches.iter().filter(|s| s.limit == *limit) {
                draw_search(root, &chart, search, looks::of_method(&search.method))?;
            }
            panel_title(root, &chart, (x.end, y.end), &limit.label())?;
        }
        legend(root, &entries)
    })?;
    let note =
        "Solid: evolution, measured after each generation. Dashed: random search after as many subnets. Fitness: \
                validation loss with inherited weights, as training minimises it; lower is better. One line a search."
            .to_owned();
    Ok(Some(Plot { id: "search".to_owned(), title: "Evolutionary and random search".to_owned(), note, svg }))
}

fn draw_search(root: &Area, chart: &Chart, search: &Search, look: Look) -> Drawn {
    let pixels =
        |curve: &[(i64, f64)]| curve.iter().map(|(at, best)| pixel(chart, *at as f64, *best)).collect::<Vec<_>>();
    dashed(root, pixels(&search.random), rgb(look), 2)?;
    let own = pixels(&search.curve);
    line(root, own.clone(), rgb(look), 2)?;
    own.last().map_or(Ok(()), |last| marker(root, *last, look))
}
