//! What a run may say of its methods, and what it must not. TEST INPUT: no number here was ever measured.

use std::fs;

use mos_base::Split;
use mos_plan::files::manifest::RunManifest;
use mos_plan::headline::Headline;
use mos_plan::{Metric, Record};
use mos_reports::render;

use crate::made::{Shape, csv_rows, manifest, records, row, subject, without_script, write_run};

const UNIGRAM: f64 = 6.0;

fn shape(seeds: i64) -> Shape {
    Shape {
        methods: vec!["sandwich", "mos-layer", "mos-neuron", "mos-neuron-const"],
        seeds: (1..=seeds).collect(),
        ..Shape::full()
    }
}

/// Makes a manifest that compares by test loss.
fn manifest_of(shape: &Shape) -> RunManifest {
    RunManifest { primary_split: Split::Test, ..manifest(shape) }
}

/// Makes records in which a supernet is `behind(method, seed)` behind training from scratch, on both splits.
fn losses(shape: &Shape, behind: impl Fn(&str, i64) -> f64) -> Vec<Record> {
    let mut rows = records(shape);
    for record in rows.iter_mut().filter(|r| is_score(r)) {
        let index = shape.names().iter().position(|name| *name == record.subject.text()).unwrap();
        // What differs between subnets is no part of a paired difference.
        let own = 0.002 * ((index * 3 + record.method.len()) % 4) as f64;
        let behind = if record.method == "scratch" { 0.0 } else { behind(&record.method, record.seed) + own };
        record.value = 3.5 + 0.1 * index as f64 + behind;
    }
    let unigram =
        |split: Split| Record { split: Some(split), ..row("facts", "", 0, Metric::UnigramCrossEntropy, UNIGRAM) };
    rows.extend([unigram(Split::Valid), unigram(Split::Test)]);
    rows
}

fn is_score(record: &Record) -> bool {
    record.metric == Metric::Loss && record.job_id.starts_with('s')
}

/// A small difference between trainings.
fn jitter(seed: i64) -> f64 {
    [0.0, 0.002, -0.001, 0.001][seed as usize % 4]
}

/// Puts mos-neuron ahead of its control, and that ahead of sandwich and mos-layer.
fn clear(method: &str, seed: i64) -> f64 {
    jitter(seed * (method.len() as i64))
        + match method {
            "mos-neuron" => 0.10,
            "mos-neuron-const" => 0.20,
            _ => 0.30,
        }
}

/// Renders, and gives the page, the words for a terminal, and the folder.
fn page_of(manifest: &RunManifest, rows: &[Record]) -> (String, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    write_run(folder.path(), manifest, rows, None);
    let rendered = render(folder.path()).unwrap();
    let page = fs::read_to_string(&rendered.index).unwrap();
    for forbidden in ["NaN", ">inf", ">-inf", "[-inf", "<script"] {
        assert!(!without_script(&page).contains(forbidden), "{forbidden} in the page");
    }
    (page, rendered.headline, folder)
}

/// How the claims begin that these tests look at.
const CLAIMS: [&str; 3] = [
    "Neuron-wise MoS has a smaller gap to training from scratch than the same supernet",
    "Layer-wise MoS has a smaller gap to training from scratch than the same supernet",
    "Neuron-wise MoS has a smaller gap than the same experts",
];

/// Gives the verdicts on these claims.
fn words(folder: &tempfile::TempDir) -> [String; 3] {
    let rows = csv_rows(folder.path(), "verdicts");
    CLAIMS.map(|begins| {
        let row = rows.iter().find(|row| row[0].starts_with(begins)).unwrap();
        if row[7].is_empty() { row[1].clone() } else { format!("{}: {}", row[1], row[7]) }
    })
}

/// Gives the numbers behind the verdict on the gap of neuron-wise MoS to the same supernet without experts.
fn numbers(folder: &tempfile::TempDir) -> Vec<String> {
    let rows = csv_rows(folder.path(), "claims-1");
    rows.into_iter().find(|row| row[0] == "mt-gap-neuron-sandwich").unwrap()
}

