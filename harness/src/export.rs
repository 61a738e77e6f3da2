//! `export`: one subnet of a finished run as a dense safetensors file.

use std::path::Path;

use anyhow::{Context, Result, bail};
use mos_baselines::method::Method;

use crate::cli::ExportArgs;
use crate::names::nearest;
use crate::session::corpus_dir;
use crate::spec::{NamedArch, TrainSpec, Work};
use crate::status;
use crate::store::{JobFile, RunStore, State};
use crate::work;

/// Runs the verb.
pub fn run(root: &Path, args: &ExportArgs) -> Result<()> {
    let named = args.method.as_deref().map(Method::find).transpose().context("--method")?;
    let store = RunStore::look(root, &args.run)?;
    let method = named.map_or_else(|| default_method(&store), |method| Ok(method.name.to_string()))?;
    let subnet = find_subnet(&store, &args.subnet)?;
    let (job, train) = find_training(&store, &method, args.seed, &subnet)?;
    let dir = store.job_dir(&job.id);
    if !job.cleaned.is_empty() {
        bail!(
            "the weights of {} were removed by `runs clean`; train it again: `rm -r {}`, then the command of \
             `cargo xtask status {}`",
            job.label,
            dir.display(),
            store.name
        );
    }
    job.verify(&dir)?;
    work::export(&dir, &train, &subnet, &corpus_dir(&store)?, &args.out)?;
    eprintln!("{} of {method}, seed {}, trained at rate {} (job {})", subnet.name, args.seed, train.peak_lr, job.id);
    println!("{}", args.out.display());
    Ok(())
}

/// The method whose weights are written where none is named: the first of these that the run has, else its first.
const PREFERRED: [&str; 2] = ["mos-neuron", "mos-layer"];

fn default_method(store: &RunStore) -> Result<String> {
    let methods = store.manifest()?.context("the run has no plan")?.methods;
    let preferred = PREFERRED.iter().find(|name| methods.iter().any(|m| m == *name)).map(|name| name.to_string());
    preferred.or_else(|| methods.first().cloned()).context("the run has no supernet method; name one with --method")
}

fn find_subnet(store: &RunStore, name: &str) -> Result<NamedArch> {
    let manifest = store.manifest()?.context("the run has no plan")?;
    let cards = [manifest.subnets, manifest.found_subnets].concat();
    let Some(card) = cards.iter().find(|card| card.name == name) else {
        let known: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
        bail!(
            "run {} scores no subnet `{name}`; did you mean `{}`? (its subnets: {})",
            store.name,
            nearest(name, &known),
            known.join(", ")
        );
    };
    let arch = serde_json::from_str(&card.arch_json).with_context(|| format!("run.toml: subnet {name}"))?;
    Ok(NamedArch { name: name.to_string(), arch })
}

/// The training of the newest plan: jobs of earlier plans (other rates, other sizes) stand in the same folder. Of several
/// at different rates it is the one whose weights were scored.
fn find_training(store: &RunStore, method: &str, seed: u64, subnet: &NamedArch) -> Result<(JobFile, TrainSpec)> {
    let fits = |t: &TrainSpec| {
        t.method == method && t.seed == seed && t.subnet.as_ref().is_none_or(|own| own.arch == subnet.arch)
    };
    let planned = status::planned(store)?.into_iter().filter_map(|(_, job)| job);
    let finished: Vec<JobFile> = planned.filter(|job| job.state == State::Finished).collect();
    let mut found: Vec<(JobFile, TrainSpec)> = finished
        .iter()
        .filter_map(|job| match &job.spec.work {
            Work::Train(train) if fits(train) => Some((job.clone(), train.clone())),
            _ => None,
        })
        .collect();
    if found.len() > 1 {
        let chosen = |job: &JobFile| std::fs::read_to_string(store.job_dir(&job.id).join(work::CHOSEN)).ok();
        let chosen: Vec<String> = finished.iter().filter_map(chosen).collect();
        let is_chosen = |(job, _): &(JobFile, TrainSpec)| chosen.contains(&job.id);
        if found.iter().any(is_chosen) {
            found.retain(is_chosen);
        }
    }
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (Some(_), others) => bail!(
            "run {} holds {} trainings of {method} with seed {seed} (a sweep of rates); export from a run of \
             `cargo xtask reproduce`",
            store.name,
            others + 1
        ),
        (None, _) => bail!(
            "run {} holds no finished training of {method} with seed {seed} for subnet {}; see `cargo xtask status {}`",
            store.name,
            subnet.name,
            store.name
        ),
    }
}
