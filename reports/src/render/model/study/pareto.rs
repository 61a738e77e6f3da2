//! Latency against quality of what each method's searches found, the fronts and what they cover.

use super::found_by;
use super::search::limits_latency;
use crate::render::model::{Report, SCRATCH, mean};
use crate::stats::pareto::{Point as Pair, hypervolume_2d, pareto_front};

/// A subnet that a method's searches found.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Method.
    pub method: String,
    /// Seed.
    pub seed: i64,
    /// Subnet.
    pub subnet: String,
    /// Limits under which it was found.
    pub limits: Vec<String>,
    /// Latency, ms.
    pub latency: f64,
    /// Whether the latency was measured, not predicted.
    pub measured: bool,
    /// Primary quality with inherited weights, and whether it is on its method's and seed's front.
    pub inherited: Option<(f64, bool)>,
    /// The same trained from scratch.
    pub scratch: Option<(f64, bool)>,
}

/// What weights a point is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// Inherited from the supernet.
    Inherited,
    /// Trained from scratch.
    Scratch,
}

impl Point {
    /// Quality with these weights, and whether it is on the front.
    pub fn quality(&self, weights: Weights) -> Option<(f64, bool)> {
        if weights == Weights::Inherited { self.inherited } else { self.scratch }
    }
}

/// One method in one table row.
#[derive(Clone, Debug, PartialEq)]
pub struct Covered {
    /// Method.
    pub method: String,
    /// Subnets found, over the seeds.
    pub points: usize,
    /// Seeds.
    pub seeds: usize,
    /// Points on the fronts with inherited weights, and their normalised hypervolume, mean over seeds.
    pub inherited: (usize, Option<f64>),
    /// The same trained from scratch.
    pub scratch: (usize, Option<f64>),
}

/// All points, and what each method's front covers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tradeoff {
    /// Points, by method.
    pub points: Vec<Point>,
    /// Methods.
    pub covered: Vec<Covered>,
    /// Worst latency and worst quality of all points: the reference of every hypervolume.
    pub reference: Option<Pair>,
}

impl Tradeoff {
    /// Arranges the points of every method and finds their fronts.
    pub fn new(report: &Report) -> Tradeoff {
        let mut points: Vec<Point> = report.methods.iter().flat_map(|method| points_of(report, method)).collect();
        mark_fronts(report, &mut points);
        let Some((worst, best)) = corners(report, &points) else { return Tradeoff::default() };
        let with_points = report.methods.iter().filter(|method| points.iter().any(|p| p.method == **method));
        let covered = with_points.map(|method| covered(report, &points, method, worst, best)).collect();
        Tradeoff { covered, points, reference: Some(worst) }
    }
}

fn points_of(report: &Report, method: &str) -> Vec<Point> {
    let facts = &report.facts;
    let point = |(subnet, seed, limits): (&str, i64, Vec<&str>)| {
        let measured = facts.study.value("latency", "", "", subnet, 0).map(|m| m.value);
        let predicted = || {
            let limit = limits.iter().find(|limit| limits_latency(limit))?;
            facts.study.value("search_cost", "valid", method, limit, seed).map(|m| m.value)
        };
        let score = |of: &str| facts.score(report.primary, of, subnet, seed).map(|quality| (quality, false));
        let (inherited, scratch) = (score(method), score(SCRATCH));
        (inherited.is_some() || scratch.is_some()).then_some(())?;
        Some(Point {
            method: method.to_owned(),
            seed,
            subnet: subnet.to_owned(),
            latency: measured.or_else(predicted)?,
            measured: measured.is_some(),
            limits: limits.into_iter().map(str::to_owned).collect(),
            inherited,
            scratch,
        })
    };
    found_by(&report.manifest.found, method).into_iter().filter_map(point).collect()
}

/// Positions of the points of one method and seed that have a quality with these weights, and their values.
fn of_front(points: &[Point], method: &str, seed: i64, weights: Weights) -> (Vec<usize>, Vec<Pair>) {
    let of_it = points.iter().enumerate().filter(|(_, p)| p.method == method && p.seed == seed);
    of_it.filter_map(|(i, p)| Some((i, (p.latency, p.quality(weights)?.0)))).unzip()
}

/// Seeds of a method's points, in order.
fn seeds_of(points: &[Point], method: &str) -> Vec<i64> {
    let mut seeds: Vec<i64> = points.iter().filter(|p| p.method == method).map(|p| p.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    seeds
}

/// Says which points no other point of the same method, seed and weights beats.
fn mark_fronts(report: &Report, points: &mut [Point]) {
    let direction = report.primary.direction();
    for method in &report.methods {
        for seed in seeds_of(points, method) {
            for weights in [Weights::Inherited, Weights::Scratch] {
                let (places, pairs) = of_front(points, method, seed, weights);
                for on_front in pareto_front(&pairs, direction) {
                    let point = &mut points[places[on_front]];
                    let quality = if weights == Weights::Inherited { &mut point.inherited } else { &mut point.scratch };
                    if let Some((_, on)) = quality {
                        *on = true;
                    }
                }
            }
        }
    }
}

/// The worst and the best of latency and quality over all points.
fn corners(report: &Report, points: &[Point]) -> Option<(Pair, Pair)> {
    let qualities = points.iter().flat_map(|p| [p.inherited, p.scratch]).flatten().map(|(quality, _)| quality);
    let ends =
        |values: Vec<f64>| Some((values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?));
    let (fastest, slowest) = ends(points.iter().map(|p| p.latency).collect())?;
    let (low, high) = ends(qualities.collect())?;
    let (worst, best) = if report.primary.lower_is_better() { (high, low) } else { (low, high) };
    Some(((slowest, worst), (fastest, best)))
}

fn covered(report: &Report, points: &[Point], method: &str, worst: Pair, best: Pair) -> Covered {
    let seeds = seeds_of(points, method);
    let whole = (worst.0 - best.0) * (worst.1 - best.1).abs();
    let front = |weights: Weights| {
        let of_seed = |seed: &i64| {
            let (_, pairs) = of_front(points, method, *seed, weights);
            (!pairs.is_empty()).then(|| hypervolume_2d(&pairs, worst, report.primary.direction()) / whole)
        };
        let on_it = points.iter().filter(|p| p.method == method && p.quality(weights).is_some_and(|q| q.1)).count();
        (on_it, if whole > 0.0 { mean(seeds.iter().filter_map(of_seed)) } else { None })
    };
    Covered {
        method: method.to_owned(),
        points: points.iter().filter(|p| p.method == method).count(),
        seeds: seeds.len(),
        inherited: front(Weights::Inherited),
        scratch: front(Weights::Scratch),
    }
}
