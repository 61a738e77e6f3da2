//! Records are the columns of a table, and both versions of the columns are known here.
//!
//! Version 1 wrote names of subnets, labels of limits and names of predictors into the column `subnet` and left it at
//! that. Version 2 keeps these texts for readers, and says in `subject` what each is and in `bound` how far a limit
//! goes.

use mos_plan::legacy;
use mos_plan::record::RECORD_SCHEMA;
use mos_plan::subject::SubjectColumns;
use mos_plan::{Metric, Record, Subject};
use polars_core::prelude::*;

/// These are the columns of version 1, with which those of version 2 begin.
const VERSION_1: [(&str, DataType); 12] = [
    ("job_id", DataType::String),
    ("track", DataType::String),
    ("dataset", DataType::String),
    ("profile", DataType::String),
    ("method", DataType::String),
    ("seed", DataType::Int64),
    ("subnet", DataType::String),
    ("split", DataType::String),
    ("metric", DataType::String),
    ("step", DataType::Int64),
    ("value", DataType::Float64),
    ("loaded", DataType::Boolean),
];
/// These are the columns that version 2 added.
const SINCE_VERSION_2: [(&str, DataType); 2] = [("subject", DataType::String), ("bound", DataType::Float64)];

/// Gives the columns of a version, in order. A file with any others is refused.
fn schema(version: u32) -> Schema {
    let added = if version == 1 { &SINCE_VERSION_2[..0] } else { &SINCE_VERSION_2[..] };
    let fields = VERSION_1.iter().chain(added);
    Schema::from_iter(fields.map(|(name, kind)| Field::new((*name).into(), kind.clone())))
}

/// Puts records into a table of the version that is written.
pub fn to_frame(records: &[Record]) -> PolarsResult<DataFrame> {
    let subjects: Vec<SubjectColumns> = records.iter().map(|r| r.subject.columns()).collect();
    let text = |name: &str, cells: Vec<&str>| Column::new(name.into(), cells);
    let integer = |name: &str, cells: Vec<i64>| Column::new(name.into(), cells);
    let splits: Vec<String> =
        records.iter().map(|r| r.split.map_or(String::new(), |split| split.to_string())).collect();
    DataFrame::new(
        records.len(),
        vec![
            text("job_id", records.iter().map(|r| r.job_id.as_str()).collect()),
            text("track", records.iter().map(|r| r.track.name()).collect()),
            text("dataset", records.iter().map(|r| r.dataset.as_str()).collect()),
            text("profile", records.iter().map(|r| r.profile.as_str()).collect()),
            text("method", records.iter().map(|r| r.method.as_str()).collect()),
            integer("seed", records.iter().map(|r| r.seed).collect()),
            text("subnet", subjects.iter().map(|s| s.text.as_str()).collect()),
            text("split", splits.iter().map(String::as_str).collect()),
            text("metric", records.iter().map(|r| r.metric.name()).collect()),
            integer("step", records.iter().map(|r| r.step).collect()),
            Column::new("value".into(), records.iter().map(|r| r.value).collect::<Vec<f64>>()),
            Column::new("loaded".into(), records.iter().map(|r| r.loaded).collect::<Vec<bool>>()),
            text("subject", subjects.iter().map(|s| s.kind.as_str()).collect()),
            Column::new("bound".into(), subjects.iter().map(|s| s.bound).collect::<Vec<Option<f64>>>()),
        ],
    )
}

/// Reads the records of a table of a version that is known, 1 or [`RECORD_SCHEMA`].
///
/// # Errors
/// It is an error when the table has other columns than that version, or a cell that this program does not understand;
/// the message names the row.
pub fn from_frame(frame: &DataFrame, version: u32) -> Result<Vec<Record>, String> {
    assert!((1..=RECORD_SCHEMA).contains(&version), "version {version} is not known");
    if **frame.schema() != schema(version) {
        return Err(format!("its columns are not those of version {version}: {:?}", frame.get_column_names()));
    }
    let columns = Columns::of(frame, version).map_err(|error| error.to_string())?;
    (0..frame.height()).map(|row| columns.record(row).map_err(|reason| format!("row {row}: {reason}"))).collect()
}

/// These are the columns of a table, to be read row by row.
struct Columns {
    job_id: StringChunked,
    track: StringChunked,
    dataset: StringChunked,
    profile: StringChunked,
    method: StringChunked,
    seed: Int64Chunked,
    subnet: StringChunked,
    split: StringChunked,
    metric: StringChunked,
    step: Int64Chunked,
    value: Float64Chunked,
    loaded: BooleanChunked,
    /// `subject` and `bound`, which version 1 does not have.
    subject: Option<(StringChunked, Float64Chunked)>,
}

impl Columns {
    fn of(frame: &DataFrame, version: u32) -> PolarsResult<Columns> {
        let text = |name: &str| Ok::<_, PolarsError>(frame.column(name)?.as_materialized_series().str()?.clone());
        Ok(Columns {
            job_id: text("job_id")?,
            track: text("track")?,
            dataset: text("dataset")?,
            profile: text("profile")?,
            method: text("method")?,
            seed: frame.column("seed")?.i64()?.clone(),
            subnet: text("subnet")?,
            split: text("split")?,
            metric: text("metric")?,
            step: frame.column("step")?.i64()?.clone(),
            value: frame.column("value")?.f64()?.clone(),
            loaded: frame.column("loaded")?.bool()?.clone(),
            subject: if version == 1 { None } else { Some((text("subject")?, frame.column("bound")?.f64()?.clone())) },
        })
    }

    fn record(&self, row: usize) -> Result<Record, String> {
        let empty = || "it has an empty cell".to_owned();
        let text = |column: &StringChunked| column.get(row).map(str::to_owned).ok_or_else(empty);
        let metric: Metric = text(&self.metric)?.parse().map_err(|e| format!("{e}"))?;
        let split = text(&self.split)?;
        Ok(Record {
            job_id: text(&self.job_id)?,
            track: text(&self.track)?.parse().map_err(|e| format!("{e}"))?,
            dataset: text(&self.dataset)?,
            profile: text(&self.profile)?,
            method: text(&self.method)?,
            seed: self.seed.get(row).ok_or_else(empty)?,
            subject: self.subject(row, metric)?,
            split: if split.is_empty() { None } else { Some(split.parse().map_err(|e| format!("{e}"))?) },
            metric,
            step: self.step.get(row).ok_or_else(empty)?,
            value: self.value.get(row).ok_or_else(empty)?,
            loaded: self.loaded.get(row).ok_or_else(empty)?,
        })
    }

    fn subject(&self, row: usize, metric: Metric) -> Result<Subject, String> {
        let text = self.subnet.get(row).ok_or("it has an empty cell")?;
        match &self.subject {
            None => legacy::subject(metric, text),
            Some((kind, bound)) => {
                let kind = kind.get(row).ok_or("it has an empty cell")?.to_owned();
                Subject::read(SubjectColumns { kind, text: text.to_owned(), bound: bound.get(row) })
            }
        }
    }
}
