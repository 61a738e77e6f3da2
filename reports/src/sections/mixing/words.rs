//! This says which mixtures are not at work.

use mos_plan::Metric;

use crate::sections::report::Report;

/// Experts that are nearer to each other than this share of their norm are copies for all that matters.
const INACTIVE: f64 = 1e-3;

/// Says which methods' experts stayed copies, so that nothing of them can be credited to a mixture.
pub fn verdict(report: &Report) -> String {
    let run = &report.run;
    let most = |method: &String| run.facts.jobs_of(Metric::ExpertDistance, method).map(|m| m.value).reduce(f64::max);
    let inactive: Vec<&str> =
        run.methods.iter().filter(|method| most(method).is_some_and(|d| d < INACTIVE)).map(String::as_str).collect();
    if inactive.is_empty() {
        return format!(
            "The experts of every mixture differ by more than {INACTIVE} of their norm: the mixtures are at work."
        );
    }
    format!(
        "MoS inactive: the experts of {} stayed within {INACTIVE} of their norm of each other. They are one network, \
         whatever the routers say, and nothing here can be credited to their mixing.",
        inactive.join(", ")
    )
}
