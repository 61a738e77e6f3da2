//! Holds a batch of sequences on the device.

use tch::{Device, Tensor};

use crate::device::upload;
use crate::training::task::Batch;

/// Sequences of token ids on the device, with what a model has to know of them.
#[derive(Debug)]
pub struct Sequences {
    /// Token ids `[rows, length]`.
    pub ids: Tensor,
    /// Segment ids `[rows, length]`; none where all are of the first segment.
    pub types: Option<Tensor>,
    /// True at padding, `[rows, length]`; none where there is none.
    pub padding: Option<Tensor>,
    /// Length of each sequence, special tokens included.
    pub lengths: Vec<i64>,
}

impl Sequences {
    /// Moves padded rows of ids to `device`. `lengths` says how many ids of each row are no padding.
    ///
    /// # Panics
    /// Panics if there are not `lengths.len() x length` ids, which is a bug of the caller.
    pub fn new(ids: &[i64], types: Option<&[i64]>, lengths: Vec<i64>, device: Device) -> Sequences {
        let rows = lengths.len() as i64;
        let length = ids.len() as i64 / rows.max(1);
        assert_eq!(rows * length, ids.len() as i64, "every row has as many ids");
        let matrix = |values: &[i64]| Tensor::from_slice(values).view([rows, length]);
        let is_full = lengths.iter().all(|&l| l == length);
        let padding = (!is_full).then(|| {
            let places = Tensor::arange(length, (tch::Kind::Int64, Device::Cpu)).unsqueeze(0);
            places.ge_tensor(&Tensor::from_slice(&lengths).unsqueeze(1))
        });
        Sequences {
            ids: upload(matrix(ids), device),
            types: types.map(|types| upload(matrix(types), device)),
            padding: padding.map(|padding| upload(padding, device)),
            lengths,
        }
    }

    /// Returns the number of places of a row.
    pub fn length(&self) -> i64 {
        self.ids.size()[1]
    }
}

/// Sequences with masked places, as masked-LM pre-training reads them.
#[derive(Debug)]
pub struct MaskedSequences {
    /// The sequences, their masked places replaced.
    pub sequences: Sequences,
    /// Masked places as positions in the flattened `[rows x length]`, in ascending order, `[n]`.
    pub places: Tensor,
    /// The original ids of the masked places, `[n]`.
    pub targets: Tensor,
    /// Number of masked places of each row.
    pub masked: Vec<i64>,
}

impl MaskedSequences {
    /// Moves a batch to `device`: padded rows of ids with masked places replaced, their lengths, and the flat places and
    /// original ids of what was masked.
    ///
    /// # Panics
    /// Panics if a place lies outside the rows, which is a bug of the caller.
    pub fn new(ids: &[i64], lengths: Vec<i64>, places: &[i64], targets: &[i64], device: Device) -> MaskedSequences {
        debug_assert!(places.is_sorted(), "places stand in the order of rows");
        let length = ids.len() / lengths.len().max(1);
        let mut masked = vec![0; lengths.len()];
        places.iter().for_each(|&place| masked[place as usize / length] += 1);
        MaskedSequences {
            sequences: Sequences::new(ids, None, lengths, device),
            places: upload(Tensor::from_slice(places), device),
            targets: upload(Tensor::from_slice(targets), device),
            masked,
        }
    }
}

impl Batch for MaskedSequences {
    /// Counts the masked places: each is one prediction.
    fn weight(&self) -> i64 {
        self.masked.iter().sum()
    }
}

/// Makes a batch of full sequences of `length` tokens, of which 15% are masked, to time updates with; which ids they hold
/// does not matter.
pub fn full_batch(rows: usize, length: usize, vocab: i64, device: Device) -> MaskedSequences {
    let ordinary = 5;
    let ids: Vec<i64> = (0..rows * length).map(|i| ordinary + (i as i64 * 7919) % (vocab - ordinary)).collect();
    let masked = (length * 15).div_ceil(100);
    let step = length / masked;
    let in_row = |row: usize| (0..masked).map(move |k| (row * length + k * step) as i64);
    let places: Vec<i64> = (0..rows).flat_map(in_row).collect();
    let targets: Vec<i64> = places.iter().map(|&place| ids[place as usize]).collect();
    MaskedSequences::new(&ids, vec![length as i64; rows], &places, &targets, device)
}
