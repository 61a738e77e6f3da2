//! The claims of a run's track are judged by what the run holds.

use super::evidence::{Source, evidence};
use crate::claims::{Claim, Judged, Scope, Verdict, families, judge};
use crate::run::{Run, is_published_size};

/// The claims of one family with their verdicts.
#[derive(Clone, Debug)]
pub struct JudgedFamily {
    /// What they have in common.
    pub title: String,
    /// The claims.
    pub claims: Vec<Judged>,
}

/// Judges every claim of the run's track.
pub fn judged_families(source: &Source) -> Vec<JudgedFamily> {
    let of_family = |(title, claims): (String, Vec<Claim>)| {
        let with_evidence = claims.into_iter().map(|claim| {
            let found = evidence(source, &claim);
            (claim, found)
        });
        JudgedFamily { title, claims: judge(with_evidence.collect()) }
    };
    let families = families(source.run.manifest.track).into_iter();
    let mut judged: Vec<JudgedFamily> = families.map(|family| of_family((family.title, family.claims))).collect();
    ask_in_order(&mut judged);
    judged
}

/// Takes the verdict from a claim that is asked only where another one holds, and that one does not. Its difference is
/// shown all the same.
fn ask_in_order(families: &mut [JudgedFamily]) {
    let all: Vec<(String, Verdict)> =
        families.iter().flat_map(|f| &f.claims).map(|j| (j.claim.id.clone(), j.verdict.clone())).collect();
    for judged in families.iter_mut().flat_map(|family| &mut family.claims) {
        let Some(before) = &judged.claim.after else { continue };
        let holds = all.iter().any(|(id, verdict)| id == before && *verdict == Verdict::Holds);
        if holds || matches!(judged.verdict, Verdict::NotTested(_)) {
            continue;
        }
        judged.verdict = Verdict::NotTested(format!("it is asked only where {before} holds"));
        if let Some(numbers) = &mut judged.numbers {
            (numbers.p, numbers.adjusted) = (None, None);
        }
    }
}

/// Tells what verdicts of a run may be about.
pub fn scope(run: &Run) -> Scope {
    let imported = run.manifest.imported.as_ref().is_some_and(|card| card.published_size);
    if imported || is_published_size(&run.manifest) { Scope::Published } else { Scope::Smaller }
}
