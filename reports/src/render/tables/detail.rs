//! The tables behind the headline: subnets, costs, data, sweep, environment, jobs.

use super::headline::{colour, peak_rates, scaled};
use super::{Cell, Column, JOBS, Table};
use crate::render::format::{mebibytes, rate, si_prefix};
use crate::render::model::{Measured, Quality, Report, SCRATCH, mean};
use crate::render::style;

/// What each method is.
pub fn methods(report: &Report) -> Table {
    let mut table = Table::new("methods", "Methods", vec![Column::text("Method"), Column::text("What it is")]);
    for method in report.all_methods() {
        table.push(colour(report, &method), vec![Cell::text(&method), Cell::text(style::describe(&method))]);
    }
    table
}

/// The scored subnets.
pub fn subnets(report: &Report) -> Option<Table> {
    let cards: Vec<_> = report.manifest.subnets.iter().chain(&report.manifest.found_subnets).collect();
    let (params, params_prefix) = si_prefix(cards.iter().map(|c| c.params as f64));
    let (flops, flops_prefix) = si_prefix(cards.iter().map(|c| c.flops as f64));
    let unit = |prefix: &str, of: &str| if prefix.is_empty() { of.to_owned() } else { format!("{prefix}{of}") };
    let columns = vec![
        Column::text("Subnet"),
        Column::number("Parameters without embeddings", params_prefix),
        Column::number("Forward FLOPs of a pair without output projection", &unit(flops_prefix, "FLOP")),
        Column::text("Shape"),
        Column::text("Peak rate from scratch"),
    ];
    let mut table = Table::new("subnets", "Scored subnets", columns);
    for card in cards {
        let lr = report
            .manifest
            .seeds
            .iter()
            .find_map(|seed| report.facts.job("peak_lr", SCRATCH, &card.name, *seed))
            .map_or(Cell::Missing, |m| Cell::Shown(m.value, rate(m.value)));
        let cells = vec![
            Cell::text(&card.name),
            scaled(Some(card.params as f64), params),
            scaled(Some(card.flops as f64), flops),
            Cell::text(&card.summary),
            lr,
        ];
        table.push(None, cells);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// Scores of every subnet under every method in one quality; `None` when nothing was scored in it.
pub fn scores(report: &Report, id: &'static str, quality: Quality) -> Option<Table> {
    if !report.facts.has(quality) {
        return None;
    }
    let unit = quality.metric.unit;
    let mut columns = vec![Column::text("Subnet")];
    columns.extend(report.all_methods().iter().map(|method| Column::number(method, unit)));
    let words = quality.words();
    let title = format!("{}{} of each subnet", words[..1].to_uppercase(), &words[1..]);
    let mut table = Table::new(id, title, columns);
    if report.seeds.len() > 1 {
        table.note = format!("Mean over {} seeds.", report.seeds.len());
    }
    for subnet in report.subnets.iter().chain(&report.found) {
        let score = |method: &String| {
            Cell::number(report.facts.mean_score(quality, method, subnet, &report.seeds), quality.decimals())
        };
        let cells = std::iter::once(Cell::text(subnet)).chain(report.all_methods().iter().map(score)).collect();
        table.push(None, cells);
    }
    Some(table.without_empty_columns())
}

/// Whether the times of these jobs were taken alone on the machine.
fn load_words<'a>(jobs: impl Iterator<Item = &'a Measured>) -> Cell {
    let loaded: Vec<bool> = jobs.map(|m| m.loaded).collect();
    match (loaded.iter().any(|l| *l), loaded.iter().all(|l| *l)) {
        _ if loaded.is_empty() => Cell::Missing,
        (true, true) => Cell::text("loaded"),
        (true, false) => Cell::text("partly loaded"),
        _ => Cell::text("alone"),
    }
}

/// What training each method cost.
pub fn cost(report: &Report) -> Option<Table> {
    let facts = &report.facts;
    let methods = report.all_methods();
    let parameters = |m: &str| mean(facts.jobs_of("supernet_params", m).map(|m| m.value));
    let (scale, prefix) = si_prefix(methods.iter().filter_map(|m| parameters(m)));
    let columns = vec![
        Column::text("Method"),
        Column::number("Training jobs", ""),
        Column::number("Updates", "per job"),
        Column::number("Passes over the data", "epochs"),
        Column::number("Trained parameters", prefix),
        Column::number("Training time", "s per job"),
        Column::number("Training time in all", "s"),
        Column::number("Target tokens", "per s"),
        Column::number("Model-FLOP utilisation", "%"),
        Column::number("Peak memory", "MiB"),
        Column::text("Machine"),
    ];
    let mut table = Table::new("cost", "Cost of training", columns);
    table.note =
        "Means over a method's training jobs (its seeds; from scratch, its subnets too), save memory, which is \
                  the largest, and the time in all. Tokens: each batch counted once, however many subnets it passes. \
                  Loaded: other workers ran beside the job, so its times are not times alone on the machine."
            .to_owned();
    for method in &methods {
        let average = |metric: &'static str| mean(facts.jobs_of(metric, method).map(|m| m.value));
        let jobs = facts.jobs_of("train_seconds", method).count();
        if jobs == 0 {
            continue;
        }
        let memory = facts.jobs_of("peak_memory", method).map(|m| mebibytes(m.value)).reduce(f64::max);
        let cells = vec![
            Cell::text(method),
            Cell::Integer(jobs as i64),
            Cell::whole(average("updates")),
            scaled(average("epochs"), 1.0),
            scaled(parameters(method), scale),
            Cell::number(average("train_seconds"), 1),
            Cell::number(facts.jobs_of("train_seconds", method).map(|m| m.value).reduce(|a, b| a + b), 1),
            Cell::whole(average("tokens_per_second")),
            Cell::number(average("utilisation").map(|u| 100.0 * u), 1),
            Cell::number(memory, 0),
            load_words(facts.jobs_of("train_seconds", method)),
        ];
        table.push(colour(report, method), cells);
    }
    (!table.rows.is_empty()).then(|| table.without_empty_columns())
}

/// What each training job cost; `None` when none has finished.
pub fn job_cost(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Subnet"),
        Column::number("Seed", ""),
        Column::number("Training time", "s"),
        Column::number("Target tokens", "per s"),
        Column::number("Model-FLOP utilisation", "%"),
        Column::number("Peak memory", "MiB"),
        Column::text("Machine"),
        Column::text("Job id"),
    ];
    let mut table = Table::new("job-cost", "Cost of each training job", columns);
    for method in report.all_methods() {
        for (_, subnet, seed) in report.facts.train_keys().into_iter().filter(|(name, ..)| *name == method) {
            let measured = |metric: &str| report.facts.job(metric, &method, &subnet, seed);
            let value = |metric: &str| measured(metric).map(|m| m.value);
            let cells = vec![
                Cell::text(&method),
                Cell::text(if subnet.is_empty() { "supernet" } else { &subnet }),
                Cell::Integer(seed),
                Cell::number(value("train_seconds"), 1),
                Cell::whole(value("tokens_per_second")),
                Cell::number(value("utilisation").map(|u| 100.0 * u), 1),
                Cell::number(value("peak_memory").map(mebibytes), 0),
                load_words(measured("train_seconds").into_iter()),
                measured("train_seconds").map_or(Cell::Missing, |m| Cell::text(&m.job)),
            ];
            table.push(colour(report, &method), cells);
        }
    }
    (!table.rows.is_empty()).then(|| table.without_empty_columns())
}

