use proptest::collection::vec;
use proptest::prelude::*;

use super::rank::pearson;
use super::*;

const SCORE: Direction = Direction::HigherIsBetter;
const LOSS: Direction = Direction::LowerIsBetter;

fn quick(seed: u64) -> Settings {
    Settings { seed, resamples: 300 }
}

fn scores(rows: &[&[f64]]) -> Scores {
    Scores::from_rows(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap()
}

/// Computes tau-b by its definition, with a look at every pair.
fn tau_by_pairs(x: &[f64], y: &[f64]) -> Option<f64> {
    let (mut balance, mut untied_x, mut untied_y) = (0.0, 0.0, 0.0);
    for i in 0..x.len() {
        for j in 0..i {
            let sign = |d: f64| if d == 0.0 { 0.0 } else { d.signum() };
            let (a, b) = (sign(x[i] - x[j]), sign(y[i] - y[j]));
            balance += a * b;
            untied_x += a * a;
            untied_y += b * b;
        }
    }
    (untied_x > 0.0 && untied_y > 0.0).then(|| balance / f64::sqrt(untied_x * untied_y))
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        (a, b) => a == b,
    }
}

/// Makes two columns of equal length, with ties.
fn columns(longest: usize) -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let cell = || (-20_i32..20).prop_map(|n| f64::from(n) / 4.0);
    (1..=longest).prop_flat_map(move |n| (vec(cell(), n), vec(cell(), n)))
}

/// Makes scores of scratch and two supernets, of one shape.
fn tables() -> impl Strategy<Value = [Scores; 3]> {
    (1_usize..7, 1_usize..4).prop_flat_map(|(subnets, seeds)| {
        let table = move || {
            let cells = vec(vec((-40_i32..40).prop_map(|n| f64::from(n) / 8.0), seeds), subnets);
            cells.prop_map(|rows| Scores::from_rows(&rows).unwrap())
        };
        [table(), table(), table()]
    })
}

