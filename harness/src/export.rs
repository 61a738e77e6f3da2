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
    let method = Method::find(&args.method).context("--method")?.name;
    let store = RunStore::look(root, &args.run)?;
    let subnet = find_subnet(&store, &args.subnet)?;
    let (job, train) = find_training(&store, method, args.seed, &subnet)?;
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
    println!("{}", args.out.display());
    Ok(())
}

fn find_subnet(store: &RunStore, name: &str) -> Result<NamedArch> {
    let cards = store.manifest()?.context("the run has no plan")?.subnets;
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

fn find_training(store: &RunStore, method: &str, seed: u64, subnet: &NamedArch) -> Result<(JobFile, TrainSpec)> {
    let current = store.manifest()?.context("the run has no plan")?.environment.code_hash;
    let fits = |t: &TrainSpec| {
        t.method == method && t.seed == seed && t.subnet.as_ref().is_none_or(|own| own.arch == subnet.arch)
    };
    for job in status::jobs(store)? {
        if let Work::Train(train) = &job.spec.work
            && job.state == State::Finished
            && job.spec.context.code_hash == current
            && fits(train)
        {
            let train = train.clone();
            return Ok((job, train));
        }
    }
    bail!(
        "run {} holds no finished training of {method} with seed {seed} for subnet {}; see `cargo xtask status {}`",
        store.name,
        subnet.name,
        store.name
    )
}
