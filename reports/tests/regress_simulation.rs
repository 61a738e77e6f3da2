//! The watch over many series is tried on made-up nights: it rarely rings for nothing, and it rings for shifts. TEST INPUT: no
//! number here was ever measured.

use mos_reports::history::judge::{BASELINE, Watch};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{Beta, ContinuousCDF, Normal, StudentsT};

const SERIES: usize = 200;
const REPETITIONS: usize = 6;
const HISTORIES: usize = 100;
/// Nights without a change that follow those that the noise is taken from.
const LATER: usize = 20;
/// Series that shift; what moves all of them at once is another matter.
const MOVED: usize = 6;

/// A kind of noise: its deviation is 1.
#[derive(Clone, Copy, Debug)]
enum Tails {
    Normal,
    /// Student's, with four degrees of freedom.
    Heavy,
}

/// Makes nights of every series; `shared` is the share of a night's variance that all series have in common. A night's value
/// has the deviation 1, and the first `moved` series are higher by `shift`.
fn nights(rng: &mut ChaCha8Rng, count: usize, noise: Noise, moved: usize, shift: f64) -> Vec<Vec<Vec<f64>>> {
    let (normal, heavy) = (Normal::new(0.0, 1.0).unwrap(), StudentsT::new(0.0, 1.0, 4.0).unwrap());
    let (tails, shared) = noise;
    let of_night: Vec<f64> =
        (0..count).map(|_| normal.inverse_cdf(rng.random_range(1e-12..1.0)) * shared.sqrt()).collect();
    let scale = (REPETITIONS as f64 * (1.0 - shared)).sqrt();
    let mut value = |centre: f64| {
        let chance = rng.random_range(1e-12..1.0);
        let own = match tails {
            Tails::Normal => normal.inverse_cdf(chance),
            Tails::Heavy => heavy.inverse_cdf(chance) / 2.0_f64.sqrt(),
        };
        centre + scale * own
    };
    let mut series = |shift: f64| -> Vec<Vec<f64>> {
        of_night.iter().map(|all| (0..REPETITIONS).map(|_| value(all + shift)).collect()).collect()
    };
    (0..SERIES).map(|i| series(if i < moved { shift } else { 0.0 })).collect()
}

type Noise = (Tails, f64);

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

fn tried(seed: u64, noise: Noise) -> Counts {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut counts = Counts::default();
    for _ in 0..HISTORIES {
        let first = nights(&mut rng, BASELINE, noise, 0, 0.0);
        let baselines: Vec<&[Vec<f64>]> = first.iter().map(Vec::as_slice).collect();
        let watch = Watch::new(&baselines, &[0.0; SERIES], SERIES).unwrap();
        let calm = rings(&watch, &nights(&mut rng, LATER + 3, noise, 0, 0.0), 3);
        counts.nights += calm.len();
        counts.alarms += calm.iter().filter(|night| !night.is_empty()).count();
        let mut rang = |shift: f64, within: usize| {
            let rings = rings(&watch, &nights(&mut rng, within, noise, MOVED, shift), 1);
            (0..MOVED).filter(|i| rings.iter().any(|night| night.contains(i))).count()
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
fn rarely_rings_for_nothing_and_rings_for_shifts(tails: Tails) {
    for shared in [0.0, 0.3] {
        let noise = (tails, shared);
        let counts = tried(1, noise);
        let shares = [
            ("nights with an alarm", counts.alarms, counts.nights),
            ("4 sigma found within two nights", counts.four_sigma_in_two, counts.shifted),
            ("3 sigma found within four", counts.three_sigma_in_four, counts.shifted),
        ];
        let [alarms, two, four] = shares.map(|(what, hits, of)| {
            let ([low, high], share) = (interval(hits, of), hits as f64 / of as f64);
            println!("{noise:?}: {what}: {hits} of {of}, {share:.4}, between {low:.4} and {high:.4}");
            share
        });
        assert!(counts.nights >= 2_000 && alarms <= 1.0 / 30.0, "{noise:?}: {counts:?}");
        assert!(two >= 0.9 && four >= 0.9, "{noise:?}: {counts:?}");
    }
}

#[test]
fn normal_nights_ring_for_shifts_only() {
    rarely_rings_for_nothing_and_rings_for_shifts(Tails::Normal);
}

#[test]
fn heavy_tails_ring_for_shifts_only() {
    rarely_rings_for_nothing_and_rings_for_shifts(Tails::Heavy);
}
