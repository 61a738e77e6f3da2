//! Checks what a declaration must fulfil for every subnet in it to be buildable.

use crate::field::{Choices, Field};
use crate::space::{Constants, SearchSpace};
use crate::{bert, hat};

impl SearchSpace {
    /// Refuses a declaration that does not make sense.
    ///
    /// # Errors
    /// Returns the first field or constant that does not make sense.
    pub fn validate(&self) -> Result<(), String> {
        for (field, choices) in self.family.fields.iter().zip(&self.choices) {
            if let Some(wrong) = wrong(field, choices) {
                return Err(format!("`{}` {choices:?}: {wrong}", field.key));
            }
        }
        let vocab = self.published_vocab.unwrap_or(1);
        let sizes =
            [("max_positions", self.max_positions), ("flops_length", self.flops_length), ("published_vocab", vocab)];
        if let Some((field, size)) = sizes.into_iter().find(|(_, size)| *size < 1) {
            return Err(format!("`{field}` is {size}: it must be positive"));
        }
        let (have, want) = (self.feature_norm.len(), self.feature_fields().len());
        if have != want {
            return Err(format!("`feature_norm` has {have} entries: one a feature, {want}, is needed"));
        }
        if self.feature_norm.iter().any(|n| !n.is_finite() || *n <= 0.0) {
            return Err(format!("`feature_norm` {:?}: every entry must be positive", self.feature_norm));
        }
        match &self.constants {
            Constants::Hat(constants) => hat::validate::validate(self, constants),
            Constants::Bert(constants) => bert::validate::validate(self, constants),
        }
    }
}

fn wrong(field: &Field, choices: &[i64]) -> Option<String> {
    if choices.is_empty() {
        return Some("at least one choice is needed".to_string());
    }
    match field.choices {
        Choices::Sizes | Choices::Tenths(_) => {
            let descending = choices.windows(2).all(|w| w[0] > w[1]);
            (!descending || choices.iter().any(|&c| c < 1))
                .then(|| "choices must be positive and in descending order".to_string())
        }
        Choices::Codes(codes) => {
            if let Some(unknown) = choices.iter().find(|c| !codes.contains(c)) {
                return Some(format!("{unknown} means nothing; the codes are {codes:?}"));
            }
            // A repeated choice would be drawn more often.
            let ascending = choices.windows(2).all(|w| w[0] < w[1]);
            (!ascending).then(|| "choices must be in ascending order, each once".to_string())
        }
    }
}
