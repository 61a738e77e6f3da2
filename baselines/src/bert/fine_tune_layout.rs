//! Lays out a network that is fine-tuned: the encoder of another layout with a small head of its own.

use std::sync::Arc;

use mos_spaces::layout::Layout;
use mos_spaces::params::{Init, ParamSpec};
use mos_spaces::{Arch, SearchSpace};

/// Prefix of the masked-LM head's parameters, which fine-tuning leaves out.
const MASKED_LM_HEAD: &str = "head.";
/// Prefix of the parameters that a task adds.
pub const TASK_HEAD: &str = "task.";
/// Standard deviation of the new head's first weights, as in BERT.
const STD: f64 = 0.02;

/// What the head of a fine-tuned network reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// It reads the mean of all states that are no padding.
    Mean,
    /// It reads the first state behind a linear layer and tanh, BERT's pooler. Masked LM alone never trains that state.
    Cls,
}

/// The layout of fine-tuned networks.
#[derive(Clone, Debug)]
pub struct FineTuneLayout {
    inner: Arc<dyn Layout>,
    pooling: Pooling,
    outputs: i64,
}

impl FineTuneLayout {
    /// Puts a head of `outputs` numbers on the encoder of `inner`, which is a BERT layout.
    pub fn new(inner: Arc<dyn Layout>, pooling: Pooling, outputs: i64) -> FineTuneLayout {
        FineTuneLayout { inner, pooling, outputs }
    }

    /// Returns what the head reads.
    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// Puts the task's head in place of that of masked LM.
    fn with_head(&self, mut specs: Vec<ParamSpec>) -> Vec<ParamSpec> {
        specs.retain(|spec| !spec.name.starts_with(MASKED_LM_HEAD));
        let width = specs[0].shape[1];
        let mut linear = |name: &str, rows: i64| {
            let weight = Init::Normal { std: STD, zero_row: None };
            specs.push(ParamSpec::new(format!("{TASK_HEAD}{name}.weight"), &[rows, width], weight));
            let bias = ParamSpec::new(format!("{TASK_HEAD}{name}.bias"), &[rows], Init::Zeros);
            specs.push(ParamSpec { decay: false, ..bias });
        };
        if self.pooling == Pooling::Cls {
            linear("pooler", width);
        }
        linear("output", self.outputs);
        specs
    }
}

impl Layout for FineTuneLayout {
    fn space(&self) -> &SearchSpace {
        self.inner.space()
    }

    fn vocab(&self) -> i64 {
        self.inner.vocab()
    }

    /// Lists the encoder's parameters, then the pooler's where there is one, then weight `[outputs, width]` and bias of the
    /// head, where the width is that of the word embeddings.
    fn specs(&self, arch: &Arch) -> Vec<ParamSpec> {
        self.with_head(self.inner.specs(arch))
    }

    fn shared(&self) -> Vec<ParamSpec> {
        self.with_head(self.inner.shared())
    }
}