const HOLDS: &str = "holds at this scale";
const NOT_ASKED: &str = "not tested: it is asked only where mt-gap-neuron-sandwich holds";

fn credit(folder: &tempfile::TempDir, method: &str) -> String {
    let rows = csv_rows(folder.path(), "credit");
    rows.iter().find(|row| row[0] == method).unwrap_or_else(|| panic!("{method} in {rows:?}"))[1].clone()
}

#[test]
fn one_or_two_trainings_say_nothing_of_methods() {
    for (seeds, word) in [(1, "one training"), (2, "two trainings")] {
        let shape = shape(seeds);
        let (page, terminal, folder) = page_of(&manifest_of(&shape), &losses(&shape, clear));
        let said = words(&folder);
        assert_eq!([said[0].as_str(), &said[2]], [&format!("{word} (points its way)"), NOT_ASKED]);
        assert_eq!(credit(&folder, "mos-neuron"), format!("open: {word}"));
        for said in ["credited to routing:", "inconclusive", HOLDS, "fails at this scale"] {
            assert!(!page.contains(said) && !terminal.contains(said), "{said} with {seeds} seeds");
        }
        // The interval stands all the same, and no p value does.
        let row = numbers(&folder);
        assert!(row[2].parse::<f64>().unwrap() < -0.19 && row[4].parse::<f64>().unwrap() < 0.0, "{row:?}");
        assert!(!page.contains("p adjusted"), "{seeds} seeds");
    }
    let shape = shape(1);
    let (page, ..) = page_of(&manifest_of(&shape), &losses(&shape, clear));
    assert!(page.contains("over redrawn subnets of one training: they say nothing of another training"));
}

#[test]
fn three_trainings_decide_what_is_clear() {
    let shape = shape(3);
    let (page, terminal, folder) = page_of(&manifest_of(&shape), &losses(&shape, clear));
    assert_eq!(words(&folder), [HOLDS, "inconclusive", HOLDS]);
    assert!(credit(&folder, "mos-neuron").starts_with("credited to routing"));
    assert_eq!(credit(&folder, "mos-layer"), "open: its claim against sandwich is inconclusive");
    let answer = "Holds at this scale for mos-neuron against sandwich and mos-neuron against mos-neuron-const; \
                  inconclusive for mos-layer against sandwich.";
    assert!(page.contains(answer), "{terminal}");
    // The family has three claims, of which the one on hat cannot be tested: six subnets can be swapped in 64 ways.
    let row = numbers(&folder);
    assert_eq!([row[7].parse(), row[8].parse()], [Ok(1.0 / 64.0), Ok(3.0 / 64.0)]);
    // Only claims get a word.
    let paired = fs::read_to_string(folder.path().join("report/tables/paired.csv")).unwrap();
    assert!(!paired.contains("holds") && paired.contains("mos-neuron-const,sandwich"));
}

#[test]
fn further_claims_of_the_family_make_each_harder_to_decide() {
    let shape = shape(3);
    // The trainings' differences are -0.10, -0.14 and -0.07: p is 0.018 on one side, and three times that is not below 0.05.
    let behind = |method: &str, seed: i64| match method {
        "mos-neuron" => 0.5 - [0.10, 0.14, 0.07][seed as usize - 1],
        "mos-layer" => 0.5 + [0.02, -0.03, 0.01][seed as usize - 1],
        "mos-neuron-const" => 0.5 + [-0.2, 0.1, 0.05][seed as usize - 1],
        _ => 0.5,
    };
    let (_, _, folder) = page_of(&manifest_of(&shape), &losses(&shape, behind));
    assert_eq!([&words(&folder)[0], &words(&folder)[2]], ["inconclusive", NOT_ASKED]);
    assert_eq!(credit(&folder, "mos-neuron"), "open: its claim against sandwich is inconclusive");
    let p: Vec<f64> = numbers(&folder)[7..9].iter().map(|cell| cell.parse().unwrap()).collect();
    assert!(p[0] < 0.02 && (p[1] - 3.0 * p[0]).abs() < 1e-9, "{p:?}");
}

