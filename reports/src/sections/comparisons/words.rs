//! This says in sentences how methods compare.

use mos_spaces::method::baselines;

use super::credit::{self, Credit, OwnGain, credits};
use super::facts::plain;
use crate::page::format::{fixed, list};
use crate::sections::report::Report;
use crate::stats::Verdict;

/// Gives the verdicts on the absolute gap against each baseline.
pub fn verdicts(report: &Report) -> String {
    let mut sentences = Vec::new();
    for baseline in baselines() {
        let with = |verdict: Verdict| -> Vec<String> {
            let of = report.comparisons.iter().filter(|c| c.against == baseline.name && c.verdict == verdict);
            of.map(|c| c.method.clone()).collect()
        };
        let parts: Vec<String> = [Verdict::Narrower, Verdict::Wider, Verdict::Inconclusive]
            .into_iter()
            .map(|verdict| (verdict.word(), with(verdict)))
            .filter(|(_, methods)| !methods.is_empty())
            .map(|(word, methods)| format!("{word} for {}", list(&methods)))
            .collect();
        if !parts.is_empty() {
            sentences.push(format!("Paired against {}, the gap is {}.", baseline.name, list(&parts)));
        }
    }
    sentences.join(" ")
}

/// Says what the gains over plain sharing in the absolute gap can be credited to; empty where there is none.
pub fn credit(report: &Report) -> String {
    let (credits, plain) = (credits(report), &plain().name);
    let with = |wanted: Credit| -> Option<String> {
        let methods: Vec<String> =
            credits.iter().filter(|(_, credit)| *credit == wanted).map(|(method, _)| (*method).to_owned()).collect();
        (!methods.is_empty()).then(|| list(&methods))
    };
    let sentences = [
        with(Credit::Routing).map(|m| {
            format!("The gain of {m} over {plain} is credited to routing by architecture: every control is beaten.")
        }),
        with(Credit::NotRouting).map(|m| {
            format!(
                "The gain of {m} over {plain} is not credited to routing by architecture: the gap is not narrower than \
                 that of every control."
            )
        }),
        with(Credit::NoControl).map(|m| {
            format!(
                "Whether the gain of {m} over {plain} comes from routing by architecture is open: the control with a \
                 constant router was not run."
            )
        }),
    ];
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Says how much better the methods' own scores are than those of plain sharing, and how much of that the controls
/// show.
pub fn own_gains(report: &Report) -> String {
    let (unit, decimals) = (report.run.primary.unit(), report.run.primary.decimals());
    let sentence = |own: &OwnGain| {
        let routing = own.without_routing.map(|g| format!("its constant-router control gains {}", fixed(g, decimals)));
        let experts =
            own.without_experts.map(|g| format!("plain sharing with merged initialisation {}", fixed(g, decimals)));
        let controls: Vec<String> = routing.into_iter().chain(experts).collect();
        let controls = if controls.is_empty() { String::new() } else { format!("; {}", list(&controls)) };
        format!(
            "By its own scores on the same subnets {} gains {} {unit} over {}{controls}.",
            own.method,
            fixed(own.gain, decimals),
            plain().name
        )
    };
    credit::own_gains(report).iter().map(sentence).collect::<Vec<_>>().join(" ")
}
