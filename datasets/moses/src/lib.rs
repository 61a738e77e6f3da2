//! This is the Moses tokeniser and detokeniser, by the rules of their Python port sacremoses, with its outcome token
//! for token (`fixtures/`). Hyphens between letters are split (`a-b` becomes `a @-@ b`, the option `-a`); nothing is
//! escaped.
//!
//! ```
//! let moses = mos_moses::Moses::new("en").unwrap();
//! assert_eq!(moses.tokenise("Dr. Lee's well-known dog."), "Dr. Lee 's well @-@ known dog .");
//! assert_eq!(moses.detokenise("Dr. Lee 's well @-@ known dog ."), "Dr. Lee's well-known dog.");
//! ```

mod classes;
mod detokenise;
mod rules;
mod tokenise;

pub use classes::is_python_space;
pub use rules::{LANGUAGES, Moses, RULES, UnknownLanguage};
