//! `plan.json` lists the jobs of a run's newest plan.

use serde::{Deserialize, Serialize};

use crate::graph::JobGraph;

/// Version of this file's layout.
pub const PLAN_SCHEMA: u32 = 2;

/// The contents of `plan.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// Version of the layout.
    pub schema: u32,
    /// The jobs, in the plan's order.
    pub jobs: Vec<PlanEntry>,
}

/// One job of the newest plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanEntry {
    /// The job's id.
    pub id: String,
    /// The name that people see.
    pub label: String,
}

impl PlanFile {
    /// Makes the file of a graph.
    pub fn of(graph: &JobGraph) -> PlanFile {
        let jobs = graph.jobs.iter().map(|job| PlanEntry { id: job.id.clone(), label: job.label.clone() });
        PlanFile { schema: PLAN_SCHEMA, jobs: jobs.collect() }
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// Fails if it is damaged, or of another version.
    pub fn parse(text: &[u8]) -> Result<PlanFile, String> {
        let plan: PlanFile = serde_json::from_slice(text).map_err(|e| e.to_string())?;
        if plan.schema == PLAN_SCHEMA { Ok(plan) } else { Err(format!("its layout is version {}", plan.schema)) }
    }
}
