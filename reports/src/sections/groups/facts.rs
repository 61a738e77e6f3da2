//! Subnets of an imported table that were scored together form a group; what the groups say is set side by side.

use mos_plan::SubnetId;

use crate::claims::{Compared, Evidence};
use crate::error::Result;
use crate::run::Run;
use crate::sections::comparisons::facts::plain;
use crate::sections::gaps::cells::{common_cells, scores};
use crate::sections::gaps::facts::{MethodGap, method_gap};
use crate::stats::{Estimate, Settings};
use mos_spaces::method::reference;

/// What a group says of a method.
#[derive(Clone, Debug)]
pub struct GroupFacts {
    /// The group; none where all subnets are taken together.
    pub group: Option<String>,
    /// The method with its gap.
    pub gap: MethodGap,
    /// The rank correlation minus that of plain sharing; none for plain sharing itself.
    pub rank_difference: Option<Estimate>,
}

/// Gives what each group, and then all of them together, say of each method; empty where there are no groups.
///
/// # Errors
/// This fails when a statistic fails.
pub fn group_facts(run: &Run) -> Result<Vec<GroupFacts>> {
    let mut groups: Vec<Option<String>> =
        run.manifest.subnets.iter().filter_map(|c| c.group.clone()).map(Some).collect();
    groups.sort();
    groups.dedup();
    if groups.is_empty() {
        return Ok(vec![]);
    }
    groups.push(None);
    let mut facts = Vec::new();
    for group in groups {
        let in_group = |id: &SubnetId| {
            let card = run.manifest.subnets.iter().find(|card| card.id == *id);
            group.is_none() || card.is_some_and(|card| card.group == group)
        };
        let among: Vec<SubnetId> = run.headline_subnets().into_iter().filter(|id| in_group(id)).collect();
        for method in &run.methods {
            let Some(gap) = method_gap(run, run.primary, method, &among)? else { continue };
            let rank_difference = if *method == plain().name { None } else { ranks(run, method, &among)? };
            facts.push(GroupFacts { group: group.clone(), gap, rank_difference });
        }
    }
    Ok(facts)
}

/// Compares the rank correlations of a method and of plain sharing over some subnets.
fn ranks(run: &Run, method: &str, among: &[SubnetId]) -> Result<Option<Estimate>> {
    let names = [reference().name.as_str(), method, plain().name.as_str()];
    let score = run.scores(run.primary);
    let Some((subnets, seeds)) = common_cells(run, &score, &names, among) else { return Ok(None) };
    let of = |name: &str| scores(&score, name, &subnets, &seeds);
    let compared = Compared::Ranks { scratch: of(names[0])?, own: of(names[1])?, other: of(names[2])? };
    let evidence = Evidence::new(compared, 1.0);
    Ok(Some(evidence.difference(&evidence.draws(&Settings::default()))))
}
