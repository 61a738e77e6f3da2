use std::fs;
use std::path::{Path, PathBuf};

use mos_base::Split;
use mos_plan::record::RECORD_SCHEMA;
use mos_plan::{Metric, Record, Subject, SubnetId, SubnetKind, Track};
use mos_spaces::latency::predictors::PredictorKind;
use mos_spaces::search::limit::Limit;
use polars_core::prelude::*;
use polars_io::prelude::*;

use super::file::{decode, encode};
use super::{columns, read_records, write_records};
use crate::sealed;

/// Makes one record of every kind of subject.
fn sample() -> Vec<Record> {
    let subnet = |kind: SubnetKind, name: &str| Subject::Subnet(SubnetId { kind, name: name.into() });
    let rows = [
        (subnet(SubnetKind::Largest, "largest"), Metric::Loss, Some(Split::Valid)),
        (subnet(SubnetKind::Given, "größtes"), Metric::Bleu, Some(Split::Test)),
        (Subject::Limit(Limit::LatencyShare(0.35)), Metric::SearchFitness, Some(Split::Valid)),
        (Subject::Predictor(PredictorKind::Network), Metric::PredictorTau, Some(Split::Test)),
        (Subject::Whole, Metric::TrainSeconds, None),
    ];
    let record = |(i, (subject, metric, split)): (i64, (Subject, Metric, Option<Split>))| Record {
        job_id: format!("{i:08x}"),
        track: Track::Mt,
        dataset: "bible-en-de".into(),
        profile: "smoke".into(),
        method: if i == 0 { String::new() } else { "mos-layer".into() },
        seed: i,
        subject,
        split,
        metric,
        step: i * 100,
        value: 1.0 / (i as f64 + 3.0),
        loaded: i % 2 == 0,
    };
    (0..).zip(rows).map(record).collect()
}

fn write_sample(folder: &Path) -> PathBuf {
    let path = folder.join("records.parquet");
    write_records(&path, &sample()).unwrap();
    path
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_sample(folder.path());
    assert_eq!(read_records(&path).unwrap(), sample());
    write_records(&path, &[]).unwrap();
    assert_eq!(read_records(&path).unwrap(), []);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a temporary file was left behind");
}

/// Version 1 had neither the columns `subject` and `bound` nor an entry that says its version.
#[test]
fn version_1_is_read_and_its_texts_are_those_of_today() {
    let mut frame = columns::to_frame(&sample()).unwrap();
    let texts: Vec<_> = frame.column("subnet").unwrap().str().unwrap().iter().map(Option::unwrap).collect();
    assert_eq!(texts, ["largest", "größtes", "latency share 0.35", "network", ""]);
    let splits: Vec<_> = frame.column("split").unwrap().str().unwrap().iter().map(Option::unwrap).collect();
    assert_eq!(splits, ["valid", "test", "valid", "test", ""]);
    for added in ["subject", "bound"] {
        frame.drop_in_place(added).unwrap();
    }
    let bytes = sealed::encode(&mut frame, vec![("seal".into(), sealed::blank())]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.parquet");
    fs::write(&path, bytes).unwrap();
    assert_eq!(read_records(&path).unwrap(), sample());
}

#[test]
fn a_newer_version_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.parquet");
    fs::write(&path, encode(&sample(), RECORD_SCHEMA + 1).unwrap()).unwrap();
    let error = read_records(&path).unwrap_err().to_string();
    assert!(error.contains("records.parquet") && error.contains("version 3") && !error.contains('\n'), "{error}");
    // Version 1 never said its version.
    for version in [0, 1] {
        assert!(decode(encode(&sample(), version).unwrap()).is_err());
    }
}

#[test]
fn a_cell_that_is_not_understood_is_named_with_its_row() {
    let with = |column: &str, cells: Vec<&str>| {
        let mut frame = columns::to_frame(&sample()).unwrap();
        frame.replace(column, Column::new(column.into(), cells)).unwrap();
        columns::from_frame(&frame, RECORD_SCHEMA).unwrap_err()
    };
    let error = with("metric", vec!["loss", "bleu", "f1", "predictor_tau", "train_seconds"]);
    assert_eq!(error, "row 2: `f1` is no metric of this version");
    let error = with("subject", vec!["largest", "given", "limit watts", "predictor", ""]);
    assert_eq!(error, "row 2: `limit watts` is no limit of this version");
}

