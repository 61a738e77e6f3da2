//! Latency tables: the CSV format of HAT's published measurements (arXiv 2005.14187, `latency_dataset`).
//!
//! A header line, then one line a measured subnet: its ten features (not divided by any norm), mean latency of encoder
//! and decoder, and the standard deviations over the repeats, all in ms. Columns are found by name, in any order;
//! [`write()`] uses HAT's order.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use crate::space::encoding::FEATURES;
use crate::{Error, Result};

/// The columns in HAT's order: the features of [`crate::space::encoding`], then the measurements.
pub const COLUMNS: [&str; FEATURES + 4] = [
    "encoder_embed_dim",
    "encoder_layer_num",
    "encoder_ffn_embed_dim_avg",
    "encoder_self_attention_heads_avg",
    "decoder_embed_dim",
    "decoder_layer_num",
    "decoder_ffn_embed_dim_avg",
    "decoder_self_attention_heads_avg",
    "decoder_ende_attention_heads_avg",
    "decoder_arbitrary_ende_attn_avg",
    "latency_mean_encoder",
    "latency_mean_decoder",
    "latency_std_encoder",
    "latency_std_decoder",
];

/// One measured subnet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatencyRow {
    /// The ten features, in the order of [`crate::space::encoding`], not divided by a norm.
    pub features: [f64; FEATURES],
    /// Mean encoder latency, ms.
    pub encoder_ms: f64,
    /// Mean decoder latency, ms.
    pub decoder_ms: f64,
    /// Standard deviation of the encoder latency over the repeats, ms; 0 where it was not measured.
    pub encoder_std_ms: f64,
    /// Standard deviation of the decoder latency over the repeats, ms; 0 where it was not measured.
    pub decoder_std_ms: f64,
}

impl LatencyRow {
    /// Encoder plus decoder mean latency, ms: what is predicted.
    pub fn total_ms(&self) -> f64 {
        self.encoder_ms + self.decoder_ms
    }

    /// Spread of one timed run of encoder and decoder, as a share of [`Self::total_ms`]; the two are taken as
    /// independent.
    pub fn relative_std(&self) -> f64 {
        self.encoder_std_ms.hypot(self.decoder_std_ms) / self.total_ms()
    }

    fn values(&self) -> [f64; COLUMNS.len()] {
        let measured = [self.encoder_ms, self.decoder_ms, self.encoder_std_ms, self.decoder_std_ms];
        std::array::from_fn(|i| if i < FEATURES { self.features[i] } else { measured[i - FEATURES] })
    }

    fn from_values(values: [f64; COLUMNS.len()]) -> LatencyRow {
        LatencyRow {
            features: std::array::from_fn(|i| values[i]),
            encoder_ms: values[FEATURES],
            decoder_ms: values[FEATURES + 1],
            encoder_std_ms: values[FEATURES + 2],
            decoder_std_ms: values[FEATURES + 3],
        }
    }
}

/// A reason without its file.
type Parsed<T> = std::result::Result<T, String>;

/// Reads a table.
///
/// # Errors
/// The file cannot be read, is empty or has no rows; a column is missing, unknown or stands twice; a line is wider or
/// narrower than the header; a value is not a finite number, is negative, or is a mean latency of 0. Each names the file
/// and, as far as there is one, line and column.
pub fn read(path: &Path) -> Result<Vec<LatencyRow>> {
    let bytes = std::fs::read(path).map_err(|cause| Error::Read { path: path.to_path_buf(), cause })?;
    parse(&bytes).map_err(|reason| Error::LatencyTable { path: path.to_path_buf(), reason })
}

/// Writes a table in HAT's column order; the file appears whole or not at all.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, rows: &[LatencyRow]) -> Result<()> {
    let lines = rows.iter().map(|row| row.values().map(|v| v.to_string()).join(","));
    let text: String = std::iter::once(COLUMNS.join(",")).chain(lines).map(|line| line + "\n").collect();
    mos_datasets::storage::write_atomic(path, text.as_bytes())
        .map_err(|cause| Error::Write { path: path.to_path_buf(), cause })
}

fn parse(bytes: &[u8]) -> Parsed<Vec<LatencyRow>> {
    let mut reader = ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|e| in_words(&e))?.clone();
    if header.is_empty() {
        return Err("the file is empty".to_string());
    }
    let places = places(&header)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.push(row(&record.map_err(|e| in_words(&e))?, &places)?);
    }
    if rows.is_empty() {
        return Err("no rows below the header".to_string());
    }
    Ok(rows)
}

/// Where each of [`COLUMNS`] stands in the file.
fn places(header: &StringRecord) -> Parsed<[usize; COLUMNS.len()]> {
    for (i, name) in header.iter().enumerate() {
        if !COLUMNS.contains(&name) {
            return Err(format!("line 1: unknown column `{name}` (known: {})", COLUMNS.join(", ")));
        }
        if header.iter().take(i).any(|earlier| earlier == name) {
            return Err(format!("line 1: column `{name}` stands twice"));
        }
    }
    let mut places = [0; COLUMNS.len()];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        let found = header.iter().position(|given| given == name);
        *place = found.ok_or_else(|| format!("line 1: column `{name}` is missing"))?;
    }
    Ok(places)
}

