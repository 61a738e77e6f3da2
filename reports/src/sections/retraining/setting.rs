//! The run's profile says by which schedule training is continued; this puts it into words.

use crate::page::format::{fixed, significant};
use crate::run::StudyProfile;

/// This part of the profile's study holds the schedule.
const PART: &str = "retraining";

/// Makes the sentence about the schedule.
pub fn sentence(profile: &StudyProfile) -> String {
    match schedule(profile) {
        Some(schedule) => format!("Schedule of the continued training, the same for every method: {schedule}."),
        None => "Schedule of the continued training: not available in this run's profile.".to_owned(),
    }
}

/// Puts the schedule into words; `None` unless decay and peak, which make a schedule, are named.
fn schedule(profile: &StudyProfile) -> Option<String> {
    let (word, number) = (|name: &str| profile.word(PART, name), |name: &str| profile.number(PART, name));
    let weights = match word("weights") {
        Some("merged") => "weights merged into a dense subnet first; ".to_owned(),
        Some("routed") => "router and experts trained on; ".to_owned(),
        Some(other) => format!("weights {other}; "),
        None => String::new(),
    };
    let mut text = format!(
        "{weights}{} learning rate with a peak of {} times the from-scratch rate of the nearest swept subnet",
        word("decay")?,
        significant(number("peak_share")?, 2)
    );
    let percent = |share: f64| fixed(100.0 * share, 0);
    if let Some(warmup) = number("warmup") {
        text.push_str(&match warmup {
            0.0 => ", no warm-up".to_owned(),
            share => format!(", warm-up over {}% of the from-scratch updates", percent(share)),
        });
    }
    if let Some(budget) = number("budget") {
        text.push_str(&format!("; at most {}% of the from-scratch updates", percent(budget)));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_names_the_schedule() {
        let profile = StudyProfile::new(
            "[study.retraining]\nweights = \"merged\"\ndecay = \"cosine\"\npeak_share = 0.3\nwarmup = 0.0\n\
             budget = 1\n",
        );
        assert_eq!(
            schedule(&profile).unwrap(),
            "weights merged into a dense subnet first; cosine learning rate with a peak of 0.30 times the \
             from-scratch rate of the nearest swept subnet, no warm-up; at most 100% of the from-scratch updates"
        );
    }

    #[test]
    fn a_profile_without_a_schedule_has_none() {
        for text in ["", "study = 3", "[study.retraining]\nbudget = 0.5"] {
            assert_eq!(schedule(&StudyProfile::new(text)), None, "{text}");
        }
    }
}
