//! Says which series got worse.

use super::metrics::Metric;
use super::noise::{Noise, mean, median, noise};
use super::row::RowKind;
use super::series::Series;
use super::threshold::{WINDOWS, statistic, threshold};

/// The noise of a series is taken from its first nights, and so many it takes.
pub const BASELINE: usize = 30;
/// Where so many series are watched, what moves them all in one night is taken out and watched by itself.
const LEAST_SHARED: usize = 20;

/// What is said of a series.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// It can't be told.
    Undecided(Why),
    /// It is what it was.
    Same,
    /// It got worse.
    Worse,
    /// It got better.
    Better,
}

/// Why nothing is said of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There are so few nights against this base.
    FewNights(usize),
    /// The last night lacks it.
    NotTonight,
    /// A binary timed against itself differs, or was not timed: the clock of these nights can't be trusted.
    Control,
}

/// A series with its judgement.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// What is run.
    pub benchmark: String,
    /// What is measured of it.
    pub metric: String,
    /// What its values are of.
    pub kind: RowKind,
    /// What is said of it.
    pub state: State,
    /// How far the last nights are from the first ones, in the metric's unit; positive is worse.
    pub shift: Option<f64>,
    /// The same in deviations of one night.
    pub deviations: Option<f64>,
    /// The statistic of the last night, and the threshold that it is held against.
    pub statistic: Option<(f64, f64)>,
}

/// Judges every series by its last night. `facts` tells what is known of a metric, by its series.
pub fn judge(series: &[Series], facts: impl Fn(&Series) -> Metric) -> Vec<Judgement> {
    let mut judged = Vec::new();
    let ready = |one: &&Series| one.nights.len() >= BASELINE + WINDOWS[0];
    // The alarms of all kinds together are to be rare.
    let watched = series.iter().filter(ready).count();
    for kind in RowKind::JUDGED {
        let of_kind: Vec<&Series> = series.iter().filter(|one| one.kind == kind).collect();
        let known: Vec<Metric> = of_kind.iter().map(|one| facts(one)).collect();
        let turned = |(one, facts): (&&Series, &Metric)| -> Vec<Vec<f64>> {
            let sign = if facts.higher_is_worse { 1.0 } else { -1.0 };
            one.nights.iter().map(|night| night.values.iter().map(|value| sign * value).collect()).collect()
        };
        let rows: Vec<(usize, Vec<Vec<f64>>)> = of_kind
            .iter()
            .zip(&known)
            .enumerate()
            .filter(|(_, (one, _))| ready(one))
            .map(|(i, pair)| (i, turned(pair)))
            .collect();
        let baselines: Vec<&[Vec<f64>]> = rows.iter().map(|(_, nights)| &nights[..BASELINE]).collect();
        let floors: Vec<f64> = rows.iter().map(|(i, _)| known[*i].floor).collect();
        let mut watch = Watch::new(&baselines, &floors, watched);
        if kind == RowKind::Control {
            // A binary is as fast as itself, whatever the first nights say.
            watch.iter_mut().flat_map(|watch| &mut watch.noises).for_each(|noise| noise.centre = 0.0);
        }
        let last: Vec<&[Vec<f64>]> = rows.iter().map(|(_, nights)| &nights[BASELINE..]).collect();
        let statistics = watch.as_ref().map(|watch| watch.statistics(&last)).unwrap_or_default();
        for (i, one) in of_kind.iter().enumerate() {
            let place = rows.iter().position(|(row, _)| *row == i);
            let found = place.zip(watch.as_ref()).map(|(place, watch)| (watch, place, &statistics[place]));
            judged.push(judgement(one, &known[i], found));
        }
    }
    judged
}

impl Judgement {
    /// Says that nothing can be said.
    pub fn undecided(series: &Series, why: Why) -> Judgement {
        let (benchmark, metric, kind) = (series.benchmark.clone(), series.metric.clone(), series.kind);
        Judgement {
            benchmark,
            metric,
            kind,
            state: State::Undecided(why),
            shift: None,
            deviations: None,
            statistic: None,
        }
    }
}

fn judgement(series: &Series, facts: &Metric, found: Option<(&Watch, usize, &Found)>) -> Judgement {
    let Some((watch, place, found)) = found else {
        return Judgement::undecided(series, Why::FewNights(series.nights.len()));
    };
    let state = match (found.worse > watch.threshold, found.better > watch.threshold) {
        (true, _) if found.shift >= facts.least_effect => State::Worse,
        (_, true) if -found.shift >= facts.least_effect => State::Better,
        _ => State::Same,
    };
    Judgement {
        benchmark: series.benchmark.clone(),
        metric: series.metric.clone(),
        kind: series.kind,
        state,
        shift: Some(found.shift),
        deviations: Some(found.shift / watch.noises[place].night),
        statistic: Some((found.worse.max(found.better), watch.threshold)),
    }
}

