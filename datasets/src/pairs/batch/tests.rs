//! Micro-batches of made-up shards are checked for their properties; the real corpus is tested in
//! `datasets/tests/bible.rs`.

use super::*;
use crate::pairs::shard::{self, PairShard};
use mos_base::specials::{EOS, PAD};
use proptest::collection::vec;
use proptest::prelude::*;

/// A shard in a temporary folder.
struct Made {
    _dir: tempfile::TempDir,
    shard: PairShard,
}

fn made(lengths: &[(usize, usize)]) -> Made {
    let ids = |n: usize, i: usize| (0..n).map(|k| (4 + (i * 7 + k) % 60) as u16).collect::<Vec<u16>>();
    let pairs: Vec<_> = lengths.iter().enumerate().map(|(i, (s, t))| (ids(*s, i), ids(*t, i + 1))).collect();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.shard");
    shard::write(&path, &pairs).unwrap();
    Made { shard: PairShard::open(&path, true).unwrap(), _dir: dir }
}

fn lengths() -> impl Strategy<Value = Vec<(usize, usize)>> {
    vec((1usize..40, 1usize..40), 1..120)
}

fn options() -> impl Strategy<Value = BatchOptions> {
    let multiple = prop_oneof![Just(1usize), Just(8)];
    (41usize..400, 5usize..45, multiple, any::<u64>()).prop_map(|(max_tokens, longest_pair, row_multiple, seed)| {
        BatchOptions { max_tokens, longest_pair, row_multiple, seed }
    })
}

/// Gives the pairs that must be in an epoch, in order.
fn expected(lengths: &[(usize, usize)], options: &BatchOptions) -> Vec<u32> {
    let fits = |(_, l): &(usize, &(usize, usize))| l.0.max(l.1) <= options.longest_pair;
    lengths.iter().enumerate().filter(fits).map(|(i, _)| i as u32).collect()
}

fn check_plan(shard: &PairShard, options: &BatchOptions, plan: &[Vec<u32>], expected: &[u32]) {
    let mut seen: Vec<u32> = plan.iter().flatten().copied().collect();
    seen.sort_unstable();
    assert_eq!(seen, expected, "each pair exactly once");
    for indices in plan {
        let batch = build(shard, indices);
        assert!(batch.rows * batch.source_len.max(batch.target_len) <= options.max_tokens, "the budget");
        assert!(batch.tokens() <= batch.places());
    }
    // Only the last of the sorted list may break the multiple.
    let odd = plan.iter().filter(|b| b.len() > options.row_multiple && b.len() % options.row_multiple != 0);
    assert!(odd.count() <= 1, "the row multiple");
}

proptest! {
    #[test]
    fn an_epoch_holds_each_pair_once_within_the_budget(
        lengths in lengths(), options in options(), epoch in 0u64..1000
    ) {
        let made = made(&lengths);
        let expected = expected(&lengths, &options);
        let plan = plan_epoch(&made.shard, &options, epoch);
        check_plan(&made.shard, &options, &plan, &expected);
        prop_assert_eq!(&plan, &plan_epoch(&made.shard, &options, epoch), "deterministic");
        prop_assert_eq!(plan.len(), plan_epoch(&made.shard, &options, epoch + 1).len(), "as many in every epoch");
        check_plan(&made.shard, &options, &sequential(&made.shard, &options), &expected);
        prop_assert_eq!(options.check(&made.shard).is_ok(), !expected.is_empty());
    }

    #[test]
    fn rows_hold_what_the_shard_holds(lengths in lengths()) {
        let made = made(&lengths);
        let indices: Vec<u32> = (0..lengths.len() as u32).rev().collect();
        let batch = build(&made.shard, &indices);
        prop_assert_eq!(batch.source.len(), batch.rows * batch.source_len);
        for (row, i) in indices.iter().enumerate() {
            let line = |matrix: &[i64], columns: usize| matrix[row * columns..(row + 1) * columns].to_vec();
            let (wide_source, wide_target) = (batch.source_len, batch.target_len);
            let padded = |ids: Vec<i64>, columns: usize| {
                let pads = columns - ids.len();
                ids.into_iter().chain(std::iter::repeat_n(i64::from(PAD), pads)).collect::<Vec<i64>>()
            };
            let wide = |ids: &[u16]| ids.iter().map(|id| i64::from(*id)).collect::<Vec<i64>>();
            let (source, target) = (wide(made.shard.source(*i as usize)), wide(made.shard.target(*i as usize)));
            let eos = vec![i64::from(EOS)];
            prop_assert_eq!(line(&batch.source, wide_source), padded([&source[..], &eos].concat(), wide_source));
            prop_assert_eq!(line(&batch.target, wide_target), padded([&target[..], &eos].concat(), wide_target));
            prop_assert_eq!(line(&batch.decoder_input, wide_target), padded([&eos[..], &target].concat(), wide_target));
            prop_assert_eq!(batch.source_lengths[row], source.len() as i64 + 1);
            prop_assert_eq!(batch.target_lengths[row], target.len() as i64 + 1);
        }
    }
}

#[test]
fn epochs_and_seeds_differ_in_order_and_in_company() {
    let lengths: Vec<(usize, usize)> = (0..600).map(|i| (5 + i % 3, 6 + i % 2)).collect();
    let made = made(&lengths);
    let options = BatchOptions { max_tokens: 64, longest_pair: 20, row_multiple: 1, seed: 1 };
    let plan = plan_epoch(&made.shard, &options, 0);
    for other in
        [plan_epoch(&made.shard, &options, 1), plan_epoch(&made.shard, &BatchOptions { seed: 2, ..options }, 0)]
    {
        assert_ne!(plan, other);
        let sorted = |plan: &[Vec<u32>]| {
            let mut batches: Vec<Vec<u32>> = plan.to_vec();
            batches.iter_mut().for_each(|b| b.sort_unstable());
            batches.sort();
            batches
        };
        assert_ne!(sorted(&plan), sorted(&other), "the same batches in another order would not be enough");
    }
}

#[test]
fn impossible_options_name_the_option() {
    let made = made(&[(10, 12), (30, 8)]);
    let good = BatchOptions { max_tokens: 100, longest_pair: 40, row_multiple: 8, seed: 0 };
    assert!(good.check(&made.shard).is_ok());
    for (bad, word) in [
        (BatchOptions { max_tokens: 30, ..good }, "30 are too few for a pair of 31 tokens"),
        (BatchOptions { longest_pair: 11, ..good }, "at most 11 tokens a side"),
        (BatchOptions { row_multiple: 0, ..good }, "row multiple"),
    ] {
        let message = bad.check(&made.shard).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}
