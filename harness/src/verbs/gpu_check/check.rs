//! What is checked, and what a check found.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Result, anyhow};
use mos_base::text::one_line;
use mos_plan::profile::profile::Profile;
use serde::Serialize;
use tch::Device;

use crate::worker::splitting::panic_text;

/// One line of the check.
#[derive(Debug, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: String,
    /// Whether it holds.
    pub passed: bool,
    /// What was found, in one line.
    pub found: String,
}

/// What is checked: the device, and the sizes.
pub struct Subject {
    /// The device whose numbers are in question.
    pub device: Device,
    /// Name of the profile whose sizes are taken.
    pub name: &'static str,
    /// That profile.
    pub profile: Profile,
}

/// Does something on the device. What libtorch fails at comes as a panic of its wrapper, and must not cost the other lines
/// of the check.
///
/// # Errors
/// Fails with the panic's text, in one line.
pub fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(|| tch::with_grad(work)))
        .unwrap_or_else(|panic| Err(anyhow!("{}", one_line(panic_text(panic.as_ref()).unwrap_or("it panicked")))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_line() {
        let error = caught::<()>(|| panic!("CUDA error:\n no kernel image")).unwrap_err().to_string();
        assert!(error.starts_with("CUDA error:") && !error.contains('\n'), "{error}");
        assert_eq!(caught(|| Ok(3)).unwrap(), 3);
    }
}
