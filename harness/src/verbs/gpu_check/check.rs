//! What is checked, and what a check found.

use mos_plan::profile::profile::Profile;
use serde::Serialize;
use tch::Device;

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
    /// The profile whose sizes are taken.
    pub profile: Profile,
}
