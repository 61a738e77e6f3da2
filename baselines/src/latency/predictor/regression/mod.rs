//! Fits the regressions: least squares on the features, and Huber regression on the features and their products.
//!
//! The Huber regression minimises the sum of `h((prediction - latency) / latency)` by iteratively reweighted least
//! squares (Huber 1964; Holland & Welsch 1977). `h` is quadratic up to [`THRESHOLD`] standard deviations and linear
//! beyond; the standard deviation is estimated anew each round from the median absolute residual. Residuals are
//! relative, because predictors are judged by percentage errors.
//!
//! [`THRESHOLD`] and [`RIDGE`] were chosen by the validation parts of HAT's TITAN Xp and Xeon measurements.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use crate::Result;

/// Counts the terms of the quadratic of this number of features: the features, and their products.
fn quadratic_terms(features: usize) -> usize {
    features + features * (features + 1) / 2
}

/// Huber's threshold in standard deviations. The customary 1.345 suits a few outliers; here many rows are slightly
/// spiked, and a loss closer to the absolute one does better.
const THRESHOLD: f64 = 0.5;
/// Penalty on the squared coefficients of the standardised terms. It is hardly felt with 2,000 rows; with fewer rows
/// than terms it is what makes the fit unique.
const RIDGE: f64 = 1.0;
/// Median absolute deviation of the standard normal distribution.
const MAD_OF_NORMAL: f64 = 0.674_489_750_196_081_7;
/// Rounds of reweighting end when no row's weight moves by more than this, or after [`MAX_ROUNDS`].
const TOLERANCE: f64 = 1e-6;
const MAX_ROUNDS: usize = 200;

/// A linear function of the first terms (see [`terms`]), of as many as it has coefficients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Polynomial {
    intercept: f64,
    coefficients: Vec<f64>,
}

impl Polynomial {
    /// Returns its value.
    pub fn predict(&self, x: &[f64]) -> f64 {
        self.intercept + terms(x).zip(&self.coefficients).map(|(term, c)| term * c).sum::<f64>()
    }
}

/// Goes through the features, then their products: a feature with itself and with each later one.
fn terms(x: &[f64]) -> impl Iterator<Item = f64> + '_ {
    let products = (0..x.len()).flat_map(move |i| x[i..].iter().map(move |b| x[i] * b));
    x.iter().copied().chain(products)
}

fn features(x: &[Vec<f64>]) -> usize {
    x.first().map_or(0, Vec::len)
}

/// Fits ordinary least squares on the features.
///
/// # Errors
/// Fails if libtorch fails.
pub fn linear(x: &[Vec<f64>], y: &[f64]) -> Result<Polynomial> {
    let design = Design::new(x, features(x));
    design.polynomial(&least_squares(&design.values, &Tensor::from_slice(y))?)
}

/// Fits Huber regression of relative errors on the quadratic terms.
///
/// # Errors
/// Fails if libtorch fails.
pub fn huber_quadratic(x: &[Vec<f64>], y: &[f64]) -> Result<Polynomial> {
    let design = Design::new(x, quadratic_terms(features(x)));
    let y = Tensor::from_slice(y);
    // Dividing a row by its latency makes its residual relative; the mean square of 1 keeps the ridge's meaning.
    let inverse = y.reciprocal();
    let row_scale = &inverse / inverse.square().mean(Kind::Double).sqrt();
    design.polynomial(&huber(&design.values, &y, &row_scale, THRESHOLD, RIDGE)?)
}

/// The terms of all rows, standardised, with a leading column of ones.
struct Design {
    /// Rows x (1 + terms), float64.
    values: Tensor,
    means: Vec<f64>,
    /// 1 / standard deviation; 0 for a column whose rows are all equal, which so drops out.
    inverse_spreads: Vec<f64>,
}

