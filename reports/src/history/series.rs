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
    fn place(row: &HistoryRow) -> (&str, &str, RowKind, &str, &str) {
        (&row.benchmark, &row.metric, row.kind, &row.night, &row.base)
    }
    // Repetitions stand beside each other, and are looked up once.
    for together in rows.chunk_by(|a, b| place(a) == place(b)).filter(|rows| rows[0].base == base) {
        let row = &together[0];
        let nights = by_name.entry((&row.benchmark, &row.metric, row.kind)).or_default();
        let night = nights.entry(&row.night).or_insert_with(|| Night {
            night: row.night.clone(),
            commit: row.commit.clone(),
            environment: format!("{}, {}", row.machine, row.software),
            values: vec![],
        });
        night.values.extend(together.iter().map(|row| row.value));
    }
    let arranged = by_name.into_iter().map(|((benchmark, metric, kind), nights)| Series {
        benchmark: benchmark.to_owned(),
        metric: metric.to_owned(),
        kind,
        nights: nights.into_values().collect(),
    });
    arranged.collect()
}
