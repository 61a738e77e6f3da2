//! A JSON object of configurations with HAT's keys: name -> configuration, in file order.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::Arch;
use super::keys::Keys;

/// One configuration of the object, with the figures published for it where the file holds them.
#[derive(Deserialize)]
#[serde(try_from = "Keys")]
pub(super) struct Configuration {
    pub(super) arch: Arch,
    pub(super) params_published_m: Option<f64>,
    pub(super) flops_published_g: Option<f64>,
}

impl TryFrom<Keys> for Configuration {
    type Error = String;

    fn try_from(keys: Keys) -> Result<Configuration, String> {
        let (params_published_m, flops_published_g) = (keys.params_published_m, keys.flops_published_g);
        Ok(Configuration { arch: Arch::try_from(keys)?, params_published_m, flops_published_g })
    }
}

/// The object's members in order. A plain map would lose the order of the file and keep one of two equal names.
struct Members(Vec<(String, Configuration)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("an object of configurations (name -> configuration with HAT's keys)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let (mut members, mut names) = (Vec::new(), HashSet::new());
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("`{name}` stands twice")));
            }
            let configuration = map.next_value().map_err(|e| A::Error::custom(format!("`{name}`: {e}")))?;
            members.push((name, configuration));
        }
        Ok(Members(members))
    }
}

/// Reads the object. The error says what is wrong, in which configuration, and at which line and column.
pub(super) fn parse(text: &str) -> Result<Vec<(String, Configuration)>, String> {
    let Members(members) = serde_json::from_str(text).map_err(|e| e.to_string())?;
    Ok(members)
}

/// The architectures of a JSON object of configurations with HAT's keys, in file order, not held against any space.
///
/// # Errors
/// What is wrong, in which configuration, and at which line and column.
pub fn parse_configurations(text: &str) -> Result<Vec<(String, Arch)>, String> {
    Ok(parse(text)?.into_iter().map(|(name, configuration)| (name, configuration.arch)).collect())
}
