//! Reads one configuration: an object with a key for each field of a family, which gives an [`Arch`]. It may name its
//! family.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::arch::Arch;
use crate::catalog::FAMILIES;
use crate::family::Family;
use crate::field::{Field, Scope};

/// Key of the published parameters in millions, which are read but are no part of the architecture.
const PUBLISHED_PARAMS: &str = "params_published_m";
/// Key of the published FLOPs in thousand millions, which are read but are no part of the architecture.
const PUBLISHED_FLOPS: &str = "flops_published_g";

/// Key of the name of the family.
const FAMILY: &str = "family";

/// A configuration, with the figures published for it if it holds them.
#[derive(Debug)]
pub struct Configuration {
    /// The architecture.
    pub arch: Arch,
    /// Published parameters in millions.
    pub params_published_m: Option<f64>,
    /// Published FLOPs in thousand millions.
    pub flops_published_g: Option<f64>,
}

/// The names by which a configuration calls its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStyle {
    /// The names are [`Field::key`].
    Json,
    /// The names are [`Field::yaml`].
    Yaml,
}

/// Reads one configuration of a family. HAT's lists may describe inactive layers, too: entries beyond the number of
/// layers are dropped, and a shorter list is an error. A number of layers that is left out is the length of the lists,
/// in families that say so ([`Field::implied`]). Keys that are no field's are passed over, since HAT's files may hold
/// training options; those that tell of experts are refused, since without them it is another network.
#[derive(Clone, Copy, Debug)]
pub struct ConfigurationSeed {
    /// The family.
    pub family: &'static Family,
    /// How its fields are called.
    pub keys: KeyStyle,
}

impl ConfigurationSeed {
    fn key(self, field: &Field) -> &'static str {
        match self.keys {
            KeyStyle::Json => field.key,
            KeyStyle::Yaml => field.yaml,
        }
    }

    /// Makes the architecture of the values that were read, once it has checked that none is missing.
    fn arch<E: Error>(self, values: Vec<Option<Vec<i64>>>) -> Result<Arch, E> {
        let fields = self.family.fields;
        let missing = fields.iter().zip(&values).find(|(field, given)| given.is_none() && !field.implied);
        if let Some((field, _)) = missing {
            return Err(E::missing_field(self.key(field)));
        }
        let length = |field: &Field| {
            let list = self.family.layered(field.stack).find_map(|list| values[list].as_ref());
            vec![list.map_or(0, Vec::len) as i64]
        };
        let lengths: Vec<_> = fields.iter().map(length).collect();
        let given_or_length = values.into_iter().zip(lengths).map(|(given, length)| given.unwrap_or(length));
        let mut values: Vec<_> = given_or_length.collect();
        for i in self.family.by_scope().filter(|&i| fields[i].scope == Scope::Layer) {
            let depth = self.family.depth_of(fields[i].stack);
            let (have, layers) = (values[i].len(), values[depth][0]);
            if (have as i64) < layers {
                let (key, of) = (fields[i].key, fields[depth].key);
                return Err(E::custom(format!("`{key}` has {have} of the {layers} entries that `{of}` asks for")));
            }
            values[i].truncate(layers.max(0) as usize);
        }
        Ok(Arch::new(self.family, values))
    }

    /// Reads the members of the object, of which `first` is a key that was read already.
    fn read<'de, A: MapAccess<'de>>(self, first: Option<String>, mut map: A) -> Result<Configuration, A::Error> {
        let fields = self.family.fields;
        let mut values: Vec<Option<Vec<i64>>> = vec![None; fields.len()];
        let (mut params_published_m, mut flops_published_g) = (None, None);
        let mut next = first;
        while let Some(key) = next {
            if let Some(i) = fields.iter().position(|field| self.key(field) == key) {
                if values[i].is_some() {
                    return Err(A::Error::duplicate_field(self.key(&fields[i])));
                }
                values[i] = Some(match fields[i].scope {
                    Scope::Layer => map.next_value()?,
                    Scope::Net | Scope::Depth => vec![map.next_value()?],
                });
            } else if key == PUBLISHED_PARAMS {
                params_published_m = map.next_value()?;
            } else if key == PUBLISHED_FLOPS {
                flops_published_g = map.next_value()?;
            } else if key == FAMILY {
                self.check_family(&map.next_value::<String>()?)?;
            } else if tells_of_experts(&key) {
                return Err(A::Error::custom(format!(
                    "`{key}` routes tokens to experts, which are not read here, and the counts would be too low; remove the \
                     key to describe the dense network"
                )));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
            next = map.next_key()?;
        }
        Ok(Configuration { arch: self.arch(values)?, params_published_m, flops_published_g })
    }

    fn check_family<E: Error>(self, name: &str) -> Result<(), E> {
        if name == self.family.name {
            return Ok(());
        }
        Err(E::custom(format!("`{FAMILY}` is {name}, but a configuration of family {} is read", self.family.name)))
    }
}

/// Whether a key that is no field's tells of experts, by which MoS's own configurations describe a larger network.
fn tells_of_experts(key: &str) -> bool {
    let mut words = key.split(['-', '_', '.']);
    words.any(|word| ["expert", "experts", "moe", "route", "router", "routed"].contains(&word))
}

impl<'de> DeserializeSeed<'de> for ConfigurationSeed {
    type Value = Configuration;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Configuration, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ConfigurationSeed {
    type Value = Configuration;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a configuration with the keys of family {}", self.family.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Configuration, A::Error> {
        let first = map.next_key()?;
        self.read(first, map)
    }
}

/// Reads a configuration of any family, which the first key names.
struct NamedFamily;

impl<'de> Visitor<'de> for NamedFamily {
    type Value = Arch;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a configuration")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Arch, A::Error> {
        let first: Option<String> = map.next_key()?;
        let of = |family| ConfigurationSeed { family, keys: KeyStyle::Json };
        if first.as_deref() != Some(FAMILY) {
            return Ok(of(FAMILIES[0].0).read(first, map)?.arch);
        }
        let name: String = map.next_value()?;
        let (family, _) = FAMILIES
            .iter()
            .find(|(family, _)| family.name == name)
            .ok_or_else(|| A::Error::custom(format!("`{FAMILY}` is {name}, which is none of the families")))?;
        let first = map.next_key()?;
        Ok(of(family).read(first, map)?.arch)
    }
}

impl<'de> Deserialize<'de> for Arch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Arch, D::Error> {
        deserializer.deserialize_map(NamedFamily)
    }
}
