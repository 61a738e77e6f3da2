//! Runs HAT's evolutionary search, generation by generation.

use std::collections::{HashMap, HashSet};

use mos_base::seed::Purpose;
use rand::Rng;
use rand::seq::{IndexedRandom, index};
use serde::{Deserialize, Serialize};

use super::genome::Genome;
use super::limit::{Limit, LimitError, Reach};
use crate::arch::Arch;
use crate::space::SearchSpace;

/// Number of draws for one place of the population after which the constraint is taken to be hardly reachable.
const DRAWS_A_PLACE: usize = 20_000;

/// The sizes of a search.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvolutionConfig {
    /// Subnets of the first generation.
    pub population: usize,
    /// The best of a generation, which go on and have children.
    pub parents: usize,
    /// Children by mutation a generation.
    pub mutations: usize,
    /// Children by crossover a generation.
    pub crossovers: usize,
    /// Chance of each gene to be drawn anew in a mutation.
    pub mutation_probability: f64,
    /// Generations that are scored.
    pub iterations: usize,
    /// Whether the parents of a generation are different subnets, as in MoS's searches of BERT; in HAT's, one that several
    /// genomes express may take several places.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub distinct_parents: bool,
}

/// What one generation reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    /// Best fitness so far.
    pub best: f64,
    /// Mean fitness of its parents.
    pub parents: f64,
    /// Distinct subnets scored so far.
    pub evaluations: usize,
}

/// A search in progress, which can be serialised to go on later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evolution {
    config: EvolutionConfig,
    seed: u64,
    reach: Reach,
    population: Vec<Genome>,
    /// Fitness by architecture. Each architecture is scored once, however many genomes express it.
    scores: Vec<(Arch, f64)>,
    /// One entry a generation.
    pub history: Vec<Generation>,
    /// Parents of the last generation, best first.
    parents: Vec<(Genome, f64)>,
}

/// What a search works on.
pub struct Setting<'a> {
    /// The space.
    pub space: &'a SearchSpace,
    /// The constraint.
    pub limit: Limit,
    /// Gives the latency by which a subnet is allowed or not, where the constraint asks for it.
    pub latency_ms: &'a dyn Fn(&Arch) -> f64,
    /// Predicts latency: it tells which latencies the space reaches, for which too many subnets are looked at to measure
    /// them.
    pub predicted_ms: &'a dyn Fn(&Arch) -> f64,
}

impl Setting<'_> {
    /// Draws until a genome meets the constraint.
    fn feasible(&self, reach: &Reach, wanted: usize, mut draw: impl FnMut() -> Genome) -> Result<Genome, LimitError> {
        for _ in 0..DRAWS_A_PLACE {
            let genome = draw();
            if reach.allows(self.limit.cost(self.space, &genome.express(self.space), self.latency_ms)) {
                return Ok(genome);
            }
        }
        Err(self.limit.too_rare(wanted, DRAWS_A_PLACE, reach))
    }
}

impl Evolution {
    /// Makes the first generation, by rejection sampling.
    ///
    /// # Errors
    /// Fails if the constraint cannot be met, or hardly ever is.
    pub fn start(setting: &Setting, config: EvolutionConfig, seed: u64) -> Result<Evolution, LimitError> {
        let reach = setting.limit.resolve(setting.space, setting.predicted_ms)?;
        let mut rng = Purpose::Search.generator(&[seed, 0]);
        let one = |_| setting.feasible(&reach, 1, || Genome::random(setting.space, &mut rng));
        let population = (0..config.population).map(one).collect::<Result<_, _>>()?;
        Ok(Evolution { config, seed, reach, population, scores: vec![], history: vec![], parents: vec![] })
    }

    /// Returns the worked-out constraint.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Says whether all generations are scored.
    pub fn is_done(&self) -> bool {
        self.history.len() >= self.config.iterations
    }

    /// Goes through the distinct subnets scored so far.
    pub fn scored(&self) -> impl Iterator<Item = &Arch> {
        self.scores.iter().map(|(arch, _)| arch)
    }

    /// Returns the number of distinct subnets scored so far.
    pub fn evaluations(&self) -> usize {
        self.scores.len()
    }

