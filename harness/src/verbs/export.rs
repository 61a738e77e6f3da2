//! The verb `export` writes one subnet of a finished run as a dense safetensors file.

use std::path::Path;

use anyhow::{Context, Result, bail};
use mos_base::names::nearest;
use mos_baselines::training::checkpoint;
use mos_plan::NamedArch;
use mos_plan::cli::ExportArgs;
use mos_plan::files::folder::RunFolder;
use mos_plan::files::job::JobFile;
use mos_plan::profile::profile::Profile;
use mos_plan::spec::inputs::CorpusRole;
use mos_plan::spec::training::TrainSpec;
use mos_plan::spec::work::Work;
use mos_spaces::method::{self, Method};
use tch::Device;

use crate::run::session::corpora_dirs;
use crate::run::started::planned;
use crate::tracks::dispatch::{corpora, exported};
use crate::worker::weights::finished_weights;

/// Runs the verb.
pub fn run(root: &Path, args: &ExportArgs) -> Result<()> {
    let named = args.method.as_deref().map(Method::find).transpose().context("--method")?;
    let folder = RunFolder::existing(root, &args.run)?;
    let method = named.map_or_else(|| default_method(&folder), |method| Ok(method.name.to_string()))?;
    let subnet = find_subnet(&folder, &args.subnet)?;
    let (job, train) = find_training(&folder, &method, args.seed, &subnet)?;
    let dir = folder.job_dir(&job.id);
    if job.diverged {
        bail!("{} diverged: there are no weights to export", job.label);
    }
    if !job.cleaned.is_empty() {
        bail!(
            "the weights of {} were removed by `runs clean`; train it again: `rm -r {}`, then the command of \
             `cargo xtask status {}`",
            job.label,
            dir.display(),
            folder.name
        );
    }
    job.verify(&dir)?;
    export(&folder, &dir, &train, &subnet, &args.out)?;
    let rate = train.optimisation.peak_lr;
    eprintln!("{} of {method}, seed {}, trained at rate {rate} (job {})", subnet.name(), args.seed, job.id);
    println!("{}", args.out.display());
    Ok(())
}

/// Writes one subnet of a finished training job as a dense safetensors file, its experts and its maps merged.
fn export(folder: &RunFolder, job_dir: &Path, train: &TrainSpec, subnet: &NamedArch, out: &Path) -> Result<()> {
    let manifest = folder.planned_manifest()?;
    let profile = Profile::parse("of run.toml", &manifest.profile_toml)?;
    let mut corpora = (corpora(manifest.track).open)(&profile, &corpora_dirs(folder)?, false)?;
    let corpus = corpora.remove(&CorpusRole::Corpus).context("machine.json names no corpus")?;
    let source = finished_weights(job_dir, train, corpus.embedding_rows as i64, Device::Cpu)?;
    source.space().check(&subnet.arch)?;
    let metadata = [
        ("space", train.space.as_str().to_string()),
        ("method", train.method.clone()),
        ("seed", train.seed.to_string()),
        ("subnet", subnet.name().to_string()),
        ("arch", serde_json::to_string(&subnet.arch)?),
        ("data", corpus.card.hash.clone()),
    ];
    Ok(checkpoint::save_weights(&exported(manifest.track, source.collapse(&subnet.arch)), &metadata, out)?)
}

/// Picks the method whose weights are written where none is named: the last of the proposed ones that the run has, else
/// its first.
fn default_method(folder: &RunFolder) -> Result<String> {
    let methods = folder.planned_manifest()?.methods;
    let proposed = method::proposed().map(|method| &method.name).filter(|name| methods.contains(name)).last();
    let chosen = proposed.or(methods.first()).cloned();
    chosen.context("the run has no supernet method; name one with --method")
}

fn find_subnet(folder: &RunFolder, name: &str) -> Result<NamedArch> {
    let manifest = folder.planned_manifest()?;
    let cards = [manifest.subnets, manifest.found_subnets].concat();
    let Some(card) = cards.iter().find(|card| card.id.name == name) else {
        let known: Vec<&str> = cards.iter().map(|card| card.id.name.as_str()).collect();
        bail!(
            "run {} scores no subnet `{name}`; did you mean `{}`? (its subnets: {})",
            folder.name,
            nearest(name, &known),
            known.join(", ")
        );
    };
    let arch = serde_json::from_str(&card.arch_json).with_context(|| format!("run.toml: subnet {name}"))?;
    Ok(NamedArch { id: card.id.clone(), arch })
}

/// Finds the training in the newest plan, since jobs of earlier plans (other rates, other sizes) stand in the same
/// folder.
fn find_training(folder: &RunFolder, method: &str, seed: u64, subnet: &NamedArch) -> Result<(JobFile, TrainSpec)> {
    let fits = |t: &TrainSpec| {
        t.method == method && t.seed == seed && t.subnet.as_ref().is_none_or(|own| own.arch == subnet.arch)
    };
    let planned = planned(folder)?.into_iter().filter_map(|(_, job)| job);
    let mut found: Vec<(JobFile, TrainSpec)> = planned
        .filter(JobFile::is_finished)
        .filter_map(|job| match &job.spec.work {
            Work::Train(train) if fits(train) => Some((job.clone(), train.clone())),
            _ => None,
        })
        .collect();
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (Some(_), others) => bail!(
            "run {} holds {} trainings of {method} with seed {seed} (a sweep of rates); export from a run of \
             `cargo xtask reproduce`",
            folder.name,
            others + 1
        ),
        (None, _) => bail!(
            "run {} holds no finished training of {method} with seed {seed} for subnet {}; see `cargo xtask status {}`",
            folder.name,
            subnet.name(),
            folder.name
        ),
    }
}
