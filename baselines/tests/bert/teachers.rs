//! Tests of what is learned from a teacher: whoever is its own teacher has nothing to learn.

use std::rc::Rc;
use std::sync::Arc;

use mos_baselines::bert::batch::Sequences;
use mos_baselines::bert::examples::{Examples, Labels};
use mos_baselines::bert::fine_tune::{FineTune, Target, TaskTeacher};
use mos_baselines::bert::fine_tune_layout::{FineTuneLayout, Pooling};
use mos_baselines::bert::masked_lm::MaskedLm;
use mos_baselines::bert::relation::{Relation, RelationBatch, RelationDistil, RelationTeacher};
use mos_baselines::bert::soft::Teacher;
use mos_baselines::supernet::pass::SubnetPass;
use mos_baselines::supernet::weights::{ScratchInit, WeightSource};
use mos_baselines::training::task::Task;
use mos_baselines::training::trainer::{Trainer, TrainerConfig};
use mos_spaces::bert::view::BertArch;
use mos_spaces::catalog::layout_of;
use mos_spaces::layout::Layout;
use mos_spaces::method::SamplerKind;
use mos_spaces::sampler::SubnetSampler;
use mos_spaces::schedule::{Decay, Schedule};
use mos_spaces::{Arch, SearchSpace};
use tch::{Device, Tensor};

use crate::setup::*;
use crate::training::config;

fn sequences(rows: i64) -> Sequences {
    random_batch(rows, 3).sequences
}

/// Returns the gradients of a subnet's parameters on a batch.
fn gradients<T: Task>(task: &T, source: &WeightSource, arch: &Arch, batch: &T::Batch) -> Vec<Tensor> {
    task.gradients(SubnetPass::new(source, arch).mix(), batch).1
}

/// Returns the largest gradient of any parameter; one that takes no part has none.
fn largest(grads: &[Tensor]) -> f64 {
    grads.iter().filter(|grad| grad.defined()).map(|grad| grad.abs().max().double_value(&[])).fold(0.0, f64::max)
}

#[test]
fn a_network_that_predicts_as_its_teacher_does_learns_nothing_from_it() {
    let _generator = own_generator();
    let (space, source) = (space(), supernet("sandwich", 5));
    let weights = || source.materialise(&space.largest());
    let arch = BertArch::of(&space, &space.largest());
    let taught = |share: f64| {
        let mut task = MaskedLm::new(source.layout.clone(), None);
        task.teacher = Some(Teacher { weights: Rc::new(weights()), arch: arch.clone(), share });
        task
    };
    let batch = random_batch(3, 1);
    let of = |task: MaskedLm| gradients(&task, &source, &space.largest(), &batch);
    let alone = of(MaskedLm::new(source.layout.clone(), None));
    assert!(largest(&of(taught(1.0))) < 1e-5 && largest(&alone) > 1e-2);
    // With a share, what is left is that share less of what is learned of the tokens themselves.
    let half = of(taught(0.5));
    for ((half, alone), spec) in half.iter().zip(&alone).zip(&weights().specs) {
        assert!(largest_difference(&(half * 2.0), alone) < 1e-5, "{}", spec.name);
    }
}

#[test]
fn a_fine_tuned_teacher_is_learned_by_its_share() {
    let _generator = own_generator();
    let arch = space().largest();
    let layout = FineTuneLayout::new(layout(), Pooling::Mean, 3);
    let source = |seed| {
        let shared: Arc<dyn Layout> = Arc::new(layout.clone());
        WeightSource::dense(shared, &arch, ScratchInit::SupernetSlice, seed, Device::Cpu)
    };
    let (own, other) = (source(1), source(2));
    let task = || FineTune::new(layout.clone(), Target::Classes(3), None);
    let taught = |by: &WeightSource, share: f64| {
        let mut taught = task();
        taught.teacher = Some(TaskTeacher { weights: by.materialise(&arch), task: Box::new(task()), share });
        taught
    };
    let batch = Examples::new(sequences(4), &Labels::Classes(vec![0, 1, 2, 1]), Device::Cpu);
    let learned = |task: &FineTune| largest(&gradients(task, &own, &arch, &batch));
    assert!(learned(&taught(&own, 1.0)) < 1e-5);
    assert!(learned(&taught(&other, 1.0)) > 1e-4 && learned(&task()) > 1e-4);
    // The loss that is reported is that of the labels, whoever teaches.
    let weights = own.materialise(&arch);
    let losses = |task: &FineTune| task.losses(&weights, std::slice::from_ref(&batch)).nll;
    assert_eq!(losses(&task()), losses(&taught(&other, 0.5)));
}

fn of(space: &str, seed: u64) -> WeightSource {
    let space = SearchSpace::find(space).unwrap();
    let layout = layout_of(&space, VOCAB).into();
    WeightSource::dense(layout, &space.largest(), ScratchInit::OwnSize, seed, Device::Cpu)
}

fn relation_teacher(of: &WeightSource) -> RelationTeacher {
    let arch = of.space().largest();
    RelationTeacher { arch: BertArch::of(of.space(), &arch), weights: of.materialise(&arch) }
}

#[test]
fn relations_of_the_teacher_itself_differ_by_nothing() {
    let _generator = own_generator();
    let teacher = of("bert-v5.1-smoke", 1);
    for relation in [Relation::Softmax, Relation::RawScores] {
        let task = RelationDistil::new(teacher.layout.clone(), relation_teacher(&teacher), relation, None);
        let arch = teacher.space().largest();
        let loss = |arch| task.losses(&teacher.materialise(arch), &[RelationBatch::new(sequences(3))]).nll;
        assert!(loss(&arch) < 1e-12, "{relation:?}: {}", loss(&arch));
        let grads = gradients(&task, &teacher, &arch, &RelationBatch::new(sequences(3)));
        assert!(largest(&grads) < 1e-6, "{relation:?}");
    }
}

#[test]
fn a_student_of_another_shape_learns_to_relate_as_the_teacher_does() {
    let _generator = own_generator();
    let teacher = of("bert-v5.1-smoke", 1);
    let space = SearchSpace::find("autodistil-large-smoke").unwrap();
    let layout: Arc<dyn Layout> = layout_of(&space, VOCAB).into();
    let source = WeightSource::supernet(
        layout.clone(),
        weights_of("autodistil"),
        &mos_spaces::method::MethodSettings::default(),
        2,
        Device::Cpu,
    );
    let task = RelationDistil::new(layout, relation_teacher(&teacher), Relation::Softmax, None);
    let schedule = Schedule { decay: Decay::Constant, peak: 5e-3, warmup: 2, updates: 60 };
    let sampler = SubnetSampler::over_space(SamplerKind::SandwichOfTwo, 1);
    let mut trainer = Trainer::new(task, source, sampler, TrainerConfig { schedule, ..config() });
    let batch = || [RelationBatch::new(sequences(3))];
    let losses = |trainer: &Trainer<RelationDistil>| {
        [space.largest(), space.smallest()].map(|arch| {
            let weights = trainer.weights.materialise(&arch);
            trainer.task.losses(&weights, &batch()).nll
        })
    };
    let before = losses(&trainer);
    for _ in 0..60 {
        trainer.update(&batch());
    }
    for (after, before) in losses(&trainer).into_iter().zip(before) {
        assert!(after < 0.7 * before, "{before} to {after}");
    }
}
