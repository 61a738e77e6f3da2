//! Named parameters in one flat buffer.
//!
//! All parameters of a network stand behind each other in one float32 tensor, and so do their gradients: the
//! optimiser and the gradient norm then run over a few large pieces instead of hundreds of small tensors.

use std::collections::HashMap;

use tch::{Device, Kind, Tensor};

/// Name and shape of one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamShape {
    /// For example `encoder.0.fc1.weight`.
    pub name: String,
    /// Its dims.
    pub shape: Vec<i64>,
}

impl ParamShape {
    /// A name and its dims.
    pub fn new(name: impl Into<String>, shape: &[i64]) -> Self {
        ParamShape { name: name.into(), shape: shape.to_vec() }
    }

    /// Number of elements.
    pub fn numel(&self) -> i64 {
        self.shape.iter().product()
    }
}

/// Master weights (float32) and gradients of one network.
#[derive(Debug)]
pub struct ParamStore {
    shapes: Vec<ParamShape>,
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
    pub fn zeros(shapes: Vec<ParamShape>, kind: Kind, device: Device) -> Self {
        let total: i64 = shapes.iter().map(ParamShape::numel).sum();
        let flat = Tensor::zeros([total], (kind, device));
        let grad = Tensor::zeros([total], (kind, device));
        let views = |buffer: &Tensor| {
            let mut offset = 0;
            let cut = |s: &ParamShape| {
                let view = buffer.narrow(0, offset, s.numel()).view(s.shape.as_slice());
                offset += s.numel();
                view
            };
            shapes.iter().map(cut).collect::<Vec<_>>()
        };
        let (values, grads) = (views(&flat), views(&grad));
        let index = shapes.iter().enumerate().map(|(i, s)| (s.name.clone(), i)).collect();
        ParamStore { shapes, index, flat, grad, values, grads }
    }

    /// Names and shapes, in storage order.
    pub fn shapes(&self) -> &[ParamShape] {
        &self.shapes
    }

    /// Number of parameters.
    pub fn numel(&self) -> i64 {
        self.flat.size()[0]
    }

    /// Device of the buffers.
    pub fn device(&self) -> Device {
        self.flat.device()
    }

    /// Position of a parameter. Names come from this crate's own layouts: an unknown one is a bug.
    pub fn id(&self, name: &str) -> usize {
        *self.index.get(name).unwrap_or_else(|| panic!("no parameter named {name}"))
    }

    /// The parameter at a position (a view of `flat`).
    pub fn value(&self, id: usize) -> &Tensor {
        &self.values[id]
    }

    /// The gradient at a position (a view of `grad`).
    pub fn grad(&self, id: usize) -> &Tensor {
        &self.grads[id]
    }

    /// The parameter with a name.
    pub fn named(&self, name: &str) -> &Tensor {
        self.value(self.id(name))
    }

    /// Sets all gradients to zero.
    pub fn zero_grad(&mut self) {
        let _ = self.grad.zero_();
    }
}

/// The top-left corner of `full` with the given shape, as a view: how a subnet's weight is sliced.
pub fn corner(full: &Tensor, shape: &[i64]) -> Tensor {
    let mut view = full.shallow_clone();
    for (dim, (&have, &want)) in full.size().iter().zip(shape).enumerate() {
        if want < have {
            view = view.narrow(dim as i64, 0, want);
        }
    }
    view
}
