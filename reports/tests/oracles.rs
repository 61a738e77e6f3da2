//! The statistics and scores are checked against figures that others computed: sacreBLEU, SciPy, and published results.

use std::path::{Path, PathBuf};

use mos_reports::gap::{GroupGap, Request, measure};
use mos_reports::scores::{accuracy, corpus_bleu, corpus_chrf, f1, matthews, tokenised_bleu, tokenised_bleu_of_tokens};
use mos_reports::stats::survival::{Observation, kaplan_meier, median, restricted_mean};
use mos_reports::stats::{Direction, Settings, holm, kendall_tau_b, pearson, spearman, t_test};
use serde::Deserialize;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn read<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    serde_json::from_slice(&std::fs::read(fixture(name)).unwrap()).unwrap()
}

#[derive(Deserialize)]
struct ScoreCase {
    name: String,
    bleu: f64,
    counts: [u64; 4],
    totals: [u64; 4],
    precisions: [f64; 4],
    brevity_penalty: f64,
    lengths: [u64; 2],
    bleu_signature: String,
    chrf: f64,
    chrf_signature: String,
    tokenised: Vec<TokenisedCase>,
    hypotheses: Vec<String>,
    references: Vec<String>,
}

/// This holds the tokenised BLEU of the same sentences; without a language they are taken for tokens.
#[derive(Deserialize)]
struct TokenisedCase {
    language: Option<String>,
    bleu: f64,
    counts: [u64; 4],
    totals: [u64; 4],
    lengths: [u64; 2],
}

#[test]
fn scores_equal_sacrebleu() {
    let cases: Vec<ScoreCase> = read("scores.json");
    assert!(cases.len() >= 8 && cases.iter().any(|case| case.hypotheses.len() >= 300));
    for case in cases {
        let name = &case.name;
        let bleu = corpus_bleu(&case.hypotheses, &case.references);
        assert_eq!((bleu.counts, bleu.totals), (case.counts, case.totals), "{name}");
        assert_eq!([bleu.hypothesis_length, bleu.reference_length], case.lengths, "{name}");
        assert!((bleu.brevity_penalty - case.brevity_penalty).abs() < 1e-9, "{name}");
        for (ours, theirs) in bleu.precisions.iter().zip(case.precisions) {
            assert!((ours - theirs).abs() < 1e-9, "{name}");
        }
        assert!((bleu.score - case.bleu).abs() < 1e-4, "{name}: BLEU {} and not {}", bleu.score, case.bleu);
        assert_eq!(bleu.signature, case.bleu_signature, "{name}");

        let chrf = corpus_chrf(&case.hypotheses, &case.references);
        assert!((chrf.score - case.chrf).abs() < 1e-4, "{name}: chrF {} and not {}", chrf.score, case.chrf);
        assert_eq!(chrf.signature, case.chrf_signature, "{name}");
    }
}

#[test]
fn tokenised_bleu_equals_that_of_sacremoses_and_sacrebleu() {
    let cases: Vec<ScoreCase> = read("scores.json");
    let mut scored = 0;
    for ScoreCase { name, hypotheses, references, tokenised, .. } in &cases {
        for expected in tokenised {
            let bleu = match &expected.language {
                Some(language) => tokenised_bleu(hypotheses, references, language).unwrap(),
                None => tokenised_bleu_of_tokens(hypotheses, references),
            };
            let name = format!("{name}, {:?}", expected.language);
            assert_eq!((bleu.counts, bleu.totals), (expected.counts, expected.totals), "{name}");
            assert_eq!([bleu.hypothesis_length, bleu.reference_length], expected.lengths, "{name}");
            assert!((bleu.score - expected.bleu).abs() < 1e-4, "{name}: {} and not {}", bleu.score, expected.bleu);
            scored += usize::from(expected.bleu > 0.0);
        }
    }
    assert!(scored >= 30, "only {scored} cases are above 0");
}

#[derive(Deserialize)]
struct RankCase {
    name: String,
    kendall_tau_b: Option<f64>,
    spearman: Option<f64>,
    x: Vec<f64>,
    y: Vec<f64>,
}

