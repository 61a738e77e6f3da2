//! This says in sentences whether training from scratch learned.

use mos_base::Split;
use mos_plan::Metric;

use super::facts::{
    BesideUnigram, LEARNED, beside_unigram, largest_from_scratch, learned, not_learned, unigram_entropy,
};
use crate::page::format::{fixed, list, significant};
use crate::run::Quality;
use crate::sections::report::Report;

/// Says whether training from scratch learned at all, by the largest subnet beside what knows only token frequencies.
pub fn learns_check(report: &Report) -> String {
    let run = &report.run;
    if let Some(beside) = beside_unigram(run) {
        return of_sequences(beside);
    }
    let mut text = match (learned(run), unigram_entropy(run)) {
        (Some(below), Some(entropy)) => format!(
            "Does training from scratch learn? The largest subnet reaches a validation loss of {} nats/token, {} nats \
             {} the unigram entropy of {}. {}",
            fixed(entropy - below, Metric::Loss.facts().decimals),
            fixed(below.abs(), Metric::Loss.facts().decimals),
            if below >= 0.0 { "below" } else { "above" },
            fixed(entropy, Metric::UnigramEntropy.facts().decimals),
            if below >= LEARNED {
                "It learned more than token frequencies."
            } else {
                "It did not learn enough for a comparison of methods to mean much."
            }
        ),
        _ => "Does training from scratch learn? Not available: the largest subnet's loss from scratch, or the unigram \
              entropy, is not recorded."
            .to_owned(),
    };
    let bleu = largest_from_scratch(run, Quality { metric: Metric::Bleu, split: Split::Test });
    if let (Some(bleu), Some(copy)) = (bleu, run.facts.data(Metric::CopyBleu, Some(Split::Test))) {
        text.push_str(&format!(
            " Its test BLEU is {}; copying the source gives {}.",
            significant(bleu, 3),
            fixed(copy, Metric::CopyBleu.facts().decimals)
        ));
    }
    text
}

/// Says it where the loss has an interval over sequences.
fn of_sequences(beside: BesideUnigram) -> String {
    let BesideUnigram { loss, margin, unigram } = beside;
    let nats = |value: f64| fixed(value, Metric::Loss.facts().decimals);
    format!(
        "Does training from scratch learn? The largest subnet reaches a validation loss of {} [{}, {}] nats/token (95% over the \
         split's sequences), {} nats {} the {} of a model that knows the frequencies of the training tokens alone. {}",
        nats(loss),
        nats(loss - margin),
        nats(loss + margin),
        nats((unigram - loss).abs()),
        if loss < unigram { "below" } else { "above" },
        nats(unigram),
        if beside.has_learned() {
            "It learned more than token frequencies."
        } else {
            "It did not learn more than token frequencies: a comparison of methods means nothing."
        }
    )
}

/// Says what the trainings from scratch that did not learn leave of the result, part by part.
pub fn remarks(report: &Report) -> Vec<String> {
    let mut parts = Vec::new();
    if learned(&report.run).is_some_and(|below| below < LEARNED) {
        parts.push(format!(
            "training from scratch ended less than {LEARNED} nats below the unigram entropy, too little for a \
             comparison of methods to mean much"
        ));
    }
    let failed = not_learned(&report.run);
    if !failed.is_empty() {
        parts.push(format!(
            "{} from scratch ended less than {LEARNED} nats below the unigram entropy: {} gap says that this training \
             went wrong, not how good sharing is",
            list(&failed),
            if failed.len() == 1 { "its" } else { "their" }
        ));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_whose_interval_reaches_the_unigram_model_shows_nothing() {
        let learned = BesideUnigram { loss: 5.8, margin: 0.05, unigram: 6.2 };
        let words = of_sequences(learned);
        assert!(words.contains("5.800 [5.750, 5.850]") && words.contains("0.400 nats below the 6.200"), "{words}");
        assert!(words.contains("learned more"), "{words}");
        let close = of_sequences(BesideUnigram { margin: 0.5, ..learned });
        assert!(close.contains("did not learn"), "{close}");
    }
}
