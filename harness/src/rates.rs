//! Peak learning rates: one a supernet method, and one a size class of training from scratch.

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
    /// By size class.
    pub scratch: ScratchRates,
}

/// Rates of training from scratch. Each subnet size has its own best rate, so the sweep covers three; any other
/// subnet takes the rate of the class that is nearest in parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScratchRates {
    /// The largest subnet.
    pub largest: f64,
    /// The random subnet whose parameter count is nearest to the mean of the largest's and the smallest's.
    pub middle: f64,
    /// The smallest subnet.
    pub smallest: f64,
}

/// A size class of training from scratch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeClass {
    /// The largest subnet.
    Largest,
    /// A middle one.
    Middle,
    /// The smallest subnet.
    Smallest,
}

impl SizeClass {
    /// All of them.
    pub const ALL: [SizeClass; 3] = [SizeClass::Largest, SizeClass::Middle, SizeClass::Smallest];

    /// Its key in the profile.
    pub fn name(self) -> &'static str {
        match self {
            SizeClass::Largest => "largest",
            SizeClass::Middle => "middle",
            SizeClass::Smallest => "smallest",
        }
    }
}

impl ScratchRates {
    /// The rate of a class.
    pub fn of(&self, class: SizeClass) -> f64 {
        match class {
            SizeClass::Largest => self.largest,
            SizeClass::Middle => self.middle,
            SizeClass::Smallest => self.smallest,
        }
    }
}

/// Parameter counts of the three classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassParams {
    /// Of the largest subnet.
    pub largest: i64,
    /// Of the middle one.
    pub middle: i64,
    /// Of the smallest.
    pub smallest: i64,
}

impl ClassParams {
    /// The class nearest in parameters; the larger one on a tie.
    pub fn nearest(&self, params: i64) -> SizeClass {
        let distance = |class: &SizeClass| match class {
            SizeClass::Largest => (self.largest - params).abs(),
            SizeClass::Middle => (self.middle - params).abs(),
            SizeClass::Smallest => (self.smallest - params).abs(),
        };
        SizeClass::ALL.into_iter().min_by_key(distance).expect("three classes")
    }
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
        SizeClass::ALL.into_iter().try_for_each(|class| check_rate(class.name(), self.scratch.of(class)))
    }
}

fn check_rate(name: &str, rate: f64) -> Result<()> {
    if !(rate.is_finite() && rate > 0.0) {
        bail!("[rates] `{name}` = {rate}: a peak learning rate must be a positive number");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_takes_the_class_nearest_in_parameters() {
        let classes = ClassParams { largest: 100, middle: 60, smallest: 10 };
        assert_eq!(classes.nearest(95), SizeClass::Largest);
        assert_eq!(classes.nearest(79), SizeClass::Middle);
        assert_eq!(classes.nearest(80), SizeClass::Largest);
        assert_eq!(classes.nearest(34), SizeClass::Smallest);
    }
}
