//! Resolves a profile and the command line's choices into an experiment: what exactly is to be compared.

use std::path::Path;

use mos_base::seed::Purpose;
use mos_spaces::method::WeightKind;
use mos_spaces::{Arch, Method, SearchSpace, SpaceName, count, method};

use crate::error::{Error, Result, refuse};
use crate::files::manifest::Environment;
use crate::given;
use crate::profile::find;
use crate::profile::profile::{Device, Profile, Training};
use crate::spec::job::Context;
use crate::spec::training::RetrainWeights;
use crate::subject::{NamedArch, SubnetKind};

/// Number of draws after which a space is taken to hold too few subnets.
const MAX_DRAWS: usize = 100_000;

/// A claim on methods is judged from so many seeds on: a training of the supernets is one piece of evidence.
pub const SEEDS_FOR_VERDICTS: u64 = 3;

/// What the command line may replace in a profile.
#[derive(Clone, Debug, Default)]
pub struct Choices<'a> {
    /// Registry id or folder.
    pub dataset: Option<&'a str>,
    /// Method names or aliases; where it is empty, the profile's methods.
    pub methods: &'a [String],
    /// JSON file of the subnets that replace the random ones.
    pub archs: Option<&'a Path>,
    /// Number of seeds.
    pub seeds: Option<u64>,
    /// The second seed, in place of 2.
    pub fresh_seeds_from: Option<u64>,
    /// Number of updates, for a trial.
    pub max_updates: Option<u64>,
    /// Micro-batches an update.
    pub micro_batches: Option<u64>,
    /// Tokens of a micro-batch; the tokens of an update stay.
    pub micro_batch_tokens: Option<u64>,
    /// Where to compute.
    pub device: Option<Device>,
    /// What continued training starts from.
    pub retrain: Option<RetrainWeights>,
}

/// A profile with the choices put in, its space, and its subnets.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// Name of the profile.
    pub name: String,
    /// The profile, with the choices put in.
    pub profile: Profile,
    /// Its search space.
    pub space: SearchSpace,
    /// Scored subnets: largest, smallest, then the random or given ones.
    pub subnets: Vec<NamedArch>,
    /// The subnets of the profile's own draw: largest, smallest, random ones. The sweep trains these from scratch.
    pub drawn: Vec<NamedArch>,
}

impl Experiment {
    /// What surrounds its jobs in an environment; `dataset` is the corpus's name in records.
    pub fn context(&self, environment: &Environment, dataset: &str) -> Context {
        Context {
            track: self.profile.track,
            dataset: dataset.to_string(),
            profile: self.name.clone(),
            code_hash: environment.code_hash.clone(),
            libtorch: environment.libtorch.clone(),
            device: environment.device.clone(),
            gpu: environment.gpus.as_ref().map(|gpus| gpus.model.clone()),
            cpu_capability: environment.cpu_capability.clone(),
            threads: environment.threads_per_job,
        }
    }

    /// Puts the choices into the profile and draws the subnets.
    ///
    /// # Errors
    /// Fails on unknown names and on architectures outside the space; the error names the flag or file.
    pub fn resolve(profile_name: &str, choices: &Choices) -> Result<Experiment> {
        let mut profile = Profile::find(profile_name)?;
        profile.dataset = choices.dataset.unwrap_or(&profile.dataset).to_string();
        profile.seeds = choices.seeds.unwrap_or(profile.seeds);
        profile.fresh_seeds_from = choices.fresh_seeds_from.or(profile.fresh_seeds_from);
        if let Some(space) = profile.task.take_corpus(&profile.dataset) {
            profile.space = space;
        }
        let training = &mut profile.training;
        if let Some(most) = choices.max_updates {
            training.updates = training.updates.min(most);
            // A trial is too short to learn anything.
            training.learned_nats = None;
        }
        training.micro_batches = choices.micro_batches.map_or(training.micro_batches, |n| n as usize);
        if let Some(tokens) = choices.micro_batch_tokens {
            recut(training, tokens as usize)?;
        }
        let retraining = &mut profile.study.retraining;
        retraining.weights = choices.retrain.unwrap_or(retraining.weights);
        profile.workers.device = choices.device.unwrap_or(profile.workers.device);
        if !choices.methods.is_empty() {
            profile.methods = choices.methods.to_vec();
        }
        profile.methods = supernet_methods(&profile.methods)?;
        Experiment::of(&find::profile_name(profile_name), profile, choices.archs)
    }

