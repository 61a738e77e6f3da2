//! A run's profile says how the latency study was made. Profiles of other versions may lack a part, which then is not
//! available.

use mos_plan::files::manifest::RunManifest;
use mos_plan::profile::profile::Profile;
use toml::{Table, Value};

/// Gives how far below the cross-entropy of the training unigram a training has to end, in nats a token; none where the
/// profile asks for nothing.
pub fn learned_nats(profile: &str) -> Option<f64> {
    let profile = profile.parse::<Table>().ok()?;
    profile.get("training")?.get("learned_nats")?.as_float().filter(|margin| margin.is_finite())
}

/// The profiles of the published sizes.
const PUBLISHED_SIZES: [&str; 2] = ["paper", "bert-paper"];

/// Tells whether a run has the published size: not by its profile's name alone, but by space, task, experts, updates and tokens
/// an update, on a corpus that the profile names.
pub fn is_published_size(manifest: &RunManifest) -> bool {
    let name = manifest.profile.as_str();
    let (Ok(mut shipped), Ok(own)) = (Profile::find(name), Profile::parse(name, &manifest.profile_toml)) else {
        return false;
    };
    if own.dataset != shipped.dataset {
        let Some(space) = shipped.task.take_corpus(&own.dataset) else { return false };
        shipped.space = space;
    }
    let size = |profile: &Profile| {
        let training = &profile.training;
        (profile.space.clone(), training.updates, training.batch_tokens * training.micro_batches)
    };
    PUBLISHED_SIZES.contains(&name)
        && manifest.corpus().id == own.dataset
        && manifest.space == own.space
        && size(&own) == size(&shipped)
        && own.task == shipped.task
        && own.experts == shipped.experts
}

/// Gives the sentence of a profile that says what a larger one adds.
pub fn larger(profile: &str) -> Option<String> {
    Some(profile.parse::<Table>().ok()?.get("larger")?.as_str()?.to_owned())
}

/// What the trainings of a run started from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// All started from random weights.
    Random,
    /// All started from a public network.
    Public,
    /// Supernets started from it, and subnets from scratch from random weights.
    PublicSupernets,
}

/// Gives what a profile's trainings start from.
pub fn start(profile: &str) -> Start {
    let named = profile.parse::<Table>().ok();
    let named = named.as_ref().and_then(|profile| profile.get("task")?.get("masked-lm")?.get("start")?.as_str());
    match named {
        Some("public") => Start::Public,
        Some("public-supernets") => Start::PublicSupernets,
        _ => Start::Random,
    }
}

/// This is the part `[study]` of a profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StudyProfile(Table);

impl StudyProfile {
    /// Reads a profile's text. Nothing is known of one that cannot be read.
    pub fn new(profile: &str) -> StudyProfile {
        let profile = profile.parse::<Table>().unwrap_or_default();
        StudyProfile(profile.get("study").and_then(Value::as_table).cloned().unwrap_or_default())
    }

    /// Gives a number of a part of the study, such as `max_spread` of `latency`.
    pub fn number(&self, part: &str, name: &str) -> Option<f64> {
        let value = self.0.get(part)?.get(name)?;
        value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)).filter(|v| v.is_finite())
    }

    /// Tells whether the nets of other papers' methods were also trained from scratch with equal FLOPs.
    pub fn has_equal_flops(&self) -> bool {
        self.0.get("equal_flops").and_then(Value::as_bool).unwrap_or_default()
    }

    /// Gives a word of a part of the study.
    pub fn word(&self, part: &str, name: &str) -> Option<&str> {
        self.0.get(part)?.get(name)?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_says_from_where_on_a_training_has_learned() {
        assert_eq!(learned_nats("[training]\nlearned_nats = 0.3"), Some(0.3));
        assert_eq!((learned_nats("[training]\nupdates = 3"), learned_nats("no toml [")), (None, None));
    }

    #[test]
    fn a_profile_says_what_a_larger_one_adds() {
        assert_eq!(larger("larger = \"cpu adds seeds.\"").unwrap(), "cpu adds seeds.");
        assert_eq!([larger("title = \"t\""), larger("larger = 3"), larger("no toml [")], [None, None, None]);
    }

    #[test]
    fn a_profile_says_what_trainings_start_from() {
        let of = |word: &str| start(&format!("[task.masked-lm]\nstart = \"{word}\""));
        assert_eq!(
            (of("public"), of("public-supernets"), of("random")),
            (Start::Public, Start::PublicSupernets, Start::Random)
        );
        assert_eq!(start("[task.translation]\nvocab_size = 1"), Start::Random);
    }

    #[test]
    fn what_a_profile_lacks_is_absent() {
        let profile = StudyProfile::new("[study.latency]\nmax_spread = 0.1\nrepeats = 3\nwhat = \"cpu\"");
        assert_eq!(profile.number("latency", "max_spread"), Some(0.1));
        assert_eq!(profile.number("latency", "repeats"), Some(3.0));
        assert_eq!(profile.word("latency", "what"), Some("cpu"));
        assert!(!profile.has_equal_flops() && StudyProfile::new("[study]\nequal_flops = true").has_equal_flops());
        assert_eq!((profile.number("latency", "what"), profile.word("retraining", "decay")), (None, None));
        for text in ["", "no toml at all [", "study = 3"] {
            assert_eq!(StudyProfile::new(text), StudyProfile::default(), "{text}");
        }
    }
}