    /// Scores a generation with `fitness` (lower is better), picks its parents, and breeds the next one.
    ///
    /// # Errors
    /// Fails if `fitness` failed (or was interrupted: nothing is changed but the scores that are known), or no child
    /// meets the constraint.
    pub fn step<E: From<LimitError>>(
        &mut self,
        setting: &Setting,
        mut fitness: impl FnMut(&Arch) -> Result<f64, E>,
    ) -> Result<(), E> {
        let mut known: HashMap<Arch, f64> = self.scores.iter().cloned().collect();
        let mut scored = Vec::with_capacity(self.population.len());
        for genome in &self.population {
            let arch = genome.express(setting.space);
            let score = match known.get(&arch) {
                Some(&score) => score,
                None => {
                    let score = fitness(&arch)?;
                    known.insert(arch.clone(), score);
                    self.scores.push((arch, score));
                    score
                }
            };
            scored.push((genome.clone(), score));
        }
        // The sort is stable, so ties stay in the order of the population.
        scored.sort_by(|a, b| a.1.total_cmp(&b.1));
        if self.config.distinct_parents {
            let mut kept = HashSet::new();
            scored.retain(|(genome, _)| kept.insert(genome.express(setting.space)));
        }
        scored.truncate(self.config.parents);
        let mean = scored.iter().map(|(_, s)| s).sum::<f64>() / scored.len() as f64;
        let best = self.scores.iter().map(|(_, s)| *s).fold(f64::INFINITY, f64::min);
        self.parents = scored;
        self.history.push(Generation { best, parents: mean, evaluations: self.scores.len() });
        if !self.is_done() {
            self.population = self.breed(setting)?;
        }
        Ok(())
    }

    /// Breeds a generation of parents, mutants and crossovers.
    fn breed(&self, setting: &Setting) -> Result<Vec<Genome>, LimitError> {
        let mut rng = Purpose::Search.generator(&[self.seed, self.history.len() as u64]);
        let parents: Vec<&Genome> = self.parents.iter().map(|(genome, _)| genome).collect();
        let mut next: Vec<Genome> = parents.iter().map(|genome| (*genome).clone()).collect();
        for _ in 0..self.config.mutations {
            next.push(setting.feasible(&self.reach, 1, || {
                let parent = parents.choose(&mut rng).expect("there are parents");
                parent.mutated(setting.space, self.config.mutation_probability, &mut rng)
            })?);
        }
        for _ in 0..self.config.crossovers {
            next.push(setting.feasible(&self.reach, 1, || {
                let two = index::sample(&mut rng, parents.len(), 2.min(parents.len()));
                let (a, b) = (parents[two.index(0)], parents[two.index(two.len() - 1)]);
                a.crossed(b, &mut rng)
            })?);
        }
        Ok(next)
    }

    /// Returns the best parent of the last generation, with its fitness.
    ///
    /// # Panics
    /// Panics if the first generation is not scored yet.
    pub fn best(&self, space: &SearchSpace) -> (Arch, f64) {
        let (genome, score) = self.parents.first().expect("a generation was scored");
        (genome.express(space), *score)
    }

    /// Draws the subnets of random search: distinct ones that meet the constraint (a limit of latency as predicted, since
    /// this control is no part of the published method and need not be measured), as many as evolution scored, or as many
    /// as a long draw finds.
    pub fn random_peers(&self, setting: &Setting) -> Vec<Arch> {
        let mut rng = Purpose::RandomSearch.generator(&[self.seed]);
        let mut found: Vec<Arch> = Vec::new();
        while found.len() < self.evaluations() {
            let fresh = setting.feasible_arch(&self.reach, &mut rng, &found);
            let Some(arch) = fresh else { break };
            found.push(arch);
        }
        found
    }
}

