//! Reads and writes latency tables: the CSV format of HAT's published measurements (arXiv 2005.14187,
//! `latency_dataset`).
//!
//! A table is a header line, then one line for each measured subnet: its features (not divided by any norm), mean
//! latency of encoder and decoder, and the standard deviations over the repeats, all in ms. Columns are found by name,
//! in any order; [`write()`] uses HAT's order.

use std::collections::HashMap;
use std::path::Path;

use mos_base::files::write_atomic;
use mos_base::table::{Row, TextTable};

use crate::error::TableError;
use crate::family::Family;

/// Names of the columns of the measurements, behind those of the features; the second and the last of a family that has a
/// decoder only.
const MEASURED: [&str; 4] =
    ["latency_mean_encoder", "latency_mean_decoder", "latency_std_encoder", "latency_std_decoder"];

/// Returns the columns of a family's tables in HAT's order.
pub fn columns(family: &Family) -> Vec<&'static str> {
    let measured = MEASURED.into_iter().filter(|name| family.decodes || !name.ends_with("decoder"));
    family.fields.iter().map(|field| field.column).chain(measured).collect()
}

/// One measured subnet.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyRow {
    /// The features, in the order of the family's fields, not divided by a norm.
    pub features: Vec<f64>,
    /// Mean encoder latency, ms.
    pub encoder_ms: f64,
    /// Mean decoder latency, ms; 0 where there is no decoder.
    pub decoder_ms: f64,
    /// Standard deviation of the encoder latency over the repeats, ms; 0 where it was not measured.
    pub encoder_std_ms: f64,
    /// Standard deviation of the decoder latency over the repeats, ms; 0 where it was not measured.
    pub decoder_std_ms: f64,
}

impl LatencyRow {
    /// Returns the sum of the mean encoder and decoder latency in ms, which is what predictors predict.
    pub fn total_ms(&self) -> f64 {
        self.encoder_ms + self.decoder_ms
    }

    /// Returns the spread of one timed run of encoder and decoder, as a share of [`Self::total_ms`]; the two are taken
    /// as independent.
    pub fn relative_std(&self) -> f64 {
        self.encoder_std_ms.hypot(self.decoder_std_ms) / self.total_ms()
    }

    fn values(&self, family: &Family) -> Vec<f64> {
        let measured = match family.decodes {
            true => vec![self.encoder_ms, self.decoder_ms, self.encoder_std_ms, self.decoder_std_ms],
            false => vec![self.encoder_ms, self.encoder_std_ms],
        };
        self.features.iter().copied().chain(measured).collect()
    }

    /// Makes a row of the values of its columns.
    fn from_values(family: &Family, mut values: Vec<f64>) -> LatencyRow {
        let measured = values.split_off(family.fields.len());
        let [encoder_ms, decoder_ms, encoder_std_ms, decoder_std_ms] = match *measured.as_slice() {
            [mean, std] => [mean, 0.0, std, 0.0],
            _ => [measured[0], measured[1], measured[2], measured[3]],
        };
        LatencyRow { features: values, encoder_ms, decoder_ms, encoder_std_ms, decoder_std_ms }
    }
}

/// Groups rows by subnet, in the order in which subnets come first. A table knows a subnet by its features alone.
pub fn by_subnet(rows: &[LatencyRow]) -> Vec<Vec<LatencyRow>> {
    let mut groups: Vec<Vec<LatencyRow>> = Vec::new();
    let mut places: HashMap<Vec<u64>, usize> = HashMap::new();
    for row in rows {
        let key = row.features.iter().map(|feature| feature.to_bits()).collect();
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(row.clone());
    }
    groups
}

/// A result whose error is a reason without its file.
type Parsed<T> = std::result::Result<T, String>;

/// Reads a table.
///
/// # Errors
/// Fails if the file cannot be read or is no [`TextTable`]; if a column is missing, unknown or stands twice; if a line is
/// wider or narrower than the header; if a value is not a finite number, is negative, or is a mean latency of 0. Each
/// error names the file and, as far as there is one, line and column.
pub fn read(family: &Family, path: &Path) -> Result<Vec<LatencyRow>, TableError> {
    let bytes = std::fs::read(path).map_err(|cause| TableError::Read { path: path.to_path_buf(), cause })?;
    parse(family, &bytes).map_err(|reason| TableError::Invalid { path: path.to_path_buf(), reason })
}

/// Writes a table in HAT's column order; the file appears whole or not at all.
///
/// # Errors
/// Fails if the file cannot be written.
pub fn write(family: &Family, path: &Path, rows: &[LatencyRow]) -> Result<(), TableError> {
    let line = |row: &LatencyRow| row.values(family).iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    let lines = std::iter::once(columns(family).join(",")).chain(rows.iter().map(line));
    let text: String = lines.map(|line| line + "\n").collect();
    write_atomic(path, text.as_bytes()).map_err(|cause| TableError::Write { path: path.to_path_buf(), cause })
}

fn parse(family: &Family, bytes: &[u8]) -> Parsed<Vec<LatencyRow>> {
    let columns = columns(family);
    let table = TextTable::parse(bytes)?;
    let places = places(&columns, &table)?;
    let width = table.header.len();
    table.rows.iter().map(|found| row(family, &columns, found, &places, width)).collect()
}

