//! The data-facts job: what the corpus alone decides, against which losses and scores are read.

use std::collections::HashMap;

use anyhow::Result;
use mos_datasets::{EOS, PairShard, Split};
use mos_reports::schema::Record;

use super::common::{open_corpus, row, selected};
use super::{Outcome, WorkContext};
use crate::spec::JobSpec;

/// Unigram entropy of the validation targets, copy-the-source BLEU and chrF on the scored test pairs, sizes.
pub fn data_facts(context: &WorkContext, job: &JobSpec, test_pairs: usize, longest: usize) -> Result<Outcome> {
    let corpus = open_corpus(&context.corpus_dir, &job.context)?;
    let mut records = vec![row(context, job, "matmul_gflops", context.matmul_gflops)];
    let mut add = |split: Split, metric: &str, value: f64| {
        records.push(Record { split: split.to_string(), ..row(context, job, metric, value) });
    };
    for split in [Split::Train, Split::Valid, Split::Test] {
        let shard = corpus.split(split);
        let kept = selected(shard, longest, 0);
        let tokens: usize = kept.iter().map(|&i| shard.target(i as usize).len() + 1).sum();
        add(split, "pairs", kept.len() as f64);
        add(split, "target_tokens", tokens as f64);
    }
    let valid = corpus.split(Split::Valid);
    add(Split::Valid, "unigram_entropy", unigram_entropy(valid, &selected(valid, longest, 0)));
    let kept = selected(corpus.split(Split::Test), longest, test_pairs);
    let pick = |all: Vec<String>| kept.iter().map(|&i| all[i as usize].clone()).collect::<Vec<_>>();
    let (sources, references) = (pick(corpus.sources(Split::Test)?), pick(corpus.references(Split::Test)?));
    add(Split::Test, "copy_bleu", mos_reports::bleu::corpus_bleu(&sources, &references).score);
    add(Split::Test, "copy_chrf", mos_reports::chrf::corpus_chrf(&sources, &references).score);
    Ok(Outcome::Finished { records, outputs: vec![] })
}

/// Entropy, in nats per token, of the distribution of single target tokens (end of sentence included) of these pairs:
/// the least loss of a model that knows their frequencies and nothing else.
fn unigram_entropy(shard: &PairShard, pairs: &[u32]) -> f64 {
    let mut counts: HashMap<u32, u64> = HashMap::new();
    for &i in pairs {
        let ids = shard.target(i as usize).iter().map(|&id| u32::from(id)).chain([EOS]);
        ids.for_each(|id| *counts.entry(id).or_default() += 1);
    }
    let total = counts.values().sum::<u64>() as f64;
    // Summed in the order of the ids, so that the last digit is the same everywhere.
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable();
    -counts.iter().map(|&(_, n)| n as f64 / total).map(|p| p * p.ln()).sum::<f64>()
}
