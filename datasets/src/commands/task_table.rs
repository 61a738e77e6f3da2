//! Tasks are told in tables.

use mos_datasets::Split;
use mos_datasets::tasks::{TaskCard, TaskKind, TaskSplitCard};
use std::fmt::Write;

/// Writes a table of tasks; nothing where there are none.
pub fn table(tasks: &[TaskCard]) -> anyhow::Result<String> {
    let mut text = String::new();
    for task in tasks {
        writeln!(text, "\ntask {}: {}", task.name, task.title)?;
        writeln!(text, "licence   {}; cite {}", task.licence, task.citation)?;
        writeln!(text, "split  examples    cut  majority  {}", heading(task))?;
        for split in Split::ALL {
            let card = task.split(split);
            writeln!(text, "{split:5} {:9} {:6}  {}", card.examples, card.cut, classes(card))?;
        }
        if task.reported != Split::Test {
            writeln!(text, "results are reported on {}", task.reported)?;
        }
    }
    Ok(text)
}

/// Names the classes of a task.
fn heading(task: &TaskCard) -> String {
    match &task.kind {
        TaskKind::Classes { names } => names.join(", "),
        TaskKind::Rating => "(a rating)".into(),
    }
}

/// Tells how many examples each class has.
fn classes(card: &TaskSplitCard) -> String {
    let counts = card.classes.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    card.majority_share.map(|share| format!("{share:8.3}  {counts}")).unwrap_or_default()
}