proptest! {
    #[test]
    fn tau_is_what_its_definition_says((x, y) in columns(90)) {
        prop_assert!(close(kendall_tau_b(&x, &y), tau_by_pairs(&x, &y)));
    }

    #[test]
    fn correlations_are_symmetric_and_change_sign_with_a_column((x, y) in columns(40)) {
        let opposed: Vec<f64> = y.iter().map(|v| -v).collect();
        for of in [kendall_tau_b, spearman] {
            prop_assert!(close(of(&x, &y), of(&y, &x)));
            prop_assert!(close(of(&x, &opposed), of(&x, &y).map(|v| -v)));
            prop_assert!(of(&x, &y).is_none_or(|v| (-1.0..=1.0).contains(&v)));
        }
    }

    #[test]
    fn correlations_see_only_the_order((x, y) in columns(40)) {
        let stretched: Vec<f64> = x.iter().map(|v| v.exp() * 3.0 + 1.0).collect();
        for of in [kendall_tau_b, spearman] {
            prop_assert!(close(of(&stretched, &y), of(&x, &y)));
        }
    }

    #[test]
    fn a_column_correlates_fully_with_itself((x, _) in columns(40)) {
        let varies = x.iter().any(|v| *v != x[0]);
        for of in [kendall_tau_b, spearman] {
            prop_assert!(close(of(&x, &x), varies.then_some(1.0)));
        }
    }

    #[test]
    fn spearman_is_pearson_of_the_average_ranks((x, y) in columns(40)) {
        prop_assert!(close(spearman(&x, &y), pearson(&average_ranks(&x), &average_ranks(&y))));
    }

    #[test]
    fn average_ranks_add_up_and_keep_the_order((x, _) in columns(40)) {
        let (ranks, n) = (average_ranks(&x), x.len() as f64);
        prop_assert!((ranks.iter().sum::<f64>() - n * (n + 1.0) / 2.0).abs() < 1e-9);
        for (i, j) in (0..x.len()).flat_map(|i| (0..i).map(move |j| (i, j))) {
            prop_assert_eq!(x[i].partial_cmp(&x[j]), ranks[i].partial_cmp(&ranks[j]));
        }
    }

    #[test]
    fn intervals_are_seeded_ordered_and_within_reach([scratch, supernet, _] in tables(), seed: u64) {
        let once = gap(&scratch, &supernet, SCORE, &quick(seed)).unwrap();
        prop_assert_eq!(once, gap(&scratch, &supernet, SCORE, &quick(seed)).unwrap());
        let cells: Vec<f64> = (0..scratch.subnets())
            .flat_map(|i| (0..scratch.seeds()).map(move |s| (i, s)))
            .map(|(i, s)| (scratch.at(i, s) - supernet.at(i, s)).abs())
            .collect();
        let (least, most) = (cells.iter().copied().fold(f64::MAX, f64::min), cells.iter().copied().fold(0.0, f64::max));
        for (estimate, least, most) in
            [(once.mae, least, most), (once.kendall_tau_b, -1.0, 1.0), (once.spearman, -1.0, 1.0)]
        {
            prop_assert_eq!(estimate.lo.is_some(), estimate.hi.is_some());
            if let (Some(lo), Some(hi)) = (estimate.lo, estimate.hi) {
                prop_assert!(lo <= hi && lo >= least - 1e-9 && hi <= most + 1e-9);
            }
        }
    }

    #[test]
    fn a_loss_is_a_score_with_its_sign_changed([scratch, supernet, _] in tables()) {
        let of = |direction: Direction| gap(&scratch, &supernet, direction, &quick(3)).unwrap();
        let (score, loss) = (of(SCORE), of(LOSS));
        let correlations = |gap: &Gap| (gap.mae, gap.kendall_tau_b, gap.spearman);
        prop_assert_eq!(correlations(&score), correlations(&loss));
        prop_assert!(close(score.mean_gap.value, loss.mean_gap.value.map(|v| -v)));
        prop_assert!(score.mean_gap.value.unwrap().abs() <= score.mae.value.unwrap() + 1e-9);
    }

    #[test]
    fn a_paired_difference_is_the_difference_and_turns_with_its_sides([scratch, a, b] in tables(), seed: u64) {
        let difference = paired_difference(&scratch, &a, &b, Direction::HigherIsBetter, &quick(seed)).unwrap();
        let mae = |supernet: &Scores| gap(&scratch, supernet, SCORE, &quick(seed)).unwrap().mae.value.unwrap();
        prop_assert!(close(difference.mae_difference.value, Some(mae(&a) - mae(&b))));
        // From-scratch scores cancel in the signed difference.
        let shifted = scratch.zip(&scratch, |score, _| score + 100.0).unwrap();
        let moved = paired_difference(&shifted, &a, &b, Direction::HigherIsBetter, &quick(seed)).unwrap();
        prop_assert!(close(difference.mean_gap_difference.value, moved.mean_gap_difference.value));
        let turned = paired_difference(&scratch, &b, &a, Direction::HigherIsBetter, &quick(seed)).unwrap();
        prop_assert!(close(difference.mae_difference.lo, turned.mae_difference.hi.map(|v| -v)));
    }

    #[test]
    fn the_mean_of_the_cells_is_the_paired_difference([scratch, a, b] in tables()) {
        let difference = paired_difference(&scratch, &a, &b, LOSS, &quick(1)).unwrap();
        let cells = difference_cells(&scratch, &a, &b, LOSS).unwrap();
        for (cells, whole) in cells.iter().zip([difference.mae_difference, difference.mean_gap_difference]) {
            let all: Vec<f64> = (0..cells.seeds()).flat_map(|seed| cells.column(seed)).collect();
            prop_assert!(close(Some(all.iter().sum::<f64>() / all.len() as f64), whole.value));
        }
    }

    #[test]
    fn a_saving_is_one_minus_the_ratio_of_the_sums(pairs in vec((0.0_f64..90.0, 1.0_f64..90.0), 1..9)) {
        let saving = saving_estimate(&pairs, &quick(2));
        let (own, other) = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        prop_assert!(close(saving.value, Some(1.0 - own / other)));
        prop_assert!(saving.hi.is_none_or(|hi| hi <= 1.0));
    }
}

