//! Makes batches of masked sequences: for training, for losses, for the ranking of searches.

use mos_base::Split;
use mos_baselines::bert::batch::MaskedSequences;
use mos_datasets::documents::batch::MaskedBatch;
use mos_datasets::documents::corpus::Documents;
use mos_datasets::documents::mask::Masked;
use tch::Device;

/// Most tokens of an evaluation batch.
const EVALUATION_TOKENS: usize = 4096;

/// Moves a batch to the device, cut into at most `parts` parts of like size.
pub fn on_device(batch: &MaskedBatch, parts: usize, device: Device) -> Vec<MaskedSequences> {
    let rows = batch.rows.div_ceil(parts).max(1);
    let starts = (0..batch.rows).step_by(rows);
    starts.map(|start| of_rows(batch, start..(start + rows).min(batch.rows), device)).collect()
}

fn of_rows(batch: &MaskedBatch, rows: std::ops::Range<usize>, device: Device) -> MaskedSequences {
    let places = rows.start * batch.length..rows.end * batch.length;
    let own = |place: &&i64| places.contains(&(**place as usize));
    let first = batch.positions.iter().take_while(|place| (**place as usize) < places.start).count();
    let positions: Vec<i64> =
        batch.positions[first..].iter().take_while(own).map(|place| place - places.start as i64).collect();
    let targets = &batch.targets[first..first + positions.len()];
    let lengths = batch.lengths[rows].to_vec();
    MaskedSequences::new(&batch.input[places], lengths, &positions, targets, device)
}

/// Makes evaluation batches of the sequences of a held-out split at these places, with their stored masks, `parts` times
/// smaller than usual.
fn evaluation(
    corpus: &Documents,
    split: Split,
    sequences: &[usize],
    parts: usize,
    device: Device,
) -> Vec<MaskedSequences> {
    let longest = sequences.iter().map(|&i| corpus.split(split).sequence(i).len()).max().unwrap_or(1);
    let rows = (EVALUATION_TOKENS / parts / longest).max(1);
    let batch = |rows: &[usize]| {
        let masked: Vec<Masked> = rows.iter().map(|&i| corpus.masked(split).apply(corpus.split(split), i)).collect();
        let batch = MaskedBatch::of(&masked, corpus.specials().pad);
        of_rows(&batch, 0..batch.rows, device)
    };
    sequences.chunks(rows).map(batch).collect()
}

/// Makes evaluation batches of a whole held-out split.
pub fn of_split(corpus: &Documents, split: Split, parts: usize, device: Device) -> Vec<MaskedSequences> {
    let all: Vec<usize> = (0..corpus.split(split).len()).collect();
    evaluation(corpus, split, &all, parts, device)
}

/// Makes evaluation batches of a fixed sample of a held-out split with about so many masked tokens (0: all). It is spread
/// evenly over the split, whose sources stand one after another.
pub fn of_sample(
    corpus: &Documents,
    split: Split,
    tokens: usize,
    parts: usize,
    device: Device,
) -> Vec<MaskedSequences> {
    let all = corpus.masked(split).tokens();
    let step = all.checked_div(tokens).unwrap_or(1).max(1);
    let sample: Vec<usize> = (0..corpus.split(split).len()).step_by(step).collect();
    evaluation(corpus, split, &sample, parts, device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_every_row_and_mask_once() {
        let sequence = |n: u16| Masked { input: vec![0, n, n, 2], positions: vec![1], targets: vec![n + 50] };
        let batch = MaskedBatch::of(&[5, 6, 7, 8, 9].map(sequence), 1);
        for parts in [1, 2, 3, 8] {
            let cut = on_device(&batch, parts, Device::Cpu);
            assert!(cut.len() <= parts);
            let mut first = 5;
            for part in cut {
                let rows = part.sequences.lengths.len() as i64;
                let targets = Vec::<i64>::try_from(&part.targets).unwrap();
                assert_eq!(targets, (first..first + rows).map(|n| n + 50).collect::<Vec<_>>());
                let places = Vec::<i64>::try_from(&part.places).unwrap();
                assert_eq!(places, (0..rows).map(|row| 4 * row + 1).collect::<Vec<_>>());
                assert_eq!(part.sequences.ids.size(), [rows, 4]);
                first += rows;
            }
            assert_eq!(first, 10);
        }
    }
}
