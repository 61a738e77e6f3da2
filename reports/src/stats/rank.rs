//! These are correlations: Pearson's, and of ranks Kendall's tau-b and Spearman's rho, both with ties.
//!
//! The bootstrap computes each of them ten thousand times over redrawn rows of the same two columns. [`RankedPair`]
//! therefore replaces the columns once by dense ranks (equal values, equal rank), on which a redrawn subset is ranked
//! by counting and sorted as integers.

/// Computes Kendall's tau-b of two columns of equal length: concordant minus discordant pairs over the geometric mean
/// of the pairs untied in each column. It is `None` where it is undefined, which is with fewer than two rows or a
/// constant column.
///
/// # Panics
/// This panics when the lengths differ or a value is NaN.
pub fn kendall_tau_b(x: &[f64], y: &[f64]) -> Option<f64> {
    let rows: Vec<usize> = (0..x.len()).collect();
    RankedPair::new(x, y).kendall_tau_b(&rows)
}

/// Computes Spearman's rho, which is Pearson's correlation of the average ranks. It is `None` where [`kendall_tau_b`]
/// is.
///
/// # Panics
/// This panics when the lengths differ or a value is NaN.
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    let rows: Vec<usize> = (0..x.len()).collect();
    RankedPair::new(x, y).spearman(&rows)
}

/// Ranks values from 1 up; tied values share the mean of the ranks that they take up.
///
/// # Panics
/// This panics when a value is NaN.
pub fn average_ranks(values: &[f64]) -> Vec<f64> {
    let rows: Vec<usize> = (0..values.len()).collect();
    ranks_of_rows(&dense_ranks(values), &rows)
}

/// A ranked pair is two columns as dense ranks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedPair {
    x: Vec<u32>,
    y: Vec<u32>,
}

impl RankedPair {
    /// Ranks two columns of equal length.
    ///
    /// # Panics
    /// This panics when the lengths differ or a value is NaN.
    pub fn new(x: &[f64], y: &[f64]) -> RankedPair {
        assert_eq!(x.len(), y.len(), "a correlation needs two columns of equal length");
        RankedPair { x: dense_ranks(x), y: dense_ranks(y) }
    }

    /// Computes tau-b of the given rows (a row may occur more than once), by Knight's method: it sorts by x and then y,
    /// and the exchanges that a merge sort then needs to order y are the discordant pairs.
    pub fn kendall_tau_b(&self, rows: &[usize]) -> Option<f64> {
        let mut keys: Vec<u64> = rows.iter().map(|&r| u64::from(self.x[r]) << 32 | u64::from(self.y[r])).collect();
        keys.sort_unstable();
        let tied_both = tied_pairs(keys.iter());
        let tied_x = tied_pairs(keys.iter().map(|key| key >> 32));
        let mut y: Vec<u32> = keys.iter().map(|&key| key as u32).collect();
        let discordant = count_exchanges(&mut y);
        let tied_y = tied_pairs(y.iter());
        let all = rows.len() as f64 * (rows.len() as f64 - 1.0) / 2.0;
        let (untied_x, untied_y) = (all - tied_x, all - tied_y);
        // Pairs tied in neither column are concordant or discordant.
        let concordant = all - tied_x - tied_y + tied_both - discordant;
        (untied_x > 0.0 && untied_y > 0.0)
            .then(|| ((concordant - discordant) / (untied_x * untied_y).sqrt()).clamp(-1.0, 1.0))
    }

    /// Computes Spearman's rho of the given rows.
    pub fn spearman(&self, rows: &[usize]) -> Option<f64> {
        pearson(&ranks_of_rows(&self.x, rows), &ranks_of_rows(&self.y, rows))
    }
}

/// Gives the position of each value among the distinct values, from 0.
fn dense_ranks(values: &[f64]) -> Vec<u32> {
    assert!(values.iter().all(|value| !value.is_nan()), "NaN has no rank");
    let mut distinct = values.to_vec();
    distinct.sort_unstable_by(f64::total_cmp);
    // The comparison is `==` and not by bits, since 0.0 and -0.0 tie.
    distinct.dedup_by(|a, b| a == b);
    values.iter().map(|value| distinct.partition_point(|d| d < value) as u32).collect()
}

/// Computes the average ranks of the given rows of a column of dense ranks, by counting.
fn ranks_of_rows(dense: &[u32], rows: &[usize]) -> Vec<f64> {
    let mut counts = vec![0_u32; dense.len()];
    for &row in rows {
        counts[dense[row] as usize] += 1;
    }
    let mut below = 0;
    let ranks: Vec<f64> = counts
        .iter()
        .map(|&count| {
            let mean = f64::from(below) + (f64::from(count) + 1.0) / 2.0;
            below += count;
            mean
        })
        .collect();
    rows.iter().map(|&row| ranks[dense[row] as usize]).collect()
}

/// Computes Pearson's correlation; `None` with fewer than two rows or a constant column.
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        let (dx, dy) = (a - mean_x, b - mean_y);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    (xx > 0.0 && yy > 0.0).then(|| (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0))
}

/// Counts pairs of equal values in a sequence where equal values stand together.
fn tied_pairs<T: PartialEq>(sorted: impl Iterator<Item = T>) -> f64 {
    let (mut pairs, mut run, mut last) = (0_u64, 0_u64, None);
    for value in sorted {
        run = if last.as_ref() == Some(&value) { run + 1 } else { 0 };
        pairs += run;
        last = Some(value);
    }
    pairs as f64
}

/// Sorts `values` and returns how many pairs stood in the wrong order.
fn count_exchanges(values: &mut [u32]) -> f64 {
    // Insertion sort counts as it goes and is the fastest up to a few dozen rows, which is what an experiment has.
    if values.len() <= 32 {
        let mut exchanges = 0_u64;
        for end in 1..values.len() {
            let mut at = end;
            while at > 0 && values[at - 1] > values[at] {
                values.swap(at - 1, at);
                exchanges += 1;
                at -= 1;
            }
        }
        return exchanges as f64;
    }
    let (left, right) = values.split_at_mut(values.len() / 2);
    let mut exchanges = count_exchanges(left) + count_exchanges(right);
    let (mut merged, mut l, mut r) = (Vec::with_capacity(left.len() + right.len()), 0, 0);
    while l < left.len() && r < right.len() {
        if left[l] <= right[r] {
            merged.push(left[l]);
            l += 1;
        } else {
            exchanges += (left.len() - l) as f64;
            merged.push(right[r]);
            r += 1;
        }
    }
    merged.extend_from_slice(&left[l..]);
    merged.extend_from_slice(&right[r..]);
    values.copy_from_slice(&merged);
    exchanges
}
