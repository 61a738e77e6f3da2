//! Makes the corpus, batches and scores of masked-LM encoders, as the jobs ask for them, and runs the jobs that this track
//! alone has.

mod bag_of_words;
mod batches;
mod corpora;
mod examples;
mod fine_tune;
mod jobs;
mod label_scores;
mod nas_bert;
mod own;
mod relation;
mod taught;
mod timed;
mod tuned;

pub use corpora::CORPORA;
pub use jobs::BertJobs;
pub use own::own_job;