#[test]
fn rank_correlations_equal_scipy() {
    let cases: Vec<RankCase> = read("ranks.json");
    assert!(cases.iter().any(|case| case.kendall_tau_b.is_none()) && cases.len() >= 15);
    for case in cases {
        for (what, ours, theirs) in [
            ("tau-b", kendall_tau_b(&case.x, &case.y), case.kendall_tau_b),
            ("rho", spearman(&case.x, &case.y), case.spearman),
        ] {
            let same = match (ours, theirs) {
                (Some(ours), Some(theirs)) => (ours - theirs).abs() < 1e-12,
                (ours, theirs) => ours == theirs,
            };
            assert!(same, "{}: {what} {ours:?} and not {theirs:?}", case.name);
        }
    }
}

#[derive(Deserialize)]
struct SurvivalCase {
    name: String,
    until: f64,
    median: Option<f64>,
    restricted_mean: f64,
    at: Vec<f64>,
    survival: Vec<f64>,
    times: Vec<f64>,
    observed: Vec<bool>,
}

#[test]
fn survival_curves_equal_scipy() {
    let cases: Vec<SurvivalCase> = read("survival.json");
    assert!(cases.len() >= 12 && cases.iter().any(|case| case.median.is_none()));
    for case in cases {
        let pairs = case.times.iter().zip(&case.observed);
        let watched: Vec<Observation> = pairs.map(|(&time, &observed)| Observation { time, observed }).collect();
        let curve = kaplan_meier(&watched);
        for (at, theirs) in case.at.iter().zip(&case.survival) {
            let ours = curve.iter().rev().find(|step| step.time <= *at).map_or(1.0, |step| step.survival);
            assert!((ours - theirs).abs() < 1e-12, "{}: {ours} and not {theirs} at {at}", case.name);
        }
        assert_eq!(median(&curve), case.median, "{}", case.name);
        let ours = restricted_mean(&curve, case.until);
        assert!((ours - case.restricted_mean).abs() < 1e-12, "{}: {ours}", case.name);
    }
}

#[derive(Deserialize)]
struct TestCases {
    t_tests: Vec<TTestCase>,
    families: Vec<FamilyCase>,
}

#[derive(Deserialize)]
struct TTestCase {
    name: String,
    t: f64,
    p: f64,
    values: Vec<f64>,
}

