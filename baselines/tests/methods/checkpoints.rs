//! Tests checkpoints: resume is exact, and damage is refused.

use mos_baselines::training::checkpoint;

use crate::setup::*;

#[test]
fn a_resumed_training_ends_with_the_same_bits() {
    let _generator = own_generator();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    for kind in ["sandwich", "mos-layer", "mos-neuron"] {
        let mut whole = trainer(kind, 2, 0.2);
        let mut first = trainer(kind, 2, 0.2);
        for i in 0..6 {
            whole.update(&[device_batch(6, i)]);
        }
        for i in 0..3 {
            first.update(&[device_batch(6, i)]);
        }
        checkpoint::save(&first, &path).unwrap();
        let mut second = trainer(kind, 2, 0.2);
        checkpoint::load(&mut second, &path).unwrap();
        assert_eq!(second.update, 3);
        for i in 3..6 {
            second.update(&[device_batch(6, i)]);
        }
        assert_eq!(bits(&whole.weights.params.flat), bits(&second.weights.params.flat), "{kind}");
        assert_eq!(bits(&whole.adam.second), bits(&second.adam.second), "{kind}");
    }
}

#[test]
fn damaged_or_foreign_checkpoints_are_refused_by_name() {
    let _generator = own_generator();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let mut trained = trainer("mos-layer", 2, 0.1);
    trained.update(&[device_batch(6, 1)]);
    checkpoint::save(&trained, &path).unwrap();
    let error = checkpoint::load(&mut trainer("mos-neuron", 2, 0.1), &path).unwrap_err().to_string();
    assert!(error.contains("checkpoint.safetensors"), "{error}");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = checkpoint::load(&mut trained, &path).unwrap_err().to_string();
    assert!(error.contains("checkpoint.safetensors") && error.contains("delete it"), "{error}");
}
