//! This says what the page holds, from top to bottom.

use super::report::Report;
use super::{
    blocks, cite, claims, cost, curves, data, environment, gaps, groups, latency, mixing, pareto, result, retraining,
    search, sizes, subnets, summary, tasks, total_cost, tuning,
};
use crate::error::Result;
use crate::page::answer::plain;
use crate::page::block::{Head, Section};
use crate::page::format::count;

/// A terminal shows so many letters a line.
const TERMINAL: usize = 100;

/// Makes title, short facts, answers and summary.
pub fn head(report: &Report) -> Head {
    let run = &report.run;
    let (m, corpus) = (&run.manifest, run.manifest.corpus());
    Head {
        title: format!("Supernet against scratch: run {}", m.name),
        facts: vec![
            ("Profile", m.profile.clone()),
            ("Corpus", format!("{} ({})", corpus.id, corpus.languages())),
            ("Search space", m.space.clone()),
            ("Compared by", run.primary.words()),
            ("Subnets", count(run.subnets.len(), "subnet")),
            ("Trainings", count(run.seeds.len(), "seed")),
            ("Device", m.environment.device.clone()),
            ("Planned", m.created_utc.clone()),
        ],
        lead: vec![blocks::table(report, claims::table::verdicts(report))],
        answers: summary::answers(report),
        summary: summary::paragraphs(report),
    }
}

/// Makes the result in plain text, for one screen of a terminal: the questions with their answers, and what failed.
pub fn headline(report: &Report) -> String {
    let head = head(report);
    let verdicts = claims::words::terminal(report, TERMINAL);
    let mut text = format!("{}\n\n{verdicts}\n{}", head.title, plain(&head.answers, TERMINAL));
    let failures = result::failures(report);
    if !failures.is_empty() {
        text.push_str(&format!("\n{failures}\n"));
    }
    text
}

/// Makes every section that has something to show, and those that must say that they have not. A run without a latency
/// study has none of the study's sections.
///
/// # Errors
/// This fails when a statistic or a plot fails.
pub fn sections(report: &Report) -> Result<Vec<Section>> {
    let mut sections = vec![claims::section(report)];
    sections.extend(groups::section(report));
    sections.extend([result::section(report)?, gaps::section(report)?]);
    if !report.run.facts.study.is_empty() {
        sections.extend([
            latency::section(report)?,
            search::section(report)?,
            pareto::section(report)?,
            retraining::section(report)?,
            total_cost::section(report),
        ]);
    }
    if !report.run.tasks.tuned.is_empty() {
        sections.push(tasks::section(report));
    }
    sections.extend(sizes::section(report));
    sections.extend(mixing::section(report));
    sections.extend([
        curves::section(report)?,
        subnets::section(report),
        data::section(report),
        cost::section(report)?,
        tuning::section(report)?,
        environment::section(report),
        cite::section(report),
    ]);
    Ok(sections)
}
