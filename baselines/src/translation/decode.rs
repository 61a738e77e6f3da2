//! Decodes by batched beam search with key-value caches and length penalty, as HAT does with fairseq.

use mos_base::specials::{BOS, EOS, PAD};
use tch::{Device, IndexOp, Kind, Tensor};

use super::model::{DecoderLayer, Memory, Subnet};
use super::positions::Positions;
use crate::layers::attention::attend;

/// The settings of beam search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeamConfig {
    /// Hypotheses kept a sentence.
    pub beam: usize,
    /// A finished hypothesis of n tokens (end of sentence included) scores `log p / n^length_penalty`.
    pub length_penalty: f64,
    /// At most `max_len_a x source length + max_len_b` tokens before the end of sentence, and one at least, as in
    /// fairseq.
    pub max_len_a: f64,
    /// The constant part of that limit.
    pub max_len_b: usize,
}

/// The best finished hypothesis of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Token ids without specials at the ends.
    pub tokens: Vec<u32>,
    /// Its length-normalised log-probability.
    pub score: f64,
}

/// Keys and values of one decoder layer, `[rows, length, qkv]`.
struct LayerCache {
    keys: Option<Tensor>,
    values: Option<Tensor>,
    cross_keys: Tensor,
    cross_values: Tensor,
    cross_mask: Option<Tensor>,
}

/// Decoder state of the hypotheses of all live sentences, `beam` rows a sentence.
struct Caches<'a> {
    subnet: &'a Subnet,
    positions: &'a Positions,
    layers: Vec<LayerCache>,
    step: i64,
}

impl<'a> Caches<'a> {
    fn new(subnet: &'a Subnet, positions: &'a Positions, memory: &Memory, beam: i64) -> Self {
        let spread = |t: &Tensor| t.repeat_interleave_self_int(beam, 0, None);
        let layer = |l: &DecoderLayer| {
            let k = l.cross.attended - 1;
            let states = memory.joined[k].as_ref().expect("joined for every layer that needs it");
            LayerCache {
                keys: None,
                values: None,
                cross_keys: spread(&l.cross.key.forward(states)),
                cross_values: spread(&l.cross.value.forward(states)),
                cross_mask: memory.masks[k].as_ref().map(spread),
            }
        };
        Caches { subnet, positions, layers: subnet.decoder.iter().map(layer).collect(), step: 0 }
    }

    /// Returns log-probabilities `[rows, vocab]` after reading one more token a row.
    fn advance(&mut self, tokens: &Tensor) -> Tensor {
        self.logits(tokens).log_softmax(-1, Kind::Float)
    }

    /// Returns what [`Caches::advance`] takes the softmax of, in the compute type.
    fn logits(&mut self, tokens: &Tensor) -> Tensor {
        let mut x = self.subnet.embed_target(self.positions, &tokens.unsqueeze(1), self.step);
        for (layer, cache) in self.subnet.decoder.iter().zip(&mut self.layers) {
            let [q, k, v] = layer.attention.project(&x);
            let extend = |old: &mut Option<Tensor>, new: Tensor| {
                let all = match old.take() {
                    Some(old) => Tensor::cat(&[old, new], 1),
                    None => new,
                };
                old.insert(all).shallow_clone()
            };
            let (k, v) = (extend(&mut cache.keys, k), extend(&mut cache.values, v));
            let mixed = attend([&q, &k, &v], layer.attention.heads, None, false, 0.0);
            x = layer.attention.norm.forward(&(x + layer.attention.out.forward(&mixed)));
            let q = layer.cross.query.forward(&x);
            let keys = [&q, &cache.cross_keys, &cache.cross_values];
            let mixed = attend(keys, layer.cross.heads, cache.cross_mask.as_ref(), false, 0.0);
            x = layer.cross.norm.forward(&(x + layer.cross.out.forward(&mixed)));
            x = layer.ffn.forward(&x, 0.0, false);
        }
        self.step += 1;
        x.squeeze_dim(1).mm(&self.subnet.output.tr())
    }