#[test]
fn a_positive_gap_means_that_the_supernet_is_behind() {
    assert_eq!(mean_gap(&[26.0, 28.0], &[25.0, 26.0], SCORE), Some(1.5));
    assert_eq!(mean_gap(&[4.0, 4.5], &[4.5, 5.0], LOSS), Some(0.5));
    assert_eq!(mae(&[1.0, 2.0], &[2.0, 0.0]), Some(1.5));
    assert_eq!((mae(&[], &[]), mean_gap(&[], &[], LOSS)), (None, None));
}

#[test]
fn undefined_is_none_and_not_a_number() {
    let one = gap(&scores(&[&[2.0]]), &scores(&[&[1.0]]), SCORE, &quick(1)).unwrap();
    assert_eq!((one.n, one.mae), (1, Estimate { value: Some(1.0), lo: None, hi: None }));
    let undefined = Estimate { value: None, lo: None, hi: None };
    assert_eq!((one.kendall_tau_b, one.spearman), (undefined, undefined));

    let constant =
        gap(&scores(&[&[2.0], &[2.0], &[2.0]]), &scores(&[&[1.0], &[0.0], &[3.0]]), SCORE, &quick(1)).unwrap();
    assert_eq!(constant.kendall_tau_b, undefined);
    assert!(constant.mae.lo.is_some());

    let difference = paired_difference(
        &scores(&[&[2.0]]),
        &scores(&[&[1.0]]),
        &scores(&[&[0.0]]),
        Direction::LowerIsBetter,
        &quick(1),
    )
    .unwrap();
    assert_eq!(difference.mae_difference.value, Some(-1.0));
    // Losses: 1 is behind 0 by one, though it is nearer to 2.
    assert_eq!(difference.mean_gap_difference.value, Some(1.0));
}

#[test]
fn undefined_resamples_are_left_out() {
    // Of the 27 equally likely draws of three subnets 3 repeat a single one; the rest correlate fully.
    let same = scores(&[&[1.0], &[2.0], &[3.0]]);
    let estimate = gap(&same, &same, SCORE, &quick(5)).unwrap().kendall_tau_b;
    assert_eq!(estimate, Estimate { value: Some(1.0), lo: Some(1.0), hi: Some(1.0) });
}

#[test]
fn subnets_and_seeds_are_both_redrawn() {
    // Gaps that differ between subnets only, between seeds only, and not at all.
    let zero = scores(&[&[0.0, 0.0], &[0.0, 0.0]]);
    let width = |supernet: &Scores| {
        let mae = gap(&zero, supernet, SCORE, &Settings::new(1)).unwrap().mae;
        mae.hi.unwrap() - mae.lo.unwrap()
    };
    assert_eq!(width(&scores(&[&[1.0, 1.0], &[3.0, 3.0]])), 2.0);
    assert_eq!(width(&scores(&[&[1.0, 3.0], &[1.0, 3.0]])), 2.0);
    assert_eq!(width(&scores(&[&[2.0, 2.0], &[2.0, 2.0]])), 0.0);
}

#[test]
fn correlations_are_averaged_over_seeds() {
    // Seed 1 agrees fully, seed 2 not at all.
    let scratch = scores(&[&[1.0, 1.0], &[2.0, 2.0], &[3.0, 3.0]]);
    let supernet = scores(&[&[1.0, 3.0], &[2.0, 2.0], &[3.0, 1.0]]);
    let gap = gap(&scratch, &supernet, SCORE, &quick(1)).unwrap();
    assert!(close(gap.kendall_tau_b.value, Some(0.0)) && close(gap.spearman.value, Some(0.0)));
}

