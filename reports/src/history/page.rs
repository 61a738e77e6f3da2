//! The history is a page: what is said of the last night, then a plot for each series, its levels marked.

use super::changes::changes;
use super::judge::{Judgement, State};
use super::metrics::unit;
use super::noise::mean;
use super::row::RowKind;
use super::series::Series;
use super::show::{counts, text, verdicts};
use super::store::short;
use super::tracked::Tracked;
use crate::error::Result;
use crate::page::block::{Block, Head, Section};
use crate::page::html::Part;
use crate::page::looks::of_subnet;
use crate::page::plot::{Axes, GREY, Plot, axes, draw, line, marker, padded, pixel, rgb};
use crate::render::Drawn;

/// The command that draws the page.
const COMMAND: &str = "cargo xtask regress --out FOLDER";

/// Draws the page of a history.
///
/// # Errors
/// This fails when a plot fails.
pub fn page(tracked: &Tracked) -> Result<Drawn> {
    let mut sections = vec![Section { id: "verdicts", title: "Verdicts", blocks: vec![verdict_block(tracked)] }];
    if !tracked.notices.is_empty() {
        let notices = vec![Block::List(tracked.notices.clone())];
        sections.push(Section { id: "notices", title: "Notices", blocks: notices });
    }
    for (kind, id, title) in [
        (RowKind::Quality, "quality", "Quality"),
        (RowKind::Timing, "timing", "Timing"),
        (RowKind::Control, "control", "A binary against itself"),
    ] {
        let of_kind = tracked.judgements.iter().zip(&tracked.series).filter(|(one, _)| one.kind == kind);
        let plots = of_kind.enumerate().map(|(i, (one, series))| plot(format!("{id}-{}", i + 1), said(one), series));
        sections.extend(plots_section(id, title, plots)?);
    }
    let plots = tracked.plotted.iter().enumerate();
    let plots = plots.map(|(i, series)| plot(format!("absolute-{}", i + 1), "judged by nobody", series));
    sections.extend(plots_section("absolute", "Times as they were", plots)?);
    let nights = [tracked.nights.first(), tracked.nights.last()].map(|night| night.cloned().unwrap_or_default());
    let facts = vec![
        ("Commit", short(&tracked.commit).to_owned()),
        ("Base", short(&tracked.base).to_owned()),
        ("Nights", format!("{}, {} to {}", tracked.nights.len(), nights[0], nights[1])),
    ];
    let title = "History".to_owned();
    let head = Head { title: title.clone(), facts, lead: vec![], answers: vec![], summary: vec![counts(tracked)] };
    Ok(Drawn::new(text(tracked), &title, &[Part { prefix: String::new(), head, sections }]))
}

/// Makes a section of plots; none without a plot.
fn plots_section(
    id: &'static str,
    title: &'static str,
    plots: impl Iterator<Item = Result<Plot>>,
) -> Result<Option<Section>> {
    let blocks = plots.map(|plot| Ok(Block::Plot(plot?, COMMAND.to_owned()))).collect::<Result<Vec<Block>>>()?;
    Ok((!blocks.is_empty()).then_some(Section { id, title, blocks }))
}

fn verdict_block(tracked: &Tracked) -> Block {
    Block::Table(verdicts(tracked.judgements.iter()), COMMAND.to_owned())
}

/// Draws a series: a marker a night, and the level of each stretch of nights.
fn plot(id: String, said: &str, series: &Series) -> Result<Plot> {
    let values: Vec<f64> = series.nights.iter().map(|night| mean(&night.values)).collect();
    let cuts = changes(&values);
    let unit = unit(&series.metric);
    let ranges = (padded([0.0, values.len().saturating_sub(1) as f64]), padded(values.iter().copied()));
    let (Some(x), Some(y)) = ranges else { unreachable!("a series has a night, and every value is finite") };
    let svg = draw("series", 260, |root| {
        let y_title = format!("{} ({unit})", series.metric);
        let shown = Axes { x, y, x_title: "Night", y_title: &y_title, left: 66, x_ticks: true };
        let chart = axes(root, &shown)?;
        for (from, to) in stretches(&cuts, values.len()) {
            let level = mean(&values[from..to]);
            let ends = [from as f64, (to - 1) as f64].map(|night| pixel(&chart, night, level));
            line(root, ends.to_vec(), GREY, 2)?;
        }
        for cut in &cuts {
            let x = *cut as f64 - 0.5;
            line(root, [shown.y.start, shown.y.end].map(|y| pixel(&chart, x, y)).to_vec(), rgb(of_subnet(2)), 1)?;
        }
        for (night, value) in values.iter().enumerate() {
            marker(root, pixel(&chart, night as f64, *value), of_subnet(0))?;
        }
        Ok(())
    })?;
    Ok(Plot { id, title: format!("{}: {said}", series.name()), note: note(series, &cuts), svg })
}

fn said(one: &Judgement) -> &'static str {
    match one.state {
        State::Worse => "worse",
        State::Better => "better",
        State::Same => "the same",
        State::Undecided(_) => "undecided",
    }
}

/// Says in words where levels change, for whoever does not see the plot, and with what commit.
fn note(series: &Series, cuts: &[usize]) -> String {
    if cuts.is_empty() {
        return "One level.".to_owned();
    }
    let cut = |at: &usize| format!("{} ({})", series.nights[*at].night, short(&series.nights[*at].commit));
    format!("New levels begin with {}.", cuts.iter().map(cut).collect::<Vec<String>>().join(", "))
}

/// Gives the stretches between cuts, of so many nights in all.
fn stretches(cuts: &[usize], nights: usize) -> Vec<(usize, usize)> {
    let begins = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([nights]);
    begins.zip(ends).collect()
}
