//! These are hand-made records of a study. TEST INPUT: no number here was ever measured.

use mos_base::Split;
use mos_plan::files::manifest::{FoundCard, RunManifest, SubnetCard};
use mos_plan::{Metric, Record, Subject, legacy};
use mos_spaces::latency::predictors::PredictorKind;
use mos_spaces::search::limit::Limit;

use crate::made::{Shape, manifest, records, row, score_rows, subject, train_rows};

pub const LIMITS: [Limit; 2] = [Limit::LatencyShare(0.35), Limit::LatencyShare(0.7)];
pub const PROFILE: &str = "[training]\nlearned_nats = 0.3\n[study.latency]\nmax_spread = 0.1\n[study.retraining]\nweights = \"merged\"\n\
                       decay = \"constant\"\npeak_share = 0.3\nwarmup = 0.0\nbudget = 0.5\n";
pub fn shape(seeds: &[i64]) -> Shape {
    Shape { methods: vec!["hat", "sandwich", "mos-layer"], seeds: seeds.to_vec(), ..Shape::full() }
}

/// Says what each search found: under the narrow limit a subnet of the method's own, under the wide one the same for
/// all.
pub fn found(shape: &Shape) -> Vec<FoundCard> {
    let mut cards = Vec::new();
    for &seed in &shape.seeds {
        for (i, method) in shape.methods.iter().enumerate() {
            for limit in LIMITS {
                let subnet = if limit == LIMITS[0] { format!("found-{}", i + 1) } else { "largest".to_owned() };
                cards.push(FoundCard { method: (*method).into(), seed, limit, subnet });
            }
        }
    }
    cards
}

pub fn study_manifest(shape: &Shape) -> RunManifest {
    let card = |i: usize| SubnetCard {
        id: legacy::subnet(&format!("found-{i}")),
        params: 50_000,
        flops: 2_000_000,
        summary: "d 64/64, layers 3/1".into(),
        arch_json: "{}".into(),
        group: None,
    };
    RunManifest {
        found_subnets: (1..=shape.methods.len()).map(card).collect(),
        found: found(shape),
        profile_toml: PROFILE.into(),
        ..manifest(shape)
    }
}

/// Gives the latency of a subnet in the test's world, ms.
pub fn latency_of(subnet: &str) -> f64 {
    match subnet {
        "found-1" => 4.0,
        "found-2" => 5.0,
        "found-3" => 6.0,
        _ => 10.0,
    }
}

pub fn latency_rows(job: &str, subnet: &str, ms: f64, spread: f64) -> Vec<Record> {
    let of = |metric: Metric, value: f64| Record { subject: subject(subnet), ..row(job, "", 0, metric, value) };
    vec![
        of(Metric::Latency, ms),
        of(Metric::LatencyEncoder, 0.25 * ms),
        of(Metric::LatencyDecoder, 0.75 * ms),
        of(Metric::LatencySpread, spread),
    ]
}

pub fn latency_job(job: &str, rows: f64, unsteady: f64) -> Vec<Record> {
    let whole = [
        (Metric::LatencyRows, rows),
        (Metric::LatencyUnsteady, unsteady),
        (Metric::LatencyThreads, 1.0),
        (Metric::LatencyLoad, 0.5),
    ];
    whole.into_iter().map(|(metric, value)| row(job, "", 0, metric, value)).collect()
}

/// Makes the rows of the latencies and the predictors.
pub fn measured(shape: &Shape) -> Vec<Record> {
    let mut rows = [latency_job("lat-sample", 4.0, 0.0), latency_job("lat-scored", 9.0, 1.0)].concat();
    for i in 1..=4 {
        let name = format!("sample-{i}");
        rows.extend(latency_rows("lat-sample", &name, 3.0 * f64::from(i), 0.02));
        rows.push(Record { subject: subject(&name), ..row("lat-sample", "", 0, Metric::Flops, 1e6 * f64::from(i)) });
    }
    for name in shape.names().into_iter().chain((1..=shape.methods.len()).map(|i| format!("found-{i}"))) {
        rows.extend(latency_rows("lat-scored", &name, latency_of(&name), if name == "found-1" { 0.3 } else { 0.05 }));
    }
    let figures = |kind: PredictorKind, error: f64| {
        let of = move |split: Split, metric: Metric, value: f64| Record {
            subject: Subject::Predictor(kind),
            split: Some(split),
            ..row("pred", "", 0, metric, value)
        };
        [Split::Valid, Split::Test].into_iter().flat_map(move |split| {
            [
                of(split, Metric::PredictorMdape, error),
                of(split, Metric::PredictorMape, error + 1.0),
                of(split, Metric::PredictorRmse, 0.2),
                of(split, Metric::PredictorTau, 0.9),
            ]
        })
    };
    rows.extend(figures(PredictorKind::Linear, 6.0));
    rows.extend(figures(PredictorKind::HuberQuadratic, 3.0));
    let chosen = Subject::Predictor(PredictorKind::HuberQuadratic);
    rows.push(Record { subject: chosen, ..row("pred", "", 0, Metric::PredictorChosen, 1.0) });
    rows
}

