//! A judged night for other programs.

use std::collections::BTreeMap;

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{reason, word};
use crate::history::judge::State;
use crate::history::metrics::{find, metrics};
use crate::history::noise::{mean, variance};
use crate::history::series::Series;
use crate::history::tracked::Tracked;

/// One JSON document with every judgement.
#[derive(Serialize)]
pub struct Document<'a> {
    commit: &'a str,
    base: &'a str,
    nights: &'a [String],
    exit_code: u8,
    series: Vec<Judged<'a>>,
    notices: &'a [String],
}

#[derive(Serialize)]
struct Judged<'a> {
    benchmark: &'a str,
    metric: &'a str,
    kind: &'static str,
    verdict: String,
    why: Option<String>,
    shift: Option<f64>,
    deviations: Option<f64>,
    statistic: Option<f64>,
    threshold: Option<f64>,
    last: Option<f64>,
}

/// Makes the document of `--json`.
pub fn json(tracked: &Tracked) -> Document<'_> {
    let judged = tracked.judgements.iter().zip(&tracked.series).map(|(one, series)| Judged {
        benchmark: &one.benchmark,
        metric: &one.metric,
        kind: one.kind.name(),
        verdict: word(&one.state).to_lowercase(),
        why: if let State::Undecided(why) = one.state { Some(reason(why)) } else { None },
        shift: one.shift,
        deviations: one.deviations,
        statistic: one.statistic.map(|(value, _)| value).filter(|value| value.is_finite()),
        threshold: one.statistic.map(|(_, bar)| bar).filter(|bar| bar.is_finite()),
        last: last(series).map(|last| last.value),
    });
    Document {
        commit: &tracked.commit,
        base: &tracked.base,
        nights: &tracked.nights,
        exit_code: tracked.exit_code(),
        series: judged.collect(),
        notices: &tracked.notices,
    }
}

/// A value in Bencher's Metric Format.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BmfValue {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

/// Makes Bencher's Metric Format: benchmark, metric, and the last night's mean with its 95 % interval.
pub fn bmf(tracked: &Tracked) -> BTreeMap<String, BTreeMap<String, BmfValue>> {
    let mut out: BTreeMap<String, BTreeMap<String, BmfValue>> = BTreeMap::new();
    for (one, last) in tracked.series.iter().filter_map(|series| Some((series, last(series)?))) {
        let metric = format!("{}-{}", one.kind.name(), one.metric);
        let value = BmfValue {
            value: last.value,
            lower_value: last.half.map(|half| last.value - half),
            upper_value: last.half.map(|half| last.value + half),
        };
        out.entry(one.benchmark.clone()).or_default().insert(metric, value);
    }
    out
}

/// An entry of the array that github-action-benchmark reads (`customSmallerIsBetter`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GhaEntry {
    name: String,
    unit: String,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
}

/// Makes the array that github-action-benchmark reads. That has one direction for all, so metrics that are better when
/// higher are left out.
pub fn gha(tracked: &Tracked) -> Vec<GhaEntry> {
    let known = metrics();
    let entry = |series: &Series| {
        let facts = find(known, &series.metric).ok().filter(|facts| facts.higher_is_worse)?;
        let last = last(series)?;
        Some(GhaEntry {
            name: format!("{} {}", series.name(), series.kind.name()),
            unit: facts.unit.clone(),
            value: last.value,
            range: last.half.map(|half| format!("± {half:.6}")),
        })
    };
    tracked.series.iter().filter_map(entry).collect()
}

/// The mean of the last night's repetitions, and half of its 95 % interval by Student's t, where there are two or more.
struct Last {
    value: f64,
    half: Option<f64>,
}

fn last(series: &Series) -> Option<Last> {
    let values = &series.nights.last()?.values;
    let (n, value) = (values.len() as f64, mean(values));
    let half = StudentsT::new(0.0, 1.0, n - 1.0).ok().map(|t| t.inverse_cdf(0.975) * (variance(values) / n).sqrt());
    Some(Last { value, half })
}
