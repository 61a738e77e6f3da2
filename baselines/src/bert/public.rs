//! Reads a public BERT checkpoint (safetensors, the names of Hugging Face's `BertForPreTraining`) into a network.
//!
//! A supernet of a space with maps starts as the public network, since its maps start as identities.

use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use tch::{Kind, Tensor};

use crate::supernet::weights::WeightSource;
use crate::{Error, Result};

/// Parameters outside the layers: our name and the checkpoint's.
const WHOLE: [(&str, &str); 10] = [
    ("embed.word.weight", "bert.embeddings.word_embeddings.weight"),
    ("embed.position.weight", "bert.embeddings.position_embeddings.weight"),
    ("embed.type.weight", "bert.embeddings.token_type_embeddings.weight"),
    ("embed.norm.weight", "bert.embeddings.LayerNorm.weight"),
    ("embed.norm.bias", "bert.embeddings.LayerNorm.bias"),
    ("head.transform.weight", "cls.predictions.transform.dense.weight"),
    ("head.transform.bias", "cls.predictions.transform.dense.bias"),
    ("head.norm.weight", "cls.predictions.transform.LayerNorm.weight"),
    ("head.norm.bias", "cls.predictions.transform.LayerNorm.bias"),
    ("head.bias", "cls.predictions.bias"),
];

/// Parts of a layer, each a weight and a bias: our name behind `layer.N.` and the checkpoint's behind `bert.encoder.layer.N.`.
const LAYER: [(&str, &str); 8] = [
    ("self.q", "attention.self.query"),
    ("self.k", "attention.self.key"),
    ("self.v", "attention.self.value"),
    ("self.out", "attention.output.dense"),
    ("self_norm", "attention.output.LayerNorm"),
    ("fc1", "intermediate.dense"),
    ("fc2", "output.dense"),
    ("ffn_norm", "output.LayerNorm"),
];

/// Tensors that such a checkpoint may hold and that nothing here uses: the pooler, the head of next-sentence prediction,
/// copies of tied tensors, a list of numbers.
const UNUSED: [&str; 7] = [
    "bert.pooler.dense.weight",
    "bert.pooler.dense.bias",
    "cls.seq_relationship.weight",
    "cls.seq_relationship.bias",
    "cls.predictions.decoder.weight",
    "cls.predictions.decoder.bias",
    "bert.embeddings.position_ids",
];

/// Names that layer norms have in older checkpoints.
const OLD_NAMES: [(&str, &str); 2] = [("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta")];

/// Fills the shared parameters of a network with those of a public checkpoint. Maps, further experts and routers stay as
/// they are.
///
/// # Errors
/// Fails if the file is a pickle, which is never run; if it is no readable safetensors file; if a tensor is missing, is one
/// too many, or has another shape or type than the network's, and names it.
pub fn load(source: &WeightSource, path: &Path) -> Result<()> {
    let bytes = std::fs::read(path).map_err(|cause| Error::Read { path: path.to_path_buf(), cause })?;
    refuse_pickle(&bytes, path)?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|e| refused(path, e.to_string()))?;
    let wanted: Vec<(String, String)> =
        source.dense_specs().iter().filter_map(|spec| Some((spec.name.clone(), public_name(&spec.name)?))).collect();
    let mut values = Vec::new();
    let mut used = Vec::new();
    for (own, public) in &wanted {
        let (name, view) = find(&tensors, public).ok_or_else(|| refused(path, format!("it has no tensor {public}")))?;
        values.push(value(source, own, &name, &view, path)?);
        used.push(name);
    }
    let known = |name: &str| used.iter().any(|used| used == name) || UNUSED.contains(&name);
    if let Some(extra) = tensors.names().into_iter().find(|name| !known(name)) {
        return Err(refused(path, format!("the space has no place for its tensor {extra}")));
    }
    for ((own, _), value) in wanted.iter().zip(values) {
        tch::no_grad(|| source.params.named(own).shallow_clone().copy_(&value));
    }
    Ok(())
}

/// Returns the checkpoint's name of a parameter; none for a map, which a public network does not have.
fn public_name(own: &str) -> Option<String> {
    if let Some((_, public)) = WHOLE.iter().find(|(name, _)| *name == own) {
        return Some((*public).to_string());
    }
    let (layer, rest) = own.strip_prefix("layer.")?.split_once('.')?;
    let (part, end) = rest.rsplit_once('.')?;
    let (_, public) = LAYER.iter().find(|(name, _)| *name == part)?;
    Some(format!("bert.encoder.layer.{layer}.{public}.{end}"))
}

fn find<'a>(tensors: &SafeTensors<'a>, name: &str) -> Option<(String, TensorView<'a>)> {
    let old = OLD_NAMES.iter().map(|(new, old)| name.replace(new, old));
    std::iter::once(name.to_string()).chain(old).find_map(|name| Some((name.clone(), tensors.tensor(&name).ok()?)))
}

fn value(source: &WeightSource, own: &str, name: &str, view: &TensorView, path: &Path) -> Result<Tensor> {
    let shape = source.params.named(own).size();
    if view.dtype() != Dtype::F32 || view.shape().iter().map(|&d| d as i64).ne(shape.iter().copied()) {
        let found = format!("its tensor {name} is {:?} {:?}", view.dtype(), view.shape());
        return Err(refused(path, format!("{found}, where the space needs F32 {shape:?}")));
    }
    Ok(Tensor::from_data_size(view.data(), &shape, Kind::Float))
}

/// Refuses PyTorch's own files, which are pickles, alone or in a zip: reading one can run any code.
fn refuse_pickle(bytes: &[u8], path: &Path) -> Result<()> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x80") {
        let way_out = "it is a pickle, which is never read here; in Python, convert it with \
                       safetensors.torch.save_file(torch.load(FILE, weights_only=True), \"model.safetensors\")";
        return Err(refused(path, way_out.to_string()));
    }
    Ok(())
}

fn refused(path: &Path, reason: String) -> Error {
    Error::Public { path: path.to_path_buf(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_public_checkpoint() {
        let name = |own| public_name(own).unwrap();
        assert_eq!(name("layer.3.self.q.weight"), "bert.encoder.layer.3.attention.self.query.weight");
        assert_eq!(name("layer.11.ffn_norm.bias"), "bert.encoder.layer.11.output.LayerNorm.bias");
        assert_eq!(name("head.bias"), "cls.predictions.bias");
        assert_eq!(public_name("layer.0.in.weight"), None);
    }

    #[test]
    fn pickles_are_refused_with_a_way_out() {
        for bytes in [b"PK\x03\x04 and more".as_slice(), b"\x80\x02}q\x00"] {
            let error = refuse_pickle(bytes, Path::new("pytorch_model.bin")).unwrap_err().to_string();
            assert!(error.contains("pytorch_model.bin") && error.contains("safetensors"), "{error}");
        }
        refuse_pickle(&8u64.to_le_bytes(), Path::new("model.safetensors")).unwrap();
    }
}
