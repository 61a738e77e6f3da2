//! The latency study's sections are rendered from hand-made records. TEST INPUT: no number here was ever measured.

use std::fs;
use std::path::Path;

use mos_base::Split;
use mos_plan::files::manifest::RunManifest;
use mos_plan::profile::profile::Profile;
use mos_plan::{Metric, Record, Subject};
use mos_reports::render;

use crate::made::{Shape, csv_rows, files, manifest, records, rendered, row, without_script, write_run};
use crate::rows::{LIMITS, PROFILE, all_rows, found, measured, search_rows, shape, study_manifest};

const TABLES: [&str; 13] = [
    "latency-jobs",
    "predictors",
    "latency",
    "search",
    "search-effort",
    "found-gaps",
    "pareto",
    "pareto-points",
    "retraining",
    "retraining-methods",
    "retraining-paired",
    "retraining-cost",
    "total-cost",
];
const PLOTS: [&str; 5] = ["latency-flops", "search", "pareto", "retraining", "scatter"];

/// Renders records under a manifest, and gives the page and its folder.
fn page_of(manifest: &RunManifest, rows: &[Record]) -> (String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    write_run(folder.path(), manifest, rows, None);
    let page = fs::read_to_string(render(folder.path()).unwrap().index).unwrap();
    for forbidden in ["NaN", ">inf", ">-inf", "[-inf", "<script"] {
        assert!(!without_script(&page).contains(forbidden), "{forbidden} in the page");
    }
    (page, folder)
}

fn study(seeds: &[i64]) -> (String, tempfile::TempDir) {
    let shape = shape(seeds);
    page_of(&study_manifest(&shape), &all_rows(&shape))
}

/// Gives a cell of the first row that begins with these cells.
fn cell(folder: &Path, table: &str, begins: &[&str], column: usize) -> String {
    let rows = csv_rows(folder, table);
    let row = rows.iter().find(|row| row.iter().zip(begins).all(|(cell, wanted)| cell == wanted));
    row.unwrap_or_else(|| panic!("{begins:?} in {rows:?}"))[column].clone()
}

