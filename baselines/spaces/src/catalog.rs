//! Lists the declared families and spaces, finds one by its name, and gives the layout of its networks.

use mos_base::names::nearest;
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::bert::blocks::{FOUR_BLOCKS, TWO_BLOCKS};
use crate::bert::fields::{AUTODISTIL, BOTTLENECK, HOMOGENEOUS};
use crate::bert::layout::BertLayout;
use crate::error::SpaceError;
use crate::family::Family;
use crate::hat::fields::HAT;
use crate::hat::layout::HatLayout;
use crate::layout::Layout;
use crate::space::{Constants, SearchSpace};

/// Reads the constants of a family's spaces.
type ReadConstants = fn(Table) -> Result<Constants, toml::de::Error>;

/// Every family, with the reader of its constants. A configuration that names none is of the first one.
pub const FAMILIES: &[(&Family, ReadConstants)] = &[
    (&HAT, |table| Ok(Constants::Hat(table.try_into()?))),
    (&BOTTLENECK, read_bert),
    (&HOMOGENEOUS, read_bert),
    (&AUTODISTIL, read_bert),
    (&TWO_BLOCKS, read_bert),
    (&FOUR_BLOCKS, read_bert),
];

fn read_bert(table: Table) -> Result<Constants, toml::de::Error> {
    Ok(Constants::Bert(table.try_into()?))
}

/// The declared spaces, each by its name and TOML text.
const SPACES: &[(&str, &str)] = &[
    ("wmt14-en-de", include_str!("../spaces/mt/wmt14-en-de.toml")),
    ("wmt14-en-fr", include_str!("../spaces/mt/wmt14-en-fr.toml")),
    ("wmt19-en-de", include_str!("../spaces/mt/wmt19-en-de.toml")),
    ("iwslt14-de-en", include_str!("../spaces/mt/iwslt14-de-en.toml")),
    ("scaled-smoke", include_str!("../spaces/mt/scaled-smoke.toml")),
    ("scaled-quick", include_str!("../spaces/mt/scaled-quick.toml")),
    ("scaled-cpu", include_str!("../spaces/mt/scaled-cpu.toml")),
    ("bert-v1", include_str!("../spaces/bert/bert-v1.toml")),
    ("bert-v1-smoke", include_str!("../spaces/bert/bert-v1-smoke.toml")),
    ("bert-v1-scaled", include_str!("../spaces/bert/bert-v1-scaled.toml")),
    ("bert-v5.1", include_str!("../spaces/bert/bert-v5.1.toml")),
    ("bert-v5.1-smoke", include_str!("../spaces/bert/bert-v5.1-smoke.toml")),
    ("bert-v5.1-scaled", include_str!("../spaces/bert/bert-v5.1-scaled.toml")),
    ("bert-v5.2", include_str!("../spaces/bert/bert-v5.2.toml")),
    ("bert-v5.2-published", include_str!("../spaces/bert/bert-v5.2-published.toml")),
    ("bert-v5.2-scaled", include_str!("../spaces/bert/bert-v5.2-scaled.toml")),
    ("autodistil-base", include_str!("../spaces/bert/autodistil-base.toml")),
    ("autodistil-small", include_str!("../spaces/bert/autodistil-small.toml")),
    ("autodistil-tiny", include_str!("../spaces/bert/autodistil-tiny.toml")),
    ("autodistil-large-scaled", include_str!("../spaces/bert/autodistil-large-scaled.toml")),
    ("autodistil-medium-scaled", include_str!("../spaces/bert/autodistil-medium-scaled.toml")),
    ("autodistil-small-scaled", include_str!("../spaces/bert/autodistil-small-scaled.toml")),
    ("autodistil-large-smoke", include_str!("../spaces/bert/autodistil-large-smoke.toml")),
    ("autodistil-small-smoke", include_str!("../spaces/bert/autodistil-small-smoke.toml")),
    ("nas-bert", include_str!("../spaces/bert/nas-bert.toml")),
    ("nas-bert-scaled", include_str!("../spaces/bert/nas-bert-scaled.toml")),
    ("nas-bert-smoke", include_str!("../spaces/bert/nas-bert-smoke.toml")),
];

