//! Tests beam search against plain recomputation.

use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::translation::batch::DeviceBatch;
use mos_baselines::translation::decode::{BeamConfig, Hypothesis, beam_search};
use mos_baselines::translation::model::Subnet;
use mos_baselines::translation::positions::Positions;
use mos_datasets::{BOS, EOS, PAD};
use mos_spaces::Arch;
use tch::{Device, Kind};

use crate::setup::*;

/// Trains a network a little, so that its distributions are not flat.
fn trained(arch: &Arch) -> WeightSource {
    let mut trainer = fixed_trainer(dense(arch, 3), arch.clone(), 0.0);
    for _ in 0..25 {
        trainer.update(&[device_batch(6, 1)]);
    }
    trainer.weights
}

fn search(source: &WeightSource, arch: &Arch, count: usize, config: &BeamConfig) -> Vec<Hypothesis> {
    tch::no_grad(|| {
        let weights = source.materialise(arch);
        let subnet = Subnet::new(&weights);
        let positions = Positions::new(source.space(), Kind::Float, Device::Cpu);
        let batch = batch_of(&pairs(count, 1));
        let on_device = DeviceBatch::new(&batch, Device::Cpu);
        let padding = on_device.source_padding.as_ref();
        beam_search(&subnet, &positions, &on_device.source, padding, &batch.source_lengths, config)
    })
}

/// Returns the log-probabilities of the next token after `prefix`, from a full forward pass of one pair.
fn next_log_p(source: &WeightSource, arch: &Arch, sentence: &[i64], prefix: &[u32]) -> Vec<f32> {
    let target: Vec<i64> = prefix.iter().map(|&t| i64::from(t)).collect();
    let batch = DeviceBatch::new(&batch_of(&[(sentence.to_vec(), target)]), Device::Cpu);
    let log_p = logits(source, arch, &batch).log_softmax(-1, Kind::Float);
    Vec::try_from(log_p.get(prefix.len() as i64)).unwrap()
}

#[test]
fn beam_one_is_greedy_and_the_cache_changes_nothing() {
    let _generator = own_generator();
    for arch in some_archs() {
        let source = trained(&arch);
        let config = BeamConfig { beam: 1, length_penalty: 1.0, max_len_a: 0.0, max_len_b: 9 };
        for (hypothesis, (sentence, _)) in search(&source, &arch, 5, &config).iter().zip(pairs(5, 1)) {
            let (mut greedy, mut total) = (Vec::new(), 0.0);
            loop {
                let mut log_p = next_log_p(&source, &arch, &sentence, &greedy);
                log_p[PAD as usize] = f32::NEG_INFINITY;
                log_p[BOS as usize] = f32::NEG_INFINITY;
                if greedy.is_empty() {
                    log_p[EOS as usize] = f32::NEG_INFINITY;
                }
                let best = (0..log_p.len()).max_by(|&a, &b| log_p[a].total_cmp(&log_p[b])).unwrap() as u32;
                let token = if greedy.len() == 9 { EOS } else { best };
                total += f64::from(log_p[token as usize]);
                if token == EOS {
                    break;
                }
                greedy.push(token);
            }
            assert_eq!(hypothesis.tokens, greedy, "{}", arch.summary());
            let expected = total / (greedy.len() as f64 + 1.0);
            assert!((hypothesis.score - expected).abs() < 1e-4, "{} {expected}", hypothesis.score);
        }
    }
}

#[test]
fn a_wide_enough_beam_finds_the_best_of_all_sequences() {
    let _generator = own_generator();
    // With one token and the end, a beam as wide as the vocabulary sees everything. The end alone is no translation.
    let arch = space().smallest();
    let source = trained(&arch);
    let config = BeamConfig { beam: VOCAB as usize, length_penalty: 0.6, max_len_a: 0.0, max_len_b: 1 };
    let found = search(&source, &arch, 4, &config);
    for (hypothesis, (sentence, _)) in found.iter().zip(pairs(4, 1)) {
        let first = next_log_p(&source, &arch, &sentence, &[]);
        let mut best = (f64::NEG_INFINITY, vec![]);
        for token in (0..VOCAB as u32).filter(|t| ![BOS, PAD, EOS].contains(t)) {
            let second = next_log_p(&source, &arch, &sentence, &[token]);
            let score = f64::from(first[token as usize] + second[EOS as usize]) / 2f64.powf(0.6);
            if score > best.0 {
                best = (score, vec![token]);
            }
        }
        assert_eq!(hypothesis.tokens, best.1);
        assert!((hypothesis.score - best.0).abs() < 1e-4);
    }
}

#[test]
fn a_sentence_decodes_the_same_alone_and_in_a_batch() {
    let _generator = own_generator();
    let arch = space().largest();
    let source = trained(&arch);
    let config = BeamConfig { beam: 4, length_penalty: 0.6, max_len_a: 1.0, max_len_b: 5 };
    let together = search(&source, &arch, 6, &config);
    for (i, (sentence, target)) in pairs(6, 1).into_iter().enumerate() {
        let weights = source.materialise(&arch);
        let subnet = Subnet::new(&weights);
        let positions = Positions::new(source.space(), Kind::Float, Device::Cpu);
        let batch = batch_of(&[(sentence, target)]);
        let on_device = DeviceBatch::new(&batch, Device::Cpu);
        let alone = beam_search(&subnet, &positions, &on_device.source, None, &batch.source_lengths, &config);
        assert_eq!(alone[0].tokens, together[i].tokens);
    }
}
