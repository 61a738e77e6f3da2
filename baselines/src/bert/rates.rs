//! Works out dropout rates, which MoS's released BERT code rescales by a subnet's sizes.

use mos_spaces::bert::view::{BertArch, Part};

/// Dropout rates at the widest subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dropout {
    /// Rate after the embeddings, attention and feed-forward blocks; rescaled per subnet.
    pub hidden: f64,
    /// Rate on attention weights; rescaled by the number of heads.
    pub attention: f64,
}

/// Dropout rates of one step of a subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepRates {
    /// Rate on attention weights.
    pub attention: f64,
    /// Rate of what is added to the residual stream.
    pub output: f64,
}

/// Dropout rates of one subnet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates {
    /// Rate after the embeddings.
    pub embedding: f64,
    /// Rates of each step, in the order of [`BertArch::steps`].
    pub steps: Vec<StepRates>,
    /// Whether anything is dropped.
    pub train: bool,
}

impl Rates {
    /// Works out the rates of a subnet of a space whose widest subnet is `widest`; nothing is dropped where `dropout` is
    /// none.
    ///
    /// The output of attention is rescaled by the width of its block, that of a feed-forward block by its hidden width,
    /// attention weights by the number of heads, embeddings by their width.
    pub fn new(widest: &BertArch, arch: &BertArch, dropout: Option<Dropout>) -> Rates {
        let Some(Dropout { hidden, attention }) = dropout else {
            return Rates { steps: vec![StepRates::default(); arch.steps.len()], ..Rates::default() };
        };
        let share = |part: i64, whole: i64| part as f64 / whole as f64;
        let of = |(own, widest): (Part, Part)| match (own, widest) {
            (Part::Attention { width, heads, .. }, Part::Attention { width: most_width, heads: most_heads, .. }) => {
                StepRates { attention: attention * share(heads, most_heads), output: hidden * share(width, most_width) }
            }
            (Part::FeedForward { hidden: own, .. }, Part::FeedForward { hidden: most, .. }) => {
                StepRates { attention: 0.0, output: hidden * share(own, most) }
            }
            (Part::Convolution { .. }, _) => StepRates { attention: 0.0, output: hidden },
            _ => StepRates::default(),
        };
        // A subnet has the kinds of steps that the widest one has, layer by layer, for fewer layers. Only steps that share
        // no weights differ in kind, and nothing rescales their rates.
        let mut most = widest.steps.iter();
        let rates = arch.steps.iter().map(|step| match (step.own, most.next()) {
            (None, Some(most)) => of((step.part, most.part)),
            _ => of((step.part, step.part)),
        });
        Rates { embedding: hidden * share(arch.stream, widest.stream), steps: rates.collect(), train: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_spaces::SearchSpace;

    #[test]
    fn rates_follow_the_sizes_that_decide_them() {
        let space = SearchSpace::find("bert-v1").unwrap();
        let view = |arch| BertArch::of(&space, &arch);
        let dropout = Dropout { hidden: 0.1, attention: 0.2 };
        let rates = Rates::new(&view(space.largest()), &view(space.smallest()), Some(dropout));
        assert_eq!(rates.embedding, 0.1);
        // Map in, attention, feed-forward, map out: heads and hidden width never shrink in this space.
        assert_eq!(rates.steps[0], StepRates::default());
        assert_eq!(rates.steps[1], StepRates { attention: 0.2, output: 0.1 * 120.0 / 768.0 });
        assert_eq!(rates.steps[2], StepRates { attention: 0.0, output: 0.1 });
        let none = Rates::new(&view(space.largest()), &view(space.smallest()), None);
        assert!(!none.train && none.steps.iter().all(|step| *step == StepRates::default()));
    }

    #[test]
    fn fewer_heads_a_narrower_network_and_a_narrower_stream_drop_less() {
        let space = SearchSpace::find("bert-v5.1").unwrap();
        let view = |arch| BertArch::of(&space, &arch);
        let dropout = Dropout { hidden: 0.1, attention: 0.2 };
        let rates = Rates::new(&view(space.largest()), &view(space.smallest()), Some(dropout));
        assert_eq!(rates.embedding, 0.1 * (120.0 / 768.0));
        // Six heads of twelve, a width of 120 of 768, and 240 of 3072 inside.
        assert_eq!(rates.steps[0], StepRates { attention: 0.2 * 0.5, output: 0.1 * (120.0 / 768.0) });
        assert_eq!(rates.steps[1], StepRates { attention: 0.0, output: 0.1 * (240.0 / 3072.0) });
    }
}
