//! Translates a split with one subnet.

use anyhow::Result;
use mos_baselines::supernet::weights::SubnetWeights;
use mos_baselines::translation::batch::DeviceBatch;
use mos_baselines::translation::decode::{BeamConfig, beam_search};
use mos_baselines::translation::model::Subnet;
use mos_baselines::translation::positions::Positions;
use mos_datasets::batch::{BatchOptions, build, sequential};
use mos_datasets::{Corpus, Split};
use mos_plan::spec::scoring::DecodeSpec;
use mos_reports::scores::{tokenised_bleu, tokenised_bleu_of_tokens};

use super::batches::selected;

/// Most source tokens of a decoding batch.
const DECODE_TOKENS: usize = 2048;

/// Translations of the selected pairs of a split, in the split's order.
pub struct Translations {
    /// Hypotheses as plain text.
    pub hypotheses: Vec<String>,
    /// References as plain text.
    pub references: Vec<String>,
    /// Hypotheses and references as the corpus's own tokens, where it is split before BPE.
    pub tokens: Option<[Vec<String>; 2]>,
}

impl Translations {
    /// Returns tokenised BLEU, as the papers report it; none for a language without Moses rules.
    pub fn tokenised_bleu(&self, language: &str) -> Option<f64> {
        let bleu = match &self.tokens {
            Some([hypotheses, references]) => tokenised_bleu_of_tokens(hypotheses, references),
            None => tokenised_bleu(&self.hypotheses, &self.references, language).ok()?,
        };
        Some(bleu.score)
    }
}

/// What translates, and what is translated.
pub struct Translated<'a> {
    /// The corpus.
    pub corpus: &'a Corpus,
    /// The subnet.
    pub weights: &'a SubnetWeights,
    /// Positions of its space.
    pub positions: &'a Positions,
}

/// Translates the selected pairs of a split, in batches that are `parts` times smaller than usual; returns none when told
/// to stop before the end.
pub fn translate(
    Translated { corpus, weights, positions }: Translated,
    max_positions: i64,
    spec: &DecodeSpec,
    split: Split,
    parts: usize,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Translations>> {
    let shard = corpus.split(split);
    let kept = selected(shard, spec.longest_pair, spec.pairs);
    let last = kept.last().copied().unwrap_or(0);
    let subnet = Subnet::new(weights);
    let config = BeamConfig {
        beam: spec.beam,
        length_penalty: spec.length_penalty,
        max_len_a: spec.max_len_a,
        max_len_b: spec.max_len_b.min(max_positions as usize - 1),
    };
    let options = BatchOptions {
        max_tokens: (DECODE_TOKENS / parts).max(spec.longest_pair + 1),
        longest_pair: spec.longest_pair,
        row_multiple: 1,
        seed: 0,
    };
    let mut hypotheses = vec![String::new(); shard.len()];
    for indices in sequential(shard, &options) {
        let indices: Vec<u32> = indices.into_iter().filter(|&i| i <= last).collect();
        if indices.is_empty() {
            continue;
        }
        if stop() {
            return Ok(None);
        }
        let batch = build(shard, &indices);
        let on_device = DeviceBatch::new(&batch, positions.device());
        let padding = on_device.source_padding.as_ref();
        let found = beam_search(&subnet, positions, &on_device.source, padding, &batch.source_lengths, &config);
        for (&index, hypothesis) in indices.iter().zip(found) {
            hypotheses[index as usize] = corpus.decode(&hypothesis.tokens);
        }
    }
    let pick = |all: &[String]| kept.iter().map(|&i| all[i as usize].clone()).collect::<Vec<_>>();
    let (decoded, references) = (pick(&hypotheses), pick(&corpus.references(split)?));
    let hypotheses = decoded.iter().map(|text| corpus.plain(text)).collect::<Result<_, _>>()?;
    let split_before = corpus.manifest().pretokenisation.is_some();
    let tokens = if split_before { Some([decoded, pick(&corpus.tokenised_references(split)?)]) } else { None };
    Ok(Some(Translations { hypotheses, references, tokens }))
}
