//! A quality says how good a subnet is: it is a metric that scores subnets, on a split.

use mos_base::Split;
use mos_plan::Metric;
use mos_plan::metric::{Better, MetricFamily};

use crate::stats::Direction;

/// A quality is the metric and the split of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// The metric, one of the family of scores.
    pub metric: Metric,
    /// The split, which is not the one that was trained on.
    pub split: Split,
}

impl Quality {
    /// The quality by which trainings are watched and chosen.
    pub const VALIDATION_LOSS: Quality = Quality { metric: Metric::Loss, split: Split::Valid };

    /// Makes the quality of a metric on a split; `None` where no subnet is scored by it.
    pub fn new(metric: Metric, split: Split) -> Option<Quality> {
        (metric.family() == MetricFamily::Score && split != Split::Train).then_some(Quality { metric, split })
    }

    /// Gives every metric on validation and on test, metric by metric.
    pub fn all() -> impl Iterator<Item = Quality> {
        let on = |metric: &Metric| [Split::Valid, Split::Test].map(|split| Quality::new(*metric, split));
        Metric::ALL.iter().flat_map(on).flatten()
    }

    /// Tells whether a lower value is better.
    pub fn lower_is_better(self) -> bool {
        self.metric.facts().better == Better::Lower
    }

    /// Gives the direction in the words of the statistics.
    pub fn direction(self) -> Direction {
        if self.lower_is_better() { Direction::LowerIsBetter } else { Direction::HigherIsBetter }
    }

    /// Tells with how many decimals its values and gaps are shown.
    pub fn decimals(self) -> usize {
        self.metric.facts().decimals
    }

    /// Says what the quality is called within a sentence, such as `validation loss` or `test BLEU`.
    pub fn words(self) -> String {
        // A name that is a word, not an abbreviation, begins small within a sentence.
        let label = self.metric.facts().label;
        let metric = match label.get(1..2) {
            Some(second) if second.chars().all(char::is_lowercase) => {
                format!("{}{}", label[..1].to_lowercase(), &label[1..])
            }
            _ => label.to_owned(),
        };
        format!("{} {metric}", split_word(self.split))
    }

    /// Gives the unit of its values, which is `nats/token`, or the metric's label for a pure number.
    pub fn unit(self) -> &'static str {
        let facts = self.metric.facts();
        if facts.unit.is_empty() { facts.label } else { facts.unit }
    }

    /// Gives the unit in brackets, to follow the name on an axis; it is empty for a pure number.
    pub fn unit_in_brackets(self) -> String {
        match self.metric.facts().unit {
            "" => String::new(),
            unit => format!(" ({unit})"),
        }
    }
}

/// Says what a split is called in tables and sentences.
pub fn split_word(split: Split) -> &'static str {
    match split {
        Split::Train => "training",
        Split::Valid => "validation",
        Split::Test => "test",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_are_named_within_a_sentence() {
        let words = |metric: Metric, split: Split| Quality::new(metric, split).map(Quality::words);
        assert_eq!(words(Metric::Loss, Split::Valid).unwrap(), "validation loss");
        assert_eq!(words(Metric::Bleu, Split::Test).unwrap(), "test BLEU");
        assert_eq!(words(Metric::Chrf, Split::Test).unwrap(), "test chrF");
        assert_eq!(words(Metric::TokenisedBleu, Split::Test).unwrap(), "test tokenised BLEU");
        assert_eq!([words(Metric::Latency, Split::Test), words(Metric::Loss, Split::Train)], [None, None]);
    }

    #[test]
    fn every_score_is_a_quality_on_two_splits() {
        let all: Vec<Quality> = Quality::all().collect();
        assert_eq!(all[0], Quality { metric: Metric::Loss, split: Split::Valid });
        assert_eq!(all.len(), 10);
    }
}
