use std::path::{Path, PathBuf};

use super::*;
use crate::error::Result;
use crate::stats::{Direction, Settings};

/// Measures `text` with the from-scratch column `s` and the given supernet and group columns.
fn measured(text: &str, supernets: &[&str], groups: &[&str]) -> Result<Vec<GroupGap>> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("table.csv");
    std::fs::write(&path, text).unwrap();
    measure(&path, &request(supernets, groups))
}

fn request(supernets: &[&str], groups: &[&str]) -> Request {
    let owned = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    Request {
        scratch: "s".into(),
        supernets: owned(supernets),
        groups: owned(groups),
        direction: Direction::HigherIsBetter,
        settings: Settings { seed: 1, resamples: 200 },
    }
}

/// Gives the one-line message of a table that must be refused.
fn refusal(text: &str, supernets: &[&str], groups: &[&str]) -> String {
    let message = measured(text, supernets, groups).unwrap_err().to_string();
    assert!(message.contains("table.csv") && !message.contains('\n'), "{message}");
    message
}

#[test]
fn groups_keep_their_order_and_their_text() {
    let gaps = measured("g,h,s,a\n010,x,2,1\n9,x,3,1\n010,x,4,1\n", &["a"], &["g", "h"]).unwrap();
    let keys: Vec<String> = gaps.iter().map(|row| serde_json::to_string(&row.group).unwrap()).collect();
    assert_eq!(keys, [r#"{"g":"010","h":"x"}"#, r#"{"g":"9","h":"x"}"#]);
    assert_eq!(gaps[0].gap.mae.value, Some(2.0));
    assert_eq!((gaps[1].gap.n, gaps[1].gap.mae.value), (1, Some(2.0)));
}

#[test]
fn json_has_the_promised_keys() {
    let text = "s,a,b\n1,1,0\n2,1,0\n3,5,1\n";
    let one = serde_json::to_value(measured(text, &["a"], &[]).unwrap()).unwrap();
    let keys: Vec<&String> = one[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["group", "supernet", "n", "mae", "mean_gap", "kendall_tau_b", "spearman"]);
    assert_eq!(one[0]["group"], serde_json::json!({}));
    let two = serde_json::to_value(measured(text, &["a", "b"], &[]).unwrap()).unwrap();
    let paired = &two[1]["paired"][0];
    assert_eq!(paired["against"], "a");
    assert_eq!(paired["verdict"], "one training");
    for statistic in [&one[0]["mae"], &one[0]["spearman"], &paired["mae_difference"]] {
        assert_eq!(statistic.as_object().unwrap().keys().collect::<Vec<_>>(), ["value", "lo", "hi"]);
    }
    let single = serde_json::to_value(measured("s,a\n1,2\n", &["a"], &[]).unwrap()).unwrap();
    assert_eq!(single[0]["kendall_tau_b"], serde_json::json!({ "value": null, "lo": null, "hi": null }));
}

#[test]
fn numbers_are_read_in_every_spelling_and_quoted_cells_too() {
    let gaps = measured("\u{feff}s,\"a, quoted\"\r\n 1.5 ,\"1\"\r\n-2e0,-.5\r\n", &["a, quoted"], &[]).unwrap();
    assert_eq!(gaps[0].gap.mae.value, Some(1.0));
}

#[test]
fn a_missing_column_names_the_nearest() {
    let message = refusal("s,HAT_test_BLEU,n\n1,2,3\n", &["hat_test"], &[]);
    assert!(message.contains("no column `hat_test`; the nearest is `HAT_test_BLEU`"), "{message}");
    assert!(refusal("s,a,sweep\n1,2,3\n", &["a"], &["sweeps"]).contains("`sweep`"));
}

#[test]
fn text_where_a_number_belongs_names_row_and_column() {
    let message = refusal("s,a\n1,2\n3,n/a\n", &["a"], &[]);
    assert!(message.contains("column `a`, data row 2 (line 3)") && message.contains("`n/a`"), "{message}");
    assert!(refusal("s,a\n1,2\n,4\n", &["a"], &[]).contains("column `s`, data row 2"));
    assert!(refusal("s,a\n1,2\n3\n", &["a"], &[]).contains("column `a`, data row 2"));
    assert!(refusal("s,a\n1,2\n3,4,5\n", &["a"], &[]).contains("line 3 has 3 cells, more than the header's 2"));
    assert!(refusal("s,a\n1,\"2,5\"\n", &["a"], &[]).contains("write decimals with a point"));
    assert!(refusal("s,a\n1,NaN\n", &["a"], &[]).contains("`NaN`"));
    assert!(refusal("s,a\n1,inf\n", &["a"], &[]).contains("`inf`"));
}

#[test]
fn what_is_no_table_is_refused() {
    assert!(refusal("", &["a"], &[]).contains("empty"));
    assert!(refusal("\n\n", &["a"], &[]).contains("empty"));
    assert!(refusal("s,a\n", &["a"], &[]).contains("no rows"));
    assert!(refusal("s;a\n1;2\n", &["a"], &[]).contains("separated by semicolons"));
    assert!(refusal("s,a\n1,2\n", &["a", "a"], &[]).contains("twice"));
    let absent = measure(Path::new("absent.csv"), &request(&["a"], &[])).unwrap_err().to_string();
    assert!(absent.contains("absent.csv"), "{absent}");
}

#[test]
fn blank_lines_hold_no_row() {
    let gap = |text: &str| serde_json::to_string(&measured(text, &["a"], &[]).unwrap()).unwrap();
    let clean = gap("s,a\n3,1\n2,2\n1,4\n");
    for blank in ["\n\ns,a\n3,1\n2,2\n1,4\n", "s,a\n3,1\n\n2,2\n,\n1,4\n", "s,a\r\n3,1\r\n2,2\r\n1,4\r\n\r\n \r\n"] {
        assert_eq!(gap(blank), clean, "{blank:?}");
    }
}

#[test]
fn a_column_that_stands_twice_is_refused_where_it_is_asked_for() {
    let text = "s,a,a_1,a,g,g\n1,2,3,4,5,6\n";
    for (supernets, groups, twice) in [(["a"], vec![], "`a`"), (["a_1"], vec!["g"], "`g`")] {
        let line = refusal(text, &supernets, &groups);
        assert!(line.contains(twice) && line.contains("stands twice"), "{line}");
    }
    assert!(measured(text, &["a_1"], &[]).is_ok(), "nobody asked for the others");
}

#[test]
fn huge_gaps_are_written_with_an_exponent() {
    let text = "s,a\n1e300,1\n2,1\n";
    let shown = to_text(&measured(text, &["a"], &[]).unwrap(), &request(&["a"], &[]));
    assert!(shown.contains("5.000e299"), "{shown}");
    assert!(shown.lines().all(|line| line.len() < 200), "{shown}");
}

#[test]
fn the_text_holds_every_number_and_says_how_to_read_it() {
    let text = "g,s,a,b\nx,1,1,0\nx,2,1,0\nx,3,5,1\n";
    let request = request(&["a", "b"], &["g"]);
    let shown = to_text(&measured(text, &["a", "b"], &["g"]).unwrap(), &request);
    for expected in
        ["g  supernet  n  mean |gap|", "x  a         3  1.000 [", "against", "scratch minus supernet", "seed 1"]
    {
        assert!(shown.contains(expected), "{expected:?} is not in\n{shown}");
    }
    let pairs: Vec<&str> = shown.lines().filter(|line| line.ends_with("one training")).collect();
    assert!(pairs.len() == 1 && pairs[0].starts_with("x  b         a "), "{shown}");
    assert!(shown.lines().all(|line| line == line.trim_end()));
}
