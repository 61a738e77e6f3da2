//! A cell is one value of a table, and knows its written forms.

use mos_plan::Metric;

use crate::page::format::{fixed, integer};
use crate::stats;

/// One cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// The cell holds words.
    Text(String),
    /// The cell holds a number that is shown with so many decimals, and stands in the CSV in full.
    Number(f64, usize),
    /// The cell holds a whole number.
    Integer(i64),
    /// The cell holds a number whose text is made elsewhere (a learning rate).
    Shown(f64, String),
    /// The cell holds a value with its 95% interval, where it has one.
    Estimate {
        /// The value.
        value: f64,
        /// The ends of the interval.
        interval: Option<(f64, f64)>,
        /// How many decimals are shown.
        decimals: usize,
    },
    /// The cell holds nothing, since it was not measured or is undefined. It is shown as "n/a" and empty in the CSV.
    Missing,
}

impl Cell {
    /// Makes a cell of words.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell::Text(text.into())
    }

    /// Makes a cell of a number, or [`Cell::Missing`] where there is none or it is not finite.
    pub fn number(value: Option<f64>, decimals: usize) -> Cell {
        match value {
            Some(value) if value.is_finite() => Cell::Number(value, decimals),
            _ => Cell::Missing,
        }
    }

    /// Makes a cell of a whole number held as a float, or [`Cell::Missing`].
    pub fn whole(value: Option<f64>) -> Cell {
        match value {
            Some(value) if value.is_finite() => Cell::Integer(value.round() as i64),
            _ => Cell::Missing,
        }
    }

    /// Makes a cell of a metric's value with the metric's decimals, or [`Cell::Missing`].
    pub fn metric(metric: Metric, value: Option<f64>) -> Cell {
        match metric.facts().decimals {
            0 => Cell::whole(value),
            decimals => Cell::number(value, decimals),
        }
    }

    /// Makes a cell of a statistic with its interval; what is not finite counts as absent.
    pub fn estimate(estimate: &stats::Estimate, decimals: usize) -> Cell {
        match estimate.value {
            Some(value) if value.is_finite() => {
                let interval = estimate.lo.zip(estimate.hi).filter(|(lo, hi)| lo.is_finite() && hi.is_finite());
                Cell::Estimate { value, interval, decimals }
            }
            _ => Cell::Missing,
        }
    }

    /// Writes the cell in plain words.
    pub fn plain(&self) -> String {
        match self.interval_text() {
            Some(interval) => format!("{} {interval}", self.main_text()),
            None => self.main_text(),
        }
    }

    pub(super) fn main_text(&self) -> String {
        match self {
            Cell::Text(text) | Cell::Shown(_, text) => text.clone(),
            Cell::Number(value, decimals) | Cell::Estimate { value, decimals, .. } => fixed(*value, *decimals),
            Cell::Integer(value) => integer(*value),
            Cell::Missing => "n/a".to_owned(),
        }
    }

    /// Gives the number by which a table is sorted, and which a tooltip shows in full; none of words.
    pub(super) fn exact(&self) -> Option<String> {
        match self {
            Cell::Number(value, _) | Cell::Shown(value, _) | Cell::Estimate { value, .. } => Some(value.to_string()),
            Cell::Integer(value) => Some(value.to_string()),
            Cell::Text(_) | Cell::Missing => None,
        }
    }

    pub(super) fn interval_text(&self) -> Option<String> {
        match self {
            Cell::Estimate { interval: Some((lo, hi)), decimals, .. } => {
                Some(format!("[{}, {}]", fixed(*lo, *decimals), fixed(*hi, *decimals)))
            }
            _ => None,
        }
    }

    /// Gives the fields of the CSV, which are one, or three in a column of estimates.
    pub(super) fn csv_fields(&self, in_estimates: bool) -> Vec<String> {
        let first = match self {
            Cell::Text(text) => text.clone(),
            Cell::Number(value, _) | Cell::Shown(value, _) | Cell::Estimate { value, .. } => value.to_string(),
            Cell::Integer(value) => value.to_string(),
            Cell::Missing => String::new(),
        };
        if !in_estimates {
            return vec![first];
        }
        let (lo, hi) = match self {
            Cell::Estimate { interval: Some((lo, hi)), .. } => (lo.to_string(), hi.to_string()),
            _ => (String::new(), String::new()),
        };
        vec![first, lo, hi]
    }
}
