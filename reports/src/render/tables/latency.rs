//! The tables of measured and predicted latency.

use super::{Cell, Column, Table};
use crate::render::model::Report;

/// The latency jobs; `None` when there is none.
pub fn jobs(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("What"),
        Column::number("Measurements", ""),
        Column::number("Too wide a spread", "measurements"),
        Column::number("Noise floor: median spread", "%"),
        Column::number("Threads", ""),
        Column::number("Load average at start", ""),
        Column::text("Device"),
    ];
    let mut table = Table::new("latency-jobs", "How latency was measured", columns);
    let limit = report.study.plan.max_spread.map_or("not available".to_owned(), |m| format!("{:.0}%", 100.0 * m));
    table.note = format!(
        "Spread: standard deviation of the repeated runs of one measurement, the lowest and highest left out as the protocol \
         says, as a share of their mean, the latency; above the profile's limit ({limit}) it is too wide. A mean over \
         repeats is steadier than one run. Load average: processes that wanted to run in the minute before, of all programs; the \
         machine has {} logical cores.",
        report.manifest.environment.cores
    );
    for job in &report.study.latency.jobs {
        let cells = vec![
            Cell::text(job.what),
            Cell::whole(job.rows),
            Cell::whole(job.unsteady),
            Cell::number(job.noise.map(|n| 100.0 * n), 1),
            Cell::whole(job.threads),
            Cell::number(job.load, 2),
            // Where a table was given, nobody here knows the device.
            if job.threads.is_some() { Cell::text(&report.manifest.environment.device) } else { Cell::Missing },
        ];
        table.push(None, cells);
    }
    (!table.rows.is_empty()).then(|| table.without_empty_columns())
}

/// The families of predictors; `None` when none was fitted.
pub fn predictors(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Predictor"),
        Column::number("Median error, validation", "%"),
        Column::number("Median error, test", "%"),
        Column::number("Mean error, test", "%"),
        Column::number("RMSE, test", "ms"),
        Column::number("Kendall τ-b, test", ""),
        Column::text("Chosen"),
    ];
    let mut table = Table::new("predictors", "Predictors of latency", columns);
    table.note =
        "Errors are absolute, as shares of the measured latency, means over several random splits of the measured \
                  subnets; the family was chosen by the validation parts, the test parts played no part in it."
            .to_owned();
    for family in &report.study.latency.families {
        let cells = vec![
            Cell::text(&family.name),
            Cell::number(family.valid_mdape, 1),
            Cell::number(family.mdape, 1),
            Cell::number(family.mape, 1),
            Cell::number(family.rmse, 3),
            Cell::number(family.tau, 2),
            Cell::text(if family.chosen { "chosen" } else { "no" }),
        ];
        table.push(None, cells);
    }
    (!table.rows.is_empty()).then(|| table.without_empty_columns())
}

/// Measured latencies of scored and found subnets; `None` when none was measured.
pub fn subnets(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Subnet"),
        Column::number("Encoder", "ms"),
        Column::number("Decoder", "ms"),
        Column::number("Latency", "ms"),
        Column::number("Spread", "%"),
        Column::text("Measurement"),
    ];
    let mut table = Table::new("latency", "Measured latency of scored and found subnets", columns);
    table.note = "One sentence; experts merged, as a subnet would be deployed.".to_owned();
    let judge = |spread: Option<f64>| match (spread, report.study.plan.max_spread) {
        (Some(spread), Some(limit)) if spread > limit => Cell::text("too wide a spread"),
        (Some(_), Some(_)) => Cell::text("steady"),
        _ => Cell::Missing,
    };
    for subnet in &report.study.latency.subnets {
        let cells = vec![
            Cell::text(&subnet.name),
            Cell::number(subnet.encoder, 2),
            Cell::number(subnet.decoder, 2),
            Cell::number(Some(subnet.total), 2),
            Cell::number(subnet.spread.map(|s| 100.0 * s), 1),
            judge(subnet.spread),
        ];
        table.push(None, cells);
    }
    (!table.rows.is_empty()).then(|| table.without_empty_columns())
}