    /// Draws the subnets of a profile whose choices are made; `archs` is a JSON file of those that replace the random
    /// ones.
    ///
    /// # Errors
    /// Fails if the profile does not hold together, or if an architecture lies outside the space.
    pub fn of(profile_name: &str, profile: Profile, archs: Option<&Path>) -> Result<Experiment> {
        for method in &profile.methods {
            profile.rates.supernet(method).map_err(Error::within(format!("profile {profile_name}")))?;
        }
        let space = SearchSpace::find(&profile.space).map_err(Error::within(format!("profile {profile_name}")))?;
        let (longest, positions) = (profile.task.positions(), space.max_positions);
        if longest > positions {
            refuse!(
                "profile {profile_name}: its longest examples need {longest} positions, special tokens included, and space \
                 {} has {positions}",
                space.name
            );
        }
        let timed = profile.study.latency.protocol.length;
        if timed > positions {
            refuse!(
                "profile {profile_name}: study.latency.protocol.length = {timed}, and space {} has {positions} positions",
                space.name
            );
        }
        check_first_weights(&profile).map_err(Error::within(format!("profile {profile_name}")))?;
        let random = random_subnets(&space, profile.subnets.random, profile.subnets.seed)?;
        let ends = || given::ends(&space).into_iter();
        let drawn: Vec<NamedArch> = ends().chain(random).collect();
        let subnets = match archs {
            Some(file) => ends().chain(given::read(file, &space)?).collect(),
            None => drawn.clone(),
        };
        if let Some(unknown) =
            profile.rates.scratch.keys().find(|name| !drawn.iter().any(|d| d.name() == name.as_str()))
        {
            refuse!("profile {profile_name}: [rates.scratch] `{unknown}` is no subnet of the profile's draw");
        }
        Ok(Experiment { name: profile_name.to_string(), profile, space, subnets, drawn })
    }

    /// Returns the peak rate of a subnet trained from scratch: its own, else that of the swept subnet nearest in
    /// parameters (the larger one on a tie).
    pub fn scratch_rate(&self, arch: &Arch) -> f64 {
        let params = |arch: &Arch| count::params(&self.space, arch);
        let rates = &self.profile.rates.scratch;
        let swept = self.drawn.iter().filter_map(|d| Some((d, *rates.get(d.name())?)));
        let distance = |d: &NamedArch| (d.arch != *arch, (params(&d.arch) - params(arch)).abs(), -params(&d.arch));
        swept.min_by_key(|(d, _)| distance(d)).expect("checked: a rate for one of the draw at least").1
    }

    /// Returns the peak rate from scratch of a net of another space: that of the swept subnet nearest in parameters.
    ///
    /// # Errors
    /// Fails if the space is none of this version's.
    pub fn scratch_rate_of_size(&self, space: &SpaceName, arch: &Arch) -> Result<f64> {
        let params = count::params(&SearchSpace::find(space.as_str())?, arch);
        let rates = &self.profile.rates.scratch;
        let swept =
            self.drawn.iter().filter_map(|d| Some((count::params(&self.space, &d.arch), *rates.get(d.name())?)));
        Ok(swept.min_by_key(|(own, _)| ((own - params).abs(), -own)).expect("checked: a rate for one of the draw").1)
    }

