//! Loads the weights of trainings: the first ones, the finished ones, and the best of several.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use mos_base::Split;
use mos_baselines::supernet::weights::{ScratchInit, WeightSource};
use mos_baselines::training::checkpoint;
use mos_plan::Metric;
use mos_plan::files::job::{JobFile, RECORDS};
use mos_plan::spec::training::TrainSpec;
use mos_plan::spec::work::Work;
use mos_reports::read_records;
use mos_spaces::catalog::layout_of;
use mos_spaces::{Method, SearchSpace};
use tch::Device;

/// Name of the file with the final weights of a finished training.
pub const WEIGHTS_FILE: &str = "weights.safetensors";

/// Makes the master weights of a training before its first update.
pub fn initial_weights(spec: &TrainSpec, vocab: i64, device: Device) -> Result<WeightSource> {
    let layout = layout_of(&SearchSpace::find(spec.space.as_str())?, vocab).into();
    let method = Method::find(&spec.method)?;
    Ok(match &spec.subnet {
        Some(subnet) => {
            let init = if spec.own_size_init { ScratchInit::OwnSize } else { ScratchInit::SupernetSlice };
            WeightSource::dense(layout, &subnet.arch, init, spec.seed, device)
        }
        None => WeightSource::supernet(layout, method.weights, &spec.settings, spec.seed, device),
    })
}

/// Reads what a training job trained.
pub fn training_spec(dir: &Path) -> Result<TrainSpec> {
    let file = JobFile::read(dir)?.with_context(|| format!("{} holds no job", dir.display()))?;
    match file.spec.work {
        Work::Train(train) => Ok(train),
        _ => bail!("{} is not a training job", dir.display()),
    }
}

/// Loads the final weights of a finished training job.
pub fn finished_weights(dir: &Path, spec: &TrainSpec, vocab: i64, device: Device) -> Result<WeightSource> {
    let source = initial_weights(spec, vocab, device)?;
    checkpoint::load_weights(&source.params, &dir.join(WEIGHTS_FILE))?;
    Ok(source)
}

/// Picks the training whose weights have the least loss on validation; one alone is taken as it is.
pub fn best_training(trainings: &[PathBuf]) -> Result<&Path> {
    if let [only] = trainings {
        return Ok(only);
    }
    let mut best: Option<(f64, &Path)> = None;
    for dir in trainings {
        let records = read_records(&dir.join(RECORDS))?;
        let losses = records.iter().filter(|r| r.metric == Metric::Loss && r.split == Some(Split::Valid));
        let kept = if training_spec(dir)?.keep_best {
            losses.min_by(|a, b| a.value.total_cmp(&b.value))
        } else {
            losses.max_by_key(|r| r.step)
        };
        let loss = kept.with_context(|| format!("{} holds no loss", dir.display()))?.value;
        if best.is_none_or(|(least, _)| loss < least) {
            best = Some((loss, dir));
        }
    }
    Ok(best.context("a score job reads a training job")?.1)
}
