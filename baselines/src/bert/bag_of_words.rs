//! Fits a linear model on bags of words: what a task needs no network for.
//!
//! An example is the set of its pieces, each weighing `ln(1 + count)`, scaled to unit length; the two texts of a pair make
//! one bag. The model is multinomial logistic regression, or linear regression of ratings.

use std::collections::BTreeMap;

use mos_base::seed::Purpose;
use rand::seq::SliceRandom;
use tch::nn::{self, OptimizerConfig};
use tch::{Device, Kind, Reduction, Tensor};

use super::examples::Labels;
use crate::Result;

/// Examples of an update.
const BATCH: usize = 32;

/// A bag: different pieces and their weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Bag(Vec<(i64, f32)>);

impl Bag {
    /// Makes the bag of these pieces.
    pub fn of(pieces: impl IntoIterator<Item = i64>) -> Bag {
        let mut counts: BTreeMap<i64, u32> = BTreeMap::new();
        pieces.into_iter().for_each(|piece| *counts.entry(piece).or_default() += 1);
        let weights: Vec<(i64, f32)> = counts.into_iter().map(|(p, n)| (p, (1.0 + n as f32).ln())).collect();
        let norm = weights.iter().map(|(_, w)| w * w).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        Bag(weights.into_iter().map(|(piece, weight)| (piece, weight / norm)).collect())
    }
}

/// How long and how fast a model is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Passes over the examples.
    pub epochs: u64,
    /// Learning rate of Adam.
    pub rate: f64,
    /// Seed of the examples' order.
    pub seed: u64,
}

/// A fitted model.
#[derive(Debug)]
pub struct BagOfWords {
    /// A row for each piece, `[vocab, outputs]`.
    words: Tensor,
    /// `[outputs]`
    bias: Tensor,
}

impl BagOfWords {
    /// Fits a model of `outputs` numbers to labelled bags over a vocabulary of `vocab` pieces.
    ///
    /// # Errors
    /// Fails if libtorch refuses the optimiser.
    pub fn fit(bags: &[Bag], labels: &Labels, vocab: i64, outputs: i64, fit: Fit) -> Result<BagOfWords> {
        let store = nn::VarStore::new(Device::Cpu);
        let zeros = |name: &str, shape: &[i64]| store.root().zeros(name, shape);
        let model = BagOfWords { words: zeros("words", &[vocab, outputs]), bias: zeros("bias", &[outputs]) };
        let mut adam = nn::Adam::default().build(&store, fit.rate)?;
        let mut order: Vec<usize> = (0..bags.len()).collect();
        for epoch in 0..fit.epochs {
            order.shuffle(&mut Purpose::Batches.generator(&[fit.seed, epoch]));
            for rows in order.chunks(BATCH) {
                let outputs = model.outputs(rows.iter().map(|&row| &bags[row]));
                adam.backward_step(&loss(&outputs, labels, rows));
            }
        }
        Ok(model)
    }

    /// Labels bags: the outputs of each, one row a bag.
    pub fn predictions(&self, bags: &[Bag]) -> Vec<Vec<f64>> {
        let of_chunk = |chunk: &[Bag]| {
            let outputs = tch::no_grad(|| self.outputs(chunk.iter())).to_kind(Kind::Double);
            Vec::<Vec<f64>>::try_from(outputs).expect("a matrix")
        };
        bags.chunks(1024).flat_map(of_chunk).collect()
    }

    fn outputs<'a>(&self, bags: impl Iterator<Item = &'a Bag>) -> Tensor {
        let (mut pieces, mut weights, mut offsets) = (vec![], vec![], vec![]);
        for Bag(bag) in bags {
            offsets.push(pieces.len() as i64);
            pieces.extend(bag.iter().map(|(piece, _)| *piece));
            weights.extend(bag.iter().map(|(_, weight)| *weight));
        }
        let [pieces, offsets] = [pieces, offsets].map(|ids| Tensor::from_slice(&ids));
        let sum = 0;
        let (sums, ..) = Tensor::embedding_bag(
            &self.words,
            &pieces,
            &offsets,
            false,
            sum,
            false,
            Some(&Tensor::from_slice(&weights)),
            false,
        );
        sums + &self.bias
    }
}

fn loss(outputs: &Tensor, labels: &Labels, rows: &[usize]) -> Tensor {
    match labels {
        Labels::Classes(classes) => {
            let targets: Vec<i64> = rows.iter().map(|&row| classes[row]).collect();
            outputs.cross_entropy_for_logits(&Tensor::from_slice(&targets))
        }
        Labels::Ratings(ratings) => {
            let targets: Vec<f32> = rows.iter().map(|&row| ratings[row]).collect();
            outputs.squeeze_dim(1).mse_loss(&Tensor::from_slice(&targets), Reduction::Mean)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIT: Fit = Fit { epochs: 200, rate: 0.05, seed: 1 };

    #[test]
    fn words_that_tell_the_class_are_learned() {
        let bags: Vec<Bag> = (0..60).map(|i| Bag::of([5 + i % 3, 9, 9, 8 + i % 2])).collect();
        let labels = Labels::Classes((0..60).map(|i| i % 3).collect());
        let model = BagOfWords::fit(&bags, &labels, 12, 3, FIT).unwrap();
        for (i, row) in model.predictions(&bags).into_iter().enumerate() {
            let best = (0..3).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
            assert_eq!(best, i % 3);
        }
    }

    #[test]
    fn ratings_are_fitted() {
        let bags: Vec<Bag> = (0..40).map(|i| Bag::of([5 + i % 4])).collect();
        let labels = Labels::Ratings((0..40).map(|i| (i % 4) as f32 - 1.5).collect());
        let model = BagOfWords::fit(&bags, &labels, 10, 1, FIT).unwrap();
        for (i, row) in model.predictions(&bags).into_iter().enumerate() {
            assert!((row[0] - ((i % 4) as f64 - 1.5)).abs() < 0.05);
        }
    }

    #[test]
    fn bags_have_unit_length() {
        let Bag(weights) = Bag::of([3, 4, 3]);
        assert_eq!(weights.iter().map(|(piece, _)| *piece).collect::<Vec<_>>(), [3, 4]);
        assert!((weights.iter().map(|(_, w)| w * w).sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
