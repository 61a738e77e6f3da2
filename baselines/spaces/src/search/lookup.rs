//! Finds nets in a table of losses of their parts, which add up (NAS-BERT, Xu et al., KDD 2021).

/// Room for sums of the same numbers in another order.
const ROUNDING: f64 = 1.0 + 1e-12;

/// A choice of one part a place, by positions in the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Sum of the losses of its parts.
    pub loss: f64,
    /// Position of the part of each place.
    pub parts: Vec<usize>,
}

/// Returns the `top` choices of least loss among those that `allows` allows, the best first, and fewer where there are fewer.
/// `losses` holds those of the parts of each place. Ties go to the part that stands first. `allows` is also asked of the parts
/// of the first places alone: what it refuses there is refused with whatever follows.
///
/// What cannot be among the best is not looked at: the parts of a place are tried from the best on, until the loss so far
/// and the least that the other places add is more than that of the last choice kept.
pub fn lowest(losses: &[Vec<f64>], top: usize, allows: impl Fn(&[usize]) -> bool) -> Vec<Choice> {
    let ranked = |of_place: &Vec<f64>| {
        let mut order: Vec<usize> = (0..of_place.len()).collect();
        order.sort_by(|&a, &b| of_place[a].total_cmp(&of_place[b]));
        order
    };
    let order: Vec<Vec<usize>> = losses.iter().map(ranked).collect();
    let mut rest = vec![0.0; losses.len() + 1];
    for place in (0..losses.len()).rev() {
        rest[place] = rest[place + 1] + order[place].first().map_or(f64::INFINITY, |&best| losses[place][best]);
    }
    let mut search = Search { losses, order, rest, top, allows, best: Vec::new() };
    search.extend(&mut Vec::new(), 0.0);
    search.best
}

struct Search<'a, F> {
    losses: &'a [Vec<f64>],
    /// The parts of each place, the best first.
    order: Vec<Vec<usize>>,
    /// The least that this place and all behind it add.
    rest: Vec<f64>,
    top: usize,
    allows: F,
    /// The best choices so far, the best first.
    best: Vec<Choice>,
}

impl<F: Fn(&[usize]) -> bool> Search<'_, F> {
    fn extend(&mut self, parts: &mut Vec<usize>, loss: f64) {
        let place = parts.len();
        if place == self.losses.len() {
            self.keep(parts, loss);
            return;
        }
        for i in 0..self.order[place].len() {
            let part = self.order[place][i];
            let with = loss + self.losses[place][part];
            let is_full = self.best.len() >= self.top;
            if is_full && self.best.last().is_none_or(|worst| with + self.rest[place + 1] > worst.loss * ROUNDING) {
                return;
            }
            parts.push(part);
            if (self.allows)(parts) {
                self.extend(parts, with);
            }
            parts.pop();
        }
    }

    fn keep(&mut self, parts: &[usize], loss: f64) {
        let place = self.best.partition_point(|choice| choice.loss <= loss);
        self.best.insert(place, Choice { loss, parts: parts.to_vec() });
        self.best.truncate(self.top);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every choice, the best first.
    fn brute_force(losses: &[Vec<f64>], allows: impl Fn(&[usize]) -> bool) -> Vec<f64> {
        let mut all: Vec<(f64, Vec<usize>)> = vec![(0.0, vec![])];
        for of_place in losses {
            let longer = |(loss, parts): &(f64, Vec<usize>)| {
                let with = |(i, own): (usize, &f64)| (loss + own, [parts.as_slice(), &[i]].concat());
                of_place.iter().enumerate().map(with).collect::<Vec<_>>()
            };
            all = all.iter().flat_map(longer).collect();
        }
        all.retain(|(_, parts)| allows(parts));
        let mut losses: Vec<f64> = all.into_iter().map(|(loss, _)| loss).collect();
        losses.sort_by(f64::total_cmp);
        losses
    }

    proptest! {
        #[test]
        fn the_best_are_those_of_brute_force(
            losses in prop::collection::vec(prop::collection::vec(0.0..9.0_f64, 1..7), 1..5),
            top in 1..6_usize,
            limit in 0..12_usize,
        ) {
            let allows = |parts: &[usize]| parts.iter().sum::<usize>() <= limit;
            let found = lowest(&losses, top, allows);
            let mut expected = brute_force(&losses, allows);
            expected.truncate(top);
            prop_assert_eq!(found.iter().map(|choice| choice.loss).collect::<Vec<_>>(), expected);
            for choice in &found {
                let sum = choice.parts.iter().zip(&losses).map(|(&part, of_place)| of_place[part]).fold(0.0, |a, b| a + b);
                prop_assert!(allows(&choice.parts) && sum == choice.loss);
            }
        }
    }

    #[test]
    fn nothing_is_found_where_nothing_is_allowed() {
        assert_eq!(lowest(&[vec![1.0], vec![2.0, 3.0]], 3, |_| false), []);
    }
}