#[test]
fn a_wide_spread_between_trainings_is_inconclusive() {
    let shape = shape(3);
    let behind = |method: &str, seed: i64| 0.5 - if method == "mos-neuron" { 0.1 * (seed - 1) as f64 } else { 0.0 };
    let (_, _, folder) = page_of(&manifest_of(&shape), &losses(&shape, behind));
    assert_eq!(words(&folder)[0], "inconclusive");
}

#[test]
fn trainings_that_agree_fully_decide() {
    let shape = shape(3);
    let behind = |method: &str, _: i64| if method == "mos-neuron" { 0.1 } else { 0.3 };
    let (_, _, folder) = page_of(&manifest_of(&shape), &losses(&shape, behind));
    assert_eq!(words(&folder), [HOLDS, "inconclusive", HOLDS]);
}

#[test]
fn own_scores_decide_where_a_compared_method_is_ahead_on_validation() {
    let shape = shape(3);
    // mos-neuron is so far ahead of training from scratch that its absolute gap is the widest.
    let ahead = |method: &str, seed: i64| clear(method, seed) - if method == "mos-neuron" { 1.0 } else { 0.0 };
    let (page, terminal, folder) = page_of(&manifest_of(&shape), &losses(&shape, ahead));
    assert_eq!(words(&folder), [HOLDS, "inconclusive", HOLDS]);
    assert!(credit(&folder, "mos-neuron").starts_with("credited to routing"));
    assert!(page.contains("Own scores decide here: on validation the mean signed gap of mos-neuron is below zero."));
    assert!(
        terminal.contains("Are the scores better? Holds at this scale for mos-neuron against sandwich"),
        "{terminal}"
    );
    // A method that no claim about the gap names changes nothing.
    let methods = vec!["sandwich-merged-init", "sandwich", "mos-layer", "mos-neuron", "mos-neuron-const"];
    let outside = Shape { methods, ..shape };
    let other = |method: &str, seed: i64| if method == "sandwich-merged-init" { -0.5 } else { clear(method, seed) };
    let (page, _, folder) = page_of(&manifest_of(&outside), &losses(&outside, other));
    assert_eq!(words(&folder)[0], HOLDS);
    assert!(!page.contains("Own scores decide here"));
}

#[test]
fn validation_says_by_what_methods_are_compared_and_test_how_they_compare() {
    let shape = shape(3);
    let mut rows = losses(&shape, clear);
    // On test mos-neuron is ahead of training from scratch; on validation it is not.
    let on_test = |r: &&mut Record| is_score(r) && r.split == Some(Split::Test) && r.method == "mos-neuron";
    rows.iter_mut().filter(on_test).for_each(|r| r.value -= 0.5);
    let (page, _, folder) = page_of(&manifest_of(&shape), &rows);
    assert!(!page.contains("Own scores decide here"));
    let headline = csv_rows(folder.path(), "headline");
    let neuron = headline.iter().find(|row| row[0] == "mos-neuron").unwrap();
    assert!(neuron[4].parse::<f64>().unwrap() < -0.3, "the headline is of test: {neuron:?}");
    assert!(page.contains("Gap to training from scratch, test loss"));
}

/// Sets the score from scratch of a subnet on both splits.
fn set_scratch(rows: &mut [Record], subnet: &str, seed: i64, loss: f64) {
    let of_it = |r: &&mut Record| is_score(r) && r.method == "scratch" && r.subject.text() == subnet && r.seed == seed;
    rows.iter_mut().filter(of_it).for_each(|r| r.value = loss);
}

