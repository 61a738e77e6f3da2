//! Holds a batch of labelled examples on the device.

use tch::{Device, Tensor};

use super::batch::Sequences;
use crate::device::upload;
use crate::training::task::Batch;

/// What a labelled example is labelled with.
#[derive(Clone, Debug, PartialEq)]
pub enum Labels {
    /// The number of a class, one an example.
    Classes(Vec<i64>),
    /// A rating, one an example.
    Ratings(Vec<f32>),
}

/// Labelled sequences on the device.
#[derive(Debug)]
pub struct Examples {
    /// The sequences.
    pub sequences: Sequences,
    /// Their labels `[rows]`: class numbers (int64) or ratings (float32).
    pub labels: Tensor,
}

impl Examples {
    /// Moves labels to the device beside their sequences.
    ///
    /// # Panics
    /// Panics if there is not one label a sequence, which is a bug of the caller.
    pub fn new(sequences: Sequences, labels: &Labels, device: Device) -> Examples {
        let labels = match labels {
            Labels::Classes(classes) => Tensor::from_slice(classes),
            Labels::Ratings(ratings) => Tensor::from_slice(ratings),
        };
        assert_eq!(labels.size(), [sequences.lengths.len() as i64], "one label an example");
        Examples { sequences, labels: upload(labels, device) }
    }
}

impl Batch for Examples {
    /// Counts the examples.
    fn weight(&self) -> i64 {
        self.sequences.lengths.len() as i64
    }
}
