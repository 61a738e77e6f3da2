//! Defines a search space: the choices of every field of its family.

use std::collections::HashMap;

use serde::Deserialize;
use toml::Table;

use crate::arch::Arch;
use crate::family::Family;
use crate::field::{Ends, Field, Scope};
use crate::{bert, hat};

/// What all subnets of a space share, a variant for each family.
#[derive(Clone, Debug, PartialEq)]
pub enum Constants {
    /// The constants of HAT's family.
    Hat(hat::constants::Constants),
    /// The constants of BERT's families.
    Bert(bert::constants::Constants),
}

/// A search space, as its choices make it up.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchSpace {
    /// Name on the command line.
    pub name: String,
    /// The family of its architectures.
    pub family: &'static Family,
    /// The choices of each field of the family's table, in its order. The first is the widest.
    pub choices: Vec<Vec<i64>>,
    /// The settings that are never chosen.
    pub constants: Constants,
    /// Longest sequence of the positional table.
    pub max_positions: i64,
    /// Length of a sequence at which FLOPs are counted.
    pub flops_length: i64,
    /// Embedding rows of the published models.
    pub published_vocab: Option<i64>,
    /// Divisor of each feature: the space's own, or derived from its choices. It is empty in a space without a router.
    pub feature_norm: Vec<f64>,
    /// Whether the feature of the number of layers is constantly 1, as in MoS's released code for its space v5.2.
    pub published_depth_feature: bool,
}

/// What the TOML of a space holds beside its name, family, choices and constants.
#[derive(Deserialize)]
struct Common {
    max_positions: i64,
    flops_length: i64,
    published_vocab: Option<i64>,
    feature_norm: Option<Vec<f64>>,
    #[serde(default)]
    published_depth_feature: bool,
}

impl SearchSpace {
    /// Reads the declaration of a space of `family`, whose constants `constants` reads. Only the keys and their types
    /// are checked here.
    ///
    /// # Errors
    /// Says what is wrong with a key.
    pub fn read(
        family: &'static Family,
        mut table: Table,
        constants: impl FnOnce(Table) -> Result<Constants, toml::de::Error>,
    ) -> Result<SearchSpace, String> {
        let mut take = |key: &str| table.remove(key).ok_or_else(|| format!("missing field `{key}`"));
        let name = take("name")?.try_into().map_err(|e| format!("`name`: {e}"))?;
        take("family")?;
        // The stacks of some families share their choices.
        let mut lists: HashMap<&str, Vec<i64>> = HashMap::new();
        let choices = family.fields.iter().map(|Field { choices_key: key, .. }| {
            if !lists.contains_key(key) {
                lists.insert(key, take(key)?.try_into().map_err(|e| format!("`{key}`: {e}"))?);
            }
            Ok(lists[key].clone())
        });
        let choices = choices.collect::<Result<Vec<_>, String>>()?;
        let keys = ["max_positions", "flops_length", "published_vocab", "feature_norm", "published_depth_feature"];
        let common: Table = keys.iter().filter_map(|key| Some(((*key).to_string(), table.remove(*key)?))).collect();
        let common: Common = common.try_into().map_err(|e: toml::de::Error| e.message().to_string())?;
        let constants = constants(table).map_err(|e| e.message().to_string())?;
        let Common { max_positions, flops_length, published_vocab, feature_norm, published_depth_feature } = common;
        let mut space = SearchSpace {
            name,
            family,
            choices,
            constants,
            max_positions,
            flops_length,
            published_vocab,
            feature_norm: feature_norm.unwrap_or_default(),
            published_depth_feature,
        };
        if space.feature_norm.is_empty() {
            space.feature_norm = space.scaled_norm();
        }
        Ok(space)
    }

    /// Returns the constants of a space of HAT's family.
    ///
    /// # Panics
    /// Panics if it is of another family, which is a bug: a track sees its own spaces only.
    pub fn hat(&self) -> &hat::constants::Constants {
        let Constants::Hat(constants) = &self.constants else { panic!("{} is no space of HAT's family", self.name) };
        constants
    }

    /// Returns the constants of a space of one of BERT's families.
    ///
    /// # Panics
    /// Panics if it is of another family, which is a bug: a track sees its own spaces only.
    pub fn bert(&self) -> &bert::constants::Constants {
        let Constants::Bert(constants) = &self.constants else {
            panic!("{} is no space of BERT's families", self.name)
        };
        constants
    }

    /// Returns the subnet with all choices at their widest; where the paper fixes a field of the largest subnet, it has
    /// that value.
    pub fn largest(&self) -> Arch {
        self.uniform(|choices, ends| match ends {
            Ends::Choices => choices[0],
            Ends::These { largest, .. } => largest,
        })
    }

    /// Returns the subnet with all choices at their narrowest; where the paper fixes a field of the smallest subnet, it
    /// has that value.
    pub fn smallest(&self) -> Arch {
        self.uniform(|choices, ends| match ends {
            Ends::Choices => choices[choices.len() - 1],
            Ends::These { smallest, .. } => smallest,
        })
    }

    fn uniform(&self, pick: impl Fn(&[i64], Ends) -> i64) -> Arch {
        let value = |(field, choices): (&Field, &Vec<i64>)| pick(choices, field.ends);
        let values: Vec<i64> = self.family.fields.iter().zip(&self.choices).map(value).collect();
        let list = |(field, &value): (&Field, &i64)| match field.scope {
            Scope::Net | Scope::Depth => vec![value],
            Scope::Layer => vec![value; values[self.family.depth_of(field.stack)] as usize],
        };
        self.subnet(self.family.fields.iter().zip(&values).map(list).collect())
    }

    /// Makes the subnet of these choices, a list for each field; the values that they stand for make it up.
    pub(crate) fn subnet(&self, mut choices: Vec<Vec<i64>>) -> Arch {
        let fields = self.family.fields;
        for (i, field) in fields.iter().enumerate() {
            let value = |&choice: &i64| field.choices.value(choice, |whole| choices[whole][0]);
            choices[i] = choices[i].iter().map(value).collect();
        }
        Arch::new(self.family, choices)
    }

    /// Returns the layers of a stack in the deepest subnet.
    pub fn deepest(&self, stack: usize) -> usize {
        self.choices[self.family.depth_of(stack)][0] as usize
    }
}
