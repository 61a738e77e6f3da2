//! Defines [`Arch`], one subnet of a search space.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::family::Family;
use crate::field::Scope;

/// A subnet: a value for each field of its family. It is written as a configuration, an object with the fields' keys,
/// before which the key `family` names every family but the first ([`Family::named`]); [`crate::read`] reads it back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Arch {
    family: &'static Family,
    /// One list for each field, in the order of the table: a single value, or one a layer.
    values: Vec<Vec<i64>>,
}

impl Arch {
    /// Makes a subnet of these values: a list for each field of the family's table, which has one value where the field
    /// is not per layer.
    ///
    /// # Panics
    /// Panics if the lists do not fit the table's fields.
    pub fn new(family: &'static Family, values: Vec<Vec<i64>>) -> Arch {
        assert_eq!(values.len(), family.fields.len(), "an architecture of {} has a list a field", family.name);
        for (field, list) in family.fields.iter().zip(&values) {
            assert!(field.scope == Scope::Layer || list.len() == 1, "`{}` is one value", field.key);
        }
        Arch { family, values }
    }

    /// Returns the family of its fields.
    pub fn family(&self) -> &'static Family {
        self.family
    }

    /// Returns the value of a field that is not per layer.
    pub fn value(&self, field: usize) -> i64 {
        self.values[field][0]
    }

    /// Returns the values of a field: one, or one a layer.
    pub fn values(&self, field: usize) -> &[i64] {
        &self.values[field]
    }

    /// Returns the values of a field, to change them.
    pub fn values_mut(&mut self, field: usize) -> &mut Vec<i64> {
        &mut self.values[field]
    }

    /// Writes one line for tables: `enc 64 x3 ffn 256 64 128 heads 4 2 2; dec ...`.
    pub fn summary(&self) -> String {
        let list = |v: &[i64]| v.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
        let stacks = self.family.stacks.iter().enumerate().map(|(stack, name)| {
            let mut text = (*name).to_string();
            for (field, values) in self.family.fields.iter().zip(&self.values).filter(|(f, _)| f.stack == stack) {
                text += &match field.scope {
                    Scope::Depth => format!(" x{}", values[0]),
                    _ if field.word.is_empty() => format!(" {}", list(values)),
                    _ => format!(" {} {}", field.word, list(values)),
                };
            }
            text
        });
        stacks.collect::<Vec<_>>().join("; ")
    }
}

impl Serialize for Arch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.family.named {
            map.serialize_entry("family", self.family.name)?;
        }
        for i in self.family.by_scope().filter(|&i| !self.family.fields[i].implied) {
            let (field, values) = (&self.family.fields[i], &self.values[i]);
            match field.scope {
                Scope::Layer => map.serialize_entry(field.key, values)?,
                Scope::Net | Scope::Depth => map.serialize_entry(field.key, &values[0])?,
            }
        }
        map.end()
    }
}