/// Facts of the corpus; `None` when they were not measured.
pub fn data(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Split"),
        Column::number("Pairs", ""),
        Column::number("Target tokens", ""),
        Column::number("Unigram entropy", "nats/token"),
        Column::number("BLEU of copying the source", ""),
        Column::number("chrF of copying the source", ""),
    ];
    let mut table = Table::new("data", "Sizes, and what a loss and a score are read against", columns);
    table.note =
        "Pairs and tokens as used: within the profile's longest pair. Unigram entropy: the least loss of a model \
                  that knows the frequencies of the tokens and nothing else."
            .to_owned();
    for (split, name) in [("train", "training"), ("valid", "validation"), ("test", "test")] {
        let fact = |metric: &str| report.facts.data(metric, split);
        let cells = vec![
            Cell::text(name),
            Cell::whole(fact("pairs")),
            Cell::whole(fact("target_tokens")),
            Cell::number(fact("unigram_entropy"), 3),
            Cell::number(fact("copy_bleu"), 2),
            Cell::number(fact("copy_chrf"), 2),
        ];
        if cells[1..].iter().any(|cell| *cell != Cell::Missing) {
            table.push(None, cells);
        }
    }
    (!table.rows.is_empty()).then(|| table.without_empty_columns())
}

/// The sweep of peak rates; `None` when there is none.
pub fn tuning(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Subnet"),
        Column::number("Rates tried", ""),
        Column::number("Lowest rate", ""),
        Column::number("Highest rate", ""),
        Column::number("Diverged", "rates"),
        Column::number("Best rate", ""),
        Column::number("Validation loss at the best", "nats/token"),
        Column::number("Rate of this run", ""),
        Column::text("Best at an end"),
    ];
    let mut table = Table::new("tuning", "Sweep of the peak learning rate", columns);
    table.note =
        "A supernet's loss is the mean over the subnets that its sweep jobs were validated on. A best rate at \
                  an end of the sweep means that the true best may lie beyond it."
            .to_owned();
    for curve in &report.tuning.as_ref()?.curves {
        let shown = |value: f64| Cell::Shown(value, rate(value));
        let ((best, loss), tried) = (curve.best(), curve.tried());
        let end = match (tried.len(), curve.best_at_end()) {
            (1, _) => "one rate only",
            (_, true) => "yes",
            (_, false) => "no",
        };
        let cells = vec![
            Cell::text(&curve.method),
            if curve.subnet.is_empty() { Cell::text("all scored") } else { Cell::text(&curve.subnet) },
            Cell::Integer(tried.len() as i64),
            tried.first().map_or(Cell::Missing, |rate| shown(*rate)),
            tried.last().map_or(Cell::Missing, |rate| shown(*rate)),
            Cell::Integer(curve.diverged.len() as i64),
            shown(best),
            Cell::number(Some(loss), 3),
            curve.chosen.map_or(Cell::Missing, shown),
            Cell::text(end),
        ];
        table.push(colour(report, &curve.method), cells);
    }
    Some(table)
}

