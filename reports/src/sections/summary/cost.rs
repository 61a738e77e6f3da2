//! What a method costs is told by the training of its supernet beside that of plain sharing.

use mos_plan::Metric;
use mos_spaces::method::{baselines, proposed};

use crate::page::answer::{Answer, Line};
use crate::page::format::fixed;
use crate::page::looks;
use crate::page::plot::Strip;
use crate::run::mean;
use crate::sections::comparisons::facts::plain;
use crate::sections::report::Report;

/// Answers what the methods cost.
pub fn answer(report: &Report) -> Answer {
    let plain = &plain().name;
    // A control costs what its method costs.
    let shown = baselines().into_iter().chain(proposed()).filter(|method| method.name != *plain);
    let methods = shown.map(|method| &method.name).filter(|name| report.run.methods.contains(name));
    let lines: Vec<Line> = methods.filter_map(|method| line(report, method)).collect();
    Answer {
        question: "At what cost?",
        answer: if lines.is_empty() {
            format!("Not available: it needs a finished training of {plain} beside another.")
        } else {
            format!("Training one supernet, where {plain} is 1.00.")
        },
        measure: format!("training time; FLOPs and parameters; {plain} = 1"),
        lines,
        anchor: "cost",
        evidence: "Cost",
    }
}

fn line(report: &Report, method: &str) -> Option<Line> {
    let facts = &report.run.facts;
    let of = |metric: Metric, method: &str| mean(facts.jobs_of(metric, method).map(|m| m.value));
    let ratio = |metric: Metric| Some(of(metric, method)? / of(metric, &plain().name).filter(|value| *value > 0.0)?);
    let times = |value: Option<f64>| value.map_or("n/a".to_owned(), |value| fixed(value, 2));
    let value = ratio(Metric::TrainSeconds)?;
    Some(Line {
        name: method.to_owned(),
        value: fixed(value, 2),
        beside: format!(
            "FLOPs {}, parameters {}",
            times(ratio(Metric::TrainFlops)),
            times(ratio(Metric::SupernetParams))
        ),
        strip: Strip { value, interval: None, zero: 1.0, colour: looks::of_method(method).hex },
    })
}
