//! Searches a space that is small enough by scoring every subnet that meets the limit.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use mos_spaces::Arch;
use mos_spaces::search::evolution::Setting;
use serde::{Deserialize, Serialize};

use super::context::{JobContext, Ticker};
use super::found::SearchResult;
use super::sweep::SEARCH_STATE;
use crate::system::files::write_atomic;

/// Number of subnets between two writes of the state.
const WRITE_EVERY: usize = 25;

/// The fitness of the subnets scored so far, in their order.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    scores: Vec<f64>,
    seconds: f64,
}

/// What was found, and how long it took.
pub struct Exhausted {
    /// The best subnet.
    pub found: SearchResult,
    /// All that were scored.
    pub scored: Vec<Arch>,
    /// Seconds of scoring.
    pub seconds: f64,
}

/// Scores every subnet that meets the limit by `fitness` (lower is better), from where the job stands; returns none when
/// told to stop.
///
/// # Errors
/// Fails if the limit cannot be met, if the space is too large, or if `fitness` fails.
pub fn exhaust(
    context: &JobContext,
    setting: &Setting,
    mut fitness: impl FnMut(&Arch) -> Result<f64>,
) -> Result<Option<Exhausted>> {
    let reach = setting.limit.resolve(setting.space, setting.predicted_ms)?;
    let cost = |arch: &Arch| setting.limit.cost(setting.space, arch, setting.latency_ms);
    let mut archs = setting.space.enumerate()?;
    archs.retain(|arch| reach.allows(cost(arch)));
    ensure!(!archs.is_empty(), "no subnet of space {} has {}", setting.space.name, setting.limit.label());
    let path = context.job_dir.join(SEARCH_STATE);
    let mut state = if path.exists() {
        let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged; delete the job's folder to search afresh", path.display()))?
    } else {
        State::default()
    };
    let (mut clock, mut ticker) = (Instant::now(), Ticker::new());
    while let Some(arch) = archs.get(state.scores.len()) {
        let stop = context.told_to_stop();
        if stop || state.scores.len().is_multiple_of(WRITE_EVERY) {
            state.seconds += clock.elapsed().as_secs_f64();
            clock = Instant::now();
            write_atomic(&path, &serde_json::to_vec(&state)?)?;
        }
        if stop {
            return Ok(None);
        }
        state.scores.push(fitness(arch)?);
        ticker.tick(context, state.scores.len() as u64, archs.len() as u64, || "every subnet".to_string());
    }
    state.seconds += clock.elapsed().as_secs_f64();
    let scored = archs.iter().zip(&state.scores);
    let (arch, &fitness) = scored.min_by(|a, b| a.1.total_cmp(b.1)).expect("checked: one at least");
    let found =
        SearchResult { cost: cost(arch), arch: arch.clone(), fitness, reach, evaluations: archs.len(), random: None };
    Ok(Some(Exhausted { found, scored: archs, seconds: state.seconds }))
}