impl Setting<'_> {
    fn feasible_arch(&self, reach: &Reach, rng: &mut impl Rng, known: &[Arch]) -> Option<Arch> {
        (0..DRAWS_A_PLACE).find_map(|_| {
            let arch = Genome::random(self.space, rng).express(self.space);
            let meets = reach.allows(self.limit.cost(self.space, &arch, self.predicted_ms));
            (meets && !known.contains(&arch)).then_some(arch)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count;

    const CONFIG: EvolutionConfig = EvolutionConfig {
        population: 12,
        parents: 4,
        mutations: 5,
        crossovers: 5,
        mutation_probability: 0.3,
        iterations: 6,
        distinct_parents: false,
    };

    fn no_latency(_: &Arch) -> f64 {
        unreachable!("the constraint asks for no latency")
    }

    /// A fitness with a known optimum: more parameters are better.
    fn fitness(space: &SearchSpace) -> impl Fn(&Arch) -> Result<f64, LimitError> {
        |arch| Ok(-count::params(space, arch) as f64)
    }

    #[test]
    fn every_scored_subnet_meets_the_constraint_once_and_the_best_improves() {
        let space = SearchSpace::find("scaled-cpu").unwrap();
        let limit = Limit::Flops((count::flops(&space, &space.largest()) as f64 * 0.6) as i64);
        let setting = Setting { space: &space, limit, latency_ms: &no_latency, predicted_ms: &no_latency };
        let mut evolution = Evolution::start(&setting, CONFIG, 1).unwrap();
        let mut seen = Vec::new();
        while !evolution.is_done() {
            let score = fitness(&space);
            evolution
                .step(&setting, |arch| {
                    assert!(count::flops(&space, arch) as f64 <= evolution_limit(limit));
                    assert!(!seen.contains(arch), "scored twice");
                    seen.push(arch.clone());
                    score(arch)
                })
                .unwrap();
        }
        let history = &evolution.history;
        assert_eq!(history.len(), CONFIG.iterations);
        assert!(history.windows(2).all(|w| w[1].best <= w[0].best && w[1].parents <= w[0].parents));
        assert!(history[5].best < history[0].best);
        assert_eq!((evolution.best(&space).1, seen.len()), (history[5].best, evolution.evaluations()));
        let peers = evolution.random_peers(&setting);
        assert_eq!(peers.len(), evolution.evaluations());
        assert!(peers.iter().all(|a| count::flops(&space, a) as f64 <= evolution_limit(limit)));
    }

    fn evolution_limit(limit: Limit) -> f64 {
        match limit {
            Limit::Flops(n) => n as f64,
            _ => unreachable!(),
        }
    }

    #[test]
    fn distinct_parents_are_different_subnets() {
        // Two layers of three sizes: a generation of fourteen expresses nine subnets at most.
        let space = SearchSpace::find("bert-v1-smoke").unwrap();
        let all = |_: &Arch| unreachable!();
        let most = count::params(&space, &space.largest()) - 1;
        let setting = Setting { space: &space, limit: Limit::Params(most), latency_ms: &all, predicted_ms: &all };
        let parents = |distinct_parents: bool| {
            let config = EvolutionConfig { distinct_parents, ..CONFIG };
            let mut evolution = Evolution::start(&setting, config, 3).unwrap();
            while !evolution.is_done() {
                evolution.step(&setting, fitness(&space)).unwrap();
            }
            let parents = evolution.parents.iter().map(|(genome, _)| genome.express(&space));
            let parents: Vec<Arch> = parents.collect();
            let different: HashSet<&Arch> = parents.iter().collect();
            (parents.len(), different.len())
        };
        let (kept, different) = parents(true);
        assert!(kept == different && kept > 1, "{kept} parents, {different} different");
        let (kept, different) = parents(false);
        assert!(kept > different, "{kept} parents, {different} different");
    }

    #[test]
    fn a_search_goes_on_from_its_saved_state_to_the_same_end() {
        let space = SearchSpace::find("scaled-quick").unwrap();
        let setting = Setting {
            space: &space,
            limit: Limit::Params(250_000),
            latency_ms: &no_latency,
            predicted_ms: &no_latency,
        };
        let run = |stop_at: usize| {
            let mut evolution = Evolution::start(&setting, CONFIG, 7).unwrap();
            while !evolution.is_done() {
                if evolution.history.len() == stop_at {
                    evolution = serde_json::from_str(&serde_json::to_string(&evolution).unwrap()).unwrap();
                }
                evolution.step(&setting, fitness(&space)).unwrap();
            }
            evolution
        };
        assert_eq!(run(3), run(usize::MAX));
    }

    #[test]
    fn hardly_reachable_constraints_are_refused_with_the_range() {
        let space = SearchSpace::find("wmt14-en-de").unwrap();
        let least = count::params(&space, &space.smallest());
        let setting =
            Setting { space: &space, limit: Limit::Params(least), latency_ms: &no_latency, predicted_ms: &no_latency };
        let error = Evolution::start(&setting, CONFIG, 1).unwrap_err().to_string();
        assert!(error.contains("allow more") && error.contains(&least.to_string()), "{error}");
    }
}
