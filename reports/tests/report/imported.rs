//! A published table is imported and rendered. Its numbers are those of `reports/fixtures/published`.

use std::fs;
use std::path::{Path, PathBuf};

use mos_reports::import::{Imported, import_published};
use mos_reports::render;

use crate::made::csv_rows;

fn table() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/published/mos_supernet_vs_scratch_wmt14ende.csv")
}

fn imported(file: &Path, map: &str, root: &Path) -> mos_reports::Result<Imported> {
    import_published(file, map, "published", root, "cargo xtask import published table.csv --map m --as published")
}

/// Imports and renders the table as it stands; gives the page and the folder of runs.
fn published() -> (String, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let imported = imported(&table(), "mos-wmt14-en-de", root.path()).unwrap();
    assert_eq!((imported.subnets, imported.records), (30, 300));
    let page = fs::read_to_string(render(&imported.folder).unwrap().index).unwrap();
    (page, root)
}

#[test]
fn the_authors_numbers_are_judged_as_one_training() {
    let (_, root) = published();
    let rows = csv_rows(&root.path().join("published"), "verdicts");
    let verdict = |begins: &str| rows.iter().find(|row| row[0].starts_with(begins)).unwrap();
    let hat = verdict("Neuron-wise MoS has a smaller gap to training from scratch than HAT's");
    assert_eq!([&hat[1], &hat[6]], ["one training (points its way)", "15 of 30"]);
    assert!((hat[2].parse::<f64>().unwrap() + 0.71).abs() < 0.005, "{hat:?}");
    let layer = verdict("Layer-wise MoS has a smaller gap to training from scratch");
    assert_eq!([&layer[1], &layer[6]], ["one training (points the other way)", "30 of 30"]);
    assert!(rows.iter().all(|row| row[1].starts_with("one training") || row[1].starts_with("not tested")));
}

#[test]
fn what_an_auditor_would_say_is_said() {
    let (page, root) = published();
    for flag in [
        "The scores of hat in all 15 subnets of dec21 are those of sandwich to the last digit (30 values)",
        "Each method has one supernet.",
        "The groups disagree on the order of the methods by mean absolute gap. dec21: mos-neuron, sandwich, mos-layer",
        "Over all groups, rank correlations differ from that of plain sharing: mos-layer by -0.30",
        "`decoder_layer_num` of the subnets is 1 to 3, where the space has 1 to 6",
    ] {
        assert!(page.contains(flag), "{flag}");
    }
    let groups = csv_rows(&root.path().join("published"), "groups");
    let gap = |method: &str, group: &str| {
        let row = groups.iter().find(|row| row[0] == method && row[1] == group);
        row.map(|row| row[3].parse::<f64>().unwrap())
    };
    for (method, group, expected) in
        [("hat", "dec7", 1.84), ("mos-neuron", "dec7", 1.13), ("sandwich", "dec21", 1.76), ("mos-layer", "all", 1.70)]
    {
        assert!((gap(method, group).unwrap() - expected).abs() < 0.006, "{method} in {group}");
    }
    assert_eq!(gap("hat", "dec21"), None, "a copy is not hat's");
}

#[test]
fn a_table_that_contradicts_itself_is_refused_by_row() {
    let good = fs::read_to_string(table()).unwrap();
    let refused = |from: &str, to: &str, part: &str| {
        assert!(good.contains(from), "{from}");
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("table.csv");
        fs::write(&file, good.replacen(from, to, 1)).unwrap();
        let error = imported(&file, "mos-wmt14-en-de", root.path()).unwrap_err().to_string();
        assert!(error.contains(part) && !error.contains('\n'), "{error}");
        assert!(!root.path().join("published").exists(), "nothing is left");
    };
    refused(",22199936,", ",22199937,", "data row 1 (line 2): the table says 22199937 parameters");
    refused(",24.3,25.6,", ",24.3,n/a,", "column `scratch_test_BLEU`, data row 1");
    refused(",512,6,1024 1024 2048", ",512,6,1024 1024 2049", "data row 1");
    refused("HAT_test_BLEU", "HAT_tset_BLEU", "no column `HAT_test_BLEU`; the nearest is `HAT_tset_BLEU`");
    let second = good.lines().nth(1).unwrap();
    refused(second, &format!("{second}\n{second}"), "stands twice");
}

#[test]
fn a_run_is_never_imported_over() {
    let (_, root) = published();
    let error = imported(&table(), "mos-wmt14-en-de", root.path()).unwrap_err().to_string();
    assert!(error.contains("--as published: there is such a run already"), "{error}");
    for name in ["../x", "a/b", ""] {
        let error = import_published(&table(), "mos-wmt14-en-de", name, root.path(), "").unwrap_err().to_string();
        assert!(error.starts_with("--as"), "{error}");
    }
}
