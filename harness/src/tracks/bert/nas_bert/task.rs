//! Tells how NAS-BERT's blocks learn from their teacher, and steers their training.

use anyhow::{Context as _, Result, bail};
use mos_baselines::bert::batch::Sequences;
use mos_baselines::bert::block_distil::{BlockBatch, BlockDistil, BlockTeacher};
use mos_baselines::supernet::weights::{SubnetWeights, WeightSource};
use mos_baselines::training::task::Task as _;
use mos_baselines::training::trainer::Trainer;
use mos_plan::spec::inputs::Role;
use mos_plan::spec::task::TaskSpec;
use mos_plan::spec::training::TrainSpec;
use mos_spaces::bert::blocks::{Block, join};
use mos_spaces::sampler::SubnetSampler;

use super::super::taught::{Taught, TaughtData};
use super::latency::OperationLatencies;
use super::pools::{Pools, Scored, file_name};
use crate::worker::context::JobContext;
use crate::worker::task_data::TaskData;

impl Taught for BlockDistil {
    fn of(_: &TaskSpec, weights: &WeightSource, teacher: &WeightSource) -> BlockDistil {
        let (space, blocks) = (teacher.space(), weights.space().family.stacks.len());
        let of_teacher = teacher.materialise(&space.largest());
        let teacher = BlockTeacher::new(space, of_teacher, blocks).expect("the profile was checked");
        BlockDistil::new(weights.layout.clone(), teacher)
    }

    fn batch(sequences: Sequences) -> BlockBatch {
        BlockBatch::new(sequences)
    }

    fn sequence_length(spec: &TaskSpec) -> usize {
        spec.block_distil().sequence_length
    }

    fn sample(spec: &TaskSpec) -> usize {
        spec.block_distil().sample
    }

    /// Takes the embeddings and the masked-LM head, which blocks leave alone.
    fn inherit(weights: &WeightSource, teacher: &WeightSource) {
        weights.take_corners(teacher);
    }

    /// The training ends with the pools of its last stage.
    fn outputs(spec: &TrainSpec) -> Vec<String> {
        vec![file_name(stage(spec, spec.optimisation.updates))]
    }

    /// Draws blocks from the pools of the stage that the training is in. Where they are not known yet, those before them
    /// shrink.
    fn steer(
        data: &TaughtData<BlockDistil>,
        context: &JobContext,
        spec: &TrainSpec,
        trainer: &mut Trainer<BlockDistil>,
    ) -> Result<bool> {
        let (of_pools, stage) = (spec.task.block_distil().pools, stage(spec, trainer.update));
        let space = trainer.weights.space().clone();
        let first = || {
            let latencies = OperationLatencies::read(&space, context.input(Role::Latencies)?)?;
            anyhow::Ok(Pools::every(&space, of_pools.bins, &latencies))
        };
        let known = if stage == 0 { Some(first()?) } else { Pools::read(&context.job_dir, stage)? };
        let pools = match known {
            Some(pools) => pools,
            None if !trainer.update.is_multiple_of(spec.validate_every) => {
                bail!("{} is missing; delete the job's folder to start afresh", file_name(stage))
            }
            None => {
                let before = if stage == 1 { Some(first()?) } else { Pools::read(&context.job_dir, stage - 1)? };
                let mut pools = before.with_context(|| format!("{} is missing", file_name(stage - 1)))?;
                let batches = data.ranking_batches(&spec.task, 1);
                let scored = |drawn: &[Block]| {
                    let score = || scored(&trainer.task, &trainer.weights.materialise(&join(&space, drawn)), &batches);
                    (!context.told_to_stop()).then(score)
                };
                if !pools.shrink(&of_pools, [spec.seed, stage], scored) {
                    return Ok(false);
                }
                pools.count(passes_of_teacher(&trainer.task, &batches));
                pools.write(&context.job_dir, stage)?;
                pools
            }
        };
        trainer.sample_from(SubnetSampler::of_pools(pools.of_places(), spec.seed));
        Ok(true)
    }
}

/// Returns the stage that a training is in after so many updates. Stages end with a validation each, and the first ones are
/// one, in which nothing has left the pools.
pub fn stage(spec: &TrainSpec, update: u64) -> u64 {
    (update / spec.validate_every).saturating_sub(spec.task.block_distil().pools.warm)
}

/// Scores the block in each place of a net.
pub fn scored(task: &BlockDistil, weights: &SubnetWeights, batches: &[BlockBatch]) -> Scored {
    let flops = batches.iter().map(|batch| task.flops(&weights.arch, batch)).sum();
    Scored { losses: task.block_losses(weights, batches), flops }
}

/// Counts the FLOPs of the teacher's passes over batches, which are made once for all that is scored on them.
pub fn passes_of_teacher(task: &BlockDistil, batches: &[BlockBatch]) -> f64 {
    batches.iter().map(|batch| task.teacher_flops(batch)).sum()
}
