//! This finds circles in a graph.

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use crate::imports::Graph;

/// Finds the sets of files of which each imports each other, directly or through others.
pub fn circles(graph: &Graph) -> Vec<Vec<usize>> {
    let arrows = graph.iter().flat_map(|(from, targets)| targets.iter().map(move |to| (*from, *to)));
    let graph: DiGraphMap<usize, ()> = DiGraphMap::from_edges(arrows);
    tarjan_scc(&graph).into_iter().filter(|component| component.len() > 1).collect()
}

/// Describes a circle in one line.
pub fn describe(names: &[&str]) -> String {
    format!("  {}", names.join(" <-> "))
}
