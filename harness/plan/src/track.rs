//! The tracks: each is a row here, and has a folder of its own where its code is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is trained and measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Track {
    /// The track of machine translation.
    Mt,
    /// The track of masked-LM encoders.
    Bert,
}

impl Track {
    /// Every track.
    pub const ALL: &'static [Track] = &[Track::Mt, Track::Bert];

    /// Returns its name on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Track::Mt => "mt",
            Track::Bert => "bert",
        }
    }
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Says that no track has a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no track of this version")]
pub struct UnknownTrack(String);

impl FromStr for Track {
    type Err = UnknownTrack;

    fn from_str(name: &str) -> Result<Track, UnknownTrack> {
        Track::ALL.iter().copied().find(|t| t.name() == name).ok_or_else(|| UnknownTrack(name.to_string()))
    }
}