/// This holds the p values of one family, and what Holm's definition makes of them.
#[derive(Deserialize)]
struct FamilyCase {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

#[test]
fn t_tests_equal_scipy_and_families_the_definition() {
    let cases: TestCases = read("tests.json");
    assert!(cases.t_tests.len() >= 15 && cases.families.len() >= 8);
    for case in cases.t_tests {
        let test = t_test(&case.values).unwrap();
        assert!(
            (test.t - case.t).abs() < 1e-9 * case.t.abs().max(1.0),
            "{}: t {} and not {}",
            case.name,
            test.t,
            case.t
        );
        assert!((test.p - case.p).abs() < 1e-10, "{}: p {} and not {}", case.name, test.p, case.p);
        assert!((test.p / case.p - 1.0).abs() < 1e-6, "{}: p {} and not {}", case.name, test.p, case.p);
    }
    for case in cases.families {
        for (ours, theirs) in holm(&case.p).iter().zip(&case.adjusted) {
            assert!((ours - theirs).abs() < 1e-12, "{:?}: {ours} and not {theirs}", case.p);
        }
    }
}

const HAT: &str = "HAT_test_BLEU";
const SANDWICH: &str = "Supernet (Sandwich)_test_BLEU";
const LAYER: &str = "Layer-wise MoS_test_BLEU";
const NEURON: &str = "Neuron-wise MoS_test_BLEU";

fn published(groups: &[&str]) -> Vec<GroupGap> {
    let request = Request {
        scratch: "scratch_test_BLEU".into(),
        supernets: [HAT, SANDWICH, LAYER, NEURON].map(String::from).to_vec(),
        groups: groups.iter().map(|group| group.to_string()).collect(),
        direction: Direction::HigherIsBetter,
        settings: Settings::new(1),
    };
    measure(&fixture("published/mos_supernet_vs_scratch_wmt14ende.csv"), &request).unwrap()
}

/// This checks the author's two sweeps and both together: mean absolute gap and tau-b of HAT, sandwich, layer- and
/// neuron-wise.
#[test]
fn the_published_table_comes_out_to_a_hundredth() {
    let dec7 = [(1.84, 0.81), (1.62, 0.81), (1.61, 0.54), (1.13, 0.71)];
    let dec21 = [(1.76, 0.85), (1.76, 0.85), (1.79, 0.47), (1.28, 0.49)];
    let all = [(1.80, 0.72), (1.69, 0.81), (1.70, 0.50), (1.21, 0.60)];
    let sweeps = published(&["sweep"]);
    let of = |sweep: &str| -> Vec<&GroupGap> {
        sweeps.iter().filter(|row| row.group["sweep"].as_str().unwrap().starts_with(sweep)).collect()
    };
    let together = published(&[]);
    for (expected, rows, n) in [(dec7, of("dec7"), 15), (dec21, of("dec21"), 15), (all, together.iter().collect(), 30)]
    {
        assert_eq!(rows.len(), 4);
        for ((mae, tau), row) in expected.into_iter().zip(rows) {
            assert_eq!(row.gap.n, n);
            for (estimate, value) in [(row.gap.mae, mae), (row.gap.mean_gap, mae), (row.gap.kendall_tau_b, tau)] {
                // Half a unit of the last published digit, and what the rounding of a half may add.
                let ours = estimate.value.unwrap();
                assert!(
                    (ours - value).abs() < 0.005 + 1e-9,
                    "{} {:?}: {ours} and not {value}",
                    row.supernet,
                    row.group
                );
                assert!(estimate.lo.unwrap() <= ours && ours <= estimate.hi.unwrap());
            }
        }
    }
}

/// This checks what the paper claims of neuron-wise MoS, on its own data: over these subnets its gap is narrower than
/// every other method's. All of them are of one training each.
#[test]
fn the_published_differences_lie_where_the_paper_says() {
    let rows = published(&[]);
    let difference = |method: &str, against: &str| {
        let row = rows.iter().find(|row| row.supernet == method).unwrap();
        assert_eq!(row.paired.len(), 3);
        row.paired.iter().find(|other| other.against == against).unwrap().difference
    };
    let of = |method: &str, against: &str| difference(method, against).mae_difference;
    let narrower = of(NEURON, SANDWICH);
    assert!(narrower.hi.unwrap() < 0.0);
    assert!((narrower.value.unwrap() - (1.21 - 1.69)).abs() < 0.01);
    assert!(of(SANDWICH, NEURON).lo.unwrap() > 0.0);
    let open = of(LAYER, SANDWICH);
    assert!(open.lo.unwrap() < 0.0 && open.hi.unwrap() > 0.0);
}

#[derive(Deserialize)]
struct LabelCases {
    classes: Vec<ClassCase>,
    ratings: Vec<RatingCase>,
}

#[derive(Deserialize)]
struct ClassCase {
    predicted: Vec<i64>,
    labels: Vec<i64>,
    accuracy: f64,
    f1: f64,
    matthews: f64,
}

#[derive(Deserialize)]
struct RatingCase {
    x: Vec<f64>,
    y: Vec<f64>,
    pearson: f64,
}

#[test]
fn labels_are_scored_as_scikit_learn_and_scipy_score_them() {
    let LabelCases { classes, ratings } = read("labels.json");
    assert!(classes.len() >= 6 && ratings.len() >= 4);
    let close = |ours: Option<f64>, theirs: f64| (ours.unwrap_or(0.0) - theirs).abs() < 1e-12;
    for ClassCase { predicted, labels, accuracy: right, f1: f, matthews: correlation } in classes {
        assert!(close(accuracy(&predicted, &labels), right));
        assert!(close(f1(&predicted, &labels), f));
        assert!(close(matthews(&predicted, &labels), correlation));
    }
    for RatingCase { x, y, pearson: correlation } in ratings {
        assert!(close(pearson(&x, &y), correlation));
    }
}
