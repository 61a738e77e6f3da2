//! Makes the corpus, batches and scores of translation, as the jobs ask for them.

mod batches;
mod facts;
mod jobs;
mod translate;

pub use jobs::TranslationJobs;
