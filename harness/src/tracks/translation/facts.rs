//! Works out what the corpus alone decides, against which losses and scores are read.

use std::collections::BTreeMap;

use anyhow::Result;
use mos_datasets::text::near_duplicates::near_duplicates;
use mos_datasets::{Corpus, EOS, PairShard, Split};
use mos_plan::Metric;
use mos_plan::spec::work::TranslationFacts;
use mos_reports::scores::{corpus_bleu, corpus_chrf};

use super::batches::selected;
use crate::worker::track_jobs::SplitResults;

/// Works out how well token frequencies alone predict validation and test targets, BLEU and chrF of copying the source on the scored test
/// pairs, and sizes. Beside them stand the references of the pairs that are translated.
pub fn data_facts(corpus: &Corpus, spec: &TranslationFacts) -> Result<SplitResults> {
    let TranslationFacts { test_pairs, longest_pair } = *spec;
    let mut facts = Vec::new();
    for split in Split::ALL {
        let shard = corpus.split(split);
        let kept = selected(shard, longest_pair, 0);
        let tokens: usize = kept.iter().map(|&i| shard.target(i as usize).len() + 1).sum();
        facts.push((split, Metric::Pairs, kept.len() as f64));
        facts.push((split, Metric::TargetTokens, tokens as f64));
    }
    let counts = |split| unigrams(corpus, longest_pair, split);
    let trained = counts(Split::Train);
    for split in [Split::Valid, Split::Test] {
        let own = counts(split);
        facts.push((split, Metric::UnigramEntropy, cross_entropy(&own, &own)));
        facts.push((split, Metric::UnigramCrossEntropy, cross_entropy(&own, &trained)));
    }
    let pick = |split, all: Vec<String>| -> Vec<String> {
        selected(corpus.split(split), longest_pair, test_pairs).iter().map(|&i| all[i as usize].clone()).collect()
    };
    let sources = pick(Split::Test, corpus.sources(Split::Test)?);
    let [valid, references] =
        [Split::Valid, Split::Test].map(|split| anyhow::Ok(pick(split, corpus.references(split)?)));
    let (valid, references) = (valid?, references?);
    facts.push((Split::Test, Metric::CopyBleu, corpus_bleu(&sources, &references).score));
    facts.push((Split::Test, Metric::CopyChrf, corpus_chrf(&sources, &references).score));
    facts.push((Split::Test, Metric::NearDuplicates, near_test_pairs(corpus, longest_pair)? as f64));
    let text = |lines: &[String]| lines.join("\n") + "\n";
    let texts = vec![(Split::Valid, text(&valid)), (Split::Test, text(&references))];
    Ok(SplitResults { values: facts, texts })
}

/// Counts the training pairs whose source or target nearly equals one of the test split.
fn near_test_pairs(corpus: &Corpus, longest_pair: usize) -> Result<usize> {
    let shard = corpus.split(Split::Train);
    let kept = selected(shard, longest_pair, 0);
    let side = |ids: fn(&PairShard, usize) -> &[u16], held_out: Vec<String>| {
        let text = kept.iter().map(|&i| {
            let ids: Vec<u32> = ids(shard, i as usize).iter().map(|&id| u32::from(id)).collect();
            corpus.decode(&ids)
        });
        let held_out: Vec<&str> = held_out.iter().map(String::as_str).collect();
        near_duplicates(text, &held_out)
    };
    let sources = side(PairShard::source, corpus.sources(Split::Test)?);
    let targets = side(PairShard::target, corpus.tokenised_references(Split::Test)?);
    Ok(sources.iter().zip(&targets).filter(|(source, target)| **source || **target).count())
}

/// Counts of single target tokens, end of sentence included. They are ordered, so that sums over them are the same
/// everywhere.
type Unigrams = BTreeMap<u32, u64>;

/// Counts the target tokens of a split's pairs that are short enough.
fn unigrams(corpus: &Corpus, longest_pair: usize, split: Split) -> Unigrams {
    let shard = corpus.split(split);
    let mut counts = Unigrams::new();
    for i in selected(shard, longest_pair, 0) {
        let ids = shard.target(i as usize).iter().map(|&id| u32::from(id)).chain([EOS]);
        ids.for_each(|id| *counts.entry(id).or_default() += 1);
    }
    counts
}

/// Returns the loss, in nats per token of `own`, of a model that knows the frequencies of `known` and nothing else; its
/// entropy where the two are one. A token that `known` lacks counts as seen once.
fn cross_entropy(own: &Unigrams, known: &Unigrams) -> f64 {
    let total = |counts: &Unigrams| counts.values().sum::<u64>() as f64;
    let surprise = |id: &u32| -(known.get(id).copied().unwrap_or(1) as f64 / total(known)).ln();
    own.iter().map(|(id, &count)| count as f64 * surprise(id)).sum::<f64>() / total(own)
}

/// Returns the loss on validation, in nats per token, of a model that knows how frequent target tokens are in training
/// and nothing else.
pub fn unigram_loss(corpus: &Corpus, longest_pair: usize) -> f64 {
    let counts = |split| unigrams(corpus, longest_pair, split);
    cross_entropy(&counts(Split::Valid), &counts(Split::Train))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cross_entropy_is_least_where_the_frequencies_are_its_own() {
        let own = Unigrams::from([(1, 3), (2, 1)]);
        let entropy = -(0.75 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln());
        assert!((cross_entropy(&own, &own) - entropy).abs() < 1e-12);
        let even = Unigrams::from([(1, 2), (2, 2)]);
        assert!((cross_entropy(&own, &even) - 2.0_f64.ln()).abs() < 1e-12);
        // Token 2 was never seen: it counts as one of four.
        let without = Unigrams::from([(1, 4)]);
        assert!((cross_entropy(&own, &without) - 0.25 * 4.0_f64.ln()).abs() < 1e-12);
    }
}
