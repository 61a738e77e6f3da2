//! Says which comparisons of methods a run may decide, and over which subnets its headline is.

use mos_spaces::Method;
use serde::{Deserialize, Serialize};

use crate::error::{Result, refuse};

/// Most comparisons of one family. Each further one makes the others harder to decide, since their p values are adjusted
/// for it.
pub const MOST_COMPARISONS: usize = 3;

/// A comparison that a run may decide: is the first method closer to training from scratch than the second?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The method that is judged.
    pub method: String,
    /// The method that it is compared with.
    pub against: String,
}

/// The scored subnets over which the headline's statistics are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Headline {
    /// All of them, the largest and the smallest included.
    #[default]
    All,
    /// The random ones alone, as published; the largest and the smallest stand beside them.
    Random,
}

/// Refuses a family that is too large, or that names methods which do not exist.
///
/// # Errors
/// Fails with the field at fault.
pub fn check(comparisons: &[Comparison]) -> Result<()> {
    if comparisons.len() > MOST_COMPARISONS {
        refuse!("`comparisons` holds {}; a run decides {MOST_COMPARISONS} at most", comparisons.len());
    }
    for Comparison { method, against } in comparisons {
        for name in [method, against] {
            if Method::find(name)?.is_reference() {
                refuse!("`comparisons`: {name} is what gaps are measured to, not a compared method");
            }
        }
        if method == against {
            refuse!("`comparisons`: {method} is compared with itself");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &str, against: &str) -> Comparison {
        Comparison { method: method.to_string(), against: against.to_string() }
    }

    #[test]
    fn a_family_is_small_and_of_known_methods() {
        check(&[of("mos-neuron", "sandwich")]).unwrap();
        let refused = |list: &[Comparison], part: &str| {
            let error = check(list).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        refused(&vec![of("mos-neuron", "sandwich"); 4], "3 at most");
        refused(&[of("mos-neuron", "sandwhich")], "sandwich");
        refused(&[of("mos-neuron", "scratch")], "scratch");
        refused(&[of("sandwich", "sandwich")], "itself");
    }
}
