//! What the searches of a run found is read from their jobs: by the program that carries a run out, and by one that checks it.

use mos_spaces::Arch;

use super::found::{FoundSubnet, name_found};
use super::guest_nets::{GuestNet, GuestSearch, name_guests};
use super::planner::Planner;

/// How far a search has come.
#[derive(Clone, Debug, PartialEq)]
pub enum SearchState {
    /// It has not ended.
    Open,
    /// It ended and found nothing, since its supernet diverged.
    Void,
    /// It found this.
    Found(Arch),
}

/// What the run's own searches found, and what those of guests did.
pub type Known = (Vec<FoundSubnet>, Vec<GuestNet>);

/// Returns what the searches found, the run's own and those of guests, once all of them have ended. `state` tells how far the
/// search of a job has come, and `flops` adds up the FLOPs that a job counted.
///
/// # Errors
/// Fails as `state` and `flops` do.
pub fn known<E>(
    planner: &Planner,
    state: impl Fn(&str) -> Result<SearchState, E>,
    flops: impl Fn(&str) -> Result<f64, E>,
) -> Result<Option<Known>, E> {
    let id = |job: usize| planner.graph.jobs[job].id.as_str();
    let Some(found) = ended(&planner.searches, |search| state(id(search.job)))? else { return Ok(None) };
    let Some(guests) = ended(&planner.guest_searches, |search| state(id(search.job)))? else { return Ok(None) };
    // First trainings that failed are among what a job counted.
    let behind = |search: &GuestSearch| {
        let jobs = planner.taught_by.into_iter().chain([search.supernet, search.job]);
        jobs.map(|job| flops(id(job))).sum::<Result<f64, E>>()
    };
    let counted = |(search, arch)| Ok((search, arch, Some(behind(search)?)));
    let guests = guests.into_iter().map(counted).collect::<Result<_, E>>()?;
    Ok(Some((name_found(planner.experiment, found), name_guests(guests))))
}

/// Returns what each of these searches found; none while one of them has not ended.
fn ended<S, E>(searches: &[S], state: impl Fn(&S) -> Result<SearchState, E>) -> Result<Option<Vec<(&S, Arch)>>, E> {
    let mut archs = Vec::new();
    for search in searches {
        match state(search)? {
            SearchState::Open => return Ok(None),
            SearchState::Void => {}
            SearchState::Found(arch) => archs.push((search, arch)),
        }
    }
    Ok(Some(archs))
}
