//! This says of each claim where it comes from, what it asks for, and what is missing.

use super::facts::{JudgedFamily, scope};
use crate::claims::{Judged, Quantity, Verdict};
use crate::page::answer::wrapped;
use crate::page::format::{capital, fixed, list};
use crate::sections::report::Report;

/// A claim names so many missing values; the rest are counted.
const NAMED: usize = 6;

/// Describes the claims of a family, one paragraph each.
pub fn paragraphs(family: &JudgedFamily) -> Vec<String> {
    family.claims.iter().map(paragraph).collect()
}

fn paragraph(judged: &Judged) -> String {
    let claim = &judged.claim;
    let transcription = match claim.transcription.words() {
        "" => String::new(),
        words => format!(" ({words})"),
    };
    let published = claim.published.as_ref().map(|figures| format!(" Published: {figures}.")).unwrap_or_default();
    let effects: Vec<String> =
        claim.relevant_effect.iter().map(|(unit, effect)| format!("{} {unit}", fixed(*effect, 2))).collect();
    let effect = if claim.kind.has_margin() { "margin" } else { "smallest effect of interest" };
    format!(
        "{}: {} Source: {}{transcription}.{published} Asked as {}, {effect} {}, level {}.{}",
        claim.id,
        claim.says,
        claim.source,
        claim.kind.word(),
        effects.join(" or "),
        claim.level,
        missing(judged)
    )
}

/// Names what was planned and is missing; empty where nothing is.
fn missing(judged: &Judged) -> String {
    let Some(numbers) = &judged.numbers else { return String::new() };
    let missing = &numbers.coverage.missing;
    if missing.is_empty() {
        return String::new();
    }
    let named: Vec<String> = missing.iter().take(NAMED).cloned().collect();
    let more = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!(
        " {} of {} values are there; missing: {}{more}.",
        numbers.coverage.found,
        numbers.coverage.planned,
        list(&named)
    )
}

/// Writes the verdicts for a terminal of `width` letters a line: one line a claim that was tested, and the names of the
/// others.
pub fn terminal(report: &Report, width: usize) -> String {
    let scope = scope(&report.run);
    let all: Vec<&Judged> = report.claims.iter().flat_map(|family| &family.claims).collect();
    let (open, tested): (Vec<&Judged>, Vec<&Judged>) =
        all.into_iter().partition(|judged| matches!(judged.verdict, Verdict::NotTested(_)));
    let column = tested.iter().map(|judged| judged.claim.id.len()).max().unwrap_or(0);
    let mut text = "Verdicts on the claims\n".to_owned();
    for judged in &tested {
        text.push_str(&format!("  {:<column$}  {}\n", judged.claim.id, judged.verdict.words(scope)));
    }
    if !open.is_empty() {
        let names: Vec<&str> = open.iter().map(|judged| judged.claim.id.as_str()).collect();
        text.push_str("  ");
        wrapped(&mut text, &format!("Not tested: {}", names.join(", ")), width - 2);
    }
    text
}

/// Says what the claims about the gap came to, in one short sentence.
pub fn verdicts(report: &Report) -> String {
    let scope = scope(&report.run);
    let tested =
        report.claims.iter().flat_map(|family| &family.claims).filter(|judged| {
            judged.claim.quantity == Quantity::Gap && !matches!(judged.verdict, Verdict::NotTested(_))
        });
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    for judged in tested {
        let (words, pair) =
            (judged.verdict.words(scope), format!("{} against {}", judged.claim.method, judged.claim.against));
        match said.iter_mut().find(|(known, _)| *known == words) {
            Some((_, pairs)) => pairs.push(pair),
            None => said.push((words, vec![pair])),
        }
    }
    if said.is_empty() {
        return "No claim about the gap was tested.".to_owned();
    }
    let parts: Vec<String> = said.iter().map(|(words, pairs)| format!("{words} for {}", list(pairs))).collect();
    format!("{}.", capital(&parts.join("; ")))
}
