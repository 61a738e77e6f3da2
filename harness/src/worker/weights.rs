//! Loads the weights of trainings: the first ones, and the finished ones.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use mos_baselines::supernet::weights::{ScratchInit, WeightSource};
use mos_baselines::training::checkpoint;
use mos_plan::files::job::JobFile;
use mos_plan::spec::precision::Precision;
use mos_plan::spec::training::{RetrainWeights, TrainSpec};
use mos_plan::spec::work::Work;
use mos_spaces::catalog::layout_of;
use mos_spaces::{Method, SearchSpace};
use tch::{Device, Kind};

/// Name of the file with the final weights of a finished training.
pub const WEIGHTS_FILE: &str = "weights.safetensors";

/// Makes the master weights of a training before its first update.
pub fn initial_weights(spec: &TrainSpec, vocab: i64, device: Device) -> Result<WeightSource> {
    let layout = layout_of(&SearchSpace::find(spec.space.as_str())?, vocab).into();
    let method = Method::find(&spec.method)?;
    let source = match &spec.subnet {
        Some(subnet) => {
            let init = if spec.own_size_init { ScratchInit::OwnSize } else { ScratchInit::SupernetSlice };
            WeightSource::dense(layout, &subnet.arch, init, spec.seed, device)
        }
        None => WeightSource::supernet(layout, method.weights, &spec.settings, spec.seed, device),
    };
    Ok(source.computing_in(product_kind(spec.precision)))
}

/// Returns libtorch's name of a precision.
pub fn product_kind(precision: Precision) -> Kind {
    match precision {
        Precision::Float32 => Kind::Float,
        Precision::Bf16 => Kind::BFloat16,
    }
}

/// Reads what a training job trained, or what continued training left.
pub fn training_spec(dir: &Path) -> Result<TrainSpec> {
    let file = JobFile::read(dir)?.with_context(|| format!("{} holds no job", dir.display()))?;
    match file.spec.work {
        Work::Train(train) => Ok(train),
        Work::Retrain(retrain) => Ok(match retrain.weights {
            RetrainWeights::Merged => retrain.train,
            RetrainWeights::Routed => TrainSpec { subnet: None, ..retrain.train },
        }),
        _ => bail!("{} is not a training job", dir.display()),
    }
}

/// Loads the final weights of a finished training job.
pub fn finished_weights(dir: &Path, spec: &TrainSpec, vocab: i64, device: Device) -> Result<WeightSource> {
    let source = initial_weights(spec, vocab, device)?;
    checkpoint::load_weights(&source.params, &dir.join(WEIGHTS_FILE))?;
    Ok(source)
}
