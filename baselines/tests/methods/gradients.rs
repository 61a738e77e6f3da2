//! Hand-written derivatives against finite differences in float64 and against autograd.

use mos_baselines::loss::head;
use mos_baselines::model::Positions;
use mos_baselines::space::Arch;
use mos_baselines::trainer::subnet_gradients;
use mos_baselines::weights::WeightSource;
use tch::{Device, Kind, Reduction, Tensor};

use crate::setup::*;

/// Small, so that hardly any ReLU changes sides within it; float64 leaves room enough.
const STEP: f64 = 1e-7;

fn loss_of(source: &WeightSource, arch: &Arch, with_pull_back: bool) -> f64 {
    let positions = Positions::new(&source.space, Kind::Double, Device::Cpu);
    let batch = device_batch(4, 3);
    // Training mode with dropout off, so that routers and leaves record gradients.
    let weights = source.materialise(arch, true);
    let (loss, grads) = subnet_gradients(&source.space, &weights, &positions, &batch, None, 0.1);
    if with_pull_back {
        source.pull_back(&weights, &grads);
    }
    loss.double_value(&[])
}

#[test]
fn gradients_match_finite_differences_in_every_part() {
    let _generator = own_generator();
    let settings = mos_baselines::method::MethodSettings { experts: 2, router_width: 8, router_dropout: 0.0 };
    for kind in ["sandwich", "mos-layer", "mos-neuron"] {
        let weights = mos_baselines::method::Method::find(kind).unwrap().weights;
        let source = WeightSource::supernet(&space(), VOCAB, weights, &settings, 2, Device::Cpu).into_double();
        // An arch with unequal widths, so that slices cut both dims.
        let arch = (0..).map(|u| space().sample_at(1, u)).find(|a| a.encoder_embed_dim != a.decoder_embed_dim).unwrap();
        loss_of(&source, &arch, true);
        let grad = source.params.grad.copy();
        let mut offset = 0;
        for shape in source.params.shapes().to_vec() {
            let part = grad.narrow(0, offset, shape.numel());
            let active = part.abs().max().double_value(&[]) > 0.0;
            let inactive_layer = shape.name.contains("decoder.1") && arch.decoder_layers() == 1;
            assert_eq!(active, !inactive_layer, "{kind}: gradient reaches {}", shape.name);
            // The largest entry, where a wrong factor shows best, and a fixed one.
            for at in [part.abs().argmax(None, false).int64_value(&[]), shape.numel() / 3] {
                let index = offset + at;
                let nudge = |by: f64| {
                    let _ = source.params.flat.get(index).g_add_scalar_(by);
                };
                nudge(STEP);
                let up = loss_of(&source, &arch, false);
                nudge(-2.0 * STEP);
                let down = loss_of(&source, &arch, false);
                nudge(STEP);
                let numeric = (up - down) / (2.0 * STEP);
                let exact = grad.double_value(&[index]);
                let scale = numeric.abs().max(exact.abs()).max(1e-2);
                assert!((numeric - exact).abs() / scale < 1e-4, "{kind} {}: {numeric} vs {exact}", shape.name);
            }
            offset += shape.numel();
        }
    }
}

#[test]
fn the_loss_is_torchs_label_smoothed_cross_entropy() {
    let _generator = own_generator();
    tch::manual_seed(1);
    let states = Tensor::randn([9, 12], (Kind::Double, Device::Cpu)).set_requires_grad(true);
    let output = Tensor::randn([VOCAB, 12], (Kind::Double, Device::Cpu)).set_requires_grad(true);
    let target = Tensor::randint(VOCAB, [9], (Kind::Int64, Device::Cpu));
    let mine = head(&states, &output, &target, 0.1, true);
    let logits = states.mm(&output.tr());
    let torch = logits.cross_entropy_loss(&target, None::<Tensor>, Reduction::Sum, -100, 0.1);
    let nll = logits.cross_entropy_loss(&target, None::<Tensor>, Reduction::Sum, -100, 0.0);
    assert!((mine.loss.double_value(&[]) - torch.double_value(&[])).abs() < 1e-9);
    assert!((mine.nll.double_value(&[]) - nll.double_value(&[])).abs() < 1e-9);
    let theirs = Tensor::run_backward(&[torch], &[&states, &output], false, false);
    let (grad_states, grad_output) = mine.grads.unwrap();
    assert!(largest_difference(&grad_states, &theirs[0]) < 1e-10);
    assert!(largest_difference(&grad_output, &theirs[1]) < 1e-10);
}
