//! Finds out on five seeded splits which kind of predictor fits measured latencies best, and how well.

use anyhow::Result;
use mos_base::seed::Purpose;
use mos_baselines::latency::predictor::Predictor;
use mos_plan::choices::check_rows;
use mos_reports::stats::{kendall_tau_b, quantile};
use mos_spaces::latency::predictors::PredictorKind;
use mos_spaces::latency::table::{LatencyRow, by_subnet};
use rand::seq::SliceRandom;
use serde::Serialize;

/// Number of splits that figures are averaged over.
pub const SPLITS: u64 = 5;

/// How far predictions are from measurements, averaged over the splits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Root mean squared error, ms.
    pub rmse_ms: f64,
    /// Mean absolute percentage error.
    pub mape_percent: f64,
    /// Median absolute percentage error; kinds are judged by it, because a few measurements are far off any fit.
    pub mdape_percent: f64,
    /// Kendall's tau-b; none where a split's predictions or measurements are all equal.
    pub kendall_tau_b: Option<f64>,
}

/// The figures of one kind of predictor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct KindFigures {
    /// The kind.
    #[serde(rename = "family")]
    pub kind: PredictorKind,
    /// Figures on the validation parts, by which the choice is made.
    pub validation: Figures,
    /// Figures on the test parts.
    pub test: Figures,
}

/// The chosen kind and the figures of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Selection {
    /// The kind with the lowest median percentage error on validation; the earlier one in a tie.
    pub kind: PredictorKind,
    /// The figures of all kinds, in the order given to [`select`].
    pub kinds: Vec<KindFigures>,
}

impl Selection {
    /// Returns the figures of a kind, if it was compared.
    pub fn figures(&self, kind: PredictorKind) -> Option<&KindFigures> {
        self.kinds.iter().find(|figures| figures.kind == kind)
    }
}

/// Fits each kind to the training part of [`SPLITS`] seeded 80/10/10 splits of the subnets and chooses one. `fitted` is
/// called after each of the `kinds x SPLITS` fits.
///
/// # Errors
/// Fails if there is no kind or fewer than [`mos_spaces::latency::predictors::MIN_ROWS`] subnets, or if a fit fails.
pub fn select(
    rows: &[LatencyRow],
    norms: &[f64],
    seed: u64,
    kinds: &[PredictorKind],
    fitted: &mut dyn FnMut(),
) -> Result<Selection> {
    check_rows(rows)?;
    let kinds = kinds.iter().map(|&kind| evaluate(rows, norms, seed, kind, fitted)).collect::<Result<Vec<_>>>()?;
    let by_validation =
        |a: &&KindFigures, b: &&KindFigures| a.validation.mdape_percent.total_cmp(&b.validation.mdape_percent);
    let Some(best) = kinds.iter().min_by(by_validation) else { anyhow::bail!("no kind to choose from") };
    Ok(Selection { kind: best.kind, kinds })
}

fn evaluate(
    rows: &[LatencyRow],
    norms: &[f64],
    seed: u64,
    kind: PredictorKind,
    fitted: &mut dyn FnMut(),
) -> Result<KindFigures> {
    let splits: Vec<RowSplit> = (0..SPLITS).map(|number| RowSplit::draw(rows, seed, number)).collect();
    let seeds = (0..SPLITS).map(|number| Purpose::LatencyNetwork.seed(&[seed, number]) as u64);
    let sets: Vec<(&[LatencyRow], u64)> = splits.iter().map(|split| split.train.as_slice()).zip(seeds).collect();
    let predictors = Predictor::fit_all(&sets, norms, kind)?;
    let (mut validation, mut test) = (Vec::new(), Vec::new());
    for (predictor, split) in predictors.iter().zip(&splits) {
        validation.push(figures(predictor, &split.validation));
        test.push(figures(predictor, &split.test));
        fitted();
    }
    Ok(KindFigures { kind, validation: mean(&validation), test: mean(&test) })
}

/// One split of the rows.
struct RowSplit {
    train: Vec<LatencyRow>,
    validation: Vec<LatencyRow>,
    test: Vec<LatencyRow>,
}

impl RowSplit {
    /// Draws 80/10/10 of the shuffled subnets, the same for every kind. All rows of a subnet stand on one side: a
    /// measurement of a subnet that was fitted says nothing of one that was not.
    fn draw(rows: &[LatencyRow], seed: u64, number: u64) -> RowSplit {
        let mut subnets = by_subnet(rows);
        subnets.shuffle(&mut Purpose::LatencySplit.generator(&[seed, number]));
        let tenth = (subnets.len() / 10).max(1);
        let test = subnets.split_off(subnets.len() - tenth);
        let validation = subnets.split_off(subnets.len() - tenth);
        RowSplit { train: subnets.concat(), validation: validation.concat(), test: test.concat() }
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
