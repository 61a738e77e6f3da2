//! What the page holds, section by section.

use super::format::count;
use super::model::{Quality, Report};
use super::page::{Block, COMMAND_JOINT, Citation, Head, Section};
use super::tables::{Table, detail, headline as answers, search};
use super::{plots, summary};
use crate::Result;

mod study;

/// Title, short facts and summary.
pub fn head(report: &Report) -> Head {
    let m = &report.manifest;
    Head {
        title: format!("Supernet against scratch: run {}", m.name),
        facts: vec![
            ("Profile", m.profile.clone()),
            ("Corpus", format!("{} ({} to {})", m.data.id, m.data.source_language, m.data.target_language)),
            ("Search space", m.space.clone()),
            ("Compared by", report.primary.words()),
            ("Subnets", count(report.subnets.len(), "subnet")),
            ("Seeds", count(report.seeds.len(), "seed")),
            ("Device", m.environment.device.clone()),
            ("Planned", m.created_utc.clone()),
        ],
        summary: summary::paragraphs(report),
    }
}

/// The result in plain text.
pub fn headline(report: &Report) -> String {
    let mut text = format!("{}\n\n{}", head(report).title, answers::terminal(report));
    if let Some(paired) = answers::terminal_paired(report) {
        text.push_str(&format!("\n{paired}"));
    }
    let [savings, tradeoff] = summary::study::paragraphs(report);
    let sentences = [summary::credit(report), summary::own_gains(report), savings, tradeoff];
    for sentence in sentences.iter().filter(|s| !s.is_empty()) {
        text.push_str(&format!("\n{sentence}\n"));
    }
    text
}

/// Every section that has something to show, and those that must say that they have not.
///
/// # Errors
/// When a statistic or a plot fails.
pub fn sections(report: &Report) -> Result<Vec<Section>> {
    let mut sections = vec![result(report)?, gaps(report)?];
    sections.extend(study::sections(report)?);
    sections.extend([
        learning(report)?,
        subnets(report),
        data(report),
        cost(report)?,
        tuning(report)?,
        environment(report),
        citations(report),
    ]);
    Ok(sections)
}

/// The commands behind a table: the one that measured and the one that rendered.
fn made_by(report: &Report) -> String {
    format!("{}{COMMAND_JOINT}cargo xtask report {}", report.manifest.command, report.manifest.name)
}

/// As [`made_by`], for the sweep.
fn tuned_by(report: &Report) -> String {
    match &report.manifest.tuning {
        Some(tuning) => format!("{}{COMMAND_JOINT}cargo xtask report {}", tuning.command, report.manifest.name),
        None => made_by(report),
    }
}

/// A table's block, or a sentence that says what is not there.
fn table_or(report: &Report, table: Option<Table>, absent: &str) -> Block {
    match table {
        Some(table) => Block::Table(table, made_by(report)),
        None => Block::Prose(absent.to_owned()),
    }
}

/// A plot's block, or a sentence that says what is not there.
fn plot_or(report: &Report, plot: Option<plots::Plot>, absent: &str) -> Block {
    match plot {
        Some(plot) => Block::Plot(plot, made_by(report)),
        None => Block::Prose(absent.to_owned()),
    }
}

fn result(report: &Report) -> Result<Section> {
    let mut blocks = Vec::new();
    if report.methods.is_empty() {
        blocks.push(Block::Prose("Headline table: not available, no supernet has finished.".to_owned()));
    } else {
        blocks.push(Block::Table(answers::headline(report)?, made_by(report)));
    }
    let absent = "Paired differences: not available, they need a method beside sandwich or hat, all with scores.";
    blocks.push(table_or(report, answers::paired(report), absent));
    let absent = "Controls: not available, this run holds no mixture of experts beside one of its controls.";
    blocks.push(table_or(report, answers::controls(report), absent));
    blocks.extend(answers::credit(report).map(|table| Block::Table(table, made_by(report))));
    blocks.push(Block::Table(detail::methods(report), made_by(report)));
    Ok(Section { id: "result", title: "Result", blocks })
}

fn gaps(report: &Report) -> Result<Section> {
    let absent = "Not available: no subnet has both a supernet's score and one from scratch.";
    let mut blocks = vec![plot_or(report, plots::scatter::plot(report)?, absent)];
    blocks.extend(plots::gaps::plot(report)?.map(|plot| Block::Plot(plot, made_by(report))));
    blocks.extend(search::found_gaps(report).map(|table| Block::Table(table, made_by(report))));
    Ok(Section { id: "gaps", title: "Gaps", blocks })
}

