//! This is the quantile of a sample.

/// Finds the `q`-quantile (0 to 1) of ascending values, interpolated linearly between order statistics; `None` of none.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let position = q * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
    // This is not `low + share * (high - low)`, which may leave [low, high] by rounding.
    let share = position.fract();
    Some(if low == high { low } else { low * (1.0 - share) + high * share })
}
