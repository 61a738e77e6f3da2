//! Reads a JSON object of configurations by name, in file order.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::configuration::{Configuration, ConfigurationSeed, KeyStyle};
use crate::family::Family;

/// Reads the members of the object in their order. A plain map would lose the order of the file and keep only one of
/// two equal names.
struct Members(ConfigurationSeed);

impl<'de> DeserializeSeed<'de> for Members {
    type Value = Vec<(String, Configuration)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Configuration)>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "an object of configurations (name -> configuration with the keys of family {})", self.0.family.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut members, mut names) = (Vec::new(), HashSet::new());
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("`{name}` stands twice")));
            }
            let configuration = map.next_value_seed(self.0).map_err(|e| A::Error::custom(format!("`{name}`: {e}")))?;
            members.push((name, configuration));
        }
        Ok(members)
    }
}

/// Reads the object. It is not checked against any space.
///
/// # Errors
/// Says what is wrong, in which configuration, and at which line and column.
pub fn parse(family: &'static Family, text: &str) -> Result<Vec<(String, Configuration)>, String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = Members(ConfigurationSeed { family, keys: KeyStyle::Json });
    let read = members.deserialize(&mut deserializer).and_then(|read| deserializer.end().map(|()| read));
    read.map_err(|e| e.to_string())
}
