//! The watch over many series is tried on made-up nights: it rarely rings for nothing, and it rings for shifts. The noise is
//! drawn from nights that were measured (`reports/recorded/history`), or from distributions. TEST INPUT: no night here was.

use std::path::Path;

use mos_reports::history::judge::{BASELINE, Watch};
use mos_reports::history::noise::{Noise, nights_differ, noise};
use mos_reports::history::series::{Series, series};
use mos_reports::history::{RowKind, read_history};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{Beta, ContinuousCDF, Normal, StudentsT};

const SERIES: usize = 200;
const REPETITIONS: usize = 6;
const HISTORIES: usize = 100;
/// Nights without a change that follow those that the noise is taken from.
const LATER: usize = 20;
/// Series that shift; what moves all of them at once is another matter.
const MOVED: usize = 20;

/// The nights of a series, with their repetitions.
type Nights = Vec<Vec<f64>>;

/// What a series does by itself: a night's value has the deviation 1.
enum Own {
    Normal,
    /// Student's, with four degrees of freedom.
    Heavy,
    /// Measured series, one after the other. Where nights differ, whole nights are drawn, so that repetitions that were
    /// together stay together; elsewhere repetitions are drawn, as it was chance that put them together.
    Recorded(Vec<Nights>),
}

impl Own {
    /// Draws nights of the series with this number.
    fn draw(&self, rng: &mut ChaCha8Rng, series: usize, count: usize) -> Nights {
        let apart = |rng: &mut ChaCha8Rng, quantile: &dyn Fn(f64) -> f64| -> Nights {
            let mut value = || (REPETITIONS as f64).sqrt() * quantile(rng.random_range(1e-12..1.0));
            (0..count).map(|_| (0..REPETITIONS).map(|_| value()).collect()).collect()
        };
        match self {
            Own::Normal => apart(rng, &|chance| Normal::new(0.0, 1.0).unwrap().inverse_cdf(chance)),
            Own::Heavy => {
                apart(rng, &|chance| StudentsT::new(0.0, 1.0, 4.0).unwrap().inverse_cdf(chance) / 2.0_f64.sqrt())
            }
            Own::Recorded(measured) => {
                let of_series = &measured[series % measured.len()];
                if nights_differ(of_series) {
                    return (0..count).map(|_| of_series[rng.random_range(0..of_series.len())].clone()).collect();
                }
                let mut value = || {
                    let night = &of_series[rng.random_range(0..of_series.len())];
                    night[rng.random_range(0..night.len())]
                };
                (0..count).map(|_| (0..REPETITIONS).map(|_| value()).collect()).collect()
            }
        }
    }
}

/// A kind of noise of all series; `shared` is the share of a night's variance that they have in common.
struct Kind {
    name: &'static str,
    own: Own,
    shared: f64,
}

impl Kind {
    /// Makes nights of every series; those that `moves` names are higher by `shift`.
    fn nights(&self, rng: &mut ChaCha8Rng, count: usize, moves: impl Fn(usize) -> bool, shift: f64) -> Vec<Nights> {
        let normal = Normal::new(0.0, 1.0).unwrap();
        let of_night: Vec<f64> =
            (0..count).map(|_| normal.inverse_cdf(rng.random_range(1e-12..1.0)) * self.shared.sqrt()).collect();
        let series = |series: usize| -> Nights {
            let shift = if moves(series) { shift } else { 0.0 };
            let own = self.own.draw(rng, series, count).into_iter().zip(&of_night);
            let night = |(night, all): (Vec<f64>, &f64)| -> Vec<f64> {
                night.iter().map(|value| all + shift + value * (1.0 - self.shared).sqrt()).collect()
            };
            own.map(night).collect()
        };
        (0..SERIES).map(series).collect()
    }
}

/// Gives the recorded series of some kinds in deviations of a night's value, around nothing.
fn recorded(kinds: &[RowKind]) -> Vec<Nights> {
    let rows = read_history(&Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded/history")).unwrap();
    let base = &rows.first().expect("nights are recorded").base;
    let judged = series(&rows, base).into_iter().filter(|one| kinds.contains(&one.kind));
    let standard = |one: Series| -> Nights {
        let nights: Nights = one.nights.into_iter().map(|night| night.values).collect();
        // One far repetition makes nothing easier to find: the deviation is the one that the watch would take.
        let Noise { centre, night, .. } = noise(&nights, 0.0).expect("there are nights");
        nights.iter().map(|values| values.iter().map(|value| (value - centre) / night).collect()).collect()
    };
    judged.map(standard).collect()
}

/// What the watch did: of how many nights without a change there was an alarm in, and of how many shifted series it rang for.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    nights: usize,
    alarms: usize,
    shifted: usize,
    four_sigma_in_two: usize,
    three_sigma_in_four: usize,
}

