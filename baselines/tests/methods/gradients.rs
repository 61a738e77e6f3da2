//! Tests hand-written derivatives against finite differences in float64 and against autograd.

use mos_baselines::layers::head::{Head, SoftTargets, head};
use mos_baselines::supernet::pass::SubnetPass;
use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::task::Task;
use mos_spaces::Arch;
use mos_spaces::hat::view::HatArch;
use mos_spaces::{Method, method};
use tch::{Device, Kind, Reduction, Tensor};

use crate::setup::*;

/// The step is small, so that hardly any ReLU changes sides within it; float64 leaves room enough.
const STEP: f64 = 1e-7;

/// Runs two different micro-batches, without the model's dropout, and leaves their gradients in `source`.
fn loss_of(source: &WeightSource, arch: &Arch) -> f64 {
    let mut pass = SubnetPass::new(source, arch);
    let mut sum = 0.0;
    for seed in [3, 4] {
        // The routers' dropout is another one for each, and the same at every call.
        tch::manual_seed(seed);
        let (loss, grads) = task(source, None).gradients(pass.mix(), &device_batch(4, seed));
        pass.add(grads);
        sum += loss.double_value(&[]);
    }
    pass.finish();
    sum
}

#[test]
fn gradients_match_finite_differences_in_every_part() {
    let _generator = own_generator();
    for (kind, router_dropout) in [("sandwich", 0.0), ("mos-layer", 0.0), ("mos-neuron", 0.0), ("mos-neuron", 0.4)] {
        let settings = method::MethodSettings { experts: 2, router_width: 8, router_dropout };
        let weights = Method::find(kind).unwrap().weights;
        let source = WeightSource::supernet(layout(), weights, &settings, 2, Device::Cpu).into_double();
        // The widths are unequal, so that slices cut both dims.
        let unequal = |arch: &Arch| HatArch::of(arch).encoder_width != HatArch::of(arch).decoder_width;
        let arch = (0..).map(|u| space().sample_at(1, u)).find(unequal).unwrap();
        loss_of(&source, &arch);
        let grad = source.params.grad.copy();
        let mut offset = 0;
        for spec in source.params.specs().to_vec() {
            let part = grad.narrow(0, offset, spec.numel());
            let active = part.abs().max().double_value(&[]) > 0.0;
            let inactive_layer = spec.name.contains("decoder.1") && HatArch::of(&arch).decoder_ffn.len() == 1;
            assert_eq!(active, !inactive_layer, "{kind}: gradient reaches {}", spec.name);
            // The largest entry shows a wrong factor best; the other one is fixed.
            for at in [part.abs().argmax(None, false).int64_value(&[]), spec.numel() / 3] {
                let index = offset + at;
                let nudge = |by: f64| {
                    let _ = source.params.flat.get(index).g_add_scalar_(by);
                };
                nudge(STEP);
                let up = loss_of(&source, &arch);
                nudge(-2.0 * STEP);
                let down = loss_of(&source, &arch);
                nudge(STEP);
                let numeric = (up - down) / (2.0 * STEP);
                let exact = grad.double_value(&[index]);
                let scale = numeric.abs().max(exact.abs()).max(1e-2);
                assert!((numeric - exact).abs() / scale < 1e-4, "{kind} {}: {numeric} vs {exact}", spec.name);
            }
            offset += spec.numel();
        }
    }
}

#[test]
fn the_loss_is_torchs_cross_entropy() {
    let _generator = own_generator();
    tch::manual_seed(1);
    let random = |shape: &[i64]| Tensor::randn(shape, (Kind::Double, Device::Cpu));
    let leaf = |shape: &[i64]| random(shape).set_requires_grad(true);
    let (states, output, bias) = (leaf(&[9, 12]), leaf(&[VOCAB, 12]), leaf(&[VOCAB]));
    let target = Tensor::randint(VOCAB, [9], (Kind::Int64, Device::Cpu));
    let soft = SoftTargets { probabilities: random(&[9, VOCAB]).softmax(-1, Kind::Double), share: 0.3 };
    let settings = |biased: bool, smoothing, softened: bool| Head {
        output: &output,
        bias: biased.then_some(&bias),
        smoothing,
        soft: softened.then_some(&soft),
    };
    for (biased, smoothing, softened) in [(false, 0.1, false), (true, 0.0, false), (true, 0.0, true), (true, 0.1, true)]
    {
        let mine = head(&states, settings(biased, smoothing, softened), &target, true);
        let logits = states.linear(&output, biased.then_some(&bias));
        let hard = |smoothing| logits.cross_entropy_loss(&target, None::<Tensor>, Reduction::Sum, -100, smoothing);
        let taught = -(logits.log_softmax(-1, Kind::Double) * &soft.probabilities).sum(Kind::Double);
        let torch = if softened { hard(smoothing) * 0.7 + taught * 0.3 } else { hard(smoothing) };
        assert!((mine.loss.double_value(&[]) - torch.double_value(&[])).abs() < 1e-9);
        assert!((mine.nll.double_value(&[]) - hard(0.0).double_value(&[])).abs() < 1e-9);
        let theirs = Tensor::run_backward(&[torch], &[&states, &output, &bias], false, false);
        let grads = mine.grads.unwrap();
        assert!(largest_difference(&grads.states, &theirs[0]) < 1e-10);
        assert!(largest_difference(&grads.output, &theirs[1]) < 1e-10);
        assert_eq!(grads.bias.is_some(), biased);
        if let Some(bias) = grads.bias {
            assert!(largest_difference(&bias, &theirs[2]) < 1e-10);
        }
    }
}