    /// Keeps the given rows, in the given order. `sentences_left` says whether whole sentences went: only then do the
    /// encoder's keys and values change.
    fn select(&mut self, rows: &Tensor, sentences_left: bool) {
        for cache in &mut self.layers {
            let pick = |t: &mut Tensor| *t = t.index_select(0, rows);
            cache.keys.iter_mut().chain(&mut cache.values).for_each(pick);
            if sentences_left {
                pick(&mut cache.cross_keys);
                pick(&mut cache.cross_values);
                cache.cross_mask.iter_mut().for_each(pick);
            }
        }
    }
}

/// One live sentence.
struct Search {
    index: usize,
    limit: usize,
    beams: Vec<Beam>,
    finished: Vec<Hypothesis>,
}

#[derive(Clone)]
struct Beam {
    tokens: Vec<u32>,
    log_p: f64,
}

/// A continuation of one of a sentence's beams.
struct Candidate {
    beam: usize,
    token: u32,
    log_p: f64,
}

impl Search {
    /// Takes the best `2 x beam` continuations, best first; returns the beams that go on, each as its row within the
    /// sentence.
    fn extend(&mut self, candidates: &[Candidate], config: &BeamConfig) -> Vec<usize> {
        let (mut beams, mut rows) = (Vec::with_capacity(config.beam), Vec::with_capacity(config.beam));
        for (rank, candidate) in candidates.iter().enumerate() {
            if beams.len() == config.beam || !candidate.log_p.is_finite() {
                break;
            }
            let from = &self.beams[candidate.beam];
            if candidate.token == EOS {
                if rank < config.beam {
                    let length = from.tokens.len() as f64 + 1.0;
                    let score = candidate.log_p / length.powf(config.length_penalty);
                    self.finished.push(Hypothesis { tokens: from.tokens.clone(), score });
                }
                continue;
            }
            let mut tokens = from.tokens.clone();
            tokens.push(candidate.token);
            beams.push(Beam { tokens, log_p: candidate.log_p });
            rows.push(candidate.beam);
        }
        // There are fewer live continuations than beams (a tiny vocabulary, or the length limit): the last is repeated
        // with no chance.
        while !beams.is_empty() && beams.len() < config.beam {
            beams.push(Beam { log_p: f64::NEG_INFINITY, ..beams[beams.len() - 1].clone() });
            rows.push(rows[rows.len() - 1]);
        }
        self.beams = beams;
        rows
    }

    fn is_done(&self, config: &BeamConfig) -> bool {
        self.finished.len() >= config.beam || self.beams.is_empty()
    }

    fn best(self) -> Hypothesis {
        let empty = Hypothesis { tokens: Vec::new(), score: f64::NEG_INFINITY };
        self.finished.into_iter().fold(empty, |best, h| if h.score > best.score { h } else { best })
    }
}

/// Translates a batch of sources `[rows, length]` (padding marked true in `padding`, lengths without it in `lengths`).
/// It returns one hypothesis a row, in order.
pub fn beam_search(
    subnet: &Subnet,
    positions: &Positions,
    source: &Tensor,
    padding: Option<&Tensor>,
    lengths: &[i64],
    config: &BeamConfig,
) -> Vec<Hypothesis> {
    tch::no_grad(|| {
        let beam = config.beam as i64;
        let memory = subnet.encode(positions, source, padding);
        let mut caches = Caches::new(subnet, positions, &memory, beam);
        let search = |(index, &length): (usize, &i64)| Search {
            index,
            limit: ((config.max_len_a * length as f64) as usize + config.max_len_b).max(1),
            beams: vec![Beam { tokens: Vec::new(), log_p: 0.0 }],
            finished: Vec::new(),
        };
        let mut live: Vec<Search> = lengths.iter().enumerate().map(search).collect();
        let mut done: Vec<Option<Hypothesis>> = vec![None; lengths.len()];
        let mut tokens = Tensor::full([live.len() as i64 * beam], i64::from(EOS), (Kind::Int64, source.device()));
        while !live.is_empty() {
            let log_p = caches.advance(&tokens);
            let candidates = candidates(&log_p, &live, config);
            let mut rows = Vec::new();
            let before = live.len();
            let mut still = Vec::with_capacity(before);
            for (s, (mut search, candidates)) in live.into_iter().zip(candidates).enumerate() {
                let kept = search.extend(&candidates, config);
                if search.is_done(config) {
                    let index = search.index;
                    done[index] = Some(search.best());
                } else {
                    rows.extend(kept.into_iter().map(|r| s as i64 * beam + r as i64));
                    still.push(search);
                }
            }
            live = still;
            if live.is_empty() {
                break;
            }
            caches.select(&Tensor::from_slice(&rows).to_device(source.device()), live.len() < before);
            let next: Vec<i64> =
                live.iter().flat_map(|s| &s.beams).map(|b| i64::from(*b.tokens.last().expect("extended"))).collect();
            tokens = Tensor::from_slice(&next).to_device(source.device());
        }
        done.into_iter().map(|h| h.expect("every search ends at its limit")).collect()
    })
}