impl SearchSpace {
    /// Finds the declared space of that name.
    ///
    /// # Errors
    /// Fails if there is none (the nearest is named), or its declaration contradicts itself.
    pub fn find(name: &str) -> Result<SearchSpace, SpaceError> {
        let text = SPACES.iter().find(|(n, _)| *n == name).map(|(_, text)| text);
        let text = text.ok_or_else(|| SpaceError::Unknown {
            name: name.to_string(),
            nearest: nearest(name, &Self::names()).to_string(),
            known: Self::names().join(", "),
        })?;
        Self::parse(text).map_err(|reason| SpaceError::Invalid { name: name.to_string(), reason })
    }

    /// Returns the names of all declared spaces.
    pub fn names() -> Vec<&'static str> {
        SPACES.iter().map(|(n, _)| *n).collect()
    }

    /// Returns the names of the declared spaces of a family.
    pub fn names_of(family: &Family) -> Vec<&'static str> {
        let of = |name: &&str| Self::find(name).is_ok_and(|space| space.family == family);
        Self::names().into_iter().filter(of).collect()
    }

    /// Reads the TOML of a space and checks it.
    fn parse(text: &str) -> Result<SearchSpace, String> {
        let table: Table = text.parse().map_err(|e: toml::de::Error| e.message().to_string())?;
        let name = table.get("family").and_then(|family| family.as_str()).unwrap_or_default();
        let family = FAMILIES.iter().find(|(family, _)| family.name == name);
        let (family, constants) =
            family.ok_or_else(|| format!("`family` is {name:?}, which is none of the families"))?;
        let space = SearchSpace::read(family, table, constants)?;
        space.validate()?;
        Ok(space)
    }
}

/// The name of a declared space.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SpaceName(String);

impl SpaceName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SpaceName {
    type Error = SpaceError;

    fn try_from(name: String) -> Result<Self, SpaceError> {
        SearchSpace::find(&name).map(|_| SpaceName(name))
    }
}

impl From<SpaceName> for String {
    fn from(name: SpaceName) -> String {
        name.0
    }
}

/// Makes the layout of a space's networks over `vocab` rows.
pub fn layout_of(space: &SearchSpace, vocab: i64) -> Box<dyn Layout> {
    match space.constants {
        Constants::Hat(_) => Box::new(HatLayout::new(space, vocab)),
        Constants::Bert(_) => Box::new(BertLayout::new(space, vocab)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hat::fields::DECODER_FFN;

    #[test]
    fn every_declared_space_is_valid_and_holds_its_extremes() {
        for name in SearchSpace::names() {
            let space = SearchSpace::find(name).unwrap();
            assert_eq!(space.name, name);
            space.check(&space.largest()).unwrap();
            space.check(&space.smallest()).unwrap();
        }
    }

    #[test]
    fn unknown_space_names_the_nearest() {
        let error = SearchSpace::find("wmt14-ende").unwrap_err().to_string();
        assert!(error.contains("did you mean `wmt14-en-de`"), "{error}");
    }

    #[test]
    fn an_architecture_outside_names_field_and_choices() {
        let space = SearchSpace::find("wmt14-en-de").unwrap();
        let mut arch = space.largest();
        arch.values_mut(DECODER_FFN)[1] = 1000;
        let error = space.check(&arch).unwrap_err().to_string();
        assert!(error.contains("decoder_ffn_embed_dim") && error.contains("[3072, 2048, 1024]"), "{error}");
        arch.values_mut(DECODER_FFN).truncate(1);
        assert!(space.check(&arch).unwrap_err().to_string().contains("one entry a layer"));
    }

    #[test]
    fn an_unknown_or_missing_key_of_a_declaration_is_named() {
        let text = SPACES[0].1;
        let error = SearchSpace::parse(&text.replace("qkv_dim", "qkv_dims")).unwrap_err();
        assert!(error.contains("qkv_dims"), "{error}");
        let error = SearchSpace::parse(&text.replace("encoder_heads", "encoder_hats")).unwrap_err();
        assert!(error.contains("encoder_heads"), "{error}");
        assert!(SearchSpace::parse(&text.replace("\"hat\"", "\"cap\"")).unwrap_err().contains("cap"));
    }
}
