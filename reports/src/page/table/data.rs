//! A table is data first, and is written in several forms later.

use mos_plan::Metric;

use super::cell::Cell;
use crate::page::looks;

/// The kind says what a column holds. It decides the column's alignment and its columns in the CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// The column holds words, which stand to the left.
    Text,
    /// The column holds numbers, which stand to the right.
    Number,
    /// The column holds values with intervals, which take three columns in the CSV (`x`, `x lo`, `x hi`).
    Estimate,
}

/// A column is known by its heading, its unit and what it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What the column is called.
    pub name: String,
    /// The column's unit; empty for a pure number or words.
    pub unit: String,
    /// What the column holds.
    pub kind: ColumnKind,
}

impl Column {
    /// Makes a column of words.
    pub fn text(name: &str) -> Column {
        Column { name: name.to_owned(), unit: String::new(), kind: ColumnKind::Text }
    }

    /// Makes a column of numbers.
    pub fn number(name: &str, unit: &str) -> Column {
        Column { name: name.to_owned(), unit: unit.to_owned(), kind: ColumnKind::Number }
    }

    /// Makes a column of values with intervals.
    pub fn estimate(name: &str, unit: &str) -> Column {
        Column { name: name.to_owned(), unit: unit.to_owned(), kind: ColumnKind::Estimate }
    }

    /// Makes a column of the values of one metric.
    pub fn metric(metric: Metric) -> Column {
        Column::number(metric.facts().label, metric.facts().unit)
    }

    /// Gives the heading with its unit.
    pub(super) fn heading(&self) -> String {
        if self.unit.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, self.unit) }
    }
}

/// A row holds its cells, and the colour that marks its method in the plots.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// One cell for each column.
    pub cells: Vec<Cell>,
    /// The colour, as `#rrggbb`, of the method that the first cell names. It is shown as a swatch before the cell. A
    /// row that belongs to no method has none.
    pub colour: Option<&'static str>,
    /// The methods whose jobs are behind it; the first cell leads to those of the first one.
    pub methods: Vec<String>,
    /// The ids of these jobs; empty while nobody named them.
    pub jobs: Vec<String>,
}

/// A table has rows under headings, and a caption.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The file stem and HTML anchor, of letters, digits and hyphens.
    pub id: String,
    /// The caption.
    pub title: String,
    /// What a reader must know to read the table; may be empty.
    pub note: String,
    /// The headings.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Whether a page shows it folded: it holds what few readers look for.
    pub minor: bool,
}

impl Table {
    /// Makes an empty table.
    pub fn new(id: impl Into<String>, title: impl Into<String>, columns: Vec<Column>) -> Table {
        Table { id: id.into(), title: title.into(), note: String::new(), columns, rows: Vec::new(), minor: false }
    }

    /// Adds a row that belongs to no method.
    pub fn push(&mut self, cells: Vec<Cell>) {
        self.push_of(&[], cells);
    }

    /// Adds a row that rests on jobs of these methods.
    pub fn push_of(&mut self, methods: &[&str], cells: Vec<Cell>) {
        let methods = methods.iter().map(|method| (*method).to_owned()).collect();
        self.push_row(Row { cells, colour: None, methods, jobs: vec![] });
    }

    /// Adds a row of a method, which the first cell names.
    pub fn push_method(&mut self, method: &str, mut cells: Vec<Cell>) {
        cells.insert(0, Cell::text(method));
        let colour = Some(looks::of_method(method).hex);
        self.push_row(Row { cells, colour, methods: vec![method.to_owned()], jobs: vec![] });
    }

    /// Names the jobs behind each row.
    pub fn name_jobs(&mut self, ids_of: impl Fn(&str) -> Vec<String>) {
        for row in &mut self.rows {
            row.methods.retain(|method| !ids_of(method).is_empty());
            row.jobs = row.methods.iter().flat_map(|method| ids_of(method)).collect();
        }
    }

    fn push_row(&mut self, row: Row) {
        assert_eq!(row.cells.len(), self.columns.len(), "table {}", self.id);
        self.rows.push(row);
    }

    /// Gives the table as one that a page shows folded.
    pub fn folded(mut self) -> Table {
        self.minor = true;
        self
    }

    /// Gives the table, unless it has no row.
    pub fn unless_empty(self) -> Option<Table> {
        (!self.rows.is_empty()).then_some(self)
    }

    /// Drops the columns in which no row has a value (a metric that this run did not measure).
    pub fn without_empty_columns(mut self) -> Table {
        let keep: Vec<bool> = (0..self.columns.len())
            .map(|i| i == 0 || self.rows.iter().any(|row| row.cells[i] != Cell::Missing))
            .collect();
        let mut index = 0..;
        self.columns.retain(|_| index.next().is_some_and(|i: usize| keep[i]));
        for row in &mut self.rows {
            let mut index = 0..;
            row.cells.retain(|_| index.next().is_some_and(|i: usize| keep[i]));
        }
        self
    }
}
