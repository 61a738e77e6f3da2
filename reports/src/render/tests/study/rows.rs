//! Hand-made records of a study. TEST INPUT.

use super::super::*;
use crate::manifest::FoundCard;

pub(super) const LIMITS: [&str; 2] = ["latency share 0.35", "latency share 0.7"];
pub(super) const PROFILE: &str = "[study.latency]\nmax_spread = 0.1\n[study.retraining]\nweights = \"merged\"\n\
                       decay = \"constant\"\npeak_share = 0.3\nwarmup = 0.0\nbudget = 0.5\n";
pub(super) fn shape(seeds: &[i64]) -> Shape {
    Shape { methods: vec!["hat", "sandwich", "mos-layer"], seeds: seeds.to_vec(), ..Shape::full() }
}

/// What each search found: under the narrow limit a subnet of the method's own, under the wide one the same for all.
pub(super) fn found(shape: &Shape) -> Vec<FoundCard> {
    let mut cards = Vec::new();
    for &seed in &shape.seeds {
        for (i, method) in shape.methods.iter().enumerate() {
            for limit in LIMITS {
                let subnet = if limit == LIMITS[0] { format!("found-{}", i + 1) } else { "largest".to_owned() };
                cards.push(FoundCard { method: (*method).into(), seed, limit: limit.into(), subnet });
            }
        }
    }
    cards
}

pub(super) fn study_manifest(shape: &Shape) -> RunManifest {
    let card = |i: usize| SubnetCard {
        name: format!("found-{i}"),
        params: 50_000,
        flops: 2_000_000,
        summary: "d 64/64, layers 3/1".into(),
        arch_json: "{}".into(),
    };
    RunManifest {
        found_subnets: (1..=shape.methods.len()).map(card).collect(),
        found: found(shape),
        profile_toml: PROFILE.into(),
        ..manifest(shape)
    }
}

/// Latency of a subnet in the test's world, ms.
pub(super) fn latency_of(subnet: &str) -> f64 {
    match subnet {
        "found-1" => 4.0,
        "found-2" => 5.0,
        "found-3" => 6.0,
        _ => 10.0,
    }
}

pub(super) fn latency_rows(job: &str, subnet: &str, ms: f64, spread: f64) -> Vec<Record> {
    let of = |metric: &str, value: f64| Record { subnet: subnet.into(), ..row(job, "", 0, metric, value) };
    vec![
        of("latency", ms),
        of("latency_encoder", 0.25 * ms),
        of("latency_decoder", 0.75 * ms),
        of("latency_spread", spread),
    ]
}

pub(super) fn latency_job(job: &str, rows: f64, unsteady: f64) -> Vec<Record> {
    let whole =
        [("latency_rows", rows), ("latency_unsteady", unsteady), ("latency_threads", 1.0), ("latency_load", 0.5)];
    whole.into_iter().map(|(metric, value)| row(job, "", 0, metric, value)).collect()
}

/// The latencies and the predictors.
pub(super) fn measured(shape: &Shape) -> Vec<Record> {
    let mut rows = [latency_job("lat-sample", 4.0, 0.0), latency_job("lat-scored", 9.0, 1.0)].concat();
    for i in 1..=4 {
        let name = format!("sample-{i}");
        rows.extend(latency_rows("lat-sample", &name, 3.0 * f64::from(i), 0.02));
        rows.push(Record { subnet: name, ..row("lat-sample", "", 0, "flops", 1e6 * f64::from(i)) });
    }
    for name in shape.names().into_iter().chain((1..=shape.methods.len()).map(|i| format!("found-{i}"))) {
        rows.extend(latency_rows("lat-scored", &name, latency_of(&name), if name == "found-1" { 0.3 } else { 0.05 }));
    }
    for (family, error) in [("linear", 6.0), ("huber-quadratic", 3.0)] {
        for split in ["valid", "test"] {
            for (metric, value) in [("mdape", error), ("mape", error + 1.0), ("rmse", 0.2), ("tau", 0.9)] {
                let metric = format!("predictor_{metric}");
                let at = row("pred", "", 0, &metric, value);
                rows.push(Record { subnet: family.into(), split: split.into(), ..at });
            }
        }
    }
    rows.push(Record { subnet: "huber-quadratic".into(), ..row("pred", "", 0, "predictor_chosen", 1.0) });
    rows
}

