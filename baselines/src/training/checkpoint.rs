//! Saves and loads checkpoints: weights and optimiser moments (safetensors) with the counters that re-seed every
//! generator.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, View};
use tch::{Device, Kind, Tensor};

use super::task::Task;
use super::trainer::Trainer;
use crate::supernet::store::ParamStore;
use crate::{Error, Result};

/// Metadata key of the number of updates done.
const UPDATE: &str = "update";

/// Writes weights, moments and the update counter to `path`, whole or not at all.
pub fn save<T: Task>(trainer: &Trainer<T>, path: &Path) -> Result<()> {
    let parts = [
        ("", &trainer.weights.params.flat),
        ("adam.first.", &trainer.adam.first),
        ("adam.second.", &trainer.adam.second),
    ];
    write(trainer.weights.params.parts(&parts), &[(UPDATE, trainer.update.to_string())], path)
}

/// Writes only the weights of `params`, with the given metadata.
pub fn save_weights(params: &ParamStore, metadata: &[(&str, String)], path: &Path) -> Result<()> {
    write(params.parts(&[("", &params.flat)]), metadata, path)
}

/// Loads a checkpoint into a trainer of the same method and sizes.
pub fn load<T: Task>(trainer: &mut Trainer<T>, path: &Path) -> Result<()> {
    let bytes = read(path)?;
    let (tensors, metadata) = parse(&bytes, path)?;
    let update = metadata
        .get(UPDATE)
        .and_then(|u| u.parse().ok())
        .ok_or_else(|| broken(path, "its update counter is missing"))?;
    let shapes = trainer.weights.params.shapes_ref();
    let Trainer { weights, adam, .. } = &mut *trainer;
    let mut parts =
        [("", &mut weights.params.flat), ("adam.first.", &mut adam.first), ("adam.second.", &mut adam.second)];
    for (prefix, flat) in &mut parts {
        fill(&shapes, prefix, flat, &tensors, path)?;
    }
    trainer.update = update;
    trainer.adam.steps = update;
    Ok(())
}

/// Loads only the weights of a checkpoint.
pub fn load_weights(params: &ParamStore, path: &Path) -> Result<()> {
    let bytes = read(path)?;
    let (tensors, _) = parse(&bytes, path)?;
    fill(&params.shapes_ref(), "", &mut params.flat.shallow_clone(), &tensors, path)
}

/// A piece of a flat buffer. Its bytes are made when they are written, one piece at a time: a checkpoint of a large
/// network would otherwise take twice its size in memory, when memory is scarce.
struct Piece {
    shape: Vec<usize>,
    values: Tensor,
}

impl View for Piece {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let values = self.values.to_device(Device::Cpu).to_kind(Kind::Float).contiguous();
        let mut bytes = vec![0u8; self.data_len()];
        values.copy_data_u8(&mut bytes, values.numel());
        Cow::Owned(bytes)
    }

    fn data_len(&self) -> usize {
        self.shape.iter().product::<usize>() * size_of::<f32>()
    }
}

impl ParamStore {
    fn shapes_ref(&self) -> Vec<(String, Vec<i64>)> {
        self.specs().iter().map(|s| (s.name.clone(), s.shape.clone())).collect()
    }

    /// Cuts flat buffers into named tensors.
    fn parts(&self, buffers: &[(&str, &Tensor)]) -> Vec<(String, Piece)> {
        let mut pieces = Vec::new();
        for (prefix, flat) in buffers {
            let mut offset = 0;
            for spec in self.specs() {
                let values = flat.narrow(0, offset, spec.numel());
                let dims = spec.shape.iter().map(|&d| d as usize).collect();
                pieces.push((format!("{prefix}{}", spec.name), Piece { shape: dims, values }));
                offset += spec.numel();
            }
        }
        pieces
    }
}

fn write(pieces: Vec<(String, Piece)>, metadata: &[(&str, String)], path: &Path) -> Result<()> {
    let metadata: HashMap<String, String> = metadata.iter().map(|(k, v)| ((*k).to_string(), v.clone())).collect();
    let written = mos_base::files::write_atomic_by(path, |temporary| {
        safetensors::serialize_to_file(pieces, Some(metadata), temporary)
    });
    written.map_err(|e| match e {
        SafeTensorError::IoError(cause) => Error::Write { path: path.to_path_buf(), cause },
        other => broken(path, &other.to_string()),
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|cause| Error::Read { path: path.to_path_buf(), cause })
}

fn parse<'a>(bytes: &'a [u8], path: &Path) -> Result<(SafeTensors<'a>, HashMap<String, String>)> {
    let not_safetensors = |e: SafeTensorError| broken(path, &e.to_string());
    let tensors = SafeTensors::deserialize(bytes).map_err(not_safetensors)?;
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(not_safetensors)?;
    Ok((tensors, metadata.metadata().clone().unwrap_or_default()))
}

fn fill(
    shapes: &[(String, Vec<i64>)],
    prefix: &str,
    flat: &mut Tensor,
    tensors: &SafeTensors,
    path: &Path,
) -> Result<()> {
    let mut offset = 0;
    for (name, shape) in shapes {
        let full = format!("{prefix}{name}");
        let view = tensors.tensor(&full).map_err(|e| broken(path, &e.to_string()))?;
        if view.dtype() != Dtype::F32 || view.shape().iter().map(|&d| d as i64).ne(shape.iter().copied()) {
            return Err(broken(
                path,
                &format!("{full} is {:?} {:?}, expected F32 {shape:?}", view.dtype(), view.shape()),
            ));
        }
        let count: i64 = shape.iter().product();
        let value = Tensor::from_data_size(view.data(), shape, Kind::Float);
        flat.narrow(0, offset, count).copy_(&value.view([count]));
        offset += count;
    }
    Ok(())
}

fn broken(path: &Path, reason: &str) -> Error {
    Error::Checkpoint { path: path.to_path_buf(), reason: reason.to_string() }
}
