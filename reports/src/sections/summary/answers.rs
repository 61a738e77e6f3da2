//! Each question of a run is answered in a few words and a few numbers.

use super::cost;
use super::counts::Counts;
use crate::claims::{Claim, LEAST_UNITS, Numbers, Quantity};
use crate::page::answer::{Answer, Line};
use crate::page::format::{fixed, list};
use crate::page::looks;
use crate::page::plot::Strip;
use crate::sections::claims::words::verdicts;
use crate::sections::comparisons::basis::Basis;
use crate::sections::comparisons::credit::credits;
use crate::sections::comparisons::facts::Comparison;
use crate::sections::comparisons::table::p_words;
use crate::sections::comparisons::words::difference_name;
use crate::sections::report::Report;
use crate::sections::retraining::words as retraining;
use crate::stats::Estimate;

/// Answers every question that a run is asked.
pub fn answers(report: &Report) -> Vec<Answer> {
    vec![narrower(report), by_how_much(report), credited(report), saved(report), cost::answer(report)]
}

/// Makes a line of a statistic of a method, read against 0; `None` where it is undefined.
pub fn line(name: String, method: &str, estimate: &Estimate, decimals: usize, remark: &str) -> Option<Line> {
    let value = estimate.value.filter(|value| value.is_finite())?;
    let interval = estimate.lo.zip(estimate.hi);
    let beside = interval.map(|(lo, hi)| format!("[{}, {}]", fixed(lo, decimals), fixed(hi, decimals)));
    let beside = [beside.unwrap_or_default(), remark.to_owned()];
    let beside = beside.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    let strip = Strip { value, interval, zero: 0.0, colour: looks::of_method(method).hex };
    Some(Line { name, value: fixed(value, decimals), beside, strip })
}

/// Counts the scores that were planned for a method: every subnet of the headline under every seed.
fn planned(report: &Report) -> usize {
    report.run.planned_subnets().count() * report.run.manifest.seeds.len()
}

fn narrower(report: &Report) -> Answer {
    let (quality, basis) = (report.run.primary, report.basis);
    let mut gaps: Vec<(&str, &Estimate, usize)> = report
        .gaps
        .iter()
        .map(|gap| match basis {
            Basis::AbsoluteGap => (gap.method.as_str(), &gap.gap.mae, gap.subnets * gap.seeds),
            Basis::OwnScores => (gap.method.as_str(), &gap.gap.mean_gap, gap.subnets * gap.seeds),
        })
        .collect();
    gaps.sort_by(|a, b| a.1.value.partial_cmp(&b.1.value).unwrap_or(std::cmp::Ordering::Equal).then(a.0.cmp(b.0)));
    let decimals = quality.decimals();
    let planned = planned(report);
    let counts = Counts::new(gaps.iter().map(|(_, _, found)| (*found, planned)));
    let lines = gaps
        .iter()
        .enumerate()
        .filter_map(|(i, (method, gap, _))| line((*method).to_owned(), method, gap, decimals, counts.of(i)));
    Answer {
        question: match basis {
            Basis::AbsoluteGap => "Is the gap narrower?",
            Basis::OwnScores => "Are the scores better?",
        },
        answer: match basis {
            _ if gaps.is_empty() => "No gap was measured yet.".to_owned(),
            Basis::AbsoluteGap => verdicts(report),
            Basis::OwnScores => format!("{} Supernets are ahead of scratch, so own scores decide.", verdicts(report)),
        },
        measure: format!("{}, {}, {}{}", difference_name(basis), quality.words(), quality.unit(), counts.of_all()),
        lines: lines.collect(),
        anchor: "result",
        evidence: "Result",
    }
}

/// Makes a line of a comparison, in the measure by which methods are compared.
fn difference(report: &Report, c: &Comparison, remark: &str) -> Option<Line> {
    let name = format!("{} − {}", c.method, c.against);
    line(name, &c.method, c.by(report.basis), report.run.primary.decimals(), remark)
}

fn by_how_much(report: &Report) -> Answer {
    let claims = report.claims.iter().flat_map(|family| &family.claims).filter(|j| j.claim.quantity == Quantity::Gap);
    let tested: Vec<(&Claim, &Numbers)> = claims.filter_map(|j| Some((&j.claim, j.numbers.as_ref()?))).collect();
    let counts = Counts::new(tested.iter().map(|(_, numbers)| (numbers.coverage.found, numbers.coverage.planned)));
    let lines = tested.iter().enumerate().filter_map(|(i, (claim, numbers))| {
        let name = format!("{} − {}", claim.method, claim.against);
        let p = numbers.adjusted.map_or(String::new(), |p| format!("p {}", p_words(p)));
        let remark = [p.as_str(), counts.of(i)].join(" ");
        line(name, &claim.method, &numbers.difference, report.run.primary.decimals(), remark.trim())
    });
    let lines: Vec<Line> = lines.collect();
    Answer {
        question: "By how much?",
        answer: match report.run.seeds.len() {
            _ if lines.is_empty() => "Not available: no two methods share scores with training from scratch.",
            1 => "The intervals are over subnets of one training.",
            n if n < LEAST_UNITS => "The intervals are over subnets and two trainings, too few to trust.",
            _ => "Below 0 is in the first one's favour; p is adjusted for the family.",
        }
        .to_owned(),
        measure: format!(
            "difference of {}, {}{}",
            difference_name(report.basis),
            report.run.primary.unit(),
            counts.of_all()
        ),
        lines,
        anchor: "claims",
        evidence: "Claims",
    }
}

fn credited(report: &Report) -> Answer {
    let credits = credits(report);
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    for (method, credit) in &credits {
        match said.iter_mut().find(|(words, _)| *words == credit.words()) {
            Some((_, methods)) => methods.push((*method).to_owned()),
            None => said.push((credit.words(), vec![(*method).to_owned()])),
        }
    }
    let planned = planned(report);
    let counts = Counts::new(report.controls.iter().map(|c| (c.subnets * c.seeds, planned)));
    let lines = report.controls.iter().enumerate().filter_map(|(i, c)| difference(report, c, counts.of(i)));
    let sentences: Vec<String> = said.iter().map(|(words, methods)| format!("{}: {words}.", list(methods))).collect();
    Answer {
        question: "Routing or something else?",
        answer: match sentences.as_slice() {
            [] => "No mixture of supernets ran.".to_owned(),
            some => some.join(" "),
        },
        measure: format!("difference of {} to its controls{}", difference_name(report.basis), counts.of_all()),
        lines: lines.collect(),
        anchor: if credits.is_empty() { "result" } else { "table-credit" },
        evidence: "Credit",
    }
}

fn saved(report: &Report) -> Answer {
    let savings = report.retraining.savings();
    let lines = savings.iter().filter_map(|pair| {
        let percent = |value: Option<f64>| value.map(|value| 100.0 * value);
        let saving = &pair.saving;
        let saving = Estimate { value: percent(saving.value), lo: percent(saving.lo), hi: percent(saving.hi) };
        line(pair.method.clone(), &pair.method, &saving, 0, pair.censoring.words())
    });
    Answer {
        question: "How much retraining is saved?",
        answer: retraining::answer(report),
        measure: format!("updates saved against {}, %", report.retraining.against()),
        lines: lines.collect(),
        anchor: if report.run.facts.study.is_empty() { "result" } else { "retraining" },
        evidence: "Retraining",
    }
}
