//! Peak learning rates: one for each supernet method, and one for each subnet that is trained from scratch.

use std::collections::BTreeMap;

use mos_spaces::Method;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, refuse};

/// The rates of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// The rate of each supernet method; the keys are names of methods.
    pub supernet: BTreeMap<String, f64>,
    /// The rate of each subnet that is trained from scratch; the keys are names of subnets of the profile's draw. Each
    /// subnet has its own best rate; one that is not listed takes that of the listed one which is nearest in
    /// parameters.
    pub scratch: BTreeMap<String, f64>,
}

impl Rates {
    /// Returns the rate of a supernet method: its own, else that of the method which its row of the table names.
    ///
    /// # Errors
    /// Fails if the profile has none for it.
    pub fn supernet(&self, method: &str) -> Result<f64> {
        let of_another = || self.supernet.get(Method::find(method).ok()?.rate_of.as_ref()?);
        self.supernet.get(method).or_else(of_another).copied().ok_or_else(|| {
            Error::Refused(format!(
                "the profile holds no peak learning rate for method {method} under [rates.supernet]; \
                 it has them for: {}",
                self.supernet.keys().cloned().collect::<Vec<_>>().join(", ")
            ))
        })
    }

    /// Refuses unknown methods and values that are not rates.
    pub fn check(&self) -> Result<()> {
        for (method, rate) in &self.supernet {
            let found = Method::find(method)?;
            if found.name != *method || found.is_reference() {
                refuse!("[rates.supernet] `{method}`: not the name of a supernet method");
            }
            check_rate(method, *rate)?;
        }
        if self.scratch.is_empty() {
            refuse!("[rates.scratch] is empty: it needs the rate of one subnet at least, for example `largest`");
        }
        self.scratch.iter().try_for_each(|(subnet, rate)| check_rate(subnet, *rate))
    }
}

fn check_rate(name: &str, rate: f64) -> Result<()> {
    if !(rate.is_finite() && rate > 0.0) {
        refuse!("[rates] `{name}` = {rate}: a peak learning rate must be a positive number");
    }
    Ok(())
}
