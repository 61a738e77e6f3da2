//! A map says what the columns of a table are.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mos_base::names::nearest;
use mos_base::text::parse_toml;
use mos_plan::metric::MetricFamily;
use mos_plan::{Metric, Track};
use mos_spaces::{Method, SearchSpace};
use serde::Deserialize;

use crate::error::{Error, Result};

/// The maps that this program ships.
const PRESETS: [(&str, &str); 1] = [("mos-wmt14-en-de", include_str!("../../maps/mos-wmt14-en-de.toml"))];

/// A file of TOML ends so.
const ENDING: &str = ".toml";

/// What the columns of a table are, and where it comes from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// Title of the table.
    pub title: String,
    /// Where its numbers come from.
    pub source: String,
    /// How to cite it.
    pub citation: String,
    /// Licence of the table: an SPDX identifier, or one that starts with `LicenseRef-`.
    pub licence: String,
    /// The track.
    pub track: Track,
    /// Registry id or name of the corpus.
    pub dataset: String,
    /// Language of the corpus, of its source side where it has two.
    pub source_language: String,
    /// Language of its target side.
    pub target_language: Option<String>,
    /// The search space of the subnets.
    pub space: String,
    /// Whether the models have the size of the paper's.
    pub published_size: bool,
    /// What the scores are.
    pub primary_metric: Metric,
    /// The split on which methods are compared.
    pub primary_split: mos_base::Split,
    /// The column of the subnets' names.
    pub name: String,
    /// The column that says which subnets were scored together.
    pub group: Option<String>,
    /// The columns of the architecture, by the keys of a configuration.
    pub arch: BTreeMap<String, String>,
    /// Columns that have to agree with what is computed of the architecture.
    #[serde(default)]
    pub computed: Computed,
    /// Shorter names of the groups.
    #[serde(default)]
    pub groups: BTreeMap<String, String>,
    /// The columns of scores.
    pub score: Vec<ScoreColumns>,
}

/// Columns that have to agree with what is computed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Computed {
    /// Parameters without embeddings.
    pub params: Option<String>,
}

/// The columns of one method's scores.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreColumns {
    /// The method.
    pub method: String,
    /// The column of scores on validation.
    pub valid: Option<String>,
    /// The column of scores on test.
    pub test: Option<String>,
}

impl Map {
    /// Finds a map by the name of a preset, or reads a file.
    ///
    /// # Errors
    /// This fails when there is no such map, or it is none; the error names the file and the nearest preset.
    pub fn find(name: &str) -> Result<Map> {
        if name.ends_with(ENDING) {
            let path = Path::new(name);
            let text = fs::read_to_string(path).map_err(Error::io(path))?;
            return Map::parse(&text).map_err(|reason| Error::input(path, reason));
        }
        let Some((_, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = PRESETS.iter().map(|(known, _)| *known).collect();
            let hint = nearest(name, &known);
            return Err(Error::Run(format!(
                "--map {name}: no such preset; did you mean `{hint}`? A file ends in {ENDING}"
            )));
        };
        Map::parse(text).map_err(|reason| Error::Run(format!("--map {name}: {reason}")))
    }

    /// Reads the text of a map.
    fn parse(text: &str) -> std::result::Result<Map, String> {
        let map: Map = parse_toml(text).map_err(|error| error.to_string())?;
        SearchSpace::find(&map.space).map_err(|error| error.to_string())?;
        if map.primary_metric.family() != MetricFamily::Score {
            return Err(format!("`primary_metric`: {} scores no subnet", map.primary_metric));
        }
        for score in &map.score {
            Method::find(&score.method).map_err(|error| error.to_string())?;
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_read_and_an_unknown_one_names_the_nearest() {
        for (name, _) in PRESETS {
            Map::find(name).unwrap();
        }
        let error = Map::find("mos-wmt14-en-d").unwrap_err().to_string();
        assert!(error.contains("did you mean `mos-wmt14-en-de`?"), "{error}");
    }

    #[test]
    fn a_map_that_names_what_is_not_there_is_refused() {
        let (_, good) = PRESETS[0];
        for (from, to, part) in [
            ("space = \"wmt14-en-de\"", "space = \"wmt14-en-dd\"", "wmt14-en-de"),
            ("method = \"sandwich\"", "method = \"sandwhich\"", "sandwich"),
            ("\"tokenised_bleu\"", "\"latency\"", "scores no subnet"),
            ("group = \"sweep\"", "groop = \"sweep\"", "groop"),
        ] {
            assert!(good.contains(from), "{from}");
            let error = Map::parse(&good.replace(from, to)).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
