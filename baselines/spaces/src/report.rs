//! Writes what `cargo xtask arch` prints of each architecture.

use std::path::Path;

use serde::{Serialize, Serializer};

use crate::arch::Arch;
use crate::count;
use crate::error::SpaceError;
use crate::read::file::{self, Entry};
use crate::space::SearchSpace;

/// Counts and router features of one architecture of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArchReport {
    /// Object key (JSON) or file stem (YAML).
    pub name: String,
    /// Parameters as the space's paper counts them, where this is another number than `params`
    /// ([`count::params_published_rule`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params_published_rule: Option<i64>,
    /// Parameters ([`count::params`]).
    pub params: i64,
    /// FLOPs of one example at the space's length without the output projection ([`count::flops`]).
    pub flops: i64,
    /// The router's features, in the order of [`SearchSpace::encode`]; null in JSON where the space has no router.
    #[serde(serialize_with = "null_where_empty")]
    pub features: Vec<f64>,
    /// Published parameters in millions, where the file has them.
    pub published_params_m: Option<f64>,
    /// Published FLOPs in thousand millions, where the file has them.
    pub published_flops_g: Option<f64>,
}

fn null_where_empty<S: Serializer>(features: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    (!features.is_empty()).then_some(features).serialize(serializer)
}

/// Describes the architectures of a file (HAT's sub-transformer YAML, or a JSON object of configurations), in file
/// order.
///
/// # Errors
/// Fails if the file cannot be read or is broken (what and where); an architecture lies outside the space (which field,
/// which values are allowed).
pub fn describe(space: &SearchSpace, file: &Path) -> Result<Vec<ArchReport>, SpaceError> {
    let report = |entry: Entry| ArchReport {
        params_published_rule: count::params_published_rule(space, &entry.arch),
        params: count::params(space, &entry.arch),
        flops: count::flops(space, &entry.arch),
        features: space.features(&entry.arch),
        name: entry.name,
        published_params_m: entry.published_params_m,
        published_flops_g: entry.published_flops_g,
    };
    Ok(file::read(space, file)?.into_iter().map(report).collect())
}

/// Reads the architectures of a file by name, in file order. Files and errors are those of [`describe`].
pub fn read_archs(space: &SearchSpace, file: &Path) -> Result<Vec<(String, Arch)>, SpaceError> {
    Ok(file::read(space, file)?.into_iter().map(|entry| (entry.name, entry.arch)).collect())
}

/// Writes the reports as text: what is counted, a table of counts and, below it, one of router features.
pub fn table(space: &SearchSpace, reports: &[ArchReport]) -> String {
    let features = if space.feature_norm.is_empty() {
        "No router features: the space has no router\n".to_string()
    } else {
        format!("Router features, as shares of the space's norm\n\n{}", aligned(&features(space, reports)))
    };
    format!("{}: {}\n\n{}\n{features}", space.name, count::legend(space), aligned(&counts(reports)))
}

/// Returns the rows of the table of counts, which has a column of the published rule where the space has such a rule.
fn counts(reports: &[ArchReport]) -> Vec<Vec<String>> {
    let figure = |published: Option<f64>| published.map_or("-".to_string(), |f| format!("{f:.2}"));
    let by_rule = reports.iter().any(|r| r.params_published_rule.is_some());
    let row = |name: &str, rule: Option<String>, cells: [String; 4]| {
        let head = std::iter::once(name.to_string()).chain(rule);
        head.chain(cells).collect::<Vec<String>>()
    };
    let headers = ["params", "published M", "FLOPs", "published G"].map(String::from);
    let mut rows = vec![row("name", by_rule.then(|| "params_published_rule".to_string()), headers)];
    for r in reports {
        let (params, flops) = (r.params.to_string(), r.flops.to_string());
        let cells = [params, figure(r.published_params_m), flops, figure(r.published_flops_g)];
        rows.push(row(&r.name, r.params_published_rule.map(|n| n.to_string()), cells));
    }
    rows
}

/// Returns the rows of the table of features.
fn features(space: &SearchSpace, reports: &[ArchReport]) -> Vec<Vec<String>> {
    let row = |name: &str, cells: Vec<String>| std::iter::once(name.to_string()).chain(cells).collect::<Vec<_>>();
    let values = |r: &ArchReport| row(&r.name, r.features.iter().map(|f| format!("{f:.4}")).collect());
    std::iter::once(row("name", space.feature_headers())).chain(reports.iter().map(values)).collect()
}

/// Sets columns two spaces apart, the first flush left and the others flush right.
fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let first = format!("{:<1$}", row[0], widths[0]);
        let rest = row.iter().zip(&widths).skip(1).map(|(cell, w)| format!("  {cell:>w$}"));
        std::iter::once(first).chain(rest).collect::<String>() + "\n"
    };
    rows.iter().map(line).collect()
}
