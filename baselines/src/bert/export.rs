//! Merges the maps of a dense network for export: what leads out of one layer and into the next becomes one map, which computes
//! the same (SuperShaper, arXiv 2110.04711).

use mos_spaces::params::ParamSpec;
use tch::Tensor;

use crate::supernet::store::ParamStore;

/// Returns the parameters of a dense network with each pair of maps behind one another merged into the later one. A network
/// without maps stays as it is.
pub fn merged(dense: &ParamStore) -> ParamStore {
    let specs = dense.specs();
    let is_map = |i: usize, end: &str| {
        specs.get(i).is_some_and(|spec| spec.name.ends_with(end) && !spec.name.contains(".self."))
    };
    let mut kept: Vec<(ParamSpec, Tensor)> = Vec::with_capacity(specs.len());
    let mut i = 0;
    while i < specs.len() {
        // A map is a weight and a bias.
        if is_map(i, ".out.weight") && is_map(i + 2, ".in.weight") {
            let [w1, b1, w2, b2] = [0, 1, 2, 3].map(|k| dense.value(i + k));
            let (weight, bias) = (w2.mm(w1), b1.linear(w2, Some(b2)));
            kept.push((ParamSpec { shape: weight.size(), ..specs[i + 2].clone() }, weight));
            kept.push((specs[i + 3].clone(), bias));
            i += 4;
        } else {
            kept.push((specs[i].clone(), dense.value(i).shallow_clone()));
            i += 1;
        }
    }
    let (specs, values): (Vec<ParamSpec>, Vec<Tensor>) = kept.into_iter().unzip();
    let store = ParamStore::zeros(specs, dense.flat.kind(), dense.device());
    tch::no_grad(|| {
        for (id, value) in values.iter().enumerate() {
            store.value(id).shallow_clone().copy_(value);
        }
    });
    store
}
