//! A profile with the command line's choices put in: what exactly is to be compared.

use std::path::Path;

use anyhow::{Context, Result, bail};
use mos_baselines::method::Method;
use mos_baselines::space::{Arch, SearchSpace, count};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::archs;
use crate::profile::Profile;
use crate::rates::{ClassParams, SizeClass};
use crate::spec::NamedArch;

/// Draws after which a space is taken to hold too few subnets.
const MAX_DRAWS: usize = 100_000;

/// What the command line may replace in a profile.
#[derive(Clone, Debug, Default)]
pub struct Choices<'a> {
    /// Registry id or folder.
    pub dataset: Option<&'a str>,
    /// Method names or aliases; empty: the profile's.
    pub methods: &'a [String],
    /// JSON file of the subnets that replace the random ones.
    pub archs: Option<&'a Path>,
    /// Number of seeds.
    pub seeds: Option<u64>,
}

/// A resolved experiment.
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
    /// One subnet of each size class of training from scratch, in the order of [`SizeClass::ALL`].
    pub classes: [NamedArch; 3],
}

impl Experiment {
    /// Puts the choices into the profile and draws the subnets.
    ///
    /// # Errors
    /// Unknown names, and architectures outside the space, each naming the flag or file.
    pub fn resolve(profile_name: &str, choices: &Choices) -> Result<Experiment> {
        let mut profile = Profile::find(profile_name)?;
        profile.dataset = choices.dataset.unwrap_or(&profile.dataset).to_string();
        profile.seeds = choices.seeds.unwrap_or(profile.seeds);
        if !choices.methods.is_empty() {
            profile.methods = choices.methods.to_vec();
        }
        profile.methods = supernet_methods(&profile.methods)?;
        for method in &profile.methods {
            profile.rates.supernet(method).with_context(|| format!("profile {profile_name}"))?;
        }
        let space = SearchSpace::find(&profile.space).with_context(|| format!("profile {profile_name}"))?;
        let (longest, positions) = (profile.data.longest_pair, space.max_positions);
        if longest as i64 >= positions {
            bail!(
                "profile {profile_name}: longest_pair = {longest} needs {} positions with the end of sentence, and space {} \
                 has {positions}",
                longest + 1,
                space.name
            );
        }
        let random = random_subnets(&space, profile.subnets.random, profile.subnets.seed)?;
        let classes = size_classes(&space, &random);
        let others = match choices.archs {
            Some(file) => archs::read(file, &space)?,
            None => random,
        };
        let ends = [named("largest", space.largest()), named("smallest", space.smallest())];
        let subnets = ends.into_iter().chain(others).collect();
        Ok(Experiment { name: profile_name.to_string(), profile, space, subnets, classes })
    }

    /// Peak rate of a subnet trained from scratch: that of the size class nearest in parameters.
    pub fn scratch_rate(&self, arch: &Arch) -> f64 {
        let params = |i: usize| count::params(&self.space, &self.classes[i].arch);
        let classes = ClassParams { largest: params(0), middle: params(1), smallest: params(2) };
        self.profile.rates.scratch.of(classes.nearest(count::params(&self.space, arch)))
    }

    /// The subnet that stands for a size class.
    pub fn class(&self, class: SizeClass) -> &NamedArch {
        &self.classes[class as usize]
    }

    /// The seeds.
    pub fn seeds(&self) -> impl Iterator<Item = u64> {
        1..=self.profile.seeds
    }
}

/// Names a subnet.
pub fn named(name: &str, arch: Arch) -> NamedArch {
    NamedArch { name: name.to_string(), arch }
}

/// Aliases resolved, `scratch` (always implied) and repetitions left out.
fn supernet_methods(names: &[String]) -> Result<Vec<String>> {
    let mut methods = Vec::new();
    for name in names {
        let method = Method::find(name.trim()).context("--methods")?.name.to_string();
        if method != "scratch" && !methods.contains(&method) {
            methods.push(method);
        }
    }
    if methods.is_empty() {
        bail!("--methods: name at least one supernet method besides scratch (for example sandwich,mos-layer)");
    }
    Ok(methods)
}

/// Distinct uniform draws, none of them the largest or the smallest.
fn random_subnets(space: &SearchSpace, number: usize, seed: u64) -> Result<Vec<NamedArch>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
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
        bail!("space {} holds fewer than {number} different subnets beside its ends", space.name);
    }
    let random = drawn.into_iter().skip(2).enumerate();
    Ok(random.map(|(i, arch)| named(&format!("random-{}", i + 1), arch)).collect())
}

/// The middle one is the random subnet nearest in parameters to the mean of the two ends.
fn size_classes(space: &SearchSpace, random: &[NamedArch]) -> [NamedArch; 3] {
    let (largest, smallest) = (space.largest(), space.smallest());
    let twice_mean = count::params(space, &largest) + count::params(space, &smallest);
    let distance = |n: &&NamedArch| (2 * count::params(space, &n.arch) - twice_mean).abs();
    let middle = random.iter().min_by_key(distance).map_or_else(|| largest.clone(), |n| n.arch.clone());
    [named("largest", largest), named("middle", middle), named("smallest", smallest)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_string()).collect()
    }

    #[test]
    fn subnets_are_distinct_and_drawn_the_same_each_time() {
        let a = Experiment::resolve("quick", &Choices::default()).unwrap();
        let b = Experiment::resolve("quick", &Choices { seeds: Some(3), ..Choices::default() }).unwrap();
        assert_eq!(a.subnets, b.subnets);
        assert!(a.subnets.len() >= 6);
        for (i, x) in a.subnets.iter().enumerate() {
            assert!(a.subnets[..i].iter().all(|y| y.arch != x.arch && y.name != x.name));
            a.space.check(&x.arch).unwrap();
        }
        assert_eq!(b.seeds().collect::<Vec<_>>(), [1, 2, 3]);
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
    fn an_unknown_method_is_answered_with_the_nearest() {
        let names = methods(&["sandwhich"]);
        let error = Experiment::resolve("quick", &Choices { methods: &names, ..Choices::default() }).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("--methods") && error.contains("`sandwich`"), "{error}");
    }

    #[test]
    fn each_end_takes_its_own_rate() {
        let mut e = Experiment::resolve("quick", &Choices::default()).unwrap();
        e.profile.rates.scratch = crate::rates::ScratchRates { largest: 1.0, middle: 2.0, smallest: 3.0 };
        assert_eq!(e.scratch_rate(&e.space.largest()), 1.0);
        assert_eq!(e.scratch_rate(&e.class(SizeClass::Middle).arch), 2.0);
        assert_eq!(e.scratch_rate(&e.space.smallest()), 3.0);
    }
}