    /// Returns those of the compared methods whose supernets are searched.
    pub fn searched(&self) -> Vec<&str> {
        let study = &self.profile.study.search.methods;
        self.profile.methods.iter().filter(|m| study.contains(m)).map(String::as_str).collect()
    }

    /// Goes through the seeds.
    pub fn seeds(&self) -> impl Iterator<Item = u64> {
        let fresh = self.profile.fresh_seeds_from.unwrap_or(2);
        std::iter::once(1).chain(fresh..).take(self.profile.seeds as usize)
    }
}

/// Cuts the tokens of an update into micro-batches of another size.
fn recut(training: &mut Training, tokens: usize) -> Result<()> {
    let of_update = training.batch_tokens * training.micro_batches;
    if !of_update.is_multiple_of(tokens) {
        refuse!(
            "--micro-batch-tokens {tokens}: an update has {of_update} tokens, which it does not divide; {} or {} would",
            training.batch_tokens,
            of_update
        );
    }
    (training.batch_tokens, training.micro_batches) = (tokens, of_update / tokens);
    Ok(())
}

/// Resolves aliases, and leaves out repetitions and training from scratch, which is always implied.
fn supernet_methods(names: &[String]) -> Result<Vec<String>> {
    let mut methods = Vec::new();
    for name in names {
        let method = Method::find(name.trim()).map_err(Error::within("--methods"))?;
        if !method.is_of_the_space() {
            refuse!("--methods: {} is trained on spaces of its own, which a profile names under [study]", method.name);
        }
        if !method.is_reference() && !methods.contains(&method.name) {
            methods.push(method.name.clone());
        }
    }
    if methods.is_empty() {
        let example: Vec<&str> = method::all()
            .iter()
            .filter(|m| !m.is_reference() && m.is_of_the_space())
            .map(|m| m.name.as_str())
            .collect();
        let reference = &method::reference().name;
        refuse!("--methods: name at least one supernet method besides {reference}, of {}", example.join(", "));
    }
    Ok(methods)
}

/// Refuses a control of first weights where a public network replaces them.
fn check_first_weights(profile: &Profile) -> Result<()> {
    let is_of_start =
        |name: &&String| Method::find(name).is_ok_and(|m| m.weights == WeightKind::Shared { merged_init: true });
    match profile.methods.iter().find(is_of_start) {
        Some(method) if profile.task.spec().starts_public() => refuse!(
            "method {method} differs from plain sharing in its first weights alone, which the public network replaces: \
             leave it out, or set task.masked-lm.start = \"random\""
        ),
        _ => Ok(()),
    }
}

