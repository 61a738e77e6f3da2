//! Turns what a command line chooses into an experiment and a run's name.

use std::path::Path;

use mos_base::names::check_name;
use mos_spaces::SearchSpace;
use mos_spaces::field::Scope;
use mos_spaces::latency::predictors::MIN_ROWS;
use mos_spaces::latency::table::{self, LatencyRow, by_subnet};

use crate::cli::ReproduceArgs;
use crate::error::{Error, Result, refuse};
use crate::experiment::{Choices, Experiment};
use crate::files::folder::SWEEP_PREFIX;
use crate::profile::find::profile_name;
use crate::profile::profile::{Device, Profile};
use crate::spec::training::RetrainWeights;
use crate::track::Track;

/// What stands before the name of a profile of the BERT track.
const BERT_PREFIX: &str = "bert-";

/// Cuts a call of `reproduce` into one for each track that it asks for.
///
/// # Errors
/// Fails if the profile is of another track than the one that is asked for.
pub fn calls(args: &ReproduceArgs) -> Result<Vec<ReproduceArgs>> {
    let of = |track: Track, profile: String| ReproduceArgs { track: track.name().to_string(), profile, ..args.clone() };
    let bert = || match args.profile.starts_with(BERT_PREFIX) {
        true => args.profile.clone(),
        false => format!("{BERT_PREFIX}{}", args.profile),
    };
    // The profile's own track, which an unknown profile has not.
    let own = Profile::find(&args.profile)?.track;
    match args.track.as_str() {
        "bert" if own != Track::Bert && args.profile.ends_with(".toml") => {
            refuse!("--track bert: profile {} is of track {own}", args.profile)
        }
        "bert" if own != Track::Bert => Ok(vec![of(Track::Bert, bert())]),
        "mt" if own != Track::Mt => refuse!("--track mt: profile {} is of track {own}", args.profile),
        "all" if !fits_one_track(args) && Profile::find(&bert()).is_ok_and(|profile| own != profile.track) => {
            Ok(vec![of(own, args.profile.clone()), of(Track::Bert, bert())])
        }
        _ => Ok(vec![of(own, args.profile.clone())]),
    }
}

/// Says whether an option is given that makes sense for one track only.
fn fits_one_track(args: &ReproduceArgs) -> bool {
    let choices = [
        args.dataset.is_some(),
        !args.methods.is_empty(),
        args.archs.is_some(),
        args.latencies.is_some(),
        args.retrain.is_some(),
        args.max_updates.is_some(),
        args.micro_batches.is_some(),
        args.micro_batch_tokens.is_some(),
        args.run.is_some(),
    ];
    choices.contains(&true)
}

/// Resolves the experiment that `reproduce` is asked for.
///
/// # Errors
/// Fails on unknown names and on architectures outside the space; the error names the flag or file.
pub fn experiment(args: &ReproduceArgs) -> Result<Experiment> {
    let weights = |what: &str| if what == "routed" { RetrainWeights::Routed } else { RetrainWeights::Merged };
    let choices = Choices {
        dataset: args.dataset.as_deref(),
        methods: &args.methods,
        archs: args.archs.as_deref(),
        seeds: args.seeds,
        fresh_seeds_from: args.fresh_seeds_from,
        max_updates: args.max_updates,
        micro_batches: args.micro_batches,
        micro_batch_tokens: args.micro_batch_tokens,
        device: args.device.as_deref().map(Device::named),
        retrain: args.retrain.as_deref().map(weights),
    };
    Experiment::resolve(&args.profile, &choices)
}

/// Returns the name of the run: `--run`, else the profile, followed by the corpus where it is not the profile's own.
///
/// # Errors
/// Fails if the name is not a plain folder name, or is one of those of `tune`.
pub fn run_name(args: &ReproduceArgs) -> Result<String> {
    let trial = if args.max_updates.is_some() { "-trial" } else { "" };
    let profile = profile_name(&args.profile);
    let name = match (&args.run, &args.dataset) {
        (Some(name), _) => name.clone(),
        (None, Some(dataset)) if Profile::find(&args.profile)?.dataset != *dataset => {
            format!("{profile}{trial}-{}", last_part(dataset))
        }
        _ => format!("{profile}{trial}"),
    };
    check_name("run", &name).map_err(|e| Error::Refused(e.to_string()))?;
    if name.starts_with(SWEEP_PREFIX) {
        refuse!("--run {name}: names that start with `{SWEEP_PREFIX}` are those of `cargo xtask tune`; choose another");
    }
    Ok(name)
}

/// Returns the last part of a path. A manifest holds no more of it, so that no home folder ends there.
pub fn last_part(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_string(), |name| name.to_string_lossy().into_owned())
}

/// Reads the user's latency table, before anything is made.
///
/// # Errors
/// Fails if it is no such table, is too short, or was measured on another space.
pub fn given_latencies(path: &Path, space: &SearchSpace) -> Result<Vec<u8>> {
    let rows = table::read(space.family, path).map_err(Error::within("--latencies"))?;
    check_rows(&rows).map_err(Error::within(format!("--latencies {}", path.display())))?;
    for (i, field) in space.family.fields.iter().enumerate().filter(|(_, field)| field.scope == Scope::Net) {
        let foreign = |row: &&LatencyRow| !space.choices[i].iter().any(|&choice| choice as f64 == row.features[i]);
        if let Some(row) = rows.iter().find(foreign) {
            refuse!(
                "--latencies {}: it holds a subnet whose {} is {}, which space {} does not have; measure that space",
                path.display(),
                field.key,
                row.features[i],
                space.name
            );
        }
    }
    std::fs::read(path).map_err(|e| Error::within("--latencies")(Error::read(path)(e)))
}

/// Refuses tables with too few rows to choose a predictor by.
///
/// # Errors
/// Fails if there are fewer than [`MIN_ROWS`] different subnets.
pub fn check_rows(rows: &[LatencyRow]) -> Result<()> {
    let count = by_subnet(rows).len();
    if count < MIN_ROWS {
        refuse!(
            "too few subnets to train, choose and test by: {count} in {} rows; measure at least {MIN_ROWS}",
            rows.len()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command, FromArgMatches};

    /// Returns what a command line without options chooses.
    fn args() -> ReproduceArgs {
        let verb = ReproduceArgs::augment_args(Command::new("reproduce"));
        ReproduceArgs::from_arg_matches(&verb.get_matches_from(["reproduce"])).unwrap()
    }

    #[test]
    fn the_runs_name_tells_profile_and_foreign_corpus() {
        assert_eq!(run_name(&args()).unwrap(), "quick");
        let own = ReproduceArgs { dataset: Some("bible-en-de".into()), ..args() };
        assert_eq!(run_name(&own).unwrap(), "quick");
        let folder = ReproduceArgs { dataset: Some("/home/me/texts".into()), ..args() };
        assert_eq!(run_name(&folder).unwrap(), "quick-texts");
        assert!(run_name(&ReproduceArgs { run: Some("../x".into()), ..args() }).is_err());
        assert!(run_name(&ReproduceArgs { run: Some("tune-x".into()), ..args() }).is_err());
    }
}
