//! Works out what the corpus alone decides, against which losses and scores are read.

use std::collections::HashMap;

use anyhow::Result;
use mos_datasets::{Corpus, EOS, PairShard, Split};
use mos_plan::Metric;
use mos_plan::spec::work::DataFactsSpec;
use mos_reports::scores::{corpus_bleu, corpus_chrf};

use super::batches::selected;
use crate::worker::track_jobs::SplitValue;

/// Works out the unigram entropy of the validation targets, BLEU and chrF of copying the source on the scored test
/// pairs, and sizes.
pub fn data_facts(corpus: &Corpus, spec: &DataFactsSpec) -> Result<Vec<SplitValue>> {
    let DataFactsSpec { test_pairs, longest_pair } = *spec;
    let mut facts = Vec::new();
    for split in Split::ALL {
        let shard = corpus.split(split);
        let kept = selected(shard, longest_pair, 0);
        let tokens: usize = kept.iter().map(|&i| shard.target(i as usize).len() + 1).sum();
        facts.push((split, Metric::Pairs, kept.len() as f64));
        facts.push((split, Metric::TargetTokens, tokens as f64));
    }
    let valid = corpus.split(Split::Valid);
    let entropy = unigram_entropy(valid, &selected(valid, longest_pair, 0));
    facts.push((Split::Valid, Metric::UnigramEntropy, entropy));
    let kept = selected(corpus.split(Split::Test), longest_pair, test_pairs);
    let pick = |all: Vec<String>| kept.iter().map(|&i| all[i as usize].clone()).collect::<Vec<_>>();
    let (sources, references) = (pick(corpus.sources(Split::Test)?), pick(corpus.references(Split::Test)?));
    facts.push((Split::Test, Metric::CopyBleu, corpus_bleu(&sources, &references).score));
    facts.push((Split::Test, Metric::CopyChrf, corpus_chrf(&sources, &references).score));
    Ok(facts)
}

/// Returns the entropy, in nats per token, of the distribution of single target tokens (end of sentence included) of
/// these pairs. It is the least loss of a model that knows their frequencies and nothing else.
fn unigram_entropy(shard: &PairShard, pairs: &[u32]) -> f64 {
    let mut counts: HashMap<u32, u64> = HashMap::new();
    for &i in pairs {
        let ids = shard.target(i as usize).iter().map(|&id| u32::from(id)).chain([EOS]);
        ids.for_each(|id| *counts.entry(id).or_default() += 1);
    }
    let total = counts.values().sum::<u64>() as f64;
    // The sum follows the order of the ids, so that the last digit is the same everywhere.
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable();
    -counts.iter().map(|&(_, n)| n as f64 / total).map(|p| p * p.ln()).sum::<f64>()
}