/// Tells which series ring in which of these nights, the first night and those before `from` left out.
fn rings(watch: &Watch, later: &[Vec<Vec<f64>>], from: usize) -> Vec<Vec<usize>> {
    let night = |night: usize| {
        let so_far: Vec<&[Vec<f64>]> = later.iter().map(|nights| &nights[..=night]).collect();
        let found = watch.statistics(&so_far);
        (0..SERIES).filter(|i| found[*i].worse > watch.threshold).collect()
    };
    (from..later[0].len()).map(night).collect()
}

fn tried(seed: u64, noise: &Kind) -> Counts {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut counts = Counts::default();
    for history in 0..HISTORIES {
        let none = |_: usize| false;
        let first = noise.nights(&mut rng, BASELINE, none, 0.0);
        let baselines: Vec<&[Vec<f64>]> = first.iter().map(Vec::as_slice).collect();
        let watch = Watch::new(&baselines, &[0.0; SERIES], SERIES).unwrap();
        let calm = rings(&watch, &noise.nights(&mut rng, LATER + 3, none, 0.0), 3);
        counts.nights += calm.len();
        counts.alarms += calm.iter().filter(|night| !night.is_empty()).count();
        // Every series has its turn.
        let moved: Vec<usize> = (0..MOVED).map(|i| (history * MOVED + i) % SERIES).collect();
        let mut rang = |shift: f64, within: usize| {
            let rings = rings(&watch, &noise.nights(&mut rng, within, |i| moved.contains(&i), shift), 1);
            moved.iter().filter(|i| rings.iter().any(|night| night.contains(i))).count()
        };
        counts.shifted += MOVED;
        counts.four_sigma_in_two += rang(4.0, 2);
        counts.three_sigma_in_four += rang(3.0, 4);
    }
    counts
}

/// Gives the interval of a share by Clopper and Pearson, at 95 %.
fn interval(hits: usize, of: usize) -> [f64; 2] {
    let beta = |a: f64, b: f64, p: f64| Beta::new(a, b).unwrap().inverse_cdf(p);
    let (k, n) = (hits as f64, of as f64);
    let low = if hits == 0 { 0.0 } else { beta(k, n - k + 1.0, 0.025) };
    let high = if hits == of { 1.0 } else { beta(k + 1.0, n - k, 0.975) };
    [low, high]
}

/// Nights of one history share the noise that was taken, so that the intervals are a little too narrow for alarms.
fn rarely_rings_for_nothing_and_rings_for_shifts(noise: &Kind) {
    let counts = tried(1, noise);
    let shares = [
        ("nights with an alarm", counts.alarms, counts.nights),
        ("4 sigma found within two nights", counts.four_sigma_in_two, counts.shifted),
        ("3 sigma found within four", counts.three_sigma_in_four, counts.shifted),
    ];
    let [alarms, two, four] = shares.map(|(what, hits, of)| {
        let ([low, high], share) = (interval(hits, of), hits as f64 / of as f64);
        let (name, shared) = (noise.name, noise.shared);
        println!("{name}, {shared} shared: {what}: {hits} of {of}, {share:.4}, between {low:.4} and {high:.4}");
        share
    });
    assert!(counts.nights >= 2_000 && alarms <= 1.0 / 30.0, "{}: {counts:?}", noise.name);
    assert!(two >= 0.9 && four >= 0.9, "{}: {counts:?}", noise.name);
}

#[test]
fn normal_nights_ring_for_shifts_only() {
    for shared in [0.0, 0.3] {
        rarely_rings_for_nothing_and_rings_for_shifts(&Kind { name: "normal", own: Own::Normal, shared });
    }
}

#[test]
fn heavy_tails_ring_for_shifts_only() {
    for shared in [0.0, 0.3] {
        rarely_rings_for_nothing_and_rings_for_shifts(&Kind { name: "Student's t", own: Own::Heavy, shared });
    }
}

/// Losses and times are watched apart from each other, since their noise is of another kind.
fn noise_as_it_was_measured(name: &'static str, kinds: &[RowKind]) {
    for shared in [0.0, 0.3] {
        let own = Own::Recorded(recorded(kinds));
        rarely_rings_for_nothing_and_rings_for_shifts(&Kind { name, own, shared });
    }
}

#[test]
fn measured_losses_ring_for_shifts_only() {
    noise_as_it_was_measured("measured losses", &[RowKind::Quality]);
}

#[test]
fn measured_times_ring_for_shifts_only() {
    noise_as_it_was_measured("measured times", &[RowKind::Timing, RowKind::Control]);
}
