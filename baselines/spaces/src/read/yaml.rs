//! Reads HAT's sub-transformer YAML, where a file holds one configuration and names it.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer};
use serde_saphyr::UserMessageFormatter;

use super::configuration::{ConfigurationSeed, KeyStyle};
use crate::arch::Arch;
use crate::hat::fields::HAT;

/// A configuration in which fields have the names of HAT's YAML.
struct HatYaml(Arch);

impl<'de> Deserialize<'de> for HatYaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HatYaml, D::Error> {
        let seed = ConfigurationSeed { family: &HAT, keys: KeyStyle::Yaml };
        Ok(HatYaml(seed.deserialize(deserializer)?.arch))
    }
}

/// Reads one configuration.
///
/// # Errors
/// Says what is wrong, and on which line.
pub fn parse(text: &str) -> Result<Arch, String> {
    let message = |e: serde_saphyr::Error| e.without_snippet().render_with_formatter(&UserMessageFormatter);
    let HatYaml(arch) = serde_saphyr::from_str(text).map_err(message)?;
    Ok(arch)
}
