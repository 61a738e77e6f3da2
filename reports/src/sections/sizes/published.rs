//! Tables of other papers stand beside a run's own, marked as published.

use serde::Deserialize;

use crate::page::table::{Cell, Column, Table};

/// What other papers print.
const PUBLISHED: &str = include_str!("published.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    table: Vec<PublishedTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedTable {
    id: String,
    title: String,
    note: String,
    tasks: Vec<String>,
    rows: Vec<PublishedRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedRow {
    net: String,
    scores: Vec<f64>,
}

/// Makes the tables.
pub fn tables() -> Vec<Table> {
    // A test reads the file, so that this cannot fail in a build that passed its tests.
    let published: Published = toml::from_str(PUBLISHED).expect("published.toml is checked by a test");
    published.table.into_iter().map(table).collect()
}

fn table(published: PublishedTable) -> Table {
    let columns = published.tasks.iter().map(|task| Column::number(task, ""));
    let columns = std::iter::once(Column::text("Net")).chain(columns).collect();
    let mut table = Table::new(published.id, published.title, columns);
    table.note = published.note;
    for PublishedRow { net, scores } in published.rows {
        table.push(std::iter::once(Cell::text(net)).chain(scores.iter().map(|s| Cell::number(Some(*s), 1))).collect());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_those_of_their_rows_up_to_rounding() {
        let published: Published = toml::from_str(PUBLISHED).unwrap();
        for PublishedTable { tasks, rows, .. } in published.table {
            for PublishedRow { net, scores } in rows {
                assert_eq!(scores.len(), tasks.len(), "{net}");
                let (average, own) = scores.split_last().unwrap();
                let mean = own.iter().sum::<f64>() / own.len() as f64;
                assert!((mean - average).abs() <= 0.1, "{net}: {mean} is printed as {average}");
            }
        }
    }
}
