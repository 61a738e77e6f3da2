//! These tables show scores on tasks.

use mos_base::Split;
use mos_plan::Metric;
use mos_spaces::method;

use super::facts::{self, TaskRow, average, decisive, fine_tuned_subnets, rows};
use crate::page::format::count;
use crate::page::table::{Cell, Column, Table};
use crate::run::{FineTuned, TaskStart};
use crate::sections::comparisons::facts::plain;
use crate::sections::report::Report;

/// Says what the scores are means of.
fn note(report: &Report) -> String {
    let (subnets, seeds) = fine_tuned_subnets(&report.run);
    format!(
        "Test scores in percent, mean over {} and {}. The average is over \
         the tasks on which pre-training shows. Not ranked: seeds are the unit of evidence about a method.",
        count(subnets.len(), "subnet"),
        count(seeds, "seed")
    )
}

/// Makes the table of mean scores; `None` when nothing was fine-tuned.
pub fn means(report: &Report) -> Option<Table> {
    let tasks = &report.run.tasks;
    let heading = |task: &&str| {
        let metric = decisive(task).map_or("", |metric| metric.facts().label);
        Column::number(task, &metric.to_lowercase())
    };
    let mut columns = vec![Column::text("Weights")];
    columns.extend(tasks.names().iter().map(heading));
    columns.push(Column::number("Average", ""));
    let mut table = Table::new("tasks", "Scores on tasks", columns);
    table.note = note(report);
    for row in rows(&report.run) {
        let means = means_of(report, &row);
        match row.start {
            TaskStart::Pretrained => table.push_method(&row.method, means),
            TaskStart::Continued => {}
            TaskStart::Random => table.push(std::iter::once(Cell::text("random weights")).chain(means).collect()),
        }
    }
    if table.rows.is_empty() {
        return None;
    }
    let beside = |name: &str, metric: &dyn Fn(&str) -> Option<Metric>| {
        let value = |task: &str| tasks.beside(task, Split::Test, metric(task)?);
        let cells = tasks.names().into_iter().map(|task| Cell::number(value(task), 1));
        std::iter::once(Cell::text(name)).chain(cells).chain([Cell::Missing]).collect::<Vec<Cell>>()
    };
    table.push(beside("linear model on bags of words", &decisive));
    table.push(beside("most frequent class", &|_| Some(Metric::TaskMajority)));
    Some(table)
}

fn means_of(report: &Report, row: &TaskRow) -> Vec<Cell> {
    let means = facts::means(&report.run.tasks, row);
    let average = average(&means, &facts::worth(&report.run.tasks));
    means.iter().map(|m| m.mean).chain([average]).map(|value| Cell::number(value, 1)).collect()
}

/// Makes the table of each fine-tuned network; `None` when there is none.
pub fn subnets(report: &Report) -> Option<Table> {
    let run = &report.run;
    let mut columns = vec![Column::text("Subnet"), Column::text("Weights"), Column::text("Seed")];
    columns.extend(run.tasks.names().iter().map(|task| Column::number(task, "")));
    let mut table = Table::new("tasks-by-subnet", "Scores on tasks of each network", columns);
    let (subnets, _) = fine_tuned_subnets(run);
    let reference = &method::reference().name;
    for subnet in &subnets {
        for row in rows(run) {
            for seed in &run.seeds {
                let score = |task: &&str| {
                    let is_it = |t: &&FineTuned| t.task == **task && t.subnet == *subnet && t.method == row.method;
                    let mut own = run.tasks.tuned.iter().filter(is_it);
                    let own = own.find(|t| t.start == row.start && t.seed == *seed);
                    Cell::number(own.and_then(|t| t.score(decisive(task)?)), 1)
                };
                let cells: Vec<Cell> = run.tasks.names().iter().map(score).collect();
                if cells.iter().all(|cell| *cell == Cell::Missing) {
                    continue;
                }
                let random = row.start == TaskStart::Random && row.method == *reference;
                let weights = if random { "random weights" } else { row.method.as_str() };
                let head = [Cell::text(&subnet.name), Cell::text(weights), Cell::text(seed.to_string())];
                table.push(head.into_iter().chain(cells).collect());
            }
        }
    }
    table.unless_empty()
}

/// Makes the table of gaps on tasks; `None` where no network of a supernet was fine-tuned beside its twin from scratch.
pub fn gaps(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Task"),
        Column::estimate("Mean absolute gap", "points"),
        Column::estimate("Mean signed gap", "points"),
        Column::estimate("Kendall τ-b", ""),
        Column::estimate(&format!("Mean absolute gap minus that of {}", plain().name), "points"),
        Column::number("Subnets", ""),
        Column::number("Seeds", ""),
    ];
    let mut table =
        Table::new("task-gaps", "Gaps on tasks to the same subnets pre-trained from scratch, test", columns);
    table.note = "Intervals, not verdicts: only the comparisons of the result may be decided. Positive means that the \
                  supernet's subnets are behind."
        .to_owned();
    for one in &report.task_gaps {
        let against = one.against_plain.as_ref().map_or(Cell::Missing, |c| Cell::estimate(&c.absolute, 1));
        let cells = vec![
            Cell::text(&one.task),
            Cell::estimate(&one.gap.mae, 1),
            Cell::estimate(&one.gap.mean_gap, 1),
            Cell::estimate(&one.gap.kendall_tau_b, 2),
            against,
            Cell::Integer(one.subnets as i64),
            Cell::Integer(one.seeds as i64),
        ];
        table.push_method(&one.method, cells);
    }
    table.unless_empty()
}
