//! Writes what `cargo xtask arch` prints of each architecture.

use std::path::Path;

use serde::Serialize;

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
    /// Parameters without embeddings and output projection.
    pub params: i64,
    /// FLOPs of one pair at the space's length without the output projection ([`count::flops`]).
    pub flops: i64,
    /// The router's features, in the order of [`SearchSpace::encode`].
    pub features: Vec<f64>,
    /// Published parameters in millions, where the file has them.
    pub published_params_m: Option<f64>,
    /// Published FLOPs in thousand millions, where the file has them.
    pub published_flops_g: Option<f64>,
}

/// Describes the architectures of a file (HAT's sub-transformer YAML, or a JSON object of configurations), in file
/// order.
///
/// # Errors
/// Fails if the file cannot be read or is broken (what and where); an architecture lies outside the space (which field,
/// which values are allowed).
pub fn describe(space: &SearchSpace, file: &Path) -> Result<Vec<ArchReport>, SpaceError> {
    let report = |entry: Entry| ArchReport {
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

/// Writes the reports as text: a table of counts and, below it, one of router features.
pub fn table(space: &SearchSpace, reports: &[ArchReport]) -> String {
    let headers = space.family.fields.iter().map(|field| field.header);
    let published = |figure: Option<f64>| figure.map_or("-".to_string(), |f| format!("{f:.2}"));
    let mut counts = vec![["name", "params", "published M", "FLOPs", "published G"].map(String::from).to_vec()];
    let mut features = vec![std::iter::once("name").chain(headers).map(String::from).collect::<Vec<_>>()];
    for r in reports {
        counts.push(vec![
            r.name.clone(),
            r.params.to_string(),
            published(r.published_params_m),
            r.flops.to_string(),
            published(r.published_flops_g),
        ]);
        let values = r.features.iter().map(|f| format!("{f:.4}"));
        features.push(std::iter::once(r.name.clone()).chain(values).collect());
    }
    format!(
        "{}: parameters without embeddings; FLOPs of one pair of {n} + {n} tokens; both without the output \
         projection\n\n{}\nRouter features, as shares of the space's norm\n\n{}",
        space.name,
        aligned(&counts),
        aligned(&features),
        n = space.flops_length,
    )
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
