//! Which family of predictors fits measured latencies best, and how well: five seeded splits.

use anyhow::{Result, ensure};
use mos_baselines::latency::predictor::{Family, Predictor};
use mos_baselines::latency::table::LatencyRow;
use mos_baselines::seed::{derive, name};
use mos_baselines::space::encoding::FEATURES;
use mos_reports::stats::{kendall_tau_b, quantile};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Splits that figures are averaged over.
pub const SPLITS: u64 = 5;
/// Fewest rows: a training part of 16 rows for 11 unknowns, 2 rows each to choose and to test by.
pub const MIN_ROWS: usize = 20;

/// How far predictions are from measurements, averaged over the splits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Root mean squared error, ms.
    pub rmse_ms: f64,
    /// Mean absolute percentage error.
    pub mape_percent: f64,
    /// Median absolute percentage error; families are judged by it, because a few measurements are far off any fit.
    pub mdape_percent: f64,
    /// Kendall's tau-b; none where a split's predictions or measurements are all equal.
    pub kendall_tau_b: Option<f64>,
}

/// One family's figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FamilyFigures {
    /// The family.
    pub family: Family,
    /// On the validation parts: what the choice is made by.
    pub validation: Figures,
    /// On the test parts.
    pub test: Figures,
}

/// The chosen family and the figures of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Selection {
    /// The family with the lowest median percentage error on validation; the earlier one in a tie.
    pub family: Family,
    /// In the order given to [`select`].
    pub families: Vec<FamilyFigures>,
}

impl Selection {
    /// Figures of a family, if it was compared.
    pub fn figures(&self, family: Family) -> Option<&FamilyFigures> {
        self.families.iter().find(|figures| figures.family == family)
    }
}

/// Fits each family to the training part of [`SPLITS`] seeded 80/10/10 splits of the rows and chooses one. `fitted` is called
/// after each of the `families x SPLITS` fits.
///
/// # Errors
/// No family; fewer than [`MIN_ROWS`] rows; a fit fails.
pub fn select(
    rows: &[LatencyRow],
    norms: &[f64; FEATURES],
    seed: u64,
    families: &[Family],
    fitted: &mut dyn FnMut(),
) -> Result<Selection> {
    check_rows(rows)?;
    let families =
        families.iter().map(|&family| evaluate(rows, norms, seed, family, fitted)).collect::<Result<Vec<_>>>()?;
    let by_validation =
        |a: &&FamilyFigures, b: &&FamilyFigures| a.validation.mdape_percent.total_cmp(&b.validation.mdape_percent);
    let Some(best) = families.iter().min_by(by_validation) else { anyhow::bail!("no family to choose from") };
    Ok(Selection { family: best.family, families })
}

/// Refuses rows that are too few for [`select`].
///
/// # Errors
/// Fewer than [`MIN_ROWS`].
pub fn check_rows(rows: &[LatencyRow]) -> Result<()> {
    let count = rows.len();
    ensure!(
        count >= MIN_ROWS,
        "too few rows to train, choose and test by: {count}; measure at least {MIN_ROWS} subnets"
    );
    Ok(())
}

fn evaluate(
    rows: &[LatencyRow],
    norms: &[f64; FEATURES],
    seed: u64,
    family: Family,
    fitted: &mut dyn FnMut(),
) -> Result<FamilyFigures> {
    let (mut validation, mut test) = (Vec::new(), Vec::new());
    for number in 0..SPLITS {
        let split = Split::draw(rows, seed, number);
        let predictor = Predictor::fit(&split.train, norms, family, derive(&[seed, number]) as u64)?;
        validation.push(figures(&predictor, &split.validation));
        test.push(figures(&predictor, &split.test));
        fitted();
    }
    Ok(FamilyFigures { family, validation: mean(&validation), test: mean(&test) })
}

/// One split of the rows.
struct Split {
    train: Vec<LatencyRow>,
    validation: Vec<LatencyRow>,
    test: Vec<LatencyRow>,
}

impl Split {
    /// 80/10/10 of the shuffled rows, the same for every family.
    fn draw(rows: &[LatencyRow], seed: u64, number: u64) -> Split {
        let mut rows = rows.to_vec();
        rows.shuffle(&mut ChaCha8Rng::seed_from_u64(derive(&[seed, name("latency split"), number]) as u64));
        let tenth = rows.len() / 10;
        let test = rows.split_off(rows.len() - tenth);
        let validation = rows.split_off(rows.len() - tenth);
        Split { train: rows, validation, test }
    }
}

fn figures(predictor: &Predictor, rows: &[LatencyRow]) -> Figures {
    let predicted: Vec<f64> = rows.iter().map(|row| predictor.predict_ms(&row.features)).collect();
    let measured: Vec<f64> = rows.iter().map(LatencyRow::total_ms).collect();
    compare(&predicted, &measured)
}

fn compare(predicted: &[f64], measured: &[f64]) -> Figures {
    let pairs = || predicted.iter().zip(measured);
    let count = measured.len() as f64;
    let mut percent: Vec<f64> = pairs().map(|(p, m)| 100.0 * (p - m).abs() / m).collect();
    percent.sort_by(f64::total_cmp);
    Figures {
        rmse_ms: (pairs().map(|(p, m)| (p - m).powi(2)).sum::<f64>() / count).sqrt(),
        mape_percent: percent.iter().sum::<f64>() / count,
        mdape_percent: quantile(&percent, 0.5).expect("a part of a split has rows"),
        kendall_tau_b: kendall_tau_b(predicted, measured),
    }
}

fn mean(splits: &[Figures]) -> Figures {
    let mean = |of: fn(&Figures) -> f64| splits.iter().map(of).sum::<f64>() / splits.len() as f64;
    let taus: Option<Vec<f64>> = splits.iter().map(|f| f.kendall_tau_b).collect();
    Figures {
        rmse_ms: mean(|f| f.rmse_ms),
        mape_percent: mean(|f| f.mape_percent),
        mdape_percent: mean(|f| f.mdape_percent),
        kendall_tau_b: taus.map(|taus| taus.iter().sum::<f64>() / taus.len() as f64),
    }
}

#[cfg(test)]
mod tests;