fn row(record: &StringRecord, places: &[usize; COLUMNS.len()]) -> Parsed<LatencyRow> {
    let line = record.position().map_or(0, csv::Position::line);
    let mut values = [0.0; COLUMNS.len()];
    for ((value, &place), column) in values.iter_mut().zip(places).zip(COLUMNS) {
        let text = &record[place];
        let refuse = |what: &str| Err(format!("line {line}, column `{column}`: `{text}` {what}"));
        match text.parse::<f64>() {
            Ok(number) if !number.is_finite() => return refuse("is not a finite number"),
            Ok(number) if number < 0.0 => return refuse("is negative"),
            Ok(0.0) if column.starts_with("latency_mean") => return refuse("ms is no measured latency"),
            Ok(number) => *value = number,
            Err(_) => return refuse("is not a number"),
        }
    }
    Ok(LatencyRow::from_values(values))
}

/// The crate's messages count records and bytes; people count lines.
fn in_words(error: &csv::Error) -> String {
    let line = error.position().map(|at| format!("line {}: ", at.line())).unwrap_or_default();
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{line}{len} values under a header of {expected_len} columns")
        }
        csv::ErrorKind::Utf8 { .. } => format!("{line}not UTF-8 text"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALUES: &str = "640,6,1194.6666666666667,4.5,640,3,1877.3,4.0,5.3,2.0,9.9,236.7,0.1,12.7";

    fn table(lines: &[&str]) -> String {
        format!("{}\n{}\n", COLUMNS.join(","), lines.join("\n"))
    }

    fn refusal(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let rows = parse(table(&[VALUES]).as_bytes()).unwrap();
        assert_eq!((rows[0].encoder_ms, rows[0].decoder_ms, rows[0].encoder_std_ms), (9.9, 236.7, 0.1));
        assert_eq!((rows[0].features[2], rows[0].features[9]), (1194.6666666666667, 2.0));
        let reversed = |line: &str| line.split(',').rev().collect::<Vec<_>>().join(",");
        let turned = table(&[VALUES]).lines().map(reversed).collect::<Vec<_>>().join("\n");
        assert_eq!(parse(turned.as_bytes()).unwrap(), rows);
    }

    #[test]
    fn a_broken_header_is_refused_by_column() {
        assert_eq!(refusal(""), "the file is empty");
        assert_eq!(refusal(&COLUMNS.join(",")), "no rows below the header");
        let text = table(&[VALUES]);
        assert!(refusal(&text.replace("decoder_layer_num", "layers")).contains("unknown column `layers`"));
        let twice = text.replace("decoder_layer_num", "encoder_layer_num");
        assert!(refusal(&twice).contains("`encoder_layer_num` stands twice"));
        let narrow = text.replace(",latency_std_decoder", "").replace(",12.7", "");
        assert_eq!(refusal(&narrow), "line 1: column `latency_std_decoder` is missing");
    }

    #[test]
    fn a_broken_value_is_refused_by_line_and_column() {
        for (value, what) in [("x", "is not a number"), ("", "is not a number"), ("-1", "is negative")] {
            let bad = VALUES.replace("236.7", value);
            let line = format!("line 3, column `latency_mean_decoder`: `{value}` {what}");
            assert_eq!(refusal(&table(&[VALUES, &bad])), line);
        }
        for value in ["NaN", "inf", "1e999"] {
            assert!(refusal(&table(&[&VALUES.replace("12.7", value)])).contains("is not a finite number"), "{value}");
        }
        assert!(refusal(&table(&[&VALUES.replace("9.9", "0")])).contains("no measured latency"));
        assert!(parse(table(&[&VALUES.replace("12.7", "0")]).as_bytes()).is_ok(), "a spread may be unknown");
    }

    #[test]
    fn a_line_of_another_width_and_bytes_that_are_no_text_are_refused() {
        let line = refusal(&table(&[VALUES, "1,2,3"]));
        assert_eq!(line, "line 3: 3 values under a header of 14 columns");
        let mut bytes = table(&[]).trim_end().as_bytes().to_vec();
        bytes.extend_from_slice(b"\n\xff\xfe");
        bytes.extend_from_slice(VALUES.as_bytes());
        assert!(parse(&bytes).unwrap_err().ends_with("not UTF-8 text"));
    }

    #[test]
    fn an_error_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.csv");
        assert!(read(&path).unwrap_err().to_string().contains("mine.csv"));
        std::fs::write(&path, table(&["x"])).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("mine.csv: line 2: "));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(values in prop::collection::vec(prop::array::uniform14(1e-9..1e9), 1..5)) {
            let rows: Vec<LatencyRow> = values.into_iter().map(LatencyRow::from_values).collect();
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("latency.csv");
            write(&path, &rows).unwrap();
            prop_assert_eq!(read(&path).unwrap(), rows);
        }
    }
}