#[test]
fn a_training_from_scratch_that_hardly_learned_is_named_and_left_out() {
    let shape = shape(3);
    let manifest = manifest_of(&shape);
    let (_, _, sound) = page_of(&manifest, &losses(&shape, clear));
    let mut rows = losses(&shape, clear);
    set_scratch(&mut rows, "random-2", 2, UNIGRAM - 0.29);
    let (page, terminal, folder) = page_of(&manifest, &rows);
    let named = "Training from scratch failed for random-2 (seed 2, hardly learned, validation loss 5.710)";
    assert!(page.contains(named) && terminal.contains(named), "{terminal}");
    let failed = csv_rows(folder.path(), "failed");
    assert_eq!(failed[0][..4], ["scratch", "random-2", "2", "hardly learned: 5.710 and not below 5.700"]);
    // The claims are judged over five subnets with every seed, and what is missing is named.
    assert_eq!(numbers(&folder)[10..13], ["5", "3", "15 of 18"]);
    assert!(page.contains("random-2 seed 1 (its training from scratch failed)"));
    let gap = |table: &str, column: usize| csv_rows(folder.path(), table)[0][column].parse::<f64>().unwrap();
    assert!(gap("with-failed", 2) > gap("headline", 1) + 0.05 && gap("with-failed", 1) == 6.0);
    assert!(!sound.path().join("report/tables/with-failed.csv").exists());
    // A nat's hundredth less and it has learned.
    set_scratch(&mut rows, "random-2", 2, UNIGRAM - 0.31);
    let (page, ..) = page_of(&manifest, &rows);
    assert!(!page.contains("Training from scratch failed"));
    // A profile that asks for no margin, and a run that did not record what to read it against, name none.
    set_scratch(&mut rows, "random-2", 2, 9.0);
    let lenient = RunManifest { profile_toml: String::new(), ..manifest.clone() };
    assert!(!page_of(&lenient, &rows).0.contains("Training from scratch failed"));
    rows.retain(|r| r.metric != Metric::UnigramCrossEntropy);
    set_scratch(&mut rows, "random-2", 2, 9.0);
    let (page, ..) = page_of(&manifest, &rows);
    assert!(!page.contains("Training from scratch failed"));
}

/// Makes the training of a job diverge: it keeps its costs and curves, and its scores go.
fn diverge(rows: &mut Vec<Record>, job: &str, method: &str, subnet: &str, seed: i64) {
    let diverged = Record { subject: subject(subnet), ..row(job, method, seed, Metric::DivergedAt, 120.0) };
    rows.push(diverged);
    rows.retain(|r| {
        let scored = r.job_id.starts_with('s') && r.method == method && r.seed == seed;
        !scored || (!subnet.is_empty() && r.subject.text() != subnet)
    });
}

#[test]
fn a_diverged_supernet_is_a_result() {
    let shape = shape(3);
    let mut rows = losses(&shape, clear);
    diverge(&mut rows, "t-mos-neuron-2", "mos-neuron", "", 2);
    let (page, terminal, folder) = page_of(&manifest_of(&shape), &rows);
    let named = "Diverged: mos-neuron (seed 2, diverged at update 120). What needs these weights";
    assert!(page.contains(named) && terminal.contains(named), "{terminal}");
    assert_eq!(words(&folder), ["two trainings (points its way)", "inconclusive", NOT_ASKED]);
    assert!(page.contains("12 of 18 values are there; missing: largest seed 2 (mos-neuron diverged)"));
    assert_eq!(credit(&folder, "mos-neuron"), "open: two trainings");
    let headline = csv_rows(folder.path(), "headline");
    let neuron = headline.iter().find(|row| row[0] == "mos-neuron").unwrap();
    assert_eq!(neuron.last().unwrap(), "seed 2");
    let cost = csv_rows(folder.path(), "job-cost");
    assert!(cost.iter().any(|row| row[0] == "mos-neuron" && row[2] == "2" && row[3] == "120"), "{cost:?}");
    assert!(page.contains("Trainings that diverged are left out"));
}

#[test]
fn a_diverged_training_from_scratch_leaves_its_subnet_out() {
    let shape = shape(3);
    let mut rows = losses(&shape, clear);
    diverge(&mut rows, "ts34", "scratch", "random-3", 3);
    let (page, _, folder) = page_of(&manifest_of(&shape), &rows);
    assert!(page.contains("Training from scratch failed for random-3 (seed 3, diverged at update 120)"));
    assert_eq!(numbers(&folder)[10..12], ["5", "3"]);
}

