//! A batch holds labelled examples in padded matrices.

use super::example::Label;
use super::shard::EncodedExample;

/// A batch of examples, one in each row, filled on the right with `[PAD]` and type 0.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskBatch {
    /// Rows of the matrices.
    pub rows: usize,
    /// Columns of the matrices: the longest example.
    pub length: usize,
    /// The ids, in row-major order. `[rows * length]`
    pub input: Vec<i64>,
    /// 0 for the first text, `[CLS]` and its `[SEP]`, 1 for the second text and its `[SEP]`. `[rows * length]`
    pub types: Vec<i64>,
    /// Length of each example. `[rows]`
    pub lengths: Vec<i64>,
    /// The labels. `[rows]`
    pub labels: Labels,
}

/// The labels of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Labels {
    /// Classes, as places in the list of classes.
    Classes(Vec<i64>),
    /// Ratings.
    Ratings(Vec<f32>),
}

impl TaskBatch {
    /// Builds the batch of these examples of one task.
    pub fn of(examples: &[EncodedExample], pad: u16) -> TaskBatch {
        let rows = examples.len();
        let length = examples.iter().map(|example| example.ids.len()).max().unwrap_or(0);
        let mut input = vec![i64::from(pad); rows * length];
        let mut types = vec![0; rows * length];
        for (row, example) in examples.iter().enumerate() {
            let start = row * length;
            for (place, id) in input[start..].iter_mut().zip(example.ids) {
                *place = i64::from(*id);
            }
            types[start + example.second..start + example.ids.len()].fill(1);
        }
        let lengths = examples.iter().map(|example| example.ids.len() as i64).collect();
        TaskBatch { rows, length, input, types, lengths, labels: labels(examples) }
    }
}

/// Collects the labels, which are all of one kind.
fn labels(examples: &[EncodedExample]) -> Labels {
    let classes = examples.iter().map(|example| match example.label {
        Label::Class(class) => Some(i64::from(class)),
        Label::Rating(_) => None,
    });
    let ratings = examples.iter().filter_map(|example| match example.label {
        Label::Rating(rating) => Some(rating),
        Label::Class(_) => None,
    });
    classes.collect::<Option<Vec<i64>>>().map_or_else(|| Labels::Ratings(ratings.collect()), Labels::Classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_follow_the_second_text_and_padding_has_type_0() {
        let long = EncodedExample { ids: &[0, 7, 2, 8, 2], second: 3, label: Label::Class(1) };
        let short = EncodedExample { ids: &[0, 9, 2], second: 3, label: Label::Class(0) };
        let batch = TaskBatch::of(&[long, short], 1);
        assert_eq!((batch.rows, batch.length), (2, 5));
        assert_eq!(batch.input, [0, 7, 2, 8, 2, 0, 9, 2, 1, 1]);
        assert_eq!(batch.types, [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
        assert_eq!((batch.lengths, batch.labels), (vec![5, 3], Labels::Classes(vec![1, 0])));
        let rated = EncodedExample { label: Label::Rating(0.5), ..short };
        assert_eq!(TaskBatch::of(&[rated], 1).labels, Labels::Ratings(vec![0.5]));
    }
}