impl Design {
    fn new(x: &[Vec<f64>], count: usize) -> Design {
        let mut rows: Vec<Vec<f64>> = x.iter().map(|x| terms(x).take(count).collect()).collect();
        let (mut means, mut inverse_spreads) = (Vec::new(), Vec::new());
        for term in 0..count {
            let mean = rows.iter().map(|row| row[term]).sum::<f64>() / rows.len() as f64;
            let variance = rows.iter().map(|row| (row[term] - mean).powi(2)).sum::<f64>() / rows.len() as f64;
            let constant = variance.sqrt() <= 1e-9 * mean.abs();
            let inverse = if constant { 0.0 } else { 1.0 / variance.sqrt() };
            rows.iter_mut().for_each(|row| row[term] = (row[term] - mean) * inverse);
            means.push(mean);
            inverse_spreads.push(inverse);
        }
        let flat: Vec<f64> = rows.iter().flat_map(|row| std::iter::once(1.0).chain(row.iter().copied())).collect();
        let values = Tensor::from_slice(&flat).view([x.len() as i64, 1 + count as i64]);
        Design { values, means, inverse_spreads }
    }

    /// Returns the polynomial in raw terms whose coefficients in standardised ones are `solution`.
    fn polynomial(&self, solution: &Tensor) -> Result<Polynomial> {
        let solution = Vec::<f64>::try_from(solution)?;
        let coefficients: Vec<f64> = solution[1..].iter().zip(&self.inverse_spreads).map(|(c, s)| c * s).collect();
        let shift: f64 = coefficients.iter().zip(&self.means).map(|(c, mean)| c * mean).sum();
        Ok(Polynomial { intercept: solution[0] - shift, coefficients })
    }
}

/// Minimises `|design c - target|^2`. It takes the shortest solution where columns depend on each other, hence the SVD
/// (libtorch's pivoted QR, `gelsy`, was seen to return wrong solutions there).
fn least_squares(design: &Tensor, target: &Tensor) -> Result<Tensor> {
    let (solution, ..) = design.f_linalg_lstsq(&target.unsqueeze(1), None, "gelsd")?;
    Ok(solution.squeeze_dim(1))
}

/// Minimises `|design c - target|^2 + ridge |c|^2`, the first coefficient (of the ones) unpenalised, by the normal
/// equations: the ridge keeps them well conditioned, and they are small.
fn ridge_regression(design: &Tensor, target: &Tensor, ridge: f64) -> Result<Tensor> {
    let penalty = Tensor::full([design.size()[1]], ridge, (Kind::Double, design.device()));
    let _ = penalty.get(0).zero_();
    let gram = design.tr().f_matmul(design)? + penalty.diag(0);
    Ok(Tensor::f_linalg_solve(&gram, &design.tr().f_matmul(target)?, true)?)
}

/// Minimises the Huber loss of `row_scale * (design c - target)` plus the ridge penalty.
fn huber(design: &Tensor, target: &Tensor, row_scale: &Tensor, threshold: f64, ridge: f64) -> Result<Tensor> {
    let (design, target) = (design * row_scale.unsqueeze(1), target * row_scale);
    let mut weights = target.ones_like();
    let mut rounds = 0;
    loop {
        let root = weights.sqrt();
        let solution = ridge_regression(&(&design * root.unsqueeze(1)), &(&target * &root), ridge)?;
        let residual = (design.f_matmul(&solution)? - &target).abs();
        let median = residual.quantile_scalar(0.5, None, false, "linear").double_value(&[]);
        // Where most rows are fitted exactly the median is 0, and 0 / 0 is no weight.
        let deviation = (median / MAD_OF_NORMAL).max(f64::MIN_POSITIVE);
        let next = (threshold * deviation / residual).clamp_max(1.0);
        let moved = (&next - &weights).abs().max().double_value(&[]);
        weights = next;
        rounds += 1;
        if moved <= TOLERANCE || rounds == MAX_ROUNDS {
            return Ok(solution);
        }
    }
}

#[cfg(test)]
mod tests;