/// The machine and the software.
pub fn environment(report: &Report) -> Table {
    let m = &report.manifest;
    let e = &m.environment;
    let mut table =
        Table::new("environment", "Environment and plan", vec![Column::text("What"), Column::text("Value")]);
    let rate = report.facts.data("matmul_gflops", "");
    let rows = [
        ("Run", m.name.clone()),
        ("Planned (UTC)", m.created_utc.clone()),
        ("Command", m.command.clone()),
        ("Profile, track", format!("{}, {}", m.profile, m.track)),
        ("Search space", m.space.clone()),
        ("Seeds", m.seeds.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
        ("System", e.os.clone()),
        ("CPU", format!("{}, {} logical cores, libtorch uses {}", e.cpu, e.cores, e.cpu_capability)),
        ("Device", e.device.clone()),
        ("Workers", format!("{} with {} thread(s) each", e.workers, e.threads_per_job)),
        ("Matrix product 1024^3, float32", rate.map_or("not available".into(), |r| format!("{r:.0} GFLOP/s"))),
        ("libtorch", e.libtorch.clone()),
        ("Harness", format!("{}, sources {}", e.harness, e.code_hash)),
        ("Prepared data", m.data.hash.clone()),
    ];
    for (what, value) in rows {
        table.push(None, vec![Cell::text(what), Cell::Text(value)]);
    }
    table
}

/// Job ids behind each method's numbers.
pub fn jobs(report: &Report) -> Table {
    let columns = vec![
        Column::text("Method"),
        Column::number("Seed", ""),
        Column::text("Peak learning rate"),
        Column::text("Job ids (training and scoring)"),
    ];
    let mut table = Table::new(JOBS, "Jobs behind each method", columns);
    table.note = "Each id names a folder of the run and the job_id of its rows in records.parquet.".to_owned();
    for method in report.all_methods() {
        for seed in report.facts.seeds_of(&method) {
            let ids = report.facts.job_ids(&method, seed).join(" ");
            let cells = vec![Cell::text(&method), Cell::Integer(seed), peak_rates(report, &method), Cell::text(ids)];
            table.push(colour(report, &method), cells);
        }
    }
    for seed in report.facts.seeds_of("") {
        let ids = report.facts.job_ids("", seed).join(" ");
        let what = if report.facts.study.is_empty() { "(facts of the data)" } else { "(facts of the data, latency)" };
        table.push(None, vec![Cell::text(what), Cell::Missing, Cell::Missing, Cell::text(ids)]);
    }
    table
}
