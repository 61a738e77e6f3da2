//! What a worker process does: one job. Each kind of job has a file. Jobs that train or score are written once for all
//! tracks; what they ask of their track is [`track_jobs::TrackJobs`].

pub mod context;
pub mod data_facts;
mod evaluation;
mod exhaustive;
mod first_attempt;
pub mod found;
pub mod latency;
mod measured;
pub mod predictor;
pub mod predictor_choice;
pub mod process;
pub mod repeat;
pub mod retrain;
pub mod score;
pub mod search;
pub mod splitting;
pub mod sweep;
pub mod task_data;
pub mod timed_task;
pub mod track_jobs;
pub mod train;
pub mod training_run;
pub mod training_state;
pub mod weights;
