//! These tables show measured and predicted latency.

use mos_plan::Metric;

use super::facts::Measures;
use crate::page::table::{Cell, Column, Table};
use crate::sections::report::Report;

/// Makes the table of the latency jobs; `None` when there is none.
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
    let limit = report.latencies.max_spread.map_or("not available".to_owned(), |m| format!("{:.0}%", 100.0 * m));
    let environment = &report.run.manifest.environment;
    table.note = format!(
        "Spread: standard deviation of the repeated runs of one measurement, the lowest and highest left out as the \
         protocol says, as a share of their mean, the latency; above the profile's limit ({limit}) it is too wide. A \
         mean over repeats is steadier than one run. Load average: processes that wanted to run in the minute before, \
         of all programs; the machine has {} logical cores.",
        environment.cores
    );
    for job in &report.latencies.jobs {
        let cells = vec![
            Cell::text(match job.measures {
                Measures::GivenTable => "a table that was given",
                Measures::Sample => "random subnets, for the predictor",
                Measures::Subnets => "scored and found subnets",
                Measures::Operations => "operations of NAS-BERT's blocks",
            }),
            Cell::metric(Metric::LatencyRows, job.rows),
            Cell::metric(Metric::LatencyUnsteady, job.unsteady),
            Cell::number(job.noise.map(|n| 100.0 * n), 1),
            Cell::metric(Metric::LatencyThreads, job.threads),
            Cell::metric(Metric::LatencyLoad, job.load),
            // Where a table was given, nobody here knows the device.
            if job.threads.is_some() { Cell::text(&environment.device) } else { Cell::Missing },
        ];
        table.push(cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}

/// Makes the table of the kinds of predictors; `None` when none was fitted.
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
    table.note = "Errors are absolute, as shares of the measured latency, means over several random splits of the \
                  measured subnets; the family was chosen by the validation parts, the test parts played no part in it."
        .to_owned();
    for figures in &report.latencies.predictors {
        let cells = vec![
            Cell::text(&figures.name),
            Cell::metric(Metric::PredictorMdape, figures.valid_mdape),
            Cell::metric(Metric::PredictorMdape, figures.mdape),
            Cell::metric(Metric::PredictorMape, figures.mape),
            Cell::metric(Metric::PredictorRmse, figures.rmse),
            Cell::metric(Metric::PredictorTau, figures.tau),
            Cell::text(if figures.chosen { "chosen" } else { "no" }),
        ];
        table.push(cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}

/// Makes the table of measured latencies of scored and found subnets; `None` when none was measured.
pub fn subnets(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Subnet"),
        Column::number("Encoder", "ms"),
        Column::number("Decoder", "ms"),
        Column::metric(Metric::Latency),
        Column::number("Spread", "%"),
        Column::text("Measurement"),
    ];
    let mut table = Table::new("latency", "Measured latency of scored and found subnets", columns);
    table.note = "One example; experts merged, as a subnet would be deployed.".to_owned();
    let judge = |spread: Option<f64>| match (spread, report.latencies.max_spread) {
        (Some(spread), Some(limit)) if spread > limit => Cell::text("too wide a spread"),
        (Some(_), Some(_)) => Cell::text("steady"),
        _ => Cell::Missing,
    };
    for subnet in &report.latencies.subnets {
        let cells = vec![
            Cell::text(&subnet.name),
            Cell::metric(Metric::LatencyEncoder, subnet.encoder),
            Cell::metric(Metric::LatencyDecoder, subnet.decoder),
            Cell::metric(Metric::Latency, Some(subnet.total)),
            Cell::number(subnet.spread.map(|s| 100.0 * s), 1),
            judge(subnet.spread),
        ];
        table.push(cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}
