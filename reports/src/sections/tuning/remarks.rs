//! This tells what a sweep leaves open for a run.

use mos_plan::{Record, Track};

use super::facts::Sweep;
use crate::page::format::list;

/// This is said of a sweep that compared no schedules of continued training.
pub const UNTUNED_SCHEDULE: &str = "the sweep compared no schedules of continued training: that of the run is untuned";

/// Says what a run of `methods` on `corpus` must know of the sweep behind its rates: methods that the sweep left out, a
/// corpus that is not the run's, and schedules of continued training that were never compared. It is empty where all is
/// well, or where the records hold no sweep on the run's track.
pub fn sweep_remarks<'a>(
    sweep: &[Record],
    track: Track,
    methods: impl IntoIterator<Item = &'a str>,
    corpus: &str,
) -> Vec<String> {
    let Some(sweep) = Sweep::new(sweep, track) else { return Vec::new() };
    let mut told = remarks(&sweep, methods, corpus);
    if !sweep.schedules {
        told.push(UNTUNED_SCHEDULE.to_owned());
    }
    told
}

/// Says what a sweep does not cover of a run of `methods` on `corpus`: methods that were not swept, and the corpus
/// where the sweep ran on others.
pub fn remarks<'a>(sweep: &Sweep, methods: impl IntoIterator<Item = &'a str>, corpus: &str) -> Vec<String> {
    let swept = |method: &str| sweep.curves.iter().any(|c| c.method == method);
    let unswept: Vec<String> = methods.into_iter().filter(|m| !swept(m)).map(str::to_owned).collect();
    let mut told = Vec::new();
    if !unswept.is_empty() {
        told.push(format!("the sweep did not cover {}: its rate is untuned", list(&unswept)));
    }
    if !sweep.corpora.contains(corpus) {
        let on: Vec<String> = sweep.corpora.iter().cloned().collect();
        told.push(format!("the sweep ran on {}, not on {corpus}", list(&on)));
    }
    told
}