#[test]
fn values_survive_to_the_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.parquet");
    let values = [f64::MIN_POSITIVE, -0.0, 1e300, f64::INFINITY, 0.1 + 0.2];
    let records: Vec<Record> = sample().into_iter().zip(values).map(|(r, value)| Record { value, ..r }).collect();
    write_records(&path, &records).unwrap();
    let bits = |records: &[Record]| records.iter().map(|r| r.value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&read_records(&path).unwrap()), bits(&records));
}

#[test]
fn the_same_records_give_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_sample(folder.path());
    let first = fs::read(&path).unwrap();
    write_sample(folder.path());
    assert_eq!(first, fs::read(&path).unwrap());
}

#[test]
fn every_altered_byte_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_sample(folder.path());
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        assert!(sealed::check(&bad).is_err(), "byte {at} of {} may be altered unnoticed", good.len());
    }
}

#[test]
fn every_truncation_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_sample(folder.path());
    let good = fs::read(&path).unwrap();
    for length in (0..good.len()).step_by(97).chain([good.len() - 1]) {
        fs::write(&path, &good[..length]).unwrap();
        let error = read_records(&path).unwrap_err().to_string();
        assert!(error.contains("records.parquet") && !error.contains('\n'), "{error}");
    }
}

/// Gives the reason why these bytes are no records.
fn reason(bytes: &[u8]) -> String {
    sealed::check(bytes).unwrap_err()
}

#[test]
fn cut_saved_again_and_pointed_to_have_words_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let good = fs::read(write_sample(folder.path())).unwrap();
    assert!(reason(&good[..good.len() / 2]).contains("it is cut: its end is missing behind byte"));
    assert!(reason(&good[..4]).contains("it is cut"));
    assert!(reason(b"").contains("it is empty"));
    assert!(reason(b"<html>").contains("it is no Parquet file"));
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    assert!(reason(pointer).contains("git lfs pull"));

    // Other programs drop the metadata, or keep it with other contents, and sign with their names.
    let mut bare = b"PAR1 rows ".to_vec();
    bare.extend_from_slice(b"parquet-cpp-arrow version 25.0.0 PAR1");
    assert!(reason(&bare).contains("no checksum: another program (parquet-cpp-arrow) saved it"), "{}", reason(&bare));
    let mut kept = b"PAR1 rows ".to_vec();
    kept.extend_from_slice(sealed::blank().as_bytes());
    kept.extend_from_slice(b" DuckDB version v1 PAR1");
    assert!(reason(&kept).contains("do not match its checksum: another program (DuckDB) saved it"));
    let mut altered = good.clone();
    altered[9] ^= 1;
    assert!(reason(&altered).contains("it was altered or damaged"));
}

#[test]
fn another_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.parquet");
    let mut frame = df!("job_id" => ["a"], "value" => [1.0]).unwrap();
    ParquetWriter::new(fs::File::create(&path).unwrap()).finish(&mut frame).unwrap();
    let error = read_records(&path).unwrap_err().to_string();
    assert!(error.contains("no checksum"), "{error}");

    let error = decode(fs::read(&path).unwrap()).unwrap_err();
    assert!(error.contains("job_id") && error.contains("columns"), "{error}");
}

#[test]
fn a_folder_is_made_and_a_file_in_its_place_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write_records(&folder.path().join("new/records.parquet"), &sample()).unwrap();
    let error = write_records(&folder.path().join("new/records.parquet/records.parquet"), &sample()).unwrap_err();
    assert!(error.to_string().contains("records.parquet/records.parquet"), "{error}");
    assert!(read_records(&folder.path().join("absent.parquet")).unwrap_err().to_string().contains("absent.parquet"));
}