/// Finds where each of the columns stands in the file.
fn places(columns: &[&str], table: &TextTable) -> Parsed<Vec<usize>> {
    if let Some(name) = table.header.iter().find(|name| !columns.contains(&name.as_str())) {
        return Err(format!("unknown column `{name}` (known: {})", columns.join(", ")));
    }
    let place = |name: &&str| table.column(name)?.ok_or_else(|| format!("column `{name}` is missing"));
    columns.iter().map(place).collect()
}

fn row(family: &Family, columns: &[&str], found: &Row, places: &[usize], width: usize) -> Parsed<LatencyRow> {
    let line = found.line;
    if found.cells.len() < width {
        return Err(format!("line {line}: {} values under a header of {width} columns", found.cells.len()));
    }
    let mut values = Vec::with_capacity(columns.len());
    for (&place, column) in places.iter().zip(columns) {
        let text = found.cells[place].trim();
        let refuse = |what: &str| Err(format!("line {line}, column `{column}`: `{text}` {what}"));
        match text.parse::<f64>() {
            Ok(number) if !number.is_finite() => return refuse("is not a finite number"),
            Ok(number) if number < 0.0 => return refuse("is negative"),
            Ok(0.0) if column.starts_with("latency_mean") => return refuse("ms is no measured latency"),
            Ok(number) => values.push(number),
            Err(_) => return refuse("is not a number"),
        }
    }
    Ok(LatencyRow::from_values(family, values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bert::fields::BOTTLENECK;
    use crate::hat::fields::HAT;
    use proptest::prelude::*;

    const VALUES: &str = "640,6,1194.6666666666667,4.5,640,3,1877.3,4.0,5.3,2.0,9.9,236.7,0.1,12.7";

    fn table(lines: &[&str]) -> String {
        format!("{}\n{}\n", columns(&HAT).join(","), lines.join("\n"))
    }

    fn refusal(text: &str) -> String {
        parse(&HAT, text.as_bytes()).unwrap_err()
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let rows = parse(&HAT, table(&[VALUES]).as_bytes()).unwrap();
        assert_eq!((rows[0].encoder_ms, rows[0].decoder_ms, rows[0].encoder_std_ms), (9.9, 236.7, 0.1));
        assert_eq!((rows[0].features[2], rows[0].features[9]), (1194.6666666666667, 2.0));
        let reversed = |line: &str| line.split(',').rev().collect::<Vec<_>>().join(",");
        let turned = table(&[VALUES]).lines().map(reversed).collect::<Vec<_>>().join("\n");
        assert_eq!(parse(&HAT, turned.as_bytes()).unwrap(), rows);
    }

    #[test]
    fn a_broken_header_is_refused_by_column() {
        assert!(refusal("").starts_with("the file is empty"));
        assert!(refusal(&columns(&HAT).join(",")).contains("no rows"));
        let text = table(&[VALUES]);
        assert!(refusal(&text.replace("decoder_layer_num", "layers")).contains("unknown column `layers`"));
        let twice = text.replace("decoder_layer_num", "encoder_layer_num");
        assert!(refusal(&twice).contains("`encoder_layer_num` stands twice"));
        let narrow = text.replace(",latency_std_decoder", "").replace(",12.7", "");
        assert_eq!(refusal(&narrow), "column `latency_std_decoder` is missing");
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
        assert!(parse(&HAT, table(&[&VALUES.replace("12.7", "0")]).as_bytes()).is_ok(), "a spread may be unknown");
    }

    #[test]
    fn a_line_of_another_width_and_bytes_that_are_no_text_are_refused() {
        let line = refusal(&table(&[VALUES, "1,2,3"]));
        assert_eq!(line, "line 3: 3 values under a header of 14 columns");
        let mut bytes = table(&[]).trim_end().as_bytes().to_vec();
        bytes.extend_from_slice(b"\n\xff\xfe");
        bytes.extend_from_slice(VALUES.as_bytes());
        assert!(parse(&HAT, &bytes).unwrap_err().contains("line 2 is not UTF-8"));
    }

    #[test]
    fn blank_lines_hold_no_row_and_other_delimiters_are_named() {
        let text = table(&[VALUES, "", VALUES, " "]);
        assert_eq!(parse(&HAT, text.as_bytes()).unwrap().len(), 2);
        assert!(refusal(&table(&[VALUES, "", "1,2,3"])).starts_with("line 4: "));
        assert!(refusal(&text.replace(',', ";")).contains("separated by semicolons"));
        assert!(refusal(&text.replace("640,6,", "\"640,6,")).contains("the quote that opens on line 2"));
    }

    #[test]
    fn an_error_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.csv");
        assert!(read(&HAT, &path).unwrap_err().to_string().contains("mine.csv"));
        std::fs::write(&path, table(&["x"])).unwrap();
        assert!(read(&HAT, &path).unwrap_err().to_string().contains("mine.csv: line 2: "));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(values in prop::collection::vec(prop::collection::vec(1e-9..1e9, 14), 1..5)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("latency.csv");
            for family in [&HAT, &BOTTLENECK] {
                let row = |values: &Vec<f64>| LatencyRow::from_values(family, values[..columns(family).len()].to_vec());
                let rows: Vec<LatencyRow> = values.iter().map(row).collect();
                write(family, &path, &rows).unwrap();
                prop_assert_eq!(read(family, &path).unwrap(), rows);
            }
        }
    }
}
