//! What the profile says of the study. Profiles of other versions may lack a part: it is then not available.

use toml::{Table, Value};

use crate::render::format::{fixed, significant};

/// The settings that the report names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Above this share of its mean, the standard deviation of a measurement is too wide.
    pub max_spread: Option<f64>,
    /// The schedule of continued training, in words.
    pub schedule: Option<String>,
}

impl Plan {
    /// Reads a profile's text.
    pub fn new(profile: &str) -> Plan {
        let Ok(profile) = profile.parse::<Table>() else { return Plan::default() };
        let part = |name: &str| profile.get("study").and_then(|study| study.get(name));
        Plan {
            max_spread: part("latency").and_then(|latency| number(latency, "max_spread")),
            schedule: part("retraining").and_then(schedule),
        }
    }
}

fn number(table: &Value, name: &str) -> Option<f64> {
    let value = table.get(name)?;
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)).filter(|v| v.is_finite())
}

/// `None` unless decay and peak, which make a schedule, are named.
fn schedule(retraining: &Value) -> Option<String> {
    let word = |name: &str| retraining.get(name).and_then(Value::as_str);
    let weights = match word("weights") {
        Some("merged") => "weights merged into a dense subnet first; ".to_owned(),
        Some("routed") => "router and experts trained on; ".to_owned(),
        Some(other) => format!("weights {other}; "),
        None => String::new(),
    };
    let mut text = format!(
        "{weights}{} learning rate with a peak of {} times the from-scratch rate of the nearest swept subnet",
        word("decay")?,
        significant(number(retraining, "peak_share")?, 2)
    );
    let percent = |share: f64| fixed(100.0 * share, 0);
    if let Some(warmup) = number(retraining, "warmup") {
        text.push_str(&match warmup {
            0.0 => ", no warm-up".to_owned(),
            share => format!(", warm-up over {}% of the from-scratch updates", percent(share)),
        });
    }
    if let Some(budget) = number(retraining, "budget") {
        text.push_str(&format!("; at most {}% of the from-scratch updates", percent(budget)));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_names_the_schedule() {
        let plan = Plan::new(
            "[study.latency]\nmax_spread = 0.1\n[study.retraining]\nweights = \"merged\"\ndecay = \"cosine\"\n\
             peak_share = 0.3\nwarmup = 0.0\nbudget = 1\n",
        );
        assert_eq!(plan.max_spread, Some(0.1));
        assert_eq!(
            plan.schedule.unwrap(),
            "weights merged into a dense subnet first; cosine learning rate with a peak of 0.30 times the \
             from-scratch rate of the nearest swept subnet, no warm-up; at most 100% of the from-scratch updates"
        );
    }

    #[test]
    fn what_a_profile_lacks_is_absent() {
        for text in ["", "no toml at all [", "study = 3", "[study.retraining]\nbudget = 0.5"] {
            assert_eq!(Plan::new(text), Plan::default(), "{text}");
        }
    }
}
