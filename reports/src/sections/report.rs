//! Everything that the page shows is computed here: the run, and the facts of each section.

use mos_plan::Record;

use super::claims::Source;
use super::claims::facts::{JudgedFamily, judged_families};
use super::comparisons::basis::{Basis, ahead_on_validation};
use super::comparisons::facts::{Comparison, against_baselines, against_controls};
use super::gaps::facts::{MethodGap, SubnetGaps, method_gaps, subnet_gaps};
use super::gaps::finds::{FindGap, find_gaps};
use super::groups::facts::{GroupFacts, group_facts};
use super::latency::facts::Latencies;
use super::pareto::facts::Tradeoff;
use super::retraining::facts::Retraining;
use super::search::facts::{Search, searches};
use super::tasks::gaps::{TaskGap, task_gaps};
use super::total_cost::facts::{TotalCost, total_costs};
use super::tuning::facts::Sweep;
use crate::error::Result;
use crate::run::Run;

/// A report is a run with all that is computed from its records.
#[derive(Debug)]
pub struct Report {
    /// The run.
    pub run: Run,
    /// The claims of the run's track with their verdicts, family by family.
    pub claims: Vec<JudgedFamily>,
    /// The gap statistics of each method in the primary quality, over the subnets of the headline.
    pub gaps: Vec<MethodGap>,
    /// The same with the subnets whose training from scratch failed; empty where none did.
    pub gaps_with_failed: Vec<MethodGap>,
    /// The gap of each subnet whose training from scratch learned.
    pub subnet_gaps: Vec<SubnetGaps>,
    /// By what methods are compared.
    pub basis: Basis,
    /// The compared methods that are ahead of training from scratch on validation, which decides the basis.
    pub ahead: Vec<String>,
    /// Each method's comparisons with the baselines.
    pub comparisons: Vec<Comparison>,
    /// Each proposed method's comparisons with its controls.
    pub controls: Vec<Comparison>,
    /// What groups of subnets of an imported table say.
    pub groups: Vec<GroupFacts>,
    /// The sweep of peak rates.
    pub sweep: Option<Sweep>,
    /// The measured latencies and their predictors.
    pub latencies: Latencies,
    /// The searches.
    pub searches: Vec<Search>,
    /// The gaps of found subnets under every searched method.
    pub find_gaps: Vec<FindGap>,
    /// The latency and quality of what each method's searches found.
    pub tradeoff: Tradeoff,
    /// The continued trainings.
    pub retraining: Retraining,
    /// The gaps on tasks.
    pub task_gaps: Vec<TaskGap>,
    /// What each method cost in all.
    pub total_costs: Vec<TotalCost>,
}

impl Report {
    /// Computes the report of a run and of the sweep behind its rates.
    ///
    /// # Errors
    /// This fails when a statistic fails.
    pub fn new(run: Run, sweep: Option<&[Record]>) -> Result<Report> {
        let retraining = Retraining::new(&run);
        let (ahead, tradeoff) = (ahead_on_validation(&run)?, Tradeoff::new(&run));
        let basis = Basis::of(&ahead);
        let source = Source { run: &run, basis, retraining: &retraining, tradeoff: &tradeoff };
        let claims = judged_families(&source);
        let (sound, all) = (run.headline_subnets(), run.headline_with_failed());
        let some_failed = sound.len() < all.len();
        Ok(Report {
            claims,
            gaps: method_gaps(&run, run.primary, &sound)?,
            gaps_with_failed: if some_failed { method_gaps(&run, run.primary, &all)? } else { Vec::new() },
            subnet_gaps: subnet_gaps(&run)?,
            basis,
            ahead,
            comparisons: against_baselines(&run)?,
            controls: against_controls(&run)?,
            groups: group_facts(&run)?,
            sweep: sweep.and_then(|records| Sweep::of_run(records, &run)),
            latencies: Latencies::new(&run),
            searches: searches(&run),
            find_gaps: find_gaps(&run),
            tradeoff,
            task_gaps: task_gaps(&run)?,
            total_costs: total_costs(&run, &retraining),
            retraining,
            run,
        })
    }

    /// Gives the gap statistics of a method.
    pub fn gap(&self, method: &str) -> Option<&MethodGap> {
        self.gaps.iter().find(|gap| gap.method == method)
    }
}
