//! What a reader of a published table has to know before its numbers: copies, single trainings, groups that disagree, and
//! subnets that cover little of the space.

use mos_spaces::field::Scope;
use mos_spaces::read::json;
use mos_spaces::{Arch, SearchSpace};

use super::facts::GroupFacts;
use crate::page::format::{fixed, list};
use crate::run::Run;
use crate::stats::Estimate;

/// Gives the flags, one sentence or two each.
pub fn flags(run: &Run, facts: &[GroupFacts]) -> Vec<String> {
    let mut flags: Vec<String> = run.copied.iter().map(|copy| {
        let group = copy.group.as_ref().map(|group| format!(" of {group}")).unwrap_or_default();
        format!(
            "The scores of {} in all {} subnets{group} are those of {} to the last digit ({} values): one of the two was not \
             measured. They are left out as {}'s, and claims on it rest on the other subnets.",
            copy.method, copy.subnets.len(), copy.of, copy.values, copy.method
        )
    }).collect();
    if let [_] = run.manifest.seeds.as_slice() {
        flags.push(
            "Each method has one supernet. The intervals say what other subnets would change, and nothing of what another \
             training would."
                .to_owned(),
        );
    }
    flags.extend(disagreement(facts));
    flags.extend(ranks(facts));
    flags.extend(narrow(run));
    flags
}

/// Says whether the groups put the methods in different orders.
fn disagreement(facts: &[GroupFacts]) -> Option<String> {
    let groups: Vec<&String> = groups(facts);
    let order = |group: &String| {
        let mut of_it: Vec<&GroupFacts> = facts.iter().filter(|f| f.group.as_ref() == Some(group)).collect();
        of_it
            .sort_by(|a, b| a.gap.gap.mae.value.partial_cmp(&b.gap.gap.mae.value).unwrap_or(std::cmp::Ordering::Equal));
        of_it.iter().map(|f| f.gap.method.clone()).collect::<Vec<String>>()
    };
    let orders: Vec<Vec<String>> = groups.iter().map(|group| order(group)).collect();
    let same = orders.windows(2).all(|pair| pair[0] == pair[1]);
    let said: Vec<String> =
        groups.iter().zip(&orders).map(|(group, order)| format!("{group}: {}", order.join(", "))).collect();
    (!same)
        .then(|| format!("The groups disagree on the order of the methods by mean absolute gap. {}.", said.join("; ")))
}

/// Says in which groups a rank correlation can be told from that of plain sharing.
fn ranks(facts: &[GroupFacts]) -> Vec<String> {
    let apart = |estimate: &Estimate| estimate.hi.is_some_and(|hi| hi < 0.0) || estimate.lo.is_some_and(|lo| lo > 0.0);
    let told: Vec<(&GroupFacts, &Estimate)> =
        facts.iter().filter_map(|f| f.rank_difference.as_ref().map(|difference| (f, difference))).collect();
    let within: Vec<String> =
        told.iter().filter(|(f, d)| f.group.is_some() && apart(d)).map(|(f, d)| shown(f, d)).collect();
    let pooled: Vec<String> =
        told.iter().filter(|(f, d)| f.group.is_none() && apart(d)).map(|(f, d)| shown(f, d)).collect();
    let mut flags = Vec::new();
    match within.as_slice() {
        _ if told.is_empty() => {}
        [] => flags.push("Within no group a rank correlation can be told from that of plain sharing.".to_owned()),
        some => {
            flags.push(format!("Within a group, rank correlations differ from that of plain sharing: {}.", list(some)))
        }
    }
    if !pooled.is_empty() {
        flags.push(format!("Over all groups, rank correlations differ from that of plain sharing: {}.", list(&pooled)));
    }
    flags
}

fn shown(facts: &GroupFacts, difference: &Estimate) -> String {
    let number = |value: Option<f64>| value.map_or("n/a".to_owned(), |value| fixed(value, 2));
    let group = facts.group.as_ref().map(|group| format!(" in {group}")).unwrap_or_default();
    format!(
        "{}{group} by {} [{}, {}]",
        facts.gap.method,
        number(difference.value),
        number(difference.lo),
        number(difference.hi)
    )
}

/// Names the groups, in order.
pub fn groups(facts: &[GroupFacts]) -> Vec<&String> {
    let mut groups: Vec<&String> = facts.iter().filter_map(|f| f.group.as_ref()).collect();
    groups.dedup();
    groups
}

/// Says which sizes of whole stacks the subnets cover only in part.
fn narrow(run: &Run) -> Vec<String> {
    let Ok(space) = SearchSpace::find(&run.manifest.space) else { return vec![] };
    let archs: Vec<Arch> = run.manifest.subnets.iter().filter_map(|card| arch(&space, &card.arch_json)).collect();
    let of_field = |i: usize| {
        let field = &space.family.fields[i];
        let choices = &space.choices[i];
        let used: Vec<i64> = archs.iter().map(|arch| arch.value(i)).collect();
        let (low, high) = (used.iter().min()?, used.iter().max()?);
        let (least, most) = (choices.iter().min()?, choices.iter().max()?);
        let covered = high - low < most - least;
        (covered && field.scope != Scope::Layer).then(|| {
            format!("`{}` of the subnets is {low} to {high}, where the space has {least} to {most}: nothing here is about the rest.", field.key)
        })
    };
    let whole = (0..space.family.fields.len()).filter(|i| space.family.fields[*i].scope != Scope::Layer);
    whole.filter_map(of_field).collect()
}

fn arch(space: &SearchSpace, text: &str) -> Option<Arch> {
    let mut read = json::parse(space.family, &format!("{{\"x\": {text}}}")).ok()?;
    (!read.is_empty()).then(|| read.remove(0).1.arch)
}