/// Compares the interval of a mean with the normal approximation, which holds for many rows.
#[test]
fn the_interval_of_a_mean_is_as_wide_as_theory_says() {
    let n = 400;
    let supernet: Vec<f64> = (0..n).map(|i| f64::from(i * 37 % n) / f64::from(n)).collect();
    let zero = Scores::from_column(&vec![0.0; n as usize]).unwrap();
    let mae = gap(&zero, &Scores::from_column(&supernet).unwrap(), LOSS, &Settings::new(9)).unwrap().mae;
    // Values spread evenly over [0, 1): variance 1/12.
    let half = 1.96 * (1.0 / 12.0_f64 / f64::from(n)).sqrt();
    let value = mae.value.unwrap();
    assert!(
        (mae.lo.unwrap() - (value - half)).abs() < 0.1 * half && (mae.hi.unwrap() - (value + half)).abs() < 0.1 * half
    );
}

#[test]
fn a_mean_of_values_is_the_signed_gap_of_one_seed() {
    let values = [0.3, -0.1, 0.4, 0.2, 0.0, 0.7];
    let (zero, column) = (Scores::from_column(&[0.0; 6]).unwrap(), Scores::from_column(&values).unwrap());
    assert_eq!(mean_estimate(&values, &quick(4)), gap(&zero, &column, LOSS, &quick(4)).unwrap().mean_gap);
    assert_eq!(mean_estimate(&[], &quick(4)), Estimate { value: None, lo: None, hi: None });
    assert_eq!(mean_estimate(&[2.0], &quick(4)), Estimate { value: Some(2.0), lo: None, hi: None });
}

#[test]
fn nothing_is_saved_of_nothing() {
    assert_eq!(saving_estimate(&[(3.0, 0.0)], &quick(1)).value, None);
    assert_eq!(saving_estimate(&[], &quick(1)).value, None);
}

#[test]
fn each_subnet_has_its_gap() {
    let (scratch, supernet) = (scores(&[&[4.0, 4.0], &[5.0, 5.0]]), scores(&[&[5.0, 6.0], &[5.0, 5.0]]));
    let gaps = subnet_gaps(&scratch, &supernet, LOSS, &quick(1)).unwrap();
    assert_eq!(gaps[0], Estimate { value: Some(1.5), lo: Some(1.0), hi: Some(2.0) });
    assert_eq!(gaps[1], Estimate { value: Some(0.0), lo: Some(0.0), hi: Some(0.0) });
    let column = |values: &[f64]| Scores::from_column(values).unwrap();
    let one_seed = subnet_gaps(&column(&[4.0, 5.0]), &column(&[5.0, 5.0]), LOSS, &quick(1)).unwrap();
    assert_eq!(one_seed[0], Estimate { value: Some(1.0), lo: None, hi: None });
}

#[test]
fn tables_that_do_not_fit_are_refused() {
    assert!(Scores::from_rows(&[]).is_err() && Scores::from_rows(&[vec![]]).is_err());
    assert!(Scores::from_rows(&[vec![1.0, 2.0], vec![1.0]]).unwrap_err().to_string().contains("subnet 2"));
    assert!(Scores::from_column(&[1.0, f64::NAN]).unwrap_err().to_string().contains("NaN"));
    let (two, three) = (Scores::from_column(&[1.0, 2.0]).unwrap(), Scores::from_column(&[1.0, 2.0, 3.0]).unwrap());
    assert!(gap(&two, &three, SCORE, &quick(1)).is_err());
}

#[test]
fn quantiles_are_interpolated_between_order_statistics() {
    assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
    assert_eq!(
        [quantile(&[1.0, 5.0], 0.0), quantile(&[1.0, 5.0], 1.0), quantile(&[], 0.5)],
        [Some(1.0), Some(5.0), None]
    );
}
