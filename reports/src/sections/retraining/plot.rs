//! This plot shows how far a continued training is from its goal against the share of from-scratch updates, with a
//! panel for each method.

use mos_plan::Metric;
use mos_plan::metric::Better;

use super::training::Retrained;
use crate::error::Result;
use crate::page::looks::{self, Look};
use crate::page::plot::{
    Area, Axes, Chart, Drawn, GREY, Plot, axes, draw, line, marker, open_marker, padded, panel_title, pixel, rgb,
    rows_of, with_title_room,
};
use crate::sections::report::Report;

/// Draws the plot; `None` when no continued training has a curve.
///
/// # Errors
/// This fails when drawing fails.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let trainings = &report.retraining.trainings;
    let points = || trainings.iter().flat_map(to_goal);
    let (Some(x), Some(y)) = (padded(points().map(|p| p.0)), padded(points().map(|p| p.1).chain([0.0]))) else {
        return Ok(None);
    };
    let y = with_title_room(y);
    let has_curve = |m: &&String| trainings.iter().any(|r| r.method == **m && !r.curve.is_empty());
    let methods: Vec<&String> = report.run.methods.iter().filter(has_curve).collect();
    let metric = report.retraining.metric();
    let y_title = if metric == Metric::RetrainLoss { "Loss minus goal (nats/token)" } else { "BLEU minus goal" };
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
                draw_training(root, &chart, training, looks::of_method(method))?;
            }
            panel_title(root, &chart, (x.end, y.end), method)?;
        }
        Ok(())
    })?;
    let side = if metric.facts().better == Better::Lower { "below" } else { "above" };
    let note = format!(
        "One line a subnet and seed. At and {side} the line at 0 a subnet is as good as its own training from \
         scratch ended. Filled marker: reached (the first of two evaluations in a row); open marker: the budget ended \
         before."
    );
    Ok(Some(Plot {
        id: "retraining".to_owned(),
        title: "Continued training from inherited weights".to_owned(),
        note,
        svg,
    }))
}

/// Gives the share of updates in percent, and the value minus the goal.
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