pub fn search_rows(card: &FoundCard) -> Vec<Record> {
    let job = format!("search-{}-{}-{}", card.method, card.limit.label(), card.seed);
    let of = |metric: Metric, step: i64, value: f64| Record {
        subject: Subject::Limit(card.limit),
        split: Some(Split::Valid),
        step,
        ..row(&job, &card.method, card.seed, metric, value)
    };
    let whole = [
        (Metric::SearchEvaluations, 20.0),
        (Metric::SearchCost, 7.0),
        (Metric::SearchLimit, 8.0),
        (Metric::SearchLeast, 3.0),
        (Metric::SearchMost, 12.0),
    ];
    let mut rows: Vec<Record> = whole.iter().map(|(metric, value)| of(*metric, 0, *value)).collect();
    rows.extend([
        of(Metric::SearchLoss, 0, 3.9),
        of(Metric::SearchSeconds, 0, 2.0),
        of(Metric::RandomEvaluations, 0, 18.0),
    ]);
    for (step, own, random) in [(10, 4.2, 4.15), (20, 4.0, 4.1)] {
        rows.extend([of(Metric::SearchFitness, step, own), of(Metric::RandomFitness, step, random)]);
    }
    rows
}

/// Makes the rows of a continued training that reaches its goal after `updates` of the 400, or runs to the budget of
/// 200.
pub fn retrain_rows(method: &str, subnet: &str, seed: i64, updates: Option<f64>) -> Vec<Record> {
    let job = format!("retrain-{method}-{subnet}-{seed}");
    let of = |metric: Metric, step: i64, value: f64| Record {
        subject: subject(subnet),
        split: Some(Split::Valid),
        step,
        ..row(&job, method, seed, metric, value)
    };
    let used = updates.unwrap_or(200.0);
    let mut rows = vec![
        of(Metric::RetrainGoal, 0, 3.5),
        of(Metric::RetrainReached, 0, f64::from(u8::from(updates.is_some()))),
        of(Metric::RetrainUpdates, 0, used),
        of(Metric::RetrainTokens, 0, 500.0 * used),
        of(Metric::RetrainSeconds, 0, 0.075 * used),
        of(Metric::RetrainBudget, 0, 200.0),
        of(Metric::RetrainPeakLr, 0, 0.0006),
        Record { split: Some(Split::Test), ..of(Metric::RetrainTest, 0, 3.53) },
    ];
    let step = |share: f64| (share * used) as i64;
    rows.extend([(0.0, 3.9), (0.5, 3.7), (1.0, 3.45)].map(|(at, value)| of(Metric::RetrainLoss, step(at), value)));
    rows
}

/// Tells the updates of a continued training: `hat` needs more than `mos-layer`, and reaches its goal on two of the four
/// subnets, and with seed 4 on none.
pub fn needed(method: &str, subnet: &str, seed: i64) -> Option<f64> {
    match (method, subnet) {
        ("hat", "found-1" | "found-2") if seed != 4 => Some(120.0),
        ("hat", _) => None,
        ("sandwich", _) => Some(100.0 + 8.0 * seed as f64),
        _ => Some(40.0),
    }
}

/// Gives the subnets that are trained on from every searched supernet.
fn common(shape: &Shape) -> Vec<String> {
    let found = (1..=shape.methods.len()).map(|i| format!("found-{i}"));
    found.chain(["largest".to_owned()]).collect()
}

/// Gives all rows: those of the sample, and the study's.
pub fn all_rows(shape: &Shape) -> Vec<Record> {
    let mut rows = [records(shape), measured(shape)].concat();
    let cards = found(shape);
    rows.extend(cards.iter().flat_map(search_rows));
    for &seed in &shape.seeds {
        for subnet in common(shape) {
            for method in &shape.methods {
                rows.extend(retrain_rows(method, &subnet, seed, needed(method, &subnet, seed)));
            }
            let Some(index) = subnet.strip_prefix("found-") else { continue };
            rows.extend(train_rows(&format!("x{subnet}-{seed}"), "scratch", seed, &subnet, &[&subnet], 0.002));
            for method in shape.methods.iter().copied().chain(["scratch"]) {
                let job = format!("y{method}-{subnet}-{seed}");
                rows.extend(score_rows(&job, shape, method, seed, &subnet, index.parse().unwrap()));
            }
        }
    }
    rows
}
