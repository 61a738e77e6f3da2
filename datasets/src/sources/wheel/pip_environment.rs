//! What the user's environment tells pip is kept where it says how to reach an index, and taken from pip where it would
//! change what is fetched: the wheels are pinned by version and hash already.

use std::process::Command;

/// Variables that add requirements or silence pip, which would then fail without a reason.
const UNWANTED: [&str; 7] = [
    "PIP_BUILD_CONSTRAINT",
    "PIP_EDITABLE",
    "PIP_GROUP",
    "PIP_QUIET",
    "PIP_REQUIREMENT",
    "PIP_UPLOADED_PRIOR_TO",
    "PIP_VERBOSE",
];

/// Shields a call of pip that fetches pinned wheels.
pub fn shield(pip: &mut Command) {
    for name in UNWANTED {
        pip.env_remove(name);
    }
    // Containers of vendors constrain packages to their own builds, by this variable or in a configuration file. An empty
    // file of constraints wins over both; an empty variable would not.
    pip.env("PIP_CONSTRAINT", "/dev/null").env("PIP_REQUIRE_VIRTUALENV", "0");
}

/// Says which of the user's settings may be why pip found nothing.
pub fn hint() -> &'static str {
    if no_index() { " (PIP_NO_INDEX is set: pip asks no index)" } else { "" }
}

/// Tells whether the user forbids to ask an index.
pub fn no_index() -> bool {
    std::env::var("PIP_NO_INDEX").is_ok_and(|value| !value.is_empty() && value != "0")
}