fn learning(report: &Report) -> Result<Section> {
    let absent = "Learning curves: not available, no training job recorded one.";
    let blocks =
        vec![Block::Prose(summary::learns_check(report)), plot_or(report, plots::curves::plot(report)?, absent)];
    Ok(Section { id: "learning", title: "Learning", blocks })
}

fn subnets(report: &Report) -> Section {
    let qualities = [
        ("valid-loss", "loss", "valid"),
        ("test-loss", "loss", "test"),
        ("valid-bleu", "bleu", "valid"),
        ("test-bleu", "bleu", "test"),
        ("valid-tokenised-bleu", "tokenised_bleu", "valid"),
        ("test-tokenised-bleu", "tokenised_bleu", "test"),
        ("valid-chrf", "chrf", "valid"),
        ("test-chrf", "chrf", "test"),
    ];
    let scores = qualities
        .into_iter()
        .filter_map(|(id, metric, split)| detail::scores(report, id, Quality::find(metric, split)?));
    let mut blocks = vec![table_or(report, detail::subnets(report), "Scored subnets: not available.")];
    blocks.extend(scores.map(|table| Block::Table(table, made_by(report))));
    if !["bleu", "chrf"].iter().any(|m| Quality::find(m, "test").is_some_and(|q| report.facts.has(q))) {
        blocks.push(Block::Prose("BLEU and chrF: not available, nothing was decoded.".to_owned()));
    }
    Section { id: "subnets", title: "Subnets", blocks }
}

fn data(report: &Report) -> Section {
    let card = &report.manifest.data;
    let about = format!("{}. Licence of the text: {}.", card.title.trim_end_matches('.'), card.text_licence);
    let mut blocks = vec![
        Block::Prose(about),
        table_or(report, detail::data(report), "Sizes, unigram entropy and copy-the-source scores: not available."),
    ];
    if !card.notes.is_empty() {
        blocks.push(Block::List(card.notes.clone()));
    }
    Section { id: "data", title: "Data", blocks }
}

fn cost(report: &Report) -> Result<Section> {
    let mut blocks = vec![table_or(report, detail::cost(report), "Not available: no training job has finished.")];
    blocks.extend(plots::cost::plot(report)?.map(|plot| Block::Plot(plot, made_by(report))));
    blocks.extend(detail::job_cost(report).map(|table| Block::Table(table, made_by(report))));
    Ok(Section { id: "cost", title: "Cost", blocks })
}

fn tuning(report: &Report) -> Result<Section> {
    let mut blocks = vec![Block::Prose(summary::sweep_remark(report))];
    blocks.extend(plots::rates::plot(report)?.map(|plot| Block::Plot(plot, tuned_by(report))));
    blocks.extend(detail::tuning(report).map(|table| Block::Table(table, tuned_by(report))));
    if let Some(tuning) = &report.manifest.tuning {
        blocks.push(Block::Prose(format!("Records of the sweep: {} (SHA-256 {}).", tuning.records, tuning.sha256)));
    }
    Ok(Section { id: "rates", title: "Learning rates", blocks })
}

fn environment(report: &Report) -> Section {
    let blocks = vec![
        Block::Table(detail::environment(report), made_by(report)),
        Block::Table(detail::jobs(report), made_by(report)),
    ];
    Section { id: "environment", title: "Environment", blocks }
}

fn citations(report: &Report) -> Section {
    let m = &report.manifest;
    let entries = vec![
        Citation {
            subject: "Mixture-of-Supernets",
            text: "Ganesh Jawahar et al.: Mixture-of-Supernets: Improving Weight-Sharing Supernet Training with \
                   Architecture-Routed Mixture-of-Experts. Findings of the ACL 2024, arXiv 2306.04845."
                .to_owned(),
            link: Some("https://arxiv.org/abs/2306.04845"),
        },
        Citation {
            subject: "HAT: search spaces and single-path training",
            text: "Hanrui Wang et al.: HAT: Hardware-Aware Transformers for Efficient Natural Language Processing. \
                   ACL 2020, arXiv 2005.14187."
                .to_owned(),
            link: Some("https://arxiv.org/abs/2005.14187"),
        },
        Citation { subject: "Corpus", text: m.data.citation.clone(), link: None },
        Citation {
            subject: "This software",
            text: format!(
                "mos-harness {}, sources {}, run {} of {}; command: {}.",
                m.environment.harness, m.environment.code_hash, m.name, m.created_utc, m.command
            ),
            link: None,
        },
    ];
    Section { id: "cite", title: "How to cite", blocks: vec![Block::Citations(entries)] }
}
