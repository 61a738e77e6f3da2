//! Counts what an update asks of libtorch beside the forward and backward passes, which decides how well a GPU is fed.

use std::cell::Cell;
use std::sync::Arc;

use mos_baselines::supernet::weights::{SubnetWeights, WeightSource};
use mos_baselines::training::adam::AdamConfig;
use mos_baselines::training::task::{Losses, Task};
use mos_baselines::training::trainer::{Trainer, TrainerConfig};
use mos_baselines::translation::batch::{DeviceBatch, full_batch};
use mos_baselines::translation::rates::Dropout;
use mos_baselines::translation::task::Translation;
use mos_observe::{Calls, Counter};
use mos_spaces::catalog::layout_of;
use mos_spaces::hat::fields::{DECODER_LAYERS, ENCODER_LAYERS};
use mos_spaces::layout::Layout;
use mos_spaces::method::MethodSettings;
use mos_spaces::sampler::{SubnetLosses, SubnetSampler};
use mos_spaces::schedule::{Decay, Schedule};
use mos_spaces::{Arch, Method, SearchSpace};
use tch::{Device, Tensor};

/// Micro-batches an update, as published.
const MICRO_BATCHES: usize = 128;

/// Rows of the vocabulary.
const VOCAB: i64 = 50;

/// Makes networks as deep as the paper's and as narrow as those of `smoke`: the calls do not depend on widths.
fn layout() -> Arc<dyn Layout> {
    let mut space = SearchSpace::find("scaled-smoke").unwrap();
    (space.choices[ENCODER_LAYERS], space.choices[DECODER_LAYERS]) = (vec![6], vec![6, 5, 4, 3, 2, 1]);
    layout_of(&space, VOCAB).into()
}

/// Translation that tells how many operators its gradients take.
struct Counting<'a> {
    task: Translation,
    counter: &'a Counter,
    within: Cell<Calls>,
}

impl Task for Counting<'_> {
    type Batch = DeviceBatch;

    fn layout(&self) -> &Arc<dyn Layout> {
        self.task.layout()
    }

    fn gradients(&self, weights: &SubnetWeights, batch: &DeviceBatch) -> (Tensor, Vec<Tensor>) {
        let (before, so_far) = (self.counter.so_far(), self.within.get());
        let result = self.task.gradients(weights, batch);
        let after = self.counter.so_far();
        let calls = so_far.calls + after.calls - before.calls;
        self.within.set(Calls { calls, waits: so_far.waits + after.waits - before.waits });
        result
    }

    fn losses(&self, weights: &SubnetWeights, batches: &[DeviceBatch]) -> Losses {
        self.task.losses(weights, batches)
    }

    fn flops(&self, arch: &Arch, batch: &DeviceBatch) -> f64 {
        self.task.flops(arch, batch)
    }
}

/// Returns the calls of one update, outside of gradients and inside.
fn calls(method: &str) -> (Calls, Calls) {
    let method = Method::find(method).unwrap();
    let source = WeightSource::supernet(layout(), method.weights, &MethodSettings::default(), 1, Device::Cpu);
    let dropout = Some(Dropout { residual: 0.1, attention: 0.0 });
    let translation = Translation::new(source.layout.clone(), dropout, 0.1, source.compute_kind(), Device::Cpu);
    let counter = Counter::start();
    let task = Counting { task: translation, counter: &counter, within: Cell::default() };
    let config = TrainerConfig {
        schedule: Schedule { decay: Decay::Cosine, peak: 1e-3, warmup: 1, updates: 9 },
        clip_norm: 0.0,
        subnet_losses: SubnetLosses::Mean,
        adam: AdamConfig::default(),
        seed: 1,
    };
    let mut trainer = Trainer::new(task, source, SubnetSampler::over_space(method.sampler, 1), config);
    let batches: Vec<DeviceBatch> = (0..MICRO_BATCHES).map(|_| full_batch(2, 4, VOCAB, Device::Cpu)).collect();
    let before = counter.so_far();
    trainer.update(&batches);
    let (all, within) = (counter.so_far(), trainer.task.within.get());
    let outside =
        Calls { calls: all.calls - before.calls - within.calls, waits: all.waits - before.waits - within.waits };
    (outside, within)
}

/// Commit 48082f3 made every subnet's weights, and pulled gradients back, once a micro-batch: 430,130, 940,508 and 1,034,288
/// calls. The bounds are at most a third of that, and hardly above what is asked for now.
#[test]
fn an_update_makes_weights_once_a_subnet_and_never_waits() {
    tch::set_num_threads(1);
    for (method, bound) in [("sandwich", 60_000), ("mos-layer", 313_000), ("mos-neuron", 334_000)] {
        let (outside, within) = calls(method);
        println!("{method}: {} calls outside of forward and backward, {} within", outside.calls, within.calls);
        assert_eq!((outside.waits, within.waits), (0, 0), "{method}");
        assert!(outside.calls <= bound, "{method}: {} calls", outside.calls);
    }
}
