//! Peak learning rates: one a supernet method, and one a subnet of training from scratch.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use mos_baselines::method::Method;
use serde::{Deserialize, Serialize};

/// The rates of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// By method name.
    pub supernet: BTreeMap<String, f64>,
    /// Of training from scratch, by the name of a subnet of the profile's draw. Each subnet has its own best rate; one
    /// that is not listed takes that of the listed one which is nearest in parameters.
    pub scratch: BTreeMap<String, f64>,
}

impl Rates {
    /// The rate of a supernet method.
    ///
    /// # Errors
    /// The profile has none for it.
    pub fn supernet(&self, method: &str) -> Result<f64> {
        self.supernet.get(method).copied().with_context(|| {
            format!(
                "the profile holds no peak learning rate for method {method} under [rates.supernet]; \
                 it has them for: {}",
                self.supernet.keys().cloned().collect::<Vec<_>>().join(", ")
            )
        })
    }

    /// Refuses unknown methods and values that are not rates.
    pub fn check(&self) -> Result<()> {
        for (method, rate) in &self.supernet {
            if Method::find(method)?.name != method || method == "scratch" {
                bail!("[rates.supernet] `{method}`: not the name of a supernet method");
            }
            check_rate(method, *rate)?;
        }
        if self.scratch.is_empty() {
            bail!("[rates.scratch] is empty: it needs the rate of one subnet at least, for example `largest`");
        }
        self.scratch.iter().try_for_each(|(subnet, rate)| check_rate(subnet, *rate))
    }
}

fn check_rate(name: &str, rate: f64) -> Result<()> {
    if !(rate.is_finite() && rate > 0.0) {
        bail!("[rates] `{name}` = {rate}: a peak learning rate must be a positive number");
    }
    Ok(())
}