#[test]
fn a_repeated_training_counts_and_its_first_rate_is_told() {
    let shape = shape(1);
    let mut rows = losses(&shape, clear);
    let first = Record { subject: subject("random-1"), ..row("ts12", "scratch", 1, Metric::FailedPeakLr, 0.004) };
    rows.push(first);
    let (page, _, folder) = page_of(&manifest_of(&shape), &rows);
    let failed = csv_rows(folder.path(), "failed");
    assert_eq!(failed[0], ["scratch", "random-1", "1", "repeated after it failed at 0.004", "0.002", "0.004"]);
    assert!(!page.contains("Training from scratch failed"));
}

#[test]
fn a_headline_over_random_subnets_has_the_ends_beside_it() {
    let shape = shape(3);
    let mut rows = losses(&shape, clear);
    // Far off at the ends: they must not move the headline.
    let ends = |r: &&mut Record| {
        is_score(r) && r.method != "scratch" && ["largest", "smallest"].contains(&r.subject.text().as_str())
    };
    rows.iter_mut().filter(ends).for_each(|r| r.value += 1.0);
    let all = manifest_of(&shape);
    let random = RunManifest { headline: Headline::Random, ..all.clone() };
    let gap = |folder: &tempfile::TempDir| csv_rows(folder.path(), "headline")[0][1].parse::<f64>().unwrap();
    let (page, _, folder) = page_of(&random, &rows);
    assert!(gap(&folder) < 0.32 && page.contains("set 4 random subnets beside"), "{}", gap(&folder));
    assert_eq!(numbers(&folder)[10], "4");
    let shown = csv_rows(folder.path(), "ends");
    assert!(shown[0][1].parse::<f64>().unwrap() > 1.2 && shown[0][4].parse::<f64>().unwrap() > 1.2, "{shown:?}");
    let (page, _, folder) = page_of(&all, &rows);
    assert!(gap(&folder) > 0.6 && !page.contains("id=\"table-ends\""));
}

#[test]
fn prose_survives_a_method_without_scores() {
    let shape = shape(3);
    let mut rows = losses(&shape, clear);
    rows.retain(|r| r.method != "mos-layer" || !r.job_id.starts_with('s'));
    let (page, _, folder) = page_of(&manifest_of(&shape), &rows);
    assert!(page.contains("mos-layer has no scores to compare."));
    let nothing = "not tested: no subnet has scores of both methods and from scratch";
    assert_eq!(words(&folder), [HOLDS, nothing, HOLDS]);
    let headline = csv_rows(folder.path(), "headline");
    assert_eq!(headline.iter().find(|row| row[0] == "mos-layer").unwrap()[1], "");
    // What one method lacks makes no other claim easier: the family stays as large as it is.
    assert_eq!(numbers(&folder)[8].parse(), Ok(3.0 / 64.0));
    assert_eq!(credit(&folder, "mos-layer"), "open: its claim against sandwich was not tested");
}

#[test]
fn the_first_screen_asks_five_questions_and_leads_to_the_evidence() {
    let shape = shape(3);
    let (page, terminal, _folder) = page_of(&manifest_of(&shape), &losses(&shape, clear));
    for question in [
        "Is the gap narrower?",
        "By how much?",
        "Routing or something else?",
        "How much retraining is saved?",
        "At what cost?",
    ] {
        assert!(page.contains(question) && terminal.contains(question), "{question}: {terminal}");
    }
    let first = &page[page.find("class=\"answers\"").unwrap()..page.find("class=\"summary\"").unwrap()];
    assert!(first.matches("<svg class=\"strip\"").count() >= 9, "{first}");
    assert!(terminal.lines().count() <= 40, "{terminal}");
    assert!(terminal.lines().all(|line| line.chars().count() <= 100), "{terminal}");
}