/// Computes the decoder's part of the latency protocol: reads the columns of `tokens` `[rows, length]` one by one with
/// key-value caches, output projection included, without softmax or choice between hypotheses. `memory` has the same
/// rows: the protocol projects the encoder's states once a row, where [`beam_search`] does so once a sentence.
pub fn read_stepwise(subnet: &Subnet, positions: &Positions, memory: &Memory, tokens: &Tensor) -> Tensor {
    let (_, length) = tokens.size2().expect("rows and length");
    let mut caches = Caches::new(subnet, positions, memory, 1);
    let mut logits = Tensor::new();
    for column in 0..length {
        logits = caches.logits(&tokens.select(1, column));
    }
    logits
}

/// Returns the best `2 x beam` continuations of each live sentence, best first.
fn candidates(log_p: &Tensor, live: &[Search], config: &BeamConfig) -> Vec<Vec<Candidate>> {
    let (beam, vocab) = (config.beam as i64, log_p.size()[1]);
    let sentences = live.len() as i64;
    for forbidden in [PAD, BOS] {
        let _ = log_p.i((.., i64::from(forbidden))).fill_(f64::NEG_INFINITY);
    }
    if live.iter().all(|s| s.beams[0].tokens.is_empty()) {
        // An empty translation is none.
        let _ = log_p.i((.., i64::from(EOS))).fill_(f64::NEG_INFINITY);
    }
    for (s, _) in live.iter().enumerate().filter(|(_, s)| s.beams[0].tokens.len() >= s.limit) {
        // At its limit a hypothesis can only end.
        let rows = log_p.narrow(0, s as i64 * beam, beam);
        let end = rows.i((.., i64::from(EOS))).copy();
        let _ = rows.shallow_clone().fill_(f64::NEG_INFINITY);
        rows.i((.., i64::from(EOS))).copy_(&end);
    }
    // Before the first token all beams are one, so only the first counts.
    let so_far: Vec<f32> = live
        .iter()
        .flat_map(|s| (0..config.beam).map(|b| s.beams.get(b).map_or(f32::NEG_INFINITY, |beam| beam.log_p as f32)))
        .collect();
    let totals = log_p + Tensor::from_slice(&so_far).to_device(log_p.device()).unsqueeze(1);
    let wide = (2 * beam).min(beam * vocab);
    let (scores, ids) = totals.view([sentences, beam * vocab]).topk(wide, 1, true, true);
    let scores: Vec<f32> = Vec::try_from(scores.view([-1]).to_device(Device::Cpu)).expect("float scores");
    let ids: Vec<i64> = Vec::try_from(ids.view([-1]).to_device(Device::Cpu)).expect("integer ids");
    let one = |(&score, &id): (&f32, &i64)| Candidate {
        beam: (id / vocab) as usize,
        token: (id % vocab) as u32,
        log_p: f64::from(score),
    };
    scores
        .chunks(wide as usize)
        .zip(ids.chunks(wide as usize))
        .map(|(s, i)| s.iter().zip(i).map(one).collect())
        .collect()
}
