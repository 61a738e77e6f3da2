//! Tests experts, routers and merging.

use mos_spaces::count;
use mos_spaces::hat::view::HatArch;

use crate::setup::*;

#[test]
fn one_expert_is_plain_sharing_bit_for_bit() {
    let _generator = own_generator();
    let batches = [device_batch(6, 1), device_batch(5, 2)];
    let mut plain = trainer("sandwich", 1, 0.2);
    for kind in ["mos-layer", "mos-neuron"] {
        let mut mos = trainer(kind, 1, 0.2);
        plain = if plain.update > 0 { trainer("sandwich", 1, 0.2) } else { plain };
        for _ in 0..5 {
            let (a, b) = (plain.update(&batches), mos.update(&batches));
            assert_eq!(bits(&a.loss), bits(&b.loss), "{kind}");
        }
        for spec in plain.weights.dense_specs() {
            let (a, b) = (plain.weights.params.named(&spec.name), mos.weights.params.named(&spec.name));
            assert_eq!(bits(a), bits(b), "{kind}: {}", spec.name);
        }
    }
}

#[test]
fn a_one_hot_router_reproduces_the_chosen_expert() {
    let _generator = own_generator();
    for (kind, banks) in [("mos-layer", vec![""]), ("mos-neuron", vec![".fc1", ".fc2"])] {
        for chosen in 0..3 {
            let mos = supernet(kind, 3, 3);
            for side in ["encoder", "decoder"] {
                for bank in &banks {
                    // Logits are interleaved: entry j * m + e belongs to neuron j and expert e.
                    let bias = mos.params.named(&format!("router.{side}{bank}.logits.bias"));
                    let size = bias.size();
                    let _ = bias.view([size[0], -1, 3]).select(2, chosen).fill_(1e4);
                }
            }
            let plain = supernet("sandwich", 1, 3);
            for spec in plain.dense_specs().iter().filter(|s| s.expert.is_some()) {
                let name = if chosen == 0 { spec.name.clone() } else { format!("expert.{chosen}.{}", spec.name) };
                plain.params.named(&spec.name).shallow_clone().copy_(mos.params.named(&name));
            }
            for arch in some_archs() {
                let batch = device_batch(5, 4);
                let (a, b) = (logits(&mos, &arch, &batch), logits(&plain, &arch, &batch));
                assert_eq!(bits(&a), bits(&b), "{kind}, expert {chosen}, {}", arch.summary());
            }
        }
    }
}

#[test]
fn collapsing_gives_a_plain_subnet_with_the_same_outputs() {
    let _generator = own_generator();
    let space = space();
    for kind in ["sandwich", "mos-layer", "mos-neuron", "mos-layer-const", "mos-neuron-const"] {
        let mut trained = trainer(kind, 2, 0.1);
        for i in 0..4 {
            trained.update(&[device_batch(6, i)]);
        }
        for arch in some_archs() {
            let batch = device_batch(5, 9);
            let dense = trained.weights.collapse(&arch);
            let difference =
                largest_difference(&logits(&trained.weights, &arch, &batch), &logits(&dense, &arch, &batch));
            assert!(difference < 1e-5, "{kind}: {difference}");
            let hat = HatArch::of(&arch);
            let embeddings = VOCAB * hat.encoder_width.max(hat.decoder_width);
            assert_eq!(dense.params.numel() - embeddings, count::params(&space, &arch), "{kind}");
        }
    }
}

#[test]
fn the_router_tells_subnets_apart_and_the_constant_control_does_not() {
    let _generator = own_generator();
    let space = space();
    let (large, small) = (space.largest(), space.smallest());
    for (kind, apart) in
        [("mos-layer", true), ("mos-neuron", true), ("mos-layer-const", false), ("mos-neuron-const", false)]
    {
        let source = supernet(kind, 2, 3);
        let fc1 = |arch| {
            let weights = source.materialise(arch);
            let at = weights.specs.iter().position(|s| s.name == "encoder.0.fc1.weight").unwrap();
            weights.leaves[at].narrow(0, 0, 32).narrow(1, 0, 24).copy()
        };
        let difference = largest_difference(&fc1(&large), &fc1(&small));
        assert_eq!(difference > 1e-6, apart, "{kind}: {difference}");
    }
}

#[test]
fn methods_start_from_the_same_shared_weights() {
    let _generator = own_generator();
    let plain = supernet("sandwich", 2, 5);
    for kind in ["hat", "mos-layer", "mos-neuron", "mos-neuron-const"] {
        let other = supernet(kind, 2, 5);
        for spec in plain.dense_specs() {
            assert_eq!(bits(plain.params.named(&spec.name)), bits(other.params.named(&spec.name)), "{kind}");
        }
    }
    let merged = supernet("sandwich-merged-init", 2, 5);
    let mos = supernet("mos-layer", 2, 5);
    let name = "encoder.1.fc1.weight";
    let mean = (mos.params.named(name) + mos.params.named(&format!("expert.1.{name}"))) / 2.0;
    assert!(largest_difference(merged.params.named(name), &mean) < 1e-7);
    assert_eq!(
        bits(merged.params.named("encoder.1.self.out.weight")),
        bits(plain.params.named("encoder.1.self.out.weight"))
    );
}

#[test]
fn a_scratch_network_starts_as_the_supernets_slice() {
    let _generator = own_generator();
    let full = supernet("sandwich", 1, 5);
    for arch in some_archs() {
        let own = dense(&arch, 5);
        let sliced = full.collapse(&arch);
        assert_eq!(bits(&own.params.flat), bits(&sliced.params.flat), "{}", arch.summary());
    }
}
