//! Tests that a network filled from a public checkpoint computes what the checkpoint's own code computes.

use std::collections::HashMap;

use mos_baselines::bert::masked_lm::MaskedLm;
use mos_baselines::bert::model::Subnet;
use mos_baselines::bert::public;
use mos_baselines::supernet::pass::SubnetPass;
use mos_baselines::training::task::Task;
use mos_spaces::bert::view::BertArch;
use safetensors::tensor::{Dtype, TensorView};

use crate::setup::*;

const CHECKPOINT: &str = "tiny-bert.safetensors";

#[test]
fn identity_maps_reproduce_the_checkpoints_logits() {
    let _generator = own_generator();
    let (pass, space) = (Pass::read(), space());
    for method in ["sandwich", "mos-layer", "mos-neuron"] {
        let source = supernet(method, 1);
        public::load(&source, &fixture_path(CHECKPOINT)).unwrap();
        source.copy_experts();
        let subnet = Subnet::new(&source.materialise(&space.largest()), &BertArch::of(&space, &space.largest()));
        let batch = pass.batch();
        let logits = subnet.logits(&batch.sequences, &batch.places);
        assert!(largest_difference(&logits, pass.get("logits")) < 1e-4, "{method}");
    }
}

#[test]
fn loss_and_gradients_are_those_of_the_checkpoints_own_code() {
    let _generator = own_generator();
    let (pass, space) = (Pass::read(), space());
    let source = supernet("sandwich", 1);
    public::load(&source, &fixture_path(CHECKPOINT)).unwrap();
    let source = source.into_double();
    let task = MaskedLm::new(source.layout.clone(), None);
    let mut running = SubnetPass::new(&source, &space.largest());
    let (loss, grads) = task.gradients(running.mix(), &pass.batch());
    running.add(grads);
    running.finish();
    assert!(largest_difference(&loss, pass.get("loss")) < 1e-4);
    for (own, public) in [
        ("embed.word.weight", "bert.embeddings.word_embeddings.weight"),
        ("embed.type.weight", "bert.embeddings.token_type_embeddings.weight"),
        ("layer.0.self.k.weight", "bert.encoder.layer.0.attention.self.key.weight"),
        ("layer.1.self.v.bias", "bert.encoder.layer.1.attention.self.value.bias"),
        ("layer.0.self_norm.weight", "bert.encoder.layer.0.attention.output.LayerNorm.weight"),
        ("layer.1.fc1.weight", "bert.encoder.layer.1.intermediate.dense.weight"),
        ("layer.1.fc2.bias", "bert.encoder.layer.1.output.dense.bias"),
        ("head.transform.weight", "cls.predictions.transform.dense.weight"),
        ("head.bias", "cls.predictions.bias"),
    ] {
        let grad = source.params.grad(source.params.id(own));
        let difference = largest_difference(grad, pass.get(&format!("grad.{public}")));
        assert!(difference < 1e-5, "{own}: {difference}");
    }
}

/// Writes the stored checkpoint again, changed by `change`, and returns why it is refused.
fn refusal(change: impl FnOnce(&mut HashMap<String, (Dtype, Vec<usize>, Vec<u8>)>)) -> String {
    let bytes = std::fs::read(fixture_path(CHECKPOINT)).unwrap();
    let stored = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let owned =
        |(name, view): (String, TensorView)| (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()));
    let mut tensors: HashMap<_, _> = stored.tensors().into_iter().map(owned).collect();
    change(&mut tensors);
    let view = |(dtype, shape, data)| TensorView::new(dtype, shape, data).unwrap();
    let views = tensors.iter().map(|(name, (dtype, shape, data))| (name, view((*dtype, shape.clone(), data))));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    let error = public::load(&supernet("sandwich", 1), &path).unwrap_err().to_string();
    assert!(error.contains("model.safetensors") && error.lines().count() == 1, "{error}");
    error
}

#[test]
fn a_tensor_that_is_missing_extra_or_of_another_shape_is_named() {
    let _generator = own_generator();
    let name = "bert.encoder.layer.1.output.dense.weight";
    let missing = refusal(|tensors| drop(tensors.remove(name)));
    assert!(missing.contains(&format!("has no tensor {name}")), "{missing}");
    let extra = refusal(|tensors| {
        let layer = tensors[name].clone();
        tensors.insert("bert.encoder.layer.2.output.dense.weight".into(), layer);
    });
    assert!(extra.contains("bert.encoder.layer.2.output.dense.weight"), "{extra}");
    let shape = refusal(|tensors| tensors.get_mut(name).unwrap().1.reverse());
    assert!(shape.contains(name) && shape.contains("[12, 20]"), "{shape}");
    let older = refusal(|tensors| {
        let norm = tensors.remove("bert.embeddings.LayerNorm.weight").unwrap();
        tensors.insert("bert.embeddings.LayerNorm.gamma".into(), norm);
        tensors.remove("cls.predictions.bias");
    });
    // The older name of a norm is known: only the other tensor is missed.
    assert!(older.contains("cls.predictions.bias"), "{older}");
}
