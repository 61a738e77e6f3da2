//! A series is one metric of one benchmark against one base, night by night.

use std::collections::BTreeMap;

use super::row::{HistoryRow, RowKind};

/// What a night measured of a series: its repetitions.
#[derive(Clone, Debug, PartialEq)]
pub struct Night {
    /// The night.
    pub night: String,
    /// The commit.
    pub commit: String,
    /// Machine and software.
    pub environment: String,
    /// The values, by repetition.
    pub values: Vec<f64>,
}

/// A series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What is run.
    pub benchmark: String,
    /// What is measured of it.
    pub metric: String,
    /// What the values are of.
    pub kind: RowKind,
    /// The nights, in order.
    pub nights: Vec<Night>,
}

impl Series {
    /// Gives its name.
    pub fn name(&self) -> String {
        format!("{}/{}", self.benchmark, self.metric)
    }
}

/// Arranges the rows that were measured against a base.
pub fn series(rows: &[HistoryRow], base: &str) -> Vec<Series> {
    let mut by_name: BTreeMap<(&str, &str, RowKind), BTreeMap<&str, Night>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.base == base) {
        let nights = by_name.entry((&row.benchmark, &row.metric, row.kind)).or_default();
        let night = nights.entry(&row.night).or_insert_with(|| Night {
            night: row.night.clone(),
            commit: row.commit.clone(),
            environment: format!("{}, {}", row.machine, row.software),
            values: vec![],
        });
        night.values.push(row.value);
    }
    let arranged = by_name.into_iter().map(|((benchmark, metric, kind), nights)| Series {
        benchmark: benchmark.to_owned(),
        metric: metric.to_owned(),
        kind,
        nights: nights.into_values().collect(),
    });
    arranged.collect()
}
