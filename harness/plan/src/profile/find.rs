//! This finds a profile by its name, or in a user's file. The built-in ones stand in `harness/plan/profiles/*.toml`.

use std::path::Path;

use mos_base::names::nearest;

use super::profile::Profile;
use crate::error::{Error, Result, refuse};

/// Every profile, by its name and text.
const PROFILES: &[(&str, &str)] = &[
    ("smoke", include_str!("../../profiles/smoke.toml")),
    ("quick", include_str!("../../profiles/quick.toml")),
    ("cpu", include_str!("../../profiles/cpu.toml")),
    ("paper", include_str!("../../profiles/paper.toml")),
    ("nightly", include_str!("../../profiles/nightly.toml")),
    ("bert-nightly", include_str!("../../profiles/bert-nightly.toml")),
    ("bert-smoke", include_str!("../../profiles/bert-smoke.toml")),
    ("bert-quick", include_str!("../../profiles/bert-quick.toml")),
    ("bert-cpu", include_str!("../../profiles/bert-cpu.toml")),
    ("bert-paper", include_str!("../../profiles/bert-paper.toml")),
];

impl Profile {
    /// Reads a built-in profile by its name, or a user's own, which is a path that ends in `.toml`.
    ///
    /// # Errors
    /// Fails on an unknown name (the nearest is given) and on a profile that does not hold together.
    pub fn find(name: &str) -> Result<Profile> {
        if is_file(name) {
            let own = profile_name(name);
            if PROFILES.iter().any(|(built_in, _)| *built_in == own) {
                refuse!(
                    "--profile {name}: `{own}` is the name of a built-in profile, whose runs it would take; rename the file"
                );
            }
            let text = std::fs::read_to_string(name)
                .map_err(|e| Error::within("--profile")(Error::read(Path::new(name))(e)))?;
            return Profile::parse(name, &text);
        }
        let known: Vec<&str> = PROFILES.iter().map(|(n, _)| *n).collect();
        let Some((_, text)) = PROFILES.iter().find(|(n, _)| *n == name) else {
            refuse!(
                "--profile: unknown profile `{name}`; did you mean `{}`? (known: {})",
                nearest(name, &known),
                known.join(", ")
            );
        };
        Profile::parse(&profile_file(name), text)
    }
}

/// Says whether `--profile` names a file, and not a built-in profile.
fn is_file(name: &str) -> bool {
    name.ends_with(".toml")
}

/// Returns the path of a profile: that of a built-in one is relative to the repository.
pub fn profile_file(name: &str) -> String {
    if is_file(name) { name.to_string() } else { format!("harness/plan/profiles/{name}.toml") }
}

/// Returns the name of a profile in records and of its runs: that of a file is the file's, without its ending.
pub fn profile_name(name: &str) -> String {
    let stem = || Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem().filter(|_| is_file(name)).unwrap_or_else(|| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::training::KeptBy;

    #[test]
    fn every_built_in_profile_holds_together() {
        for (name, _) in PROFILES {
            let profile = Profile::find(name).unwrap();
            for method in &profile.methods {
                profile.rates.supernet(method).unwrap();
            }
            mos_spaces::SearchSpace::find(&profile.space).unwrap();
        }
    }

    #[test]
    fn the_paper_profile_holds_the_published_values() {
        let p = Profile::find("paper").unwrap();
        assert_eq!((p.training.updates, p.supernet_warmup(), p.scratch_warmup()), (40_000, 10_000, 4_000));
        assert_eq!((p.training.batch_tokens, p.training.micro_batches), (4096, 128));
        let task = p.task.translation();
        assert_eq!((task.dropout, task.attention_dropout), (0.3, 0.1));
        assert_eq!((task.decode.beam, task.decode.length_penalty), (4, 0.6));
        assert_eq!(p.rates.supernet("mos-layer").unwrap(), 1e-3);
        assert_eq!(p.training.keep_best, Some(KeptBy::Smallest));
    }

    #[test]
    fn an_unknown_profile_is_answered_with_the_nearest() {
        let error = Profile::find("quik").unwrap_err().to_string();
        assert!(error.contains("did you mean `quick`"), "{error}");
    }

    #[test]
    fn a_file_is_a_profile_by_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.toml");
        let path = file.to_str().unwrap();
        let error = Profile::find(path).unwrap_err().to_string();
        assert!(error.contains("--profile") && error.contains("mine.toml"), "{error}");
        std::fs::write(&file, PROFILES[0].1).unwrap();
        assert_eq!(Profile::find(path).unwrap(), Profile::find(PROFILES[0].0).unwrap());
        assert_eq!((profile_name(path), profile_file(path)), ("mine".to_string(), path.to_string()));
    }

    #[test]
    fn an_unknown_field_is_refused_with_file_and_field() {
        let text = PROFILES[0].1.replace("clip_norm", "clip_nrom");
        let error = format!("{:#}", Profile::parse("harness/plan/profiles/smoke.toml", &text).unwrap_err());
        assert!(error.contains("smoke.toml") && error.contains("clip_nrom"), "{error}");
    }

    #[test]
    fn senseless_values_are_refused_by_field() {
        for (from, to, field) in [
            ("updates = 40\n", "updates = 0\n", "training.updates"),
            ("dropout = 0.1\n", "dropout = 1.5\n", "dropout"),
            ("rates = [1e-3, 2e-3, 4e-3]", "rates = [1e-3, 1e-3, 1e-3]", "three or more"),
            ("hat = 2e-3", "hat = -1.0", "hat"),
            ("splits = [\"test\"]", "splits = [\"train\"]", "task.translation.decode.splits"),
        ] {
            assert!(PROFILES[0].1.contains(from), "{from}");
            let text = PROFILES[0].1.replacen(from, to, 1);
            let error = format!("{:#}", Profile::parse("smoke.toml", &text).unwrap_err());
            assert!(error.contains(field), "{error}");
        }
    }
}
