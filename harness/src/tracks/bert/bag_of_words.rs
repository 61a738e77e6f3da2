//! The job that fits a linear model on bags of words to one task, beside which fine-tuned networks stand.

use anyhow::Result;
use mos_base::Split;
use mos_baselines::bert::bag_of_words::{Bag, BagOfWords, Fit};
use mos_plan::fine_tuning::TaskFacts;
use mos_plan::spec::fine_tuning::{BagOfWordsSpec, Selection};
use mos_plan::spec::job::JobSpec;
use mos_plan::{Metric, Record};
use mos_spaces::SearchSpace;
use mos_spaces::catalog::layout_of;
use tch::Device;

use super::examples::TaskExamples;
use super::jobs::BertJobs;
use super::label_scores::scores;
use crate::worker::context::{JobContext, Outcome, Ticker};
use crate::worker::track_jobs::TrackJobs;

/// Scores of a setting, on the split of the choice and on test.
struct Tried {
    choice: f64,
    values: Vec<(Split, Metric, f64)>,
}

/// Runs the job from its beginning: it takes seconds.
pub fn fit(context: &JobContext, job: &JobSpec, spec: &BagOfWordsSpec) -> Result<Outcome> {
    let track = BertJobs::open(context, job)?;
    let layout = layout_of(&SearchSpace::find(spec.space.as_str())?, track.rows()).into();
    let examples = TaskExamples::new(track.task_named(context, job, &spec.task)?, layout, Device::Cpu);
    let facts = TaskFacts::find(&spec.task)?;
    let bags = |split| (0..examples.len(split)).map(|i| Bag::of(examples.ids(split, i))).collect::<Vec<_>>();
    let (train, held_out) = (bags(Split::Train), [Split::Valid, Split::Test].map(|split| (split, bags(split))));
    let labels = examples.labels(Split::Train);
    let settings = spec.rates.iter().flat_map(|&rate| spec.epochs.iter().map(move |&epochs| (rate, epochs)));
    let settings: Vec<(f64, u64)> = settings.collect();
    let (mut best, mut ticker): (Option<Tried>, _) = (None, Ticker::new());
    for (done, &(rate, epochs)) in settings.iter().enumerate() {
        if context.told_to_stop() {
            return Ok(Outcome::Interrupted);
        }
        ticker.tick(context, done as u64, settings.len() as u64, || format!("rate {rate}"));
        let outputs = examples.target().outputs();
        let model = BagOfWords::fit(&train, &labels, track.rows(), outputs, Fit { epochs, rate, seed: spec.seed })?;
        let mut values = Vec::new();
        for (split, bags) in &held_out {
            let of_split = scores(facts, &model.predictions(bags), &examples.labels(*split))?;
            values.extend(of_split.into_iter().map(|(metric, value)| (*split, metric, value)));
        }
        let tried = Tried { choice: choice(&values, facts.metrics[0], spec.selected_on), values };
        if best.as_ref().is_none_or(|best| tried.choice > best.choice) {
            best = Some(tried);
        }
    }
    let row = |split: Split, metric: Metric, value: f64| Record {
        dataset: format!("{}/{}", job.context.dataset, spec.task),
        seed: spec.seed as i64,
        split: Some(split),
        ..context.row(job, metric, value)
    };
    let on_reported = f64::from(u8::from(spec.selected_on == Selection::Reported));
    let mut records = vec![row(Split::Valid, Metric::SelectedOnReported, on_reported)];
    for split in Split::ALL {
        let card = examples.card().split(split);
        records.push(row(split, Metric::TaskExamples, card.examples as f64));
        records.extend(card.majority_share.map(|share| row(split, Metric::TaskMajority, 100.0 * share)));
    }
    records
        .extend(best.into_iter().flat_map(|best| best.values).map(|(split, metric, value)| row(split, metric, value)));
    Ok(Outcome::Finished { records, outputs: vec![] })
}

fn choice(values: &[(Split, Metric, f64)], metric: Metric, selected_on: Selection) -> f64 {
    let split = match selected_on {
        Selection::Valid => Split::Valid,
        Selection::Reported => Split::Test,
    };
    let decisive = values.iter().find(|(s, m, _)| (*s, *m) == (split, metric));
    decisive.map_or(f64::NEG_INFINITY, |(.., value)| *value)
}
