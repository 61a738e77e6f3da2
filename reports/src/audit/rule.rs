//! The rules of an audit are data: what each asks, and what a reviewer can quote where it is broken.

use std::fmt;

use mos_base::text::parse_toml;
use serde::{Deserialize, Serialize};

/// The shipped rules.
pub(super) const RULES: &str = include_str!("../../audit/rules.toml");

/// The rules with their version.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// It is raised whenever a rule changes.
    pub version: u32,
    /// The rules, layer by layer.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, by which it is cited.
    pub id: String,
    /// What it is about.
    pub layer: Layer,
    /// How grave it is where it is broken.
    pub severity: Severity,
    /// How grave it is where it can't be told.
    #[serde(default = "warning")]
    pub unknown: Severity,
    /// What it asks.
    pub asks: String,
    /// What may be said where it is broken.
    pub quote: String,
}

fn warning() -> Severity {
    Severity::Warning
}

/// What a rule is about. An audit goes from the first layer to the last: what one finds wrong, the next rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// The files of the run.
    Structure,
    /// Machine and software.
    Environment,
    /// The texts.
    Data,
    /// How methods were compared.
    Rules,
    /// What was planned and what is there.
    Seeds,
    /// The numbers among each other.
    Numbers,
    /// The verdicts.
    Claims,
    /// Trainings that were made again.
    Replay,
}

impl Layer {
    /// Gives its name.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Structure => "structure",
            Layer::Environment => "environment",
            Layer::Data => "data",
            Layer::Rules => "rules",
            Layer::Seeds => "seeds",
            Layer::Numbers => "numbers",
            Layer::Claims => "claims",
            Layer::Replay => "replay",
        }
    }
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It is worth knowing.
    Note,
    /// It makes the run's results doubtful, or can't be told.
    Warning,
    /// The run is not what it says.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// Gives the rules.
///
/// # Panics
/// This panics when the shipped file is damaged, which a test rules out.
pub fn rules() -> Rules {
    parse_toml(RULES).unwrap_or_else(|error| panic!("rules.toml: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_lists_every_rule() {
        let guide = include_str!("../../../docs/auditing.md");
        let rules = rules();
        assert!(guide.contains(&format!("Version {} (", rules.version)));
        for Rule { id, layer, severity, asks, .. } in &rules.rules {
            let row = format!("| {id} | {} | {severity} | {asks} |", layer.name());
            assert!(guide.contains(&row), "docs/auditing.md lacks {row}");
        }
        let rows = guide.lines().filter(|line| line.starts_with("| ") && line.ends_with("? |")).count();
        assert_eq!(rows, rules.rules.len(), "docs/auditing.md has rules that are none");
    }

    #[test]
    fn rules_stand_by_layer_and_number() {
        let rules = rules().rules;
        assert!(rules.windows(2).all(|pair| pair[0].layer <= pair[1].layer), "layer by layer");
        let mut ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), rules.len(), "an id stands twice");
        assert!(rules.iter().all(|rule| rule.asks.ends_with('?') && rule.quote.ends_with('.')));
    }
}