pub(super) fn search_rows(card: &FoundCard) -> Vec<Record> {
    let job = format!("search-{}-{}-{}", card.method, card.limit, card.seed);
    let of = |metric: &str, step: i64, value: f64| Record {
        subnet: card.limit.clone(),
        split: "valid".into(),
        step,
        ..row(&job, &card.method, card.seed, metric, value)
    };
    let whole = [("evaluations", 20.0), ("cost", 7.0), ("limit", 8.0), ("least", 3.0), ("most", 12.0)];
    let mut rows: Vec<Record> = whole.iter().map(|(name, value)| of(&format!("search_{name}"), 0, *value)).collect();
    rows.extend([of("search_loss", 0, 3.9), of("search_seconds", 0, 2.0), of("random_evaluations", 0, 18.0)]);
    for (step, own, random) in [(10, 4.2, 4.15), (20, 4.0, 4.1)] {
        rows.extend([of("search_fitness", step, own), of("random_fitness", step, random)]);
    }
    rows
}

/// Continued training that reaches its goal after `updates` of the 400, or runs to the budget of 200.
pub(super) fn retrain_rows(card: &FoundCard, updates: Option<f64>) -> Vec<Record> {
    let job = format!("retrain-{}-{}-{}", card.method, card.subnet, card.seed);
    let of = |metric: &str, step: i64, value: f64| Record {
        subnet: card.subnet.clone(),
        split: "valid".into(),
        step,
        ..row(&job, &card.method, card.seed, metric, value)
    };
    let used = updates.unwrap_or(200.0);
    let mut rows = vec![
        of("retrain_goal", 0, 3.5),
        of("retrain_reached", 0, f64::from(u8::from(updates.is_some()))),
        of("retrain_updates", 0, used),
        of("retrain_tokens", 0, 500.0 * used),
        of("retrain_seconds", 0, 0.075 * used),
        of("retrain_budget", 0, 200.0),
        of("retrain_peak_lr", 0, 0.0006),
    ];
    let step = |share: f64| (share * used) as i64;
    rows.extend([(0.0, 3.9), (0.5, 3.7), (1.0, 3.45)].map(|(at, value)| of("retrain_loss", step(at), value)));
    rows
}

/// Updates of a continued training: `hat` needs more than `mos-layer`, and never reaches its goal on the largest, nor
/// with seed 4.
pub(super) fn needed(card: &FoundCard) -> Option<f64> {
    match (card.method.as_str(), card.subnet.as_str()) {
        ("hat", "largest") => None,
        ("hat", _) if card.seed == 4 => None,
        ("hat", _) => Some(120.0),
        ("sandwich", _) => Some(100.0 + 8.0 * card.seed as f64),
        _ => Some(40.0),
    }
}

/// All rows: those of the sample, and the study's.
pub(super) fn all_rows(shape: &Shape) -> Vec<Record> {
    let mut rows = [records(shape), measured(shape)].concat();
    let mut done: Vec<(String, String, i64)> = Vec::new();
    for card in found(shape) {
        rows.extend(search_rows(&card));
        rows.extend(retrain_rows(&card, needed(&card)));
        let key = (String::new(), card.subnet.clone(), card.seed);
        if card.subnet != "largest" && !done.contains(&key) {
            done.push(key);
            let index = card.subnet[6..].parse().unwrap();
            let (job, seed, subnet) = (format!("x{}-{}", card.subnet, card.seed), card.seed, card.subnet.as_str());
            rows.extend(train_rows(&job, "scratch", seed, subnet, &[subnet], 0.002));
            for method in shape.methods.iter().copied().chain(["scratch"]) {
                rows.extend(score_rows(&format!("y{method}-{subnet}-{seed}"), shape, method, seed, subnet, index));
            }
        }
    }
    rows
}
