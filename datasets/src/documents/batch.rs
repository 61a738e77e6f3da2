//! A batch holds masked sequences in a padded matrix.

use super::mask::Masked;

/// A batch of masked sequences, one in each row, filled on the right with `[PAD]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedBatch {
    /// Rows of the matrix.
    pub rows: usize,
    /// Columns of the matrix: the longest sequence.
    pub length: usize,
    /// What the model reads, in row-major order. `[rows * length]`
    pub input: Vec<i64>,
    /// Length of each sequence. `[rows]`
    pub lengths: Vec<i64>,
    /// The masked places, as places of the whole matrix: `row * length + column`, in order.
    pub positions: Vec<i64>,
    /// The ids that stood at `positions`.
    pub targets: Vec<i64>,
}

impl MaskedBatch {
    /// Builds the batch of these sequences.
    pub fn of(sequences: &[Masked], pad: u16) -> MaskedBatch {
        let rows = sequences.len();
        let length = sequences.iter().map(|s| s.input.len()).max().unwrap_or(0);
        let mut batch = MaskedBatch {
            rows,
            length,
            input: vec![i64::from(pad); rows * length],
            lengths: sequences.iter().map(|s| s.input.len() as i64).collect(),
            positions: vec![],
            targets: vec![],
        };
        for (row, sequence) in sequences.iter().enumerate() {
            let start = row * length;
            for (place, id) in batch.input[start..].iter_mut().zip(&sequence.input) {
                *place = i64::from(*id);
            }
            batch.positions.extend(sequence.positions.iter().map(|place| start as i64 + i64::from(*place)));
            batch.targets.extend(sequence.targets.iter().map(|id| i64::from(*id)));
        }
        batch
    }

    /// Counts the tokens, `[CLS]` and `[SEP]` included.
    pub fn tokens(&self) -> usize {
        self.lengths.iter().sum::<i64>() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_padded_and_places_are_those_of_the_matrix() {
        let long = Masked { input: vec![0, 4, 6, 2], positions: vec![1], targets: vec![5] };
        let short = Masked { input: vec![0, 9, 2], positions: vec![1], targets: vec![7] };
        let batch = MaskedBatch::of(&[long, short], 1);
        assert_eq!((batch.rows, batch.length, batch.tokens()), (2, 4, 7));
        assert_eq!(batch.input, [0, 4, 6, 2, 0, 9, 2, 1]);
        assert_eq!((batch.lengths, batch.positions, batch.targets), (vec![4, 3], vec![1, 5], vec![5, 7]));
        assert_eq!(MaskedBatch::of(&[], 1).rows, 0);
    }
}
