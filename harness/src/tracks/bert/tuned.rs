//! Loads networks that were fine-tuned: those that others start from, and the teachers of a task.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use mos_baselines::bert::fine_tune::{FineTune, Target, TaskTeacher};
use mos_baselines::bert::fine_tune_layout::{FineTuneLayout, Pooling};
use mos_baselines::supernet::weights::{ScratchInit, WeightSource};
use mos_baselines::training::checkpoint;
use mos_plan::files::job::JobFile;
use mos_plan::spec::fine_tuning::{self, FineTuneSpec, FineTuneStart};
use mos_plan::spec::inputs::Role;
use mos_plan::spec::work::Work;
use mos_spaces::Method;
use mos_spaces::layout::Layout;
use tch::Device;

use crate::worker::weights::{WEIGHTS_FILE, finished_weights, training_spec};

/// A network that was fine-tuned.
pub struct TunedNetwork {
    /// How it was fine-tuned.
    spec: FineTuneSpec,
    layout: FineTuneLayout,
    weights: WeightSource,
}

impl TunedNetwork {
    /// Reads what the fine-tuning in a folder kept. Its head gives `outputs` numbers.
    ///
    /// # Errors
    /// Fails if the job, or the training that it rests on, is missing or damaged.
    pub fn read(folder: &Path, outputs: i64, rows: i64, device: Device) -> Result<TunedNetwork> {
        let file = JobFile::read(folder)?.with_context(|| format!("{} holds no job", folder.display()))?;
        let Work::FineTune(spec) = file.spec.work else { bail!("{} is no job of fine-tuning", folder.display()) };
        let trained = file.spec.inputs.jobs.get(&Role::Training).and_then(|ids| ids.first());
        let trained = trained.with_context(|| format!("{} starts from no training", folder.display()))?;
        let trained = folder.parent().context("a job lies in a folder of jobs")?.join(trained);
        let source = finished_weights(&trained, &training_spec(&trained)?, rows, device)?;
        let layout = FineTuneLayout::new(source.layout.clone(), pooling(spec.task.pooling), outputs);
        let weights = shaped(&spec, &source, Arc::new(layout.clone()), device)?;
        checkpoint::load_weights(&weights.params, &folder.join(WEIGHTS_FILE))?;
        Ok(TunedNetwork { spec, layout, weights })
    }

    /// Returns its weights.
    pub fn weights(&self) -> &WeightSource {
        &self.weights
    }

    /// Makes it the teacher of a task.
    pub fn teacher(&self, target: Target, share: f64) -> TaskTeacher {
        TaskTeacher {
            weights: self.weights.materialise(&self.spec.subnet.arch),
            task: Box::new(FineTune::new(self.layout.clone(), target, None)),
            share,
        }
    }
}

/// Makes weights of the shape that is fine-tuned: dense, or with the experts and routers of `source`.
///
/// # Errors
/// Fails if the method is none of this version's.
pub fn shaped(
    spec: &FineTuneSpec,
    source: &WeightSource,
    layout: Arc<dyn Layout>,
    device: Device,
) -> Result<WeightSource> {
    Ok(match spec.start {
        FineTuneStart::Random | FineTuneStart::Merged => {
            WeightSource::dense(layout, &spec.subnet.arch, ScratchInit::SupernetSlice, spec.seed, device)
        }
        FineTuneStart::Routed => {
            WeightSource::like(source, layout, Method::find(&spec.method)?.weights, spec.seed, device)
        }
    })
}

/// Translates what a head reads.
pub fn pooling(of: fine_tuning::Pooling) -> Pooling {
    match of {
        fine_tuning::Pooling::Mean => Pooling::Mean,
        fine_tuning::Pooling::Cls => Pooling::Cls,
    }
}