/// Draws distinct uniform subnets, none of them the largest or the smallest.
fn random_subnets(space: &SearchSpace, number: usize, seed: u64) -> Result<Vec<NamedArch>> {
    let mut rng = Purpose::ScoredSubnets.generator(&[seed]);
    let mut drawn = vec![space.largest(), space.smallest()];
    for _ in 0..MAX_DRAWS {
        if drawn.len() == number + 2 {
            break;
        }
        let arch = space.sample(&mut rng);
        if !drawn.contains(&arch) {
            drawn.push(arch);
        }
    }
    if drawn.len() < number + 2 {
        refuse!("space {} holds fewer than {number} different subnets beside its ends", space.name);
    }
    let random = drawn.into_iter().skip(2).enumerate();
    Ok(random.map(|(i, arch)| NamedArch::numbered(SubnetKind::Drawn, i + 1, arch)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_spaces::hat::fields::ENCODER_HEADS;

    fn methods(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_string()).collect()
    }

    #[test]
    fn subnets_are_distinct_and_drawn_the_same_each_time() {
        let a = Experiment::resolve("cpu", &Choices::default()).unwrap();
        let b = Experiment::resolve("cpu", &Choices { seeds: Some(4), ..Choices::default() }).unwrap();
        assert_eq!(a.subnets, b.subnets);
        assert!(a.subnets.len() >= 6);
        for (i, x) in a.subnets.iter().enumerate() {
            assert!(a.subnets[..i].iter().all(|y| y.arch != x.arch && y.name() != x.name()));
            a.space.check(&x.arch).unwrap();
        }
        assert_eq!(b.seeds().collect::<Vec<_>>(), [1, 2, 3, 4]);
        let fresh = Choices { seeds: Some(3), fresh_seeds_from: Some(2_000), ..Choices::default() };
        assert_eq!(Experiment::resolve("cpu", &fresh).unwrap().seeds().collect::<Vec<_>>(), [1, 2_000, 2_001]);
    }

    #[test]
    fn scored_subnets_are_no_draws_of_training_or_of_the_latency_sample() {
        let e = Experiment::resolve("paper", &Choices::default()).unwrap();
        let trained: Vec<Arch> = (0..50).map(|update| e.space.sample_at(e.profile.subnets.seed, update)).collect();
        let mut rng = Purpose::LatencySample.generator(&[e.profile.study.latency.seed]);
        let measured: Vec<Arch> = (0..50).map(|_| e.space.sample(&mut rng)).collect();
        for subnet in &e.drawn[2..] {
            assert!(!trained.contains(&subnet.arch) && !measured.contains(&subnet.arch), "{}", subnet.name());
        }
    }

    #[test]
    fn micro_batches_of_another_size_leave_the_tokens_of_an_update() {
        let with = |tokens| Choices { micro_batch_tokens: Some(tokens), ..Choices::default() };
        let training = Experiment::resolve("paper", &with(16_384)).unwrap().profile.training;
        assert_eq!((training.batch_tokens, training.micro_batches), (16_384, 32));
        let error = Experiment::resolve("paper", &with(5_000)).unwrap_err().to_string();
        assert!(error.contains("--micro-batch-tokens 5000") && error.contains("4096"), "{error}");
    }

    #[test]
    fn aliases_are_resolved_and_scratch_is_implied() {
        let names = methods(&["single-path", "scratch", "hat", "mos-layer"]);
        let e = Experiment::resolve("quick", &Choices { methods: &names, ..Choices::default() }).unwrap();
        assert_eq!(e.profile.methods, ["hat", "mos-layer"]);
        let only = methods(&["scratch"]);
        assert!(Experiment::resolve("quick", &Choices { methods: &only, ..Choices::default() }).is_err());
    }

    #[test]
    fn a_control_of_first_weights_is_refused_where_a_public_network_replaces_them() {
        let names = methods(&["sandwich", "sandwich-merged-init"]);
        let resolve = |profile| Experiment::resolve(profile, &Choices { methods: &names, ..Choices::default() });
        let error = format!("{:#}", resolve("bert-paper").unwrap_err());
        assert!(error.contains("sandwich-merged-init") && error.contains("first weights"), "{error}");
        resolve("bert-smoke").unwrap();
    }

    #[test]
    fn an_unknown_method_is_answered_with_the_nearest() {
        let names = methods(&["sandwhich"]);
        let error = Experiment::resolve("quick", &Choices { methods: &names, ..Choices::default() }).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("--methods") && error.contains("`sandwich`"), "{error}");
    }

    #[test]
    fn a_subnet_takes_its_own_rate_else_that_of_the_nearest() {
        let mut e = Experiment::resolve("quick", &Choices::default()).unwrap();
        let rates = [("largest", 1.0), ("smallest", 2.0), ("random-1", 3.0)];
        e.profile.rates.scratch = rates.map(|(name, rate)| (name.to_string(), rate)).into();
        assert_eq!(e.scratch_rate(&e.space.largest()), 1.0);
        assert_eq!(e.scratch_rate(&e.space.smallest()), 2.0);
        assert_eq!(e.scratch_rate(&e.drawn[2].arch), 3.0);
        let mut near = e.space.largest();
        near.values_mut(ENCODER_HEADS)[0] = 2;
        assert_eq!(e.scratch_rate(&near), 1.0);
    }
}
