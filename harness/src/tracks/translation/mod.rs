//! Makes the corpus, batches and scores of translation, as the jobs ask for them.

mod batches;
mod corpora;
mod facts;
mod jobs;
mod timed;
mod translate;

pub use corpora::CORPORA;
pub use jobs::TranslationJobs;
