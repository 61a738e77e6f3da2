//! This measures the gaps of a CSV table, group by group and column by column.

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::claims::{Unit, repetitions};
use crate::error::{Error, Result};
use crate::input_table::InputTable;
use crate::stats::{self, Direction, Gap, PairedDifference, Scores, Settings};

/// A request says what to measure.
#[derive(Clone, Debug)]
pub struct Request {
    /// The column of from-scratch scores.
    pub scratch: String,
    /// The columns of supernet scores, at least one.
    pub supernets: Vec<String>,
    /// The columns that split the rows into groups. There may be none.
    pub groups: Vec<String>,
    /// Whether the columns hold scores or losses.
    pub direction: Direction,
    /// The settings of the bootstrap.
    pub settings: Settings,
}

/// The gap of one supernet column in one group of rows.
#[derive(Clone, Debug, Serialize)]
pub struct GroupGap {
    /// For each group column, this is its value as the text that stands in the file. It is empty without groups.
    pub group: Map<String, Value>,
    /// The supernet column.
    pub supernet: String,
    /// The statistics.
    #[serde(flatten)]
    pub gap: Gap,
    /// This compares the column's mean absolute gap with that of each other supernet column; it is absent with a single
    /// one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paired: Vec<Against>,
}

/// A paired comparison with another supernet column.
#[derive(Clone, Debug, Serialize)]
pub struct Against {
    /// The other supernet column.
    pub against: String,
    /// The difference.
    #[serde(flatten)]
    pub difference: PairedDifference,
    /// How many trainings it rests on, in words. Each column is of one training, which decides nothing about methods.
    pub verdict: String,
}

/// Measures every supernet column in every group of `path`'s rows; groups stand in the order of their first row.
///
/// Rows are the only factor of the bootstrap: a table holds one value for each subnet, so its intervals do not cover
/// what another training seed would change.
///
/// # Errors
/// [`Error::Input`] when the file is no CSV table, lacks a named column, has no rows, or holds something other than a
/// number in a column of scores; [`Error::Io`] when it cannot be read.
pub fn measure(path: &Path, request: &Request) -> Result<Vec<GroupGap>> {
    if let Some(twice) = first_repeated(&request.supernets) {
        return Err(Error::input(path, format!("column `{twice}` is named as a supernet twice; name it once")));
    }
    if let Some(twice) = first_repeated(&request.groups) {
        return Err(Error::input(path, format!("column `{twice}` is named as a group twice; name it once")));
    }
    let table = InputTable::read(path)?;
    let scratch = table.numbers(&request.scratch)?;
    let supernets = request.supernets.iter().map(|name| table.numbers(name)).collect::<Result<Vec<_>>>()?;
    let mut out = Vec::new();
    for (group, rows) in table.groups(&request.groups)? {
        let pick = |column: &[f64]| Scores::from_column(&rows.iter().map(|&row| column[row]).collect::<Vec<_>>());
        let scratch = pick(&scratch)?;
        let supernets = supernets.iter().map(|column| pick(column)).collect::<Result<Vec<_>>>()?;
        for (name, supernet) in request.supernets.iter().zip(&supernets) {
            out.push(GroupGap {
                group: group.clone(),
                supernet: name.clone(),
                gap: stats::gap(&scratch, supernet, request.direction, &request.settings)?,
                paired: compare(name, supernet, &scratch, &supernets, request)?,
            });
        }
    }
    Ok(out)
}

fn compare(
    name: &str,
    supernet: &Scores,
    scratch: &Scores,
    supernets: &[Scores],
    request: &Request,
) -> Result<Vec<Against>> {
    let others = request.supernets.iter().zip(supernets).filter(|(other, _)| *other != name);
    let against = |(other, scores): (&String, &Scores)| {
        let difference = stats::paired_difference(scratch, supernet, scores, request.direction, &request.settings)?;
        let verdict = repetitions(Unit::Seed, 1);
        Ok(Against { against: other.clone(), difference, verdict })
    };
    others.map(against).collect()
}

fn first_repeated(names: &[String]) -> Option<&String> {
    names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)).map(|(_, name)| name)
}
