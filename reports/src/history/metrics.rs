//! What is known of metrics is data: unit, direction, and what matters to anybody.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::error::{Error, Result};

/// The shipped facts.
const METRICS: &str = include_str!("../../history/metrics.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    metric: Vec<Metric>,
}

/// What is known of a metric.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// The unit of its values.
    pub unit: String,
    /// What it is.
    pub about: String,
    /// Whether a higher value is worse, as of a loss or a time.
    pub higher_is_worse: bool,
    /// The least deviation of a night's value that is believed.
    #[serde(default)]
    pub floor: f64,
    /// A shift smaller than this matters to nobody.
    #[serde(default)]
    pub least_effect: f64,
}

/// Gives the shipped facts, which are read once.
pub fn metrics() -> &'static [Metric] {
    static KNOWN: LazyLock<Vec<Metric>> =
        LazyLock::new(|| toml::from_str::<File>(METRICS).expect("the shipped metrics are well formed").metric);
    &KNOWN
}

/// Gives the unit of a metric; empty for one that is not known.
pub fn unit(name: &str) -> &'static str {
    find(metrics(), name).map_or("", |metric| &metric.unit)
}

/// Finds a metric by name.
///
/// # Errors
/// This fails for a name that the file lacks, with those that it has.
pub fn find<'a>(metrics: &'a [Metric], name: &str) -> Result<&'a Metric> {
    metrics.iter().find(|metric| metric.name == name).ok_or_else(|| {
        let known: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
        Error::Run(format!(
            "the history has a metric `{name}`, of which nothing is known here (known: {}); add it to reports/history/metrics.toml",
            known.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_metrics_are_read_and_an_unknown_one_is_named() {
        let metrics = metrics();
        for metric in metrics {
            assert_eq!(
                (metric.floor > 0.0, metric.least_effect > 0.0),
                (metric.name != "seconds", metric.name != "seconds")
            );
        }
        assert_eq!(find(metrics, "loss").unwrap().unit, "nats");
        let error = find(metrics, "bleu").unwrap_err().to_string();
        assert!(error.contains("`bleu`") && error.contains("loss, time, seconds"), "{error}");
    }
}
