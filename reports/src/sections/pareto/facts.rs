//! These facts set latency against quality of what each method's searches found, and tell the fronts and what they
//! cover.

use mos_plan::{Metric, Subject};
use mos_spaces::method;
use mos_spaces::search::limit::Limit;

use crate::run::{Find, Run, mean};
use crate::stats::Direction;
use crate::stats::pareto::{Point, hypervolume_2d, pareto_front};

/// This is a found subnet in the plane of latency and quality.
#[derive(Clone, Debug, PartialEq)]
pub struct FindPoint {
    /// The method.
    pub method: String,
    /// The seed.
    pub seed: i64,
    /// The subnet's name.
    pub subnet: String,
    /// The limits under which it was found.
    pub limits: Vec<Limit>,
    /// The latency, ms.
    pub latency: f64,
    /// Whether the latency was measured, not predicted.
    pub measured: bool,
    /// The primary quality with inherited weights, and whether it is on its method's and seed's front.
    pub inherited: Option<(f64, bool)>,
    /// The same when trained from scratch.
    pub scratch: Option<(f64, bool)>,
}

/// This says what weights a point is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// The weights are inherited from the supernet.
    Inherited,
    /// The weights are trained from scratch.
    Scratch,
}

impl FindPoint {
    /// Gives the quality with these weights, and whether it is on the front.
    pub fn quality(&self, weights: Weights) -> Option<(f64, bool)> {
        if weights == Weights::Inherited { self.inherited } else { self.scratch }
    }
}

/// This says what the fronts of one method cover.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodFront {
    /// The method.
    pub method: String,
    /// How many subnets were found, over the seeds.
    pub points: usize,
    /// How many seeds were searched.
    pub seeds: usize,
    /// The number of points on the fronts with inherited weights, and their normalised hypervolume, mean over seeds.
    pub inherited: (usize, Option<f64>),
    /// The same when trained from scratch.
    pub scratch: (usize, Option<f64>),
}

/// This holds all points, and what each method's front covers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tradeoff {
    /// The points, by method.
    pub points: Vec<FindPoint>,
    /// The fronts, method by method.
    pub fronts: Vec<MethodFront>,
    /// The worst latency and the worst quality of all points: the reference of every hypervolume.
    pub reference: Option<Point>,
    /// The best latency and the best quality of all points, which with the reference span the whole box.
    best: Option<Point>,
}

impl Tradeoff {
    /// Arranges the points of every method and finds their fronts.
    pub fn new(run: &Run) -> Tradeoff {
        let mut points: Vec<FindPoint> = run.methods.iter().flat_map(|method| points_of(run, method)).collect();
        mark_fronts(run, &mut points);
        let Some((worst, best)) = corners(run, &points) else { return Tradeoff::default() };
        let with_points = run.methods.iter().filter(|method| points.iter().any(|p| p.method == **method));
        let methods: Vec<&String> = with_points.collect();
        let mut tradeoff = Tradeoff { fronts: vec![], points, reference: Some(worst), best: Some(best) };
        tradeoff.fronts =
            methods.into_iter().map(|method| tradeoff.front_of(method, run.primary.direction())).collect();
        tradeoff
    }

    /// Gives what the front of a method and seed covers with these weights, as a share of the box; `None` where nothing
    /// was found, or the box is empty.
    pub fn covered(&self, method: &str, seed: i64, weights: Weights, direction: Direction) -> Option<f64> {
        let (worst, best) = self.reference.zip(self.best)?;
        let whole = (worst.0 - best.0) * (worst.1 - best.1).abs();
        let (_, pairs) = of_front(&self.points, method, seed, weights);
        (!pairs.is_empty() && whole > 0.0).then(|| hypervolume_2d(&pairs, worst, direction) / whole)
    }

    fn front_of(&self, method: &str, direction: Direction) -> MethodFront {
        let points = &self.points;
        let seeds = seeds_of(points, method);
        let front = |weights: Weights| {
            let on_it = points.iter().filter(|p| p.method == method && p.quality(weights).is_some_and(|q| q.1)).count();
            (on_it, mean(seeds.iter().filter_map(|seed| self.covered(method, *seed, weights, direction))))
        };
        MethodFront {
            method: method.to_owned(),
            points: points.iter().filter(|p| p.method == method).count(),
            seeds: seeds.len(),
            inherited: front(Weights::Inherited),
            scratch: front(Weights::Scratch),
        }
    }
}

fn points_of(run: &Run, method: &str) -> Vec<FindPoint> {
    run.finds_of(method).filter_map(|find| point(run, find)).collect()
}

/// Makes the point of a find; `None` where the subnet has no latency, or no score with any weights.
fn point(run: &Run, find: &Find) -> Option<FindPoint> {
    let study = &run.facts.study;
    let measured = study.of_subject(Metric::Latency, None, &Subject::Subnet(find.subnet.clone()));
    let predicted = || {
        let limit = find.limits.iter().find(|limit| limit.is_latency())?;
        study.of_method(Metric::SearchCost, &find.method, &Subject::Limit(*limit), find.seed).map(|m| m.value)
    };
    let score = |of: &str| run.facts.score(run.primary, of, &find.subnet, find.seed).map(|quality| (quality, false));
    let (inherited, scratch) = (score(&find.method), score(&method::reference().name));
    (inherited.is_some() || scratch.is_some()).then_some(())?;
    Some(FindPoint {
        method: find.method.clone(),
        seed: find.seed,
        subnet: find.subnet.name.clone(),
        latency: measured.or_else(predicted)?,
        measured: measured.is_some(),
        limits: find.limits.clone(),
        inherited,
        scratch,
    })
}

/// Gives the positions of the points of one method and seed that have a quality with these weights, and their values.
fn of_front(points: &[FindPoint], method: &str, seed: i64, weights: Weights) -> (Vec<usize>, Vec<Point>) {
    let of_it = points.iter().enumerate().filter(|(_, p)| p.method == method && p.seed == seed);
    of_it.filter_map(|(i, p)| Some((i, (p.latency, p.quality(weights)?.0)))).unzip()
}

/// Gives the seeds of a method's points, in order.
pub fn seeds_of(points: &[FindPoint], method: &str) -> Vec<i64> {
    let mut seeds: Vec<i64> = points.iter().filter(|p| p.method == method).map(|p| p.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    seeds
}

/// Marks the points that no other point of the same method, seed and weights beats.
fn mark_fronts(run: &Run, points: &mut [FindPoint]) {
    let direction = run.primary.direction();
    for method in &run.methods {
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

/// Finds the worst and the best of latency and quality over all points.
fn corners(run: &Run, points: &[FindPoint]) -> Option<(Point, Point)> {
    let qualities = points.iter().flat_map(|p| [p.inherited, p.scratch]).flatten().map(|(quality, _)| quality);
    let ends =
        |values: Vec<f64>| Some((values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?));
    let (fastest, slowest) = ends(points.iter().map(|p| p.latency).collect())?;
    let (low, high) = ends(qualities.collect())?;
    let (worst, best) = if run.primary.lower_is_better() { (high, low) } else { (low, high) };
    Some(((slowest, worst), (fastest, best)))
}
