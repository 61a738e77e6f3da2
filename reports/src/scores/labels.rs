//! Labels are scored as GLUE scores them: accuracy, F1 of the positive class, and Matthews' correlation.

/// Computes the share of labels that are right. It is `None` without any.
///
/// # Panics
/// This panics when there are not as many predictions as labels.
pub fn accuracy(predicted: &[i64], labels: &[i64]) -> Option<f64> {
    let right = pairs(predicted, labels).filter(|(p, l)| p == l).count();
    (!labels.is_empty()).then(|| right as f64 / labels.len() as f64)
}

/// Computes the F1 score of class 1: twice its hits over the sum of what was predicted to be of it and what is. It is
/// `None` where neither is anything.
///
/// # Panics
/// This panics when there are not as many predictions as labels.
pub fn f1(predicted: &[i64], labels: &[i64]) -> Option<f64> {
    let count = |test: fn(i64, i64) -> bool| pairs(predicted, labels).filter(|&(p, l)| test(p, l)).count() as f64;
    let hits = count(|p, l| p == 1 && l == 1);
    let named = count(|p, _| p == 1) + count(|_, l| l == 1);
    (named > 0.0).then(|| 2.0 * hits / named)
}

/// Computes Matthews' correlation of two classes, 0 and 1. It is 0 where predictions or labels are all of one class, as
/// scikit-learn has it, and `None` without any.
///
/// # Panics
/// This panics when there are not as many predictions as labels, or one is neither 0 nor 1.
pub fn matthews(predicted: &[i64], labels: &[i64]) -> Option<f64> {
    let mut table = [[0.0_f64; 2]; 2];
    for (p, l) in pairs(predicted, labels) {
        let place = |class: i64| usize::try_from(class).ok().filter(|class| *class < 2).expect("two classes, 0 and 1");
        table[place(p)][place(l)] += 1.0;
    }
    if labels.is_empty() {
        return None;
    }
    let [[right_0, wrong_0], [wrong_1, right_1]] = table;
    let product = (right_1 + wrong_1) * (right_1 + wrong_0) * (right_0 + wrong_1) * (right_0 + wrong_0);
    if product == 0.0 {
        return Some(0.0);
    }
    Some((right_1 * right_0 - wrong_1 * wrong_0) / product.sqrt())
}

fn pairs<'a>(predicted: &'a [i64], labels: &'a [i64]) -> impl Iterator<Item = (i64, i64)> + 'a {
    assert_eq!(predicted.len(), labels.len(), "one prediction a label");
    predicted.iter().copied().zip(labels.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_defined_is_said_to_be_so() {
        assert_eq!((accuracy(&[], &[]), f1(&[], &[]), matthews(&[], &[])), (None, None, None));
        assert_eq!((f1(&[0, 0], &[0, 0]), matthews(&[0, 0], &[0, 1])), (None, Some(0.0)));
        assert_eq!((f1(&[0], &[1]), matthews(&[1, 0], &[0, 1])), (Some(0.0), Some(-1.0)));
    }
}
