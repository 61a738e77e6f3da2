//! This plot shows latency against FLOPs of the random subnets that the predictor was fitted to.

use crate::error::Result;
use crate::page::format::si_prefix;
use crate::page::looks;
use crate::page::plot::{Axes, Plot, axes, draw, marker, padded, pixel};
use crate::sections::report::Report;
use crate::stats::kendall_tau_b;

/// Draws the plot; `None` when no sample was measured.
///
/// # Errors
/// This fails when drawing fails.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let sample = &report.latencies.sample;
    let (scale, prefix) = si_prefix(sample.iter().map(|point| point.0));
    let points: Vec<(f64, f64)> = sample.iter().map(|(flops, ms)| (flops / scale, *ms)).collect();
    let (Some(x), Some(y)) = (padded(points.iter().map(|p| p.0)), padded(points.iter().map(|p| p.1))) else {
        return Ok(None);
    };
    let x_title = format!("Forward FLOPs of an example without output projection ({prefix}FLOP)");
    let svg = draw("latency-flops", 400, |root| {
        let shown =
            Axes { x: x.clone(), y: y.clone(), x_title: &x_title, y_title: "Latency (ms)", left: 66, x_ticks: true };
        let chart = axes(root, &shown)?;
        points.iter().try_for_each(|(flops, ms)| marker(root, pixel(&chart, *flops, *ms), looks::of_subnet(1)))
    })?;
    let (flops, ms): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
    let agreement =
        kendall_tau_b(&flops, &ms).map_or(String::new(), |tau| format!(" Kendall τ-b of the two: {tau:.2}."));
    let note = format!("{} random subnets, measured for the predictor.{agreement}", ms.len());
    Ok(Some(Plot { id: "latency-flops".to_owned(), title: "Latency against FLOPs".to_owned(), note, svg }))
}
