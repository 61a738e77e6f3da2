//! A source gives documents before they are split.

/// A document as its source gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The name by which it is drawn, which no other document of the source has.
    pub name: String,
    /// Its paragraphs in their normal form; no sentence goes over the end of one.
    pub paragraphs: Vec<String>,
}
