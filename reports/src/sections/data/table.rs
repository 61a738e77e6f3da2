//! This table shows facts of the corpus.

use mos_base::Split;
use mos_plan::Metric;

use crate::page::table::{Cell, Column, Table};
use crate::run::split_word;
use crate::sections::report::Report;

/// Makes the table of facts of the corpus; `None` when they were not measured.
pub fn table(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Split"),
        Column::number("Pairs", ""),
        Column::number("Target tokens", ""),
        Column::metric(Metric::Sequences),
        Column::number("Masked tokens", ""),
        Column::metric(Metric::UnigramEntropy),
        Column::metric(Metric::UnigramCrossEntropy),
        Column::metric(Metric::CopyBleu),
        Column::metric(Metric::CopyChrf),
    ];
    let shown = [
        Metric::Pairs,
        Metric::TargetTokens,
        Metric::Sequences,
        Metric::MaskedTokens,
        Metric::UnigramEntropy,
        Metric::UnigramCrossEntropy,
        Metric::CopyBleu,
        Metric::CopyChrf,
    ];
    let mut table = Table::new("data", "Sizes, and what a loss and a score are read against", columns);
    table.note = "Pairs and their tokens as used: within the profile's longest pair. Unigram entropy: the least loss of a model \
                  that knows the frequencies of the tokens and nothing else. Cross-entropy of the training unigram: the same \
                  of one that knows those of training."
            .to_owned();
    for split in Split::ALL {
        let fact = |metric: Metric| Cell::metric(metric, report.run.facts.data(metric, Some(split)));
        let facts = shown.map(fact);
        if facts.iter().any(|cell| *cell != Cell::Missing) {
            table.push(std::iter::once(Cell::text(split_word(split))).chain(facts).collect());
        }
    }
    table.unless_empty().map(Table::without_empty_columns)
}