/// What the last nights of a series came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The statistic on the side that is worse.
    pub worse: f64,
    /// The statistic on the side that is better.
    pub better: f64,
    /// How far the last nights are from the centre; positive is worse.
    pub shift: f64,
}

/// Watches all series of a kind at once.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The noise of each series.
    pub noises: Vec<Noise>,
    /// The threshold of the statistic, the same for all.
    pub threshold: f64,
    removes_shared: bool,
}

impl Watch {
    /// Takes the noise of series from their first nights, values turned so that higher is worse; `None` without series.
    /// `watched` is how many series are watched in all, these and others.
    pub fn new(baselines: &[&[Vec<f64>]], floors: &[f64], watched: usize) -> Option<Watch> {
        let first: Vec<Noise> =
            baselines.iter().zip(floors).map(|(b, floor)| noise(b, *floor)).collect::<Option<_>>()?;
        if first.is_empty() {
            return None;
        }
        let removes_shared = baselines.len() >= LEAST_SHARED;
        let own: Vec<Vec<Vec<f64>>> = if removes_shared {
            without_shared(baselines, &first)
        } else {
            baselines.iter().map(|nights| nights.to_vec()).collect()
        };
        let noises: Vec<Noise> = own.iter().zip(floors).map(|(b, floor)| noise(b, *floor)).collect::<Option<_>>()?;
        let residuals: Vec<f64> = own
            .iter()
            .zip(&noises)
            .flat_map(|(nights, noise)| nights.iter().flatten().map(|value| (value - noise.centre) / noise.repetition))
            .filter(|residual| residual.is_finite())
            .collect();
        if residuals.is_empty() {
            return None;
        }
        let nights = noises.iter().map(|noise| noise.nights).min().unwrap_or(BASELINE);
        let repetitions = own.iter().flatten().map(Vec::len).min().unwrap_or(1);
        let threshold = threshold(&residuals, nights, repetitions, watched, 1);
        Some(Watch { noises, threshold, removes_shared })
    }

    /// Computes what the last nights of each series came to; each ends with tonight.
    pub fn statistics(&self, nights: &[&[Vec<f64>]]) -> Vec<Found> {
        let longest = WINDOWS[WINDOWS.len() - 1];
        let last: Vec<&[Vec<f64>]> =
            nights.iter().map(|nights| &nights[nights.len().saturating_sub(longest)..]).collect();
        let own: Vec<Vec<Vec<f64>>> = match self.removes_shared {
            true => without_shared(&last, &self.noises),
            false => last.iter().map(|nights| nights.to_vec()).collect(),
        };
        let found = |(nights, noise): (&Vec<Vec<f64>>, &Noise)| {
            let turned: Vec<Vec<f64>> = nights.iter().map(|night| night.iter().map(|value| -value).collect()).collect();
            let mirrored = Noise { centre: -noise.centre, ..*noise };
            let values: Vec<f64> = nights.iter().flatten().copied().collect();
            Found {
                worse: statistic(noise, nights).unwrap_or(f64::NEG_INFINITY),
                better: statistic(&mirrored, &turned).unwrap_or(f64::NEG_INFINITY),
                shift: median(&values) - noise.centre,
            }
        };
        own.iter().zip(&self.noises).map(found).collect()
    }
}

/// Takes out of each night what moves all series: the median, over series, of how far they are off, in their own deviations.
/// Nights are counted from the last one, which all series share.
fn without_shared(series: &[&[Vec<f64>]], noises: &[Noise]) -> Vec<Vec<Vec<f64>>> {
    let longest = series.iter().map(|nights| nights.len()).max().unwrap_or(0);
    let off = |back: usize| {
        let of_one = |(nights, noise): (&&[Vec<f64>], &Noise)| {
            let night = nights.len().checked_sub(back + 1).map(|at| &nights[at])?;
            Some((mean(night) - noise.centre) / noise.night)
        };
        let all: Vec<f64> = series.iter().zip(noises).filter_map(of_one).filter(|off| off.is_finite()).collect();
        if all.is_empty() { 0.0 } else { median(&all) }
    };
    let shared: Vec<f64> = (0..longest).map(off).collect();
    let own = |(nights, noise): (&&[Vec<f64>], &Noise)| -> Vec<Vec<f64>> {
        let night = |(at, night): (usize, &Vec<f64>)| {
            let moved = shared[nights.len() - 1 - at] * noise.night;
            night.iter().map(|value| value - moved).collect()
        };
        nights.iter().enumerate().map(night).collect()
    };
    series.iter().zip(noises).map(own).collect()
}
