use super::*;

fn sample() -> Vec<Record> {
    let record = |i: i64| Record {
        job_id: format!("{i:08x}"),
        track: "mt".into(),
        dataset: "bible-en-de".into(),
        profile: "smoke".into(),
        method: if i == 0 { String::new() } else { "mos-layer".into() },
        seed: i,
        subnet: "größtes".into(),
        split: "valid".into(),
        metric: "loss".into(),
        step: i * 100,
        value: 1.0 / (i as f64 + 3.0),
        loaded: i % 2 == 0,
    };
    (0..5).map(record).collect()
}

fn write_sample(folder: &Path) -> std::path::PathBuf {
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
        assert!(check_seal(&bad).is_err(), "byte {at} of {} may be altered unnoticed", good.len());
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

#[test]
fn another_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.parquet");
    let mut frame = df!("job_id" => ["a"], "value" => [1.0]).unwrap();
    ParquetWriter::new(File::create(&path).unwrap()).finish(&mut frame).unwrap();
    let error = read_records(&path).unwrap_err().to_string();
    assert!(error.contains("no checksum"), "{error}");

    let error = decode(fs::read(&path).unwrap()).unwrap_err().to_string();
    assert!(error.contains("job_id") && error.contains("columns"), "{error}");
}

#[test]
fn a_missing_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = write_records(&folder.path().join("no/records.parquet"), &sample()).unwrap_err().to_string();
    assert!(error.contains("no/records.parquet"), "{error}");
    assert!(read_records(&folder.path().join("absent.parquet")).unwrap_err().to_string().contains("absent.parquet"));
}
