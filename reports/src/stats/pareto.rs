//! A cost (lower is better) is traded off against a quality: here are the front of non-dominated points and what it
//! covers.
//!
//! A point dominates another when it is no worse in both and better in one (E. Zitzler, L. Thiele: Multiobjective
//! Evolutionary Algorithms, IEEE TEC 3(4), 1999; the same paper has the hypervolume).

use super::gap::Direction;

/// A point is a cost and a quality, in their own units.
pub type Point = (f64, f64);

/// Finds the points that none dominates, and gives their indices by rising cost. Equal points do not dominate each
/// other, so that all of them are there. Points that are not finite are left out.
pub fn pareto_front(points: &[Point], direction: Direction) -> Vec<usize> {
    let lowered = |i: usize| (points[i].0, lower(points[i].1, direction));
    let mut order: Vec<usize> =
        (0..points.len()).filter(|&i| points[i].0.is_finite() && points[i].1.is_finite()).collect();
    order.sort_by(|&a, &b| {
        let ((cost_a, loss_a), (cost_b, loss_b)) = (lowered(a), lowered(b));
        cost_a.total_cmp(&cost_b).then(loss_a.total_cmp(&loss_b)).then(a.cmp(&b))
    });
    let mut front: Vec<usize> = Vec::new();
    for index in order {
        let better = |last: &usize| lowered(index).1 < lowered(*last).1 || lowered(index) == lowered(*last);
        if front.last().is_none_or(better) {
            front.push(index);
        }
    }
    front
}

/// Computes the area between the front and `reference`, in the product of the units: what at least one point dominates,
/// of the region that is better than the reference in both. A point that is no better than the reference in one of them
/// adds nothing.
pub fn hypervolume_2d(points: &[Point], reference: Point, direction: Direction) -> f64 {
    let (most_cost, most_loss) = (reference.0, lower(reference.1, direction));
    let inside: Vec<Point> = points
        .iter()
        .map(|&(cost, quality)| (cost, lower(quality, direction)))
        .filter(|&(cost, loss)| cost < most_cost && loss < most_loss)
        .collect();
    let front = pareto_front(&inside, Direction::LowerIsBetter);
    let ends = front.iter().skip(1).map(|&next| inside[next].0).chain([most_cost]);
    front.iter().zip(ends).map(|(&i, end)| (end - inside[i].0) * (most_loss - inside[i].1)).sum()
}

/// Turns the quality so that lower is better.
fn lower(quality: f64, direction: Direction) -> f64 {
    match direction {
        Direction::LowerIsBetter => quality,
        Direction::HigherIsBetter => -quality,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const LOSS: Direction = Direction::LowerIsBetter;
    const SCORE: Direction = Direction::HigherIsBetter;

    /// Gives the points of the front, by value.
    fn front(points: &[Point], direction: Direction) -> Vec<Point> {
        pareto_front(points, direction).into_iter().map(|i| points[i]).collect()
    }

    #[test]
    fn the_front_holds_what_nothing_beats() {
        let points = [(3.0, 1.0), (1.0, 4.0), (2.0, 4.0), (2.0, 2.0), (3.0, 2.0), (4.0, f64::NAN)];
        assert_eq!(front(&points, LOSS), [(1.0, 4.0), (2.0, 2.0), (3.0, 1.0)]);
        assert_eq!(front(&points, SCORE), [(1.0, 4.0)]);
        assert_eq!(pareto_front(&[(1.0, 1.0), (1.0, 1.0)], LOSS), [0, 1]);
        assert_eq!(pareto_front(&[], LOSS), [] as [usize; 0]);
    }

    #[test]
    fn areas_by_hand() {
        // Two steps under (4, 5): (4 - 1) x (5 - 4) and, from cost 2 on, (4 - 2) x (4 - 2) more.
        assert_eq!(hypervolume_2d(&[(1.0, 4.0), (2.0, 2.0)], (4.0, 5.0), LOSS), 3.0 + 4.0);
        assert_eq!(hypervolume_2d(&[(1.0, 20.0), (2.0, 25.0)], (4.0, 18.0), SCORE), 3.0 * 2.0 + 2.0 * 5.0);
        assert_eq!(hypervolume_2d(&[(4.0, 1.0), (1.0, 5.0), (9.0, 9.0)], (4.0, 5.0), LOSS), 0.0);
    }

    fn points() -> impl Strategy<Value = Vec<Point>> {
        let cell = || (0_i32..12).prop_map(f64::from);
        vec((cell(), cell()), 0..25)
    }

    /// Counts the area cell by cell, which is exact since coordinates are whole numbers.
    fn cells(points: &[Point], reference: (i32, i32)) -> f64 {
        let covered = |x: i32, y: i32| points.iter().any(|p| p.0 <= f64::from(x) && p.1 <= f64::from(y));
        let all = (0..reference.0).flat_map(|x| (0..reference.1).map(move |y| (x, y)));
        all.filter(|&(x, y)| covered(x, y)).count() as f64
    }

    proptest! {
        #[test]
        fn the_front_is_what_its_definition_says(points in points()) {
            let beaten = |p: &Point| points.iter().any(|q| q.0 <= p.0 && q.1 <= p.1 && q != p);
            let mut expected: Vec<Point> = points.iter().copied().filter(|p| !beaten(p)).collect();
            expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
            prop_assert_eq!(front(&points, LOSS), expected);
        }

        #[test]
        fn the_area_is_what_counting_gives(points in points()) {
            prop_assert_eq!(hypervolume_2d(&points, (10.0, 9.0), LOSS), cells(&points, (10, 9)));
        }

        #[test]
        fn a_dominated_point_changes_nothing(points in points(), i: prop::sample::Index, dx in 0_u8..4, dy in 1_u8..4) {
            prop_assume!(!points.is_empty());
            let (x, y) = points[i.index(points.len())];
            let more = [points.clone(), vec![(x + f64::from(dx), y + f64::from(dy))]].concat();
            prop_assert_eq!(front(&points, LOSS), front(&more, LOSS));
            prop_assert_eq!(hypervolume_2d(&points, (10.0, 9.0), LOSS), hypervolume_2d(&more, (10.0, 9.0), LOSS));
        }

        #[test]
        fn more_points_never_cover_less(points in points(), more in points()) {
            let both = [points.clone(), more].concat();
            let area = |p: &[Point]| hypervolume_2d(p, (10.0, 9.0), LOSS);
            prop_assert!(area(&both) >= area(&points));
        }

        #[test]
        fn order_does_not_matter(
            (points, shuffled) in points().prop_flat_map(|p| (Just(p.clone()), Just(p).prop_shuffle()))
        ) {
            prop_assert_eq!(front(&points, SCORE), front(&shuffled, SCORE));
            let area = |p: &[Point]| hypervolume_2d(p, (10.0, 2.0), SCORE);
            prop_assert_eq!(area(&points), area(&shuffled));
        }
    }
}
