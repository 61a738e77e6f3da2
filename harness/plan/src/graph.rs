//! Defines the graph of a run's jobs and how they depend on each other.

use std::collections::{BTreeMap, HashMap};

use crate::spec::inputs::{CorpusRef, CorpusRole, Inputs, Role};
use crate::spec::job::{Context, JobSpec};
use crate::spec::work::Work;

/// What all jobs of a run rest on.
#[derive(Clone, Debug)]
pub struct Basis {
    /// Code and machine.
    pub context: Context,
    /// The prepared corpora.
    pub corpora: BTreeMap<CorpusRole, CorpusRef>,
}

/// A job with its place in the graph.
#[derive(Clone, Debug)]
pub struct PlannedJob {
    /// Hash of `spec`.
    pub id: String,
    /// The name that people see.
    pub label: String,
    /// What it does.
    pub spec: JobSpec,
    /// Positions of the jobs that it reads, all smaller than its own.
    pub inputs: Vec<(Role, usize)>,
}

impl PlannedJob {
    /// Goes through the positions of the jobs that it waits for.
    pub fn needs(&self) -> impl Iterator<Item = usize> + '_ {
        self.inputs.iter().map(|(_, position)| *position)
    }

    /// Goes through the positions of the jobs that it reads in this role.
    pub fn inputs_as(&self, role: Role) -> impl Iterator<Item = usize> + '_ {
        self.inputs.iter().filter(move |(r, _)| *r == role).map(|(_, position)| *position)
    }
}

/// Jobs in an order in which each comes after those that it reads.
#[derive(Clone, Debug, Default)]
pub struct JobGraph {
    /// The jobs.
    pub jobs: Vec<PlannedJob>,
    positions: HashMap<String, usize>,
}

impl JobGraph {
    /// Adds a job that reads the jobs at these positions, and returns its own position; the same job twice is one job.
    ///
    /// # Panics
    /// Panics if it reads a corpus that the basis lacks, which is a bug of whoever made the basis.
    pub fn add(&mut self, basis: &Basis, work: Work, inputs: &[(Role, usize)]) -> usize {
        let mut jobs: BTreeMap<Role, Vec<String>> = BTreeMap::new();
        for (role, position) in inputs {
            jobs.entry(*role).or_default().push(self.jobs[*position].id.clone());
        }
        let corpus = |role: &CorpusRole| (*role, basis.corpora[role].clone());
        let corpora = work.corpora().iter().map(corpus).collect();
        let spec = JobSpec { context: basis.context.clone(), work, inputs: Inputs { corpora, jobs } };
        let id = spec.id();
        if let Some(&position) = self.positions.get(&id) {
            return position;
        }
        self.positions.insert(id.clone(), self.jobs.len());
        self.jobs.push(PlannedJob { id, label: spec.label(), spec, inputs: inputs.to_vec() });
        self.jobs.len() - 1
    }

    /// Returns the position of a job.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.positions.get(id).copied()
    }
}

/// Makes the basis and the graphs that tests use.
#[cfg(test)]
pub mod testing {
    use super::{Basis, JobGraph};
    use crate::spec::inputs::{CorpusRef, CorpusRole, Role};
    use crate::spec::job::Context;
    use crate::spec::work::{DataFactsSpec, TranslationFacts, Work};
    use crate::track::Track;

    /// Makes a basis for tests.
    pub fn basis() -> Basis {
        let context = Context {
            track: Track::Mt,
            dataset: "bible-en-de".into(),
            profile: "quick".into(),
            code_hash: "c".into(),
            libtorch: "2.13.0".into(),
            device: "cpu".into(),
            gpu: None,
            cpu_capability: "AVX2".into(),
            threads: 1,
        };
        let corpus = CorpusRef { id: "bible-en-de".into(), hash: "d".into() };
        Basis { context, corpora: [(CorpusRole::Corpus, corpus)].into() }
    }

    /// Makes a graph of tiny jobs with these dependencies.
    pub fn graph(needs: &[&[usize]]) -> JobGraph {
        let mut graph = JobGraph::default();
        for (i, needs) in needs.iter().enumerate() {
            let facts = TranslationFacts { test_pairs: i, longest_pair: 1 };
            let work = Work::DataFacts(DataFactsSpec::Translation(facts));
            let inputs: Vec<(Role, usize)> = needs.iter().map(|&n| (Role::Training, n)).collect();
            graph.add(&basis(), work, &inputs);
        }
        graph
    }
}
