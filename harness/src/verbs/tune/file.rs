//! Writes the chosen rates and their provenance into a profile's TOML, and keeps its comments and order.

use std::path::Path;

use anyhow::{Context, Result};
use mos_plan::files::manifest::Tuning;
use mos_plan::planner::sweep::Series;
use mos_plan::profile::profile::Profile;
use mos_plan::profile::study::Candidate;
use toml_edit::{DocumentMut, Item, Table, value};

use super::choice::Choice;
use crate::system::files;

/// Rewrites `[rates]`, the schedule of continued training and `[tuning]` of the profile at `path`.
pub fn rewrite_profile(path: &Path, choices: &[Choice], schedule: &Candidate, tuning: &Tuning) -> Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    let text = rewrite(&text, choices, schedule, tuning).with_context(|| format!("profile {}", path.display()))?;
    // The text must be readable again.
    Profile::parse(&path.display().to_string(), &text)?;
    files::write_atomic(path, text.as_bytes())
}

fn rewrite(text: &str, choices: &[Choice], schedule: &Candidate, tuning: &Tuning) -> Result<String> {
    let mut document: DocumentMut = text.parse().context("not TOML")?;
    for choice in choices {
        let (table, key) = match &choice.series {
            Series::Scratch(subnet) => ("scratch", subnet),
            Series::Supernet(method) => ("supernet", method),
        };
        set(&mut document["rates"][table][key], value(choice.rate));
    }
    let decay = toml::Value::try_from(schedule.decay).context("a schedule is plain data")?;
    let retraining = &mut document["study"]["retraining"];
    set(&mut retraining["decay"], value(decay.as_str().unwrap_or_default()));
    set(&mut retraining["peak_share"], value(schedule.peak_share));
    let table = document.entry("tuning").or_insert_with(|| Item::Table(Table::new()));
    for (key, text) in [("records", &tuning.records), ("sha256", &tuning.sha256), ("command", &tuning.command)] {
        set(&mut table[key], value(text.as_str()));
    }
    Ok(document.to_string())
}

/// Replaces a value and keeps the comment behind it.
fn set(item: &mut Item, mut new: Item) {
    if let (Some(old), Some(new)) = (item.as_value(), new.as_value_mut()) {
        *new.decor_mut() = old.decor().clone();
    }
    *item = new;
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_spaces::schedule::Decay;

    fn choice(series: Series, rate: f64) -> Choice {
        Choice { series, rate, loss: 1.0, curve: vec![], at_an_end: false }
    }

    #[test]
    fn rates_change_comments_stay_and_the_profile_reads_back() {
        let commented =
            |line: &str| if line.starts_with("hat = ") { "hat = 2e-3 # why" } else { line }.to_string() + "\n";
        let text: String = include_str!("../../../plan/profiles/quick.toml").lines().map(commented).collect();
        let tuning = Tuning { records: "r.parquet".into(), sha256: "ab".into(), command: "c".into() };
        let choices = [choice(Series::Supernet("hat".into()), 5e-4), choice(Series::Scratch("random-1".into()), 7e-3)];
        let schedule = Candidate { decay: Decay::Cosine, peak_share: 0.07 };
        let new = rewrite(&text, &choices, &schedule, &tuning).unwrap();
        assert!(new.contains("hat = 0.0005 # why"), "{new}");
        let profile = Profile::parse("quick.toml", &new).unwrap();
        assert_eq!(profile.rates.supernet("hat").unwrap(), 5e-4);
        assert_eq!(profile.rates.scratch["random-1"], 7e-3);
        assert_eq!(profile.study.retraining.chosen(), schedule);
        assert_eq!(profile.tuning.as_ref(), Some(&tuning));
        let comments = |text: &str| text.lines().filter(|l| l.starts_with('#')).map(str::to_string).collect::<Vec<_>>();
        assert_eq!(comments(&new), comments(&text));
        // A second sweep replaces the first one's provenance.
        let again = Tuning { command: "d".into(), ..tuning };
        let twice = rewrite(&new, &choices, &schedule, &again).unwrap();
        assert_eq!(twice.matches("[tuning]").count(), 1);
        assert_eq!(Profile::parse("quick.toml", &twice).unwrap().tuning, Some(again));
    }
}
