//! Continued training: how far from its goal against the share of from-scratch updates, a panel a method.

use super::parts::{open_marker, panel_title, rows_of, with_title_room};
use super::*;
use crate::render::model::Report;
use crate::render::model::study::retraining::Retrained;

/// The plot; `None` when no continued training has a curve.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let trainings = &report.study.retraining.trainings;
    let points = || trainings.iter().flat_map(to_goal);
    let (Some(x), Some(y)) = (padded(points().map(|p| p.0)), padded(points().map(|p| p.1).chain([0.0]))) else {
        return Ok(None);
    };
    let y = with_title_room(y);
    let methods: Vec<&String> =
        report.methods.iter().filter(|m| trainings.iter().any(|r| r.method == **m && !r.curve.is_empty())).collect();
    let is_loss = trainings.iter().all(|r| r.is_loss);
    let y_title = if is_loss { "Loss minus goal (nats/token)" } else { "BLEU minus goal" };
    let rows = rows_of(methods.len());
    let svg = draw("retraining", 330 * rows as u32, |root| {
        for (area, method) in root.split_evenly((rows, methods.len().min(2))).iter().zip(&methods) {
            let shown = Axes {
                x: x.clone(),
                y: y.clone(),
                x_title: "Share of updates from scratch (%)",
                y_title,
                left: 72,
                x_ticks: true,
            };
            let chart = axes(area, &shown)?;
            line(root, vec![pixel(&chart, x.start, 0.0), pixel(&chart, x.end, 0.0)], GREY, 2)?;
            for training in trainings.iter().filter(|r| r.method == **method) {
                draw_training(root, &chart, training, report.look(method))?;
            }
            panel_title(root, &chart, (x.end, y.end), method)?;
        }
        Ok(())
    })?;
    let side = if is_loss { "below" } else { "above" };
    let note = format!(
        "One line a found subnet and seed. At and {side} the line at 0 a subnet is as good as its own training from scratch \
         ended. Filled marker: reached (the first of two evaluations in a row); open marker: the budget ended before."
    );
    Ok(Some(Plot { id: "retraining", title: "Continued training from inherited weights".to_owned(), note, svg }))
}

/// Share of updates in percent, and value minus goal.
fn to_goal(training: &Retrained) -> impl Iterator<Item = (f64, f64)> + '_ {
    training.curve.iter().map(|(share, value)| (100.0 * share, value - training.goal))
}

fn draw_training(root: &Area, chart: &Chart, training: &Retrained, look: Look) -> Drawn {
    let pixels: Vec<_> = to_goal(training).map(|(x, y)| pixel(chart, x, y)).collect();
    line(root, pixels.clone(), rgb(look), 2)?;
    let Some(last) = pixels.last() else { return Ok(()) };
    let ends = to_goal(training).find(|(x, _)| training.share.is_some_and(|share| *x >= 100.0 * share - 1e-9));
    match ends {
        Some((x, y)) if training.reached => marker(root, pixel(chart, x, y), look),
        _ => open_marker(root, *last, look),
    }
}
