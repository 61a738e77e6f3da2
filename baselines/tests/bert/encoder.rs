//! Tests of the encoder: subnets are slices, merged maps compute the same, padding changes nothing.

use mos_baselines::bert::batch::MaskedSequences;
use mos_baselines::bert::masked_lm::MaskedLm;
use mos_baselines::bert::model::{Encoder, Subnet};
use mos_baselines::bert::rates::Rates;
use mos_baselines::layers::reader::Reader;
use mos_baselines::supernet::pass::SubnetPass;
use mos_baselines::supernet::weights::{ScratchInit, WeightSource};
use mos_baselines::training::task::Task;
use mos_spaces::bert::view::BertArch;
use mos_spaces::{Arch, SearchSpace};
use tch::{Device, Kind};

use crate::setup::*;

/// Step of the finite differences.
const STEP: f64 = 1e-5;

fn subnets(space: &SearchSpace) -> Vec<Arch> {
    let random = (0..3).map(|update| space.sample_at(1, update));
    [space.largest(), space.smallest()].into_iter().chain(random).collect()
}

#[test]
fn a_dense_subnet_computes_what_the_supernet_computes() {
    let _generator = own_generator();
    let (space, source) = (space(), supernet("sandwich", 3));
    let task = MaskedLm::new(source.layout.clone(), None);
    for arch in subnets(&space) {
        let dense = WeightSource::dense(source.layout.clone(), &arch, ScratchInit::SupernetSlice, 3, Device::Cpu);
        let batches = [random_batch(3, 1)];
        let losses = |source: &WeightSource| task.losses(&source.materialise(&arch), &batches).nll;
        assert_eq!(losses(&source), losses(&dense));
        assert_eq!(losses(&source), losses(&source.collapse(&arch)));
    }
}

#[test]
fn merged_maps_compute_the_same() {
    let _generator = own_generator();
    let (space, source) = (space(), supernet("sandwich", 3));
    // Maps that are no identities show a wrong order of the factors.
    for spec in source.dense_specs().iter().filter(|spec| spec.name.contains(".in.") || spec.name.contains(".out.")) {
        tch::no_grad(|| drop(source.params.named(&spec.name).shallow_clone().normal_(0.0, 0.3)));
    }
    for arch in subnets(&space) {
        let view = BertArch::of(&space, &arch);
        let weights = source.materialise(&arch);
        let encoder = || Encoder::read(&mut Reader::new(&weights.leaves), &view);
        let batch = random_batch(2, 4);
        let whole = encoder().states(&batch.sequences, &Rates::new(&view, &view, None));
        let merged = encoder().merged().states(&batch.sequences, &Rates::new(&view.merged(), &view.merged(), None));
        assert!(largest_difference(&whole, &merged) < 1e-5);
    }
}

#[test]
fn padding_changes_nothing() {
    let _generator = own_generator();
    let (space, source) = (space(), supernet("sandwich", 5));
    let arch = BertArch::of(&space, &space.largest());
    let subnet = Subnet::new(&source.materialise(&space.largest()), &arch);
    let ids = [5, 9, 11, 20, 7];
    let alone = MaskedSequences::new(&ids, vec![5], &[2], &[6], Device::Cpu);
    let padded: Vec<i64> = ids.iter().copied().chain([1, 1, 1]).chain([8; 8]).collect();
    let beside = MaskedSequences::new(&padded, vec![5, 8], &[2], &[6], Device::Cpu);
    let logits = |batch: &MaskedSequences| subnet.logits(&batch.sequences, &batch.places);
    assert!(largest_difference(&logits(&alone), &logits(&beside)) < 1e-5);
}

#[test]
fn gradients_match_finite_differences_in_every_part() {
    let _generator = own_generator();
    for (method, space) in [("mos-layer", space()), ("mos-neuron", space()), ("sandwich", space())] {
        let source = supernet(method, 2).into_double();
        let task = MaskedLm::new(source.layout.clone(), None);
        let arch = (0..).map(|u| space.sample_at(1, u)).find(|arch| *arch != space.largest()).unwrap();
        let batch = random_batch(3, 8);
        let loss_of = |source: &WeightSource| {
            let mut pass = SubnetPass::new(source, &arch);
            let (loss, grads) = task.gradients(pass.mix(), &batch);
            pass.add(grads);
            pass.finish();
            loss.double_value(&[])
        };
        loss_of(&source);
        let grad = source.params.grad.copy();
        let mut offset = 0;
        for spec in source.params.specs().to_vec() {
            let part = grad.narrow(0, offset, spec.numel());
            for at in [part.abs().argmax(None, false).int64_value(&[]), spec.numel() / 3] {
                let nudge = |by: f64| drop(source.params.flat.get(offset + at).g_add_scalar_(by));
                nudge(STEP);
                let up = loss_of(&source);
                nudge(-2.0 * STEP);
                let down = loss_of(&source);
                nudge(STEP);
                let (slope, found) = ((up - down) / (2.0 * STEP), part.double_value(&[at]));
                assert!((slope - found).abs() < 1e-5 * (1.0 + slope.abs()), "{method} {}: {found}, {slope}", spec.name);
            }
            offset += spec.numel();
        }
    }
}

#[test]
fn sequence_scores_add_up_to_the_loss() {
    let _generator = own_generator();
    let (space, source) = (space(), supernet("sandwich", 2));
    let task = MaskedLm::new(source.layout.clone(), None);
    let weights = source.materialise(&space.largest());
    let batches = [random_batch(3, 1), random_batch(2, 2)];
    let scores = task.scores(&weights, &batches);
    assert_eq!((scores.nll.len(), scores.masked.as_slice()), (5, [3; 5].as_slice()));
    assert!((scores.loss() - task.losses(&weights, &batches).nll).abs() < 1e-5);
    let arch = BertArch::of(&space, &space.largest());
    let right: i64 = batches
        .iter()
        .map(|batch| {
            let logits = Subnet::new(&weights, &arch).logits(&batch.sequences, &batch.places);
            logits.argmax(-1, false).eq_tensor(&batch.targets).sum(Kind::Int64).int64_value(&[])
        })
        .sum();
    assert_eq!(scores.right, right);
}

#[test]
fn an_exported_subnet_has_the_tensors_that_are_counted() {
    let _generator = own_generator();
    use mos_baselines::bert::export::merged;
    use mos_spaces::{SearchSpace, count};
    for name in ["bert-v1-smoke", "bert-v5.1-scaled", "nas-bert-smoke"] {
        let space = SearchSpace::find(name).unwrap();
        let arch = space.sample_at(1, 2);
        let layout = mos_spaces::catalog::layout_of(&space, VOCAB).into();
        let dense = WeightSource::dense(layout, &arch, ScratchInit::OwnSize, 1, Device::Cpu);
        let exported = merged(&dense.params);
        let stream = exported.named("embed.word.weight").size()[1];
        // The count leaves out the word embeddings of a space without a published vocabulary, and the decoder's bias.
        assert_eq!(exported.numel(), count::params(&space, &arch) + VOCAB * stream + VOCAB, "{name}");
    }
}