#[test]
fn a_study_has_its_sections() {
    let (page, folder) = study(&[1]);
    for table in TABLES {
        assert!(page.contains(&format!("id=\"table-{table}\"")), "table {table}");
        assert!(folder.path().join(format!("report/tables/{table}.tex")).is_file(), "{table}.tex");
    }
    for plot in PLOTS {
        assert!(page.contains(&format!("id=\"plot-{plot}\"")), "plot {plot}");
        let svg = fs::read_to_string(folder.path().join(format!("report/plots/{plot}.svg"))).unwrap();
        assert!(svg.trim_end().ends_with("</svg>"), "{plot}.svg");
    }
    for words in [
        "weights merged into a dense subnet first; constant learning rate with a peak of 0.30 times",
        "1 of 13 measurements had a spread above the limit of 10%",
        "Evolution ended with a better fitness than random search in 6 of 6 searches",
        "What 3 of 6 searches found is slower than its limit when measured, by 25.0% at most",
        "(facts of the data, latency)",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert_eq!(cell(folder.path(), "latency", &["found-1"], 5), "too wide a spread");
    assert_eq!(cell(folder.path(), "latency", &["largest"], 5), "steady");
    assert_eq!(cell(folder.path(), "predictors", &["huber-quadratic"], 6), "chosen");
    let difference: f64 = cell(folder.path(), "search", &["hat", &LIMITS[0].label()], 8).parse().unwrap();
    assert!((difference + 0.1).abs() < 1e-9, "{difference}");
    let jobs = csv_rows(folder.path(), "latency-jobs");
    assert_eq!([&jobs[0][0], &jobs[0][1], &jobs[1][1]], ["\"random subnets", " for the predictor\"", "9"]);
}

#[test]
fn a_run_without_a_study_shows_nothing_of_it() {
    let (page, folder) = rendered(&Shape::full());
    for table in TABLES {
        assert!(!page.contains(&format!("table-{table}\"")), "table {table}");
    }
    for id in ["latency", "search", "pareto", "retraining", "total-cost"] {
        assert!(!page.contains(&format!("id=\"{id}\"")), "section {id}");
    }
    assert!(!folder.path().join("report/plots/pareto.svg").exists());
}

#[test]
fn found_subnets_do_not_move_the_headline() {
    let shape = shape(&[1, 2]);
    let (page, with) = study(&[1, 2]);
    let (_, without) = page_of(&manifest(&shape), &records(&shape));
    let read = |folder: &tempfile::TempDir, table: &str| {
        fs::read_to_string(folder.path().join(format!("report/tables/{table}.csv"))).unwrap()
    };
    for table in ["headline", "paired", "credit"] {
        assert_eq!(read(&with, table), read(&without, table), "{table}");
    }
    // They are listed after the sample, and have a table of their own.
    let scores: Vec<String> = csv_rows(with.path(), "valid-loss").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(scores[6..], ["found-1", "found-2", "found-3"], "{scores:?}");
    let gaps = csv_rows(with.path(), "found-gaps");
    let hat: Vec<_> = gaps.iter().filter(|row| row[0] == "hat").collect();
    assert_eq!(
        hat.iter().map(|row| row[1].as_str()).collect::<Vec<_>>(),
        ["found-1", "largest", "found-2", "found-3", "mean of 4"]
    );
    assert_eq!([hat[0][2].as_str(), hat[2][2].as_str(), hat[4][2].as_str()], ["yes", "no", ""]);
    let shown = |row: usize, column: usize| hat[row][column].parse::<f64>().unwrap();
    for row in 0..4 {
        assert!((shown(row, 5) - (shown(row, 3) - shown(row, 4))).abs() < 1e-9);
    }
    assert!((shown(4, 5) - (0..4).map(|row| shown(row, 5)).sum::<f64>() / 4.0).abs() < 1e-9);
    assert!(page.contains("Not part of the headline"));
}

#[test]
fn limits_that_bind_nothing_and_trainings_that_diverge_or_need_none_are_called_so() {
    let shape = shape(&[1]);
    let mut rows = all_rows(&shape);
    let wide = |r: &&mut Record| r.metric == Metric::SearchMost && r.subject == Subject::Limit(LIMITS[1]);
    rows.iter_mut().filter(wide).for_each(|r| r.value = 8.0);
    let ready = |r: &&mut Record| r.metric == Metric::RetrainUpdates && r.subject.text() == "found-3";
    rows.iter_mut().filter(ready).for_each(|r| r.value = 0.0);
    let never = |r: &&Record| r.metric == Metric::RetrainReached && r.value == 0.0 && r.subject.text() == "largest";
    let never = rows.iter().find(never).unwrap().clone();
    rows.push(Record { metric: Metric::RetrainDiverged, value: 1.0, ..never });
    let (page, folder) = page_of(&study_manifest(&shape), &rows);
    assert!(page.contains("Every subnet of the space meets the limit of latency share 0.7: these searches"));
    assert!(page.contains("2 of 12 continued trainings were as good before their first update"));
    assert_eq!(cell(folder.path(), "retraining", &["hat", "largest"], 5), "\"no");
}

#[test]
fn fronts_are_covered_as_by_hand() {
    let (page, folder) = study(&[1]);
    let points = csv_rows(folder.path(), "pareto-points");
    assert_eq!(points.len(), 6);
    // Every method found one subnet of its own and the slower largest one: the box is between 4 and 10 ms.
    let numbers = |row: &[String], column: usize| row[column].parse::<f64>().unwrap();
    let qualities: Vec<f64> = points.iter().flat_map(|row| [numbers(row, 6), numbers(row, 8)]).collect();
    let (low, high) = (qualities.iter().copied().fold(9.0, f64::min), qualities.iter().copied().fold(0.0, f64::max));
    for (method, latency) in [("hat", 4.0), ("sandwich", 5.0), ("mos-layer", 6.0)] {
        let own = points.iter().find(|row| row[0] == method && row[2].starts_with("found")).unwrap();
        assert_eq!((numbers(own, 4), own[5].as_str()), (latency, "measured"));
        for (quality, volume) in [(6, 4), (8, 6)] {
            let expected = (10.0 - latency) / 6.0 * (high - numbers(own, quality)) / (high - low);
            let shown: f64 = cell(folder.path(), "pareto", &[method], volume).parse().unwrap();
            assert!((shown - expected).abs() < 1e-9, "{method}: {shown} and not {expected}");
        }
    }
    assert!(page.contains("so they name no best method. Of the latency measurements behind it 1 of 9 are unsteady."));
    assert!(!page.contains("HAT, published"));
}

#[test]
fn a_latency_that_was_not_measured_is_the_predicted_one() {
    let shape = shape(&[1]);
    let mut rows = all_rows(&shape);
    rows.retain(|r| r.job_id != "lat-scored");
    let (page, folder) = page_of(&study_manifest(&shape), &rows);
    assert_eq!(cell(folder.path(), "pareto-points", &["hat", "1", "found-1"], 5), "predicted");
    assert_eq!(cell(folder.path(), "pareto-points", &["hat", "1", "found-1"], 4), "7");
    assert!(page.contains("Some latencies are predicted, not measured."));
    assert!(page.contains("Latency of scored and found subnets: not available"));
}

#[test]
fn censored_trainings_are_bounds_and_few_get_no_curve() {
    let (page, folder) = study(&[1]);
    assert!(page.contains("&gt; 200") && page.contains("&gt; 50.0"), "a censored training shows its budget as a bound");
    assert_eq!(cell(folder.path(), "retraining-methods", &["hat"], 1), "2 of 4");
    // 120 of 400 updates twice, and a budget of 200 of 400 twice.
    assert_eq!(cell(folder.path(), "retraining-methods", &["hat"], 3), "40");
    assert_eq!(cell(folder.path(), "retraining-methods", &["hat"], 2), "one training");
    assert!(page.contains("No Kaplan-Meier median and no restricted mean for hat, sandwich and mos-layer"));
    let paired = |column: usize| cell(folder.path(), "retraining-paired", &["mos-layer", "hat"], column);
    // 40 updates four times against 120, 120, 200 and 200: all in all, and where both reached their goal.
    assert_eq!([paired(2), paired(3), paired(5), paired(6)], ["75", "", "at least", "4"]);
    assert_eq!([paired(7), paired(8)], ["one training", "2"]);
    assert!((paired(9).parse::<f64>().unwrap() - 100.0 * (1.0 - 80.0 / 240.0)).abs() < 1e-9);
    let hat = cell(folder.path(), "retraining-paired", &["hat", "sandwich"], 5);
    assert_eq!(hat, "at most");
    assert!(page.contains("over 4 of 4 pairs of one training"));
}

#[test]
fn what_was_reached_on_validation_stands_beside_its_test_value() {
    let (_, folder) = study(&[1]);
    let of = |column: usize| cell(folder.path(), "retraining", &["mos-layer", "found-1"], column);
    assert_eq!([of(3), of(5), of(6), of(8)], ["3.5", "yes", "40", "3.53"]);
    let scratch = csv_rows(folder.path(), "test-loss").into_iter().find(|row| row[0] == "found-1").unwrap();
    assert_eq!(of(9), scratch[1]);
}

#[test]
fn enough_trainings_get_a_curve_and_enough_pairs_an_interval_but_no_word() {
    let (page, folder) = study(&[1, 2, 3, 4]);
    let number = |method: &str, column: usize| {
        cell(folder.path(), "retraining-methods", &[method], column).parse::<f64>().unwrap()
    };
    // hat: six trainings of 30% and ten censored at 50%, so never half have reached their goal.
    assert_eq!(cell(folder.path(), "retraining-methods", &["hat"], 1), "6 of 16");
    assert_eq!(cell(folder.path(), "retraining-methods", &["hat"], 4), "");
    assert!((number("hat", 5) - (30.0 + 0.625 * 20.0)).abs() < 1e-9);
    assert!(page.contains("No median where fewer than half of the trainings"));
    // sandwich: 27, 29, 31 and 33%, four times each.
    assert!((number("sandwich", 4) - 29.0).abs() < 1e-9 && (number("sandwich", 5) - 30.0).abs() < 1e-9);
    assert!(!page.contains("No Kaplan-Meier median"));
    let paired = |column: usize| cell(folder.path(), "retraining-paired", &["mos-layer", "hat"], column);
    assert_eq!(paired(6), "16");
    assert!(paired(3).parse::<f64>().unwrap() > 0.0);
    assert!(!page.contains(">shorter<") && !page.contains(">longer<"));
}

#[test]
fn a_goal_of_a_failed_training_from_scratch_is_void() {
    let shape = shape(&[1]);
    let mut rows = all_rows(&shape);
    let at_found_1 = |r: &&Record| r.method == "scratch" && r.subject.text() == "found-1";
    let unigram = Record { split: Some(Split::Valid), ..row("facts", "", 0, Metric::UnigramCrossEntropy, 5.0) };
    rows.push(unigram);
    let score = |r: &&mut Record| at_found_1(&&**r) && r.job_id.starts_with('y') && r.metric == Metric::Loss;
    rows.iter_mut().filter(score).for_each(|r| r.value = 4.9);
    let (page, folder) = page_of(&study_manifest(&shape), &rows);
    assert_eq!(cell(folder.path(), "retraining", &["hat", "found-1"], 5), "goal void: from scratch failed");
    assert_eq!(cell(folder.path(), "retraining-methods", &["hat"], 1), "1 of 3");
    assert!(page.contains("Left out, since training from scratch failed and set no goal: found-1."));
    // It is no part of the mean over found subnets either.
    let gaps = csv_rows(folder.path(), "found-gaps");
    assert!(gaps.iter().any(|row| row[1] == "found-1" && row[6] == "failed"), "{gaps:?}");
    assert!(gaps.iter().any(|row| row[1] == "mean of 3"), "{gaps:?}");
}

#[test]
fn a_subnet_found_under_two_limits_stands_once() {
    let shape = shape(&[1]);
    let mut manifest = study_manifest(&shape);
    manifest.found.iter_mut().for_each(|card| card.subnet = "largest".into());
    let (_, folder) = page_of(&manifest, &all_rows(&shape));
    assert_eq!(
        cell(folder.path(), "pareto-points", &["hat"], 3),
        format!("{}; {}", LIMITS[0].label(), LIMITS[1].label())
    );
}

#[test]
fn total_cost_adds_up() {
    let (page, folder) = study(&[1, 2]);
    let number =
        |method: &str, column: usize| cell(folder.path(), "total-cost", &[method], column).parse::<f64>().unwrap();
    // Two seeds: a supernet of 90 s, two searches of 2 s, continued trainings of 40 updates twice, 30 s a scratch job.
    assert_eq!([3, 4, 7].map(|column| number("mos-layer", column)), [180.0, 8.0, 120.0]);
    assert!((number("mos-layer", 5) - 4.0 * 40.0 * 0.075).abs() < 1e-9);
    assert!((number("mos-layer", 6) - (180.0 + 8.0 + 12.0)).abs() < 1e-9);
    assert_eq!(number("mos-layer", 8), 308.0);
    assert_eq!(number("mos-layer", 9), 2.0 * 200_000.0 + 4.0 * 40.0 * 500.0);
    assert!(page.contains("&gt; 116"), "hat's total is a lower bound");
}

#[test]
fn a_run_has_the_published_size_by_what_it_trained_and_not_by_its_name() {
    let shape = shape(&[1]);
    let paper = toml::to_string(&Profile::find("paper").unwrap()).unwrap();
    let mut manifest = study_manifest(&shape);
    (manifest.profile, manifest.space, manifest.profile_toml) = ("paper".into(), "wmt14-en-de".into(), paper.clone());
    manifest.corpora[0].id = "wmt14-en-de".into();
    let is_smaller = |manifest: &RunManifest| {
        page_of(manifest, &all_rows(&shape)).0.contains("Verdicts on the claims, at this scale")
    };
    assert!(!is_smaller(&manifest));
    let with = |from: &str, to: &str| {
        assert!(paper.contains(from), "{from}");
        RunManifest { profile_toml: paper.replacen(from, to, 1), ..manifest.clone() }
    };
    assert!(is_smaller(&with("updates = 40000", "updates = 400")));
    assert!(is_smaller(&with("batch_tokens = 4096", "batch_tokens = 64")));
    assert!(is_smaller(&with("space = \"wmt14-en-de\"", "space = \"scaled-quick\"")));
    assert!(!is_smaller(&with("seeds = 1", "seeds = 3")));
    let mut other = with("dataset = \"wmt14-en-de\"", "dataset = \"bible-en-de\"");
    other.corpora[0].id = "bible-en-de".into();
    assert!(is_smaller(&other));
    // A corpus that the profile names brings its own space and vocabulary.
    let mut other = with("dataset = \"wmt14-en-de\"", "dataset = \"wmt19-en-de\"");
    assert!(is_smaller(&other));
    other.profile_toml = other.profile_toml.replacen("space = \"wmt14-en-de\"", "space = \"wmt19-en-de\"", 1);
    other.profile_toml = other.profile_toml.replacen("vocab_size = 32768", "vocab_size = 49600", 1);
    (other.space, other.corpora[0].id) = ("wmt19-en-de".into(), "wmt19-en-de".into());
    assert!(!is_smaller(&other));
}

#[test]
fn published_points_stand_beside_the_published_setting_alone() {
    let shape = Shape { decoded: true, ..shape(&[1]) };
    let mut manifest = study_manifest(&shape);
    manifest.profile = "paper".into();
    manifest.corpora[0].id = "wmt14-en-de".into();
    (manifest.primary_metric, manifest.primary_split) = (Metric::Bleu, Split::Test);
    let (page, _folder) = page_of(&manifest, &all_rows(&shape));
    assert!(
        page.contains("HAT, published, Nvidia TITAN Xp GPU") && page.contains("are of other devices than this run")
    );
    let other = RunManifest { profile: "cpu".into(), ..manifest };
    let (page, _folder) = page_of(&other, &all_rows(&shape));
    assert!(!page.contains("HAT, published"));
}

#[test]
fn a_study_on_its_way_says_what_is_missing() {
    let shape = shape(&[1]);
    let latency_alone = [records(&shape), measured(&shape)].concat();
    let planned = RunManifest { found_subnets: vec![], found: vec![], ..study_manifest(&shape) };
    let (page, _folder) = page_of(&planned, &latency_alone);
    assert!(page.contains("Not available: no search has ended."));
    assert!(page.contains("Not available: no continued training has ended."));

    let searched: Vec<Record> = found(&shape).iter().flat_map(search_rows).collect();
    let (page, folder) = page_of(&planned, &[latency_alone, searched].concat());
    assert!(page.contains("Not available: no found subnet has both a latency and a score."));
    assert_eq!(csv_rows(folder.path(), "search").len(), 6);
    let tex = fs::read_to_string(folder.path().join("report/tables/search.tex")).unwrap();
    assert!(!tex.contains("Found subnet"), "not known yet");
    assert!(!folder.path().join("report/tables/retraining.csv").exists());

    // Cut off anywhere, the run renders.
    let all = all_rows(&shape);
    for kept in (600..all.len()).step_by(97) {
        page_of(&study_manifest(&shape), &all[..kept]);
    }
}

#[test]
fn a_profile_without_a_schedule_says_so() {
    let shape = shape(&[1]);
    let bare = RunManifest { profile_toml: "title = \"bare\"".into(), ..study_manifest(&shape) };
    let (page, _folder) = page_of(&bare, &all_rows(&shape));
    assert!(page.contains("Schedule of the continued training: not available"));
}

#[test]
fn a_find_that_the_manifest_does_not_describe_is_refused() {
    let shape = shape(&[1]);
    let lost = RunManifest { found_subnets: vec![], ..study_manifest(&shape) };
    let folder = tempfile::tempdir().unwrap();
    write_run(folder.path(), &lost, &all_rows(&shape), None);
    let error = render(folder.path()).unwrap_err().to_string();
    assert!(error.contains("`found-1`") && error.contains("run.toml") && !error.contains('\n'), "{error}");
}

#[test]
fn unsteady_latencies_are_called_so() {
    let shape = shape(&[1]);
    let mut rows = all_rows(&shape);
    rows.iter_mut().filter(|r| r.metric == Metric::LatencyUnsteady).for_each(|r| r.value = 4.0);
    let (page, _folder) = page_of(&study_manifest(&shape), &rows);
    assert!(page.contains("too unsteady to rely on: 8 of 13 measurements"));
}

#[test]
fn the_order_of_a_studys_records_does_not_matter() {
    let shape = shape(&[1, 2]);
    let mut rows = all_rows(&shape);
    let (page, _first) = page_of(&study_manifest(&shape), &rows);
    rows.reverse();
    let (again, _second) = page_of(&study_manifest(&shape), &rows);
    assert!(page == again);
}

#[test]
fn a_studys_text_is_escaped() {
    const NASTY: &str = "<script>alert(1)</script>&\"'|_%";
    let shape = shape(&[1]);
    let (mut manifest, mut rows) = (study_manifest(&shape), all_rows(&shape));
    manifest.profile_toml = PROFILE.replace("constant", "<script>").replace("merged", "<script>");
    manifest.found_subnets[0].id.name = NASTY.into();
    for card in &mut manifest.found {
        card.subnet = card.subnet.replace("found-1", NASTY);
    }
    for record in &mut rows {
        if let Subject::Subnet(id) = &mut record.subject {
            id.name = id.name.replace("found-1", NASTY).replace("sample-1", NASTY);
        }
    }
    let (page, folder) = page_of(&manifest, &rows);
    assert!(page.contains("&lt;script&gt;alert(1)"));
    for (name, bytes) in files(&folder.path().join("report")) {
        let markup = [".html", ".svg", ".md"].iter().any(|kind| name.ends_with(kind));
        let text = without_script(&String::from_utf8_lossy(&bytes));
        assert!(!markup || !text.contains("<script"), "{name}");
    }
}
