//! A data set has three splits, with the same names in files and on command lines.

use serde::{Deserialize, Serialize};

/// One of the three splits of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// A network is trained on this split.
    Train,
    /// Every choice is made on this split.
    Valid,
    /// This split is scored once, after all choices.
    Test,
}

/// This error says that a text names no split.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown split `{0}`; known: train, valid, test")]
pub struct UnknownSplit(String);

impl Split {
    /// These are all three splits. Their order is that of files and tables, and `split as usize` is a split's place in
    /// it.
    pub const ALL: [Split; 3] = [Split::Train, Split::Valid, Split::Test];

    fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Valid => "valid",
            Split::Test => "test",
        }
    }
}

impl std::fmt::Display for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Split {
    type Err = UnknownSplit;

    fn from_str(text: &str) -> Result<Split, UnknownSplit> {
        Split::ALL.into_iter().find(|split| split.name() == text).ok_or_else(|| UnknownSplit(text.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct File {
        split: Split,
    }

    #[test]
    fn text_and_split_agree_in_all_directions() {
        for (place, split) in Split::ALL.into_iter().enumerate() {
            assert_eq!(split as usize, place);
            assert_eq!(split.to_string().parse(), Ok(split));
            let file = File { split };
            assert_eq!(toml::to_string(&file).unwrap(), format!("split = \"{split}\"\n"));
            assert_eq!(toml::from_str::<File>(&format!("split = \"{split}\"")).unwrap(), file);
        }
        assert_eq!(format!("{:6}|", Split::Test), "test  |");
        for wrong in ["", "Train", "validation"] {
            let message = wrong.parse::<Split>().unwrap_err().to_string();
            assert_eq!(message, format!("unknown split `{wrong}`; known: train, valid, test"));
        }
    }
}
