//! In a published table a method's column may be a copy of another's: both can't have been measured.

use std::collections::BTreeMap;

use mos_plan::files::manifest::RunManifest;
use mos_plan::metric::MetricFamily;
use mos_plan::{Record, SubnetId};
use mos_spaces::method::{baselines, reference};

/// From so many equal values on, two columns are no coincidence.
const LEAST: usize = 4;

/// A method's scores that are another's, over the subnets of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The method whose scores are not its own.
    pub method: String,
    /// The method whose scores they are.
    pub of: String,
    /// The group of subnets; none where a table has no groups.
    pub group: Option<String>,
    /// The subnets.
    pub subnets: Vec<SubnetId>,
    /// How many values are equal.
    pub values: usize,
}

/// Finds the copies in an imported table: in a group, every score of one method equals that of the other. The one that
/// plain sharing, or else the plan, names first is taken to be the original.
pub fn copies(manifest: &RunManifest, records: &[Record]) -> Vec<Copied> {
    let mut found: Vec<Copied> = Vec::new();
    if manifest.imported.is_none() {
        return found;
    }
    let methods = in_order(manifest);
    let mut groups: Vec<Option<&String>> = manifest.subnets.iter().map(|card| card.group.as_ref()).collect();
    groups.sort();
    groups.dedup();
    for group in groups {
        let cards = manifest.subnets.iter().filter(|card| card.group.as_ref() == group);
        let subnets: Vec<&SubnetId> = cards.map(|card| &card.id).collect();
        let columns: Vec<BTreeMap<Cell, u64>> =
            methods.iter().map(|method| column(records, method, &subnets)).collect();
        for (i, own) in columns.iter().enumerate() {
            let is_copy = |other: &BTreeMap<Cell, u64>| own.len() >= LEAST && own == other;
            let Some(of) = columns[..i].iter().position(is_copy) else { continue };
            found.push(Copied {
                method: methods[i].clone(),
                of: methods[of].clone(),
                group: group.cloned(),
                subnets: subnets.iter().map(|id| (*id).clone()).collect(),
                values: own.len(),
            });
        }
    }
    found
}

/// What a score is of: subnet, metric, split and seed.
type Cell = (String, String, String, i64);

/// Gives the scores of a method over some subnets, bit by bit.
fn column(records: &[Record], method: &str, subnets: &[&SubnetId]) -> BTreeMap<Cell, u64> {
    let of_it = |record: &&Record| {
        let in_group = record.subject.subnet().is_some_and(|id| subnets.contains(&id));
        record.method == method && in_group && record.metric.family() == MetricFamily::Score
    };
    let cell = |record: &Record| {
        let split = record.split.map_or(String::new(), |split| split.to_string());
        (record.subject.text(), record.metric.name().to_owned(), split, record.seed)
    };
    records.iter().filter(of_it).map(|record| (cell(record), record.value.to_bits())).collect()
}

/// Gives the methods of a table, the likelier originals first.
fn in_order(manifest: &RunManifest) -> Vec<String> {
    let mut methods: Vec<String> = vec![reference().name.clone()];
    methods.extend(baselines().into_iter().map(|baseline| baseline.name.clone()));
    methods.extend(manifest.methods.iter().cloned());
    let mut seen: Vec<String> = Vec::new();
    methods.retain(|method| {
        let is_new = !seen.contains(method);
        seen.push(method.clone());
        is_new
    });
    methods
}

/// Gives the records without those that are copies.
pub fn without(records: &[Record], copies: &[Copied]) -> Vec<Record> {
    let is_copied = |record: &Record| {
        copies.iter().any(|copy| {
            let in_group = record.subject.subnet().is_some_and(|id| copy.subnets.contains(id));
            record.method == copy.method && in_group && record.metric.family() == MetricFamily::Score
        })
    };
    records.iter().filter(|record| !is_copied(record)).cloned().collect()
}
