//! Holds a batch of sentence pairs on the device.

use mos_base::specials::{EOS, PAD, SPECIALS};
use mos_datasets::batch::Batch as HostBatch;
use tch::{Device, Tensor};

use crate::device::upload;
use crate::training::task::Batch;

/// A batch of sentence pairs on the device.
#[derive(Debug)]
pub struct DeviceBatch {
    /// Source ids `[rows, source length]`.
    pub source: Tensor,
    /// Target ids shifted right, end-of-sentence first, `[rows, target length]`.
    pub decoder_input: Tensor,
    /// Target ids of the positions that are not padding, `[n]`.
    pub target: Tensor,
    /// Flat positions of those, `[n]`; `None` when no position is padding.
    pub target_rows: Option<Tensor>,
    /// True at padding, `[rows, source length]`; `None` when there is none.
    pub source_padding: Option<Tensor>,
    /// Sums over the pairs, for FLOP counts.
    pub lengths: LengthSums,
}

/// Sums over a batch's pairs of the lengths S (source) and T (target), specials included.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LengthSums {
    /// Number of pairs.
    pub pairs: f64,
    /// Sum of S.
    pub source: f64,
    /// Sum of T: the target tokens.
    pub target: f64,
    /// Sum of S^2.
    pub source_squared: f64,
    /// Sum of T^2.
    pub target_squared: f64,
    /// Sum of S T.
    pub product: f64,
}

impl DeviceBatch {
    /// Moves a batch to `device`.
    pub fn new(batch: &HostBatch, device: Device) -> Self {
        let (rows, s, t) = (batch.rows as i64, batch.source_len as i64, batch.target_len as i64);
        let pad = i64::from(PAD);
        let pads_in = |ids: &[i64]| ids.contains(&pad);
        let source = Tensor::from_slice(&batch.source).view([rows, s]);
        let source_padding = pads_in(&batch.source).then(|| upload(source.eq(pad), device));
        let target = Tensor::from_slice(&batch.target);
        let target_rows = pads_in(&batch.target).then(|| target.ne(pad).nonzero().squeeze_dim(1));
        let target = match &target_rows {
            Some(kept) => target.index_select(0, kept),
            None => target,
        };
        DeviceBatch {
            source: upload(source, device),
            decoder_input: upload(Tensor::from_slice(&batch.decoder_input).view([rows, t]), device),
            target: upload(target, device),
            target_rows: target_rows.map(|rows| upload(rows, device)),
            source_padding,
            lengths: LengthSums::of(batch),
        }
    }
}

impl Batch for DeviceBatch {
    /// Counts the target tokens that are not padding.
    fn weight(&self) -> i64 {
        self.lengths.target as i64
    }
}

impl LengthSums {
    fn of(batch: &HostBatch) -> Self {
        let mut sums = LengthSums::default();
        for (&s, &t) in batch.source_lengths.iter().zip(&batch.target_lengths) {
            let (s, t) = (s as f64, t as f64);
            sums.pairs += 1.0;
            sums.source += s;
            sums.target += t;
            sums.source_squared += s * s;
            sums.target_squared += t * t;
            sums.product += s * t;
        }
        sums
    }
}

/// Makes a batch of sentences of `length` tokens a side, to time updates with; which ids they hold does not matter.
pub fn full_batch(rows: usize, length: usize, vocab: i64, device: Device) -> DeviceBatch {
    let words = vocab - SPECIALS as i64;
    let id =
        |i: usize| if i % length == length - 1 { i64::from(EOS) } else { SPECIALS as i64 + (i as i64 * 7919) % words };
    let ids: Vec<i64> = (0..rows * length).map(id).collect();
    let lengths = vec![length as i64; rows];
    let batch = HostBatch {
        rows,
        source_len: length,
        target_len: length,
        source: ids.clone(),
        decoder_input: ids.clone(),
        target: ids,
        source_lengths: lengths.clone(),
        target_lengths: lengths,
        indices: (0..rows as u32).collect(),
    };
    DeviceBatch::new(&batch, device)
}
