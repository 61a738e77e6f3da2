//! Keeps named parameters in one flat buffer.
//!
//! All parameters of a network stand behind each other in one float32 tensor, and so do their gradients: the
//! optimiser and the gradient norm then run over a few large pieces instead of hundreds of small tensors.

use std::collections::HashMap;

use mos_spaces::params::{ParamSpec, numel};
use tch::{Device, Kind, Tensor};

/// Master weights (float32) and gradients of one network.
#[derive(Debug)]
pub struct ParamStore {
    specs: Vec<ParamSpec>,
    index: HashMap<String, usize>,
    /// All parameters, flat.
    pub flat: Tensor,
    /// All gradients, flat, in the same order.
    pub grad: Tensor,
    values: Vec<Tensor>,
    grads: Vec<Tensor>,
}

impl ParamStore {
    /// Allocates zeroed parameters and gradients of kind `kind` (float32; float64 in gradient checks).
    pub fn zeros(specs: Vec<ParamSpec>, kind: Kind, device: Device) -> Self {
        let total = numel(&specs);
        let flat = Tensor::zeros([total], (kind, device));
        let grad = Tensor::zeros([total], (kind, device));
        let views = |buffer: &Tensor| {
            let mut offset = 0;
            let cut = |s: &ParamSpec| {
                let view = buffer.narrow(0, offset, s.numel()).view(s.shape.as_slice());
                offset += s.numel();
                view
            };
            specs.iter().map(cut).collect::<Vec<_>>()
        };
        let (values, grads) = (views(&flat), views(&grad));
        let index = specs.iter().enumerate().map(|(i, s)| (s.name.clone(), i)).collect();
        ParamStore { specs, index, flat, grad, values, grads }
    }

    /// Returns the parameters, in storage order.
    pub fn specs(&self) -> &[ParamSpec] {
        &self.specs
    }

    /// Returns the parts of the flat buffers to which weight decay applies, as starts and lengths; neighbours are one
    /// part.
    pub fn decayed(&self) -> Vec<(i64, i64)> {
        let mut parts: Vec<(i64, i64)> = Vec::new();
        let mut offset = 0;
        for spec in &self.specs {
            if spec.decay {
                match parts.last_mut() {
                    Some((start, len)) if *start + *len == offset => *len += spec.numel(),
                    _ => parts.push((offset, spec.numel())),
                }
            }
            offset += spec.numel();
        }
        parts
    }

    /// Returns the number of parameters.
    pub fn numel(&self) -> i64 {
        self.flat.size()[0]
    }

    /// Returns the device of the buffers.
    pub fn device(&self) -> Device {
        self.flat.device()
    }

    /// Finds the position of a parameter. Names come from this crate's own layouts, so an unknown one is a bug.
    pub fn id(&self, name: &str) -> usize {
        *self.index.get(name).unwrap_or_else(|| panic!("no parameter named {name}"))
    }

    /// Says whether there is a parameter with a name.
    pub fn has(&self, name: &str) -> bool {
        self.index.contains_key(name)
    }

    /// Returns the parameter at a position (a view of `flat`).
    pub fn value(&self, id: usize) -> &Tensor {
        &self.values[id]
    }

    /// Returns the gradient at a position (a view of `grad`).
    pub fn grad(&self, id: usize) -> &Tensor {
        &self.grads[id]
    }

    /// Returns the parameter with a name.
    pub fn named(&self, name: &str) -> &Tensor {
        self.value(self.id(name))
    }

    /// Sets all gradients to zero.
    pub fn zero_grad(&mut self) {
        let _ = self.grad.zero_();
    }
}

/// Cuts the top-left corner of `full` with the given shape, as a view: this is how a subnet's weight is sliced.
pub fn corner(full: &Tensor, shape: &[i64]) -> Tensor {
    let mut view = full.shallow_clone();
    for (dim, (&have, &want)) in full.size().iter().zip(shape).enumerate() {
        if want < have {
            view = view.narrow(dim as i64, 0, want);
        }
    }
    view
}
