//! A source of examples gives labelled texts before they are encoded.

use mos_base::Split;

/// What an example is labelled with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Label {
    /// A class, as its place in the list of classes.
    Class(u16),
    /// A number.
    Rating(f32),
}

/// One labelled text, or pair of texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The split that the example belongs to.
    pub split: Split,
    /// The first text.
    pub text: String,
    /// The second text, where the task has pairs.
    pub second: Option<String>,
    /// The label.
    pub label: Label,
}

/// All examples of a task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labelled {
    /// The examples, in the order of the source.
    pub examples: Vec<Example>,
    /// How many training examples were left out because their text nearly equals a held-out one.
    pub near_duplicates: usize,
}
