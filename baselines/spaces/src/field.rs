//! Defines what a field of an architecture is. A family of search spaces declares its fields once, as a table of
//! [`Field`]s, and everything that walks an architecture (sampling, checking, reading files, genes, features, summary)
//! walks that table.

/// What part of a network a field's value describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// It describes a whole stack of layers, by one value.
    Net,
    /// It is the number of layers of its stack, one value.
    Depth,
    /// It describes each active layer of its stack, by a list.
    Layer,
}

/// The order in which a space lists a field's choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choices {
    /// They are sizes, the widest first, each above zero.
    Sizes,
    /// They are some of these codes, in ascending order.
    Codes(&'static [i64]),
    /// They are tenths of the value of the field at this position of the table, which holds sizes of whole nets; the
    /// widest first, each above zero.
    Tenths(usize),
}

impl Choices {
    /// Returns the value that a choice stands for, rounded down; `value_of` gives the value of another field.
    pub fn value(self, choice: i64, value_of: impl Fn(usize) -> i64) -> i64 {
        match self {
            Choices::Sizes | Choices::Codes(_) => choice,
            Choices::Tenths(whole) => choice * value_of(whole) / 10,
        }
    }
}

/// What the largest and the smallest subnet have in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// They have the first and the last choice.
    Choices,
    /// They have these values, even where the space does not list them.
    These {
        /// What the largest has.
        largest: i64,
        /// What the smallest has.
        smallest: i64,
    },
}

/// For how many layers a per-layer field is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// It is drawn for the active layers, layer by layer with the other fields of its stack.
    Active,
    /// It is drawn after all other fields, for as many layers as the deepest subnet has; what is drawn for inactive
    /// layers is dropped.
    Deepest,
}

/// The features by which the router sees a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// It sees one: the value, or its mean over the active layers.
    Mean,
    /// It sees the same one, in spaces that list two or more choices; elsewhere it sees none.
    WhereChosen,
    /// It sees one for each layer. The depth of such a space is fixed.
    EachLayer,
    /// It sees none.
    Absent,
}

/// What divides a field's features in a space without a published norm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Norm {
    /// The divisor is what the first choice stands for, times this share.
    Widest(f64),
    /// The divisor is a constant.
    Constant(f64),
    /// The divisor is the distance from the narrowest to the widest choice, and the feature is
    /// `floor + (value - narrowest) / divisor`.
    Span {
        /// Feature of the narrowest choice.
        floor: f64,
    },
}

/// One field of an architecture.
#[derive(Debug)]
pub struct Field {
    /// Its key in a JSON configuration, and its name in messages.
    pub key: &'static str,
    /// Its key in HAT's YAML.
    pub yaml: &'static str,
    /// The key of its choices in the TOML of a space.
    pub choices_key: &'static str,
    /// Its heading in the table of features.
    pub header: &'static str,
    /// Its column in a latency table.
    pub column: &'static str,
    /// Its word in a one-line summary; empty for the width that a stack's summary begins with.
    pub word: &'static str,
    /// The stack of layers to which it belongs, an index into [`crate::Family::stacks`].
    pub stack: usize,
    /// What part of the network its value describes.
    pub scope: Scope,
    /// Whether a configuration may leave it out, since the lists of its stack are as long as its value says.
    pub implied: bool,
    /// How its choices are listed.
    pub choices: Choices,
    /// What the largest and the smallest subnet have.
    pub ends: Ends,
    /// For how many layers it is drawn.
    pub draw: Draw,
    /// Whether its choices are numbers of attention heads, which a space may want to divide a width.
    pub heads: bool,
    /// The features that it has.
    pub feature: Feature,
    /// What a value counts as in the features.
    pub counts_as: fn(i64) -> i64,
    /// What divides the features.
    pub norm: Norm,
}
