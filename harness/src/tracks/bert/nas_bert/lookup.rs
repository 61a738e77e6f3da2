//! The search of NAS-BERT: the losses of the blocks that are left add up to those of nets, and the best nets within the limits
//! are scored whole, with the teacher's embeddings and masked-LM head.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use mos_base::Split;
use mos_baselines::bert::block_distil::BlockDistil;
use mos_baselines::bert::masked_lm::MaskedLm;
use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::task::Task as _;
use mos_plan::Metric;
use mos_plan::spec::inputs::Role;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::search::{LookupSpec, SearchSpec};
use mos_spaces::bert::blocks::{Block, join};
use mos_spaces::search::lookup::lowest;
use mos_spaces::{Arch, SearchSpace};
use tch::Device;

use super::super::batches::{of_sample, of_split};
use super::super::taught::TaughtData;
use super::latency::OperationLatencies;
use super::pools::{Pools, Scored};
use super::task::{passes_of_teacher, scored, stage};
use crate::worker::context::{JobContext, Outcome, Ticker, device};
use crate::worker::found::{FOUND, SearchResult};
use crate::worker::search::{records, row};
use crate::worker::task_data::TaskData as _;
use crate::worker::weights::{finished_weights, training_spec};

/// The blocks of every place that are left, and what is known of each.
struct Table {
    blocks: Vec<Vec<Block>>,
    losses: Vec<Vec<f64>>,
    latencies: Vec<Vec<f64>>,
    /// FLOPs of scoring.
    flops: f64,
}

/// Runs the job.
pub fn search(context: &JobContext, job: &JobSpec, spec: &SearchSpec, lookup: LookupSpec) -> Result<Outcome> {
    let clock = Instant::now();
    let data: TaughtData<BlockDistil> = TaughtData::open(context, job)?;
    let supernet = context.input(Role::Supernet)?;
    let trained = training_spec(supernet)?;
    let source = finished_weights(supernet, &trained, data.vocab(), device(&job.context))?;
    let space = source.space().clone();
    let latencies = OperationLatencies::read(&space, context.input(Role::Latencies)?)?;
    let last = stage(&trained, trained.optimisation.updates);
    let pools = Pools::read(supernet, last)?.with_context(|| format!("{} holds no pools", supernet.display()))?;
    let Some(table) = table(context, spec, &data, &source, pools.of_places(), &latencies)? else {
        return Ok(Outcome::Interrupted);
    };
    let nets = within_limits(spec, lookup, &space, &table)?;
    // The blocks stand between the teacher's embeddings and head.
    source.take_corners(&data.teacher);
    let Some(whole) = best_whole(context, lookup, &data, &source, &nets, device(&job.context)) else {
        return Ok(Outcome::Interrupted);
    };
    let no_latency = |_: &Arch| unreachable!("the profile was checked: no limit of latency");
    let found = SearchResult {
        cost: spec.limit.cost(&space, &whole.arch, &no_latency),
        arch: whole.arch,
        fitness: whole.fitness,
        reach: spec.limit.resolve(&space, &no_latency)?,
        evaluations: nets.len(),
        random: None,
    };
    found.write(&context.job_dir)?;
    let mut records = records(context, job, spec, clock.elapsed().as_secs_f64(), &found, whole.loss);
    let flops = pools.flops() + table.flops + whole.flops;
    records.push(row(context, job, spec, Metric::SearchFlops, flops));
    Ok(Outcome::Finished { records, outputs: vec![FOUND.to_string()] })
}

/// Scores every block that is left; returns none when told to stop.
fn table(
    context: &JobContext,
    spec: &SearchSpec,
    data: &TaughtData<BlockDistil>,
    source: &WeightSource,
    blocks: Vec<Vec<Block>>,
    latencies: &OperationLatencies,
) -> Result<Option<Table>> {
    let task = data.task(&spec.task, source);
    let batches = data.ranking_batches(&spec.task, 1);
    let most = blocks.iter().map(Vec::len).max().unwrap_or(0);
    ensure!(blocks.iter().all(|pool| !pool.is_empty()), "a pool is empty");
    let (mut losses, mut ticker) = (vec![Vec::new(); blocks.len()], Ticker::new());
    let mut flops = passes_of_teacher(&task, &batches);
    for i in 0..most {
        if context.told_to_stop() {
            return Ok(None);
        }
        // Places with fewer blocks score the last one again.
        let net: Vec<Block> = blocks.iter().map(|pool| pool[i.min(pool.len() - 1)].clone()).collect();
        let of_net: Scored = scored(&task, &source.materialise(&join(source.space(), &net)), &batches);
        flops += of_net.flops;
        for ((losses, loss), _) in losses.iter_mut().zip(of_net.losses).zip(&blocks).filter(|(_, pool)| i < pool.len())
        {
            losses.push(loss);
        }
        ticker.tick(context, i as u64, most as u64, || "every block".to_string());
    }
    let latencies = blocks.iter().map(|pool| pool.iter().map(|block| latencies.of_block(block)).collect()).collect();
    Ok(Some(Table { blocks, losses, latencies, flops }))
}

/// Returns the nets of least summed loss within both limits, the best first.
fn within_limits(spec: &SearchSpec, lookup: LookupSpec, space: &SearchSpace, table: &Table) -> Result<Vec<Arch>> {
    let no_latency = |_: &Arch| unreachable!("the profile was checked: no limit of latency");
    let reach = spec.limit.resolve(space, &no_latency)?;
    let end = |pick: fn(f64, f64) -> f64| -> f64 {
        table.latencies.iter().map(|of_place| of_place.iter().copied().reduce(pick).unwrap_or(0.0)).sum()
    };
    let (fastest, slowest) = (end(f64::min), end(f64::max));
    // The least latency of this place and all behind it.
    let mut rest = vec![0.0; table.latencies.len() + 1];
    for (place, of_place) in table.latencies.iter().enumerate().rev() {
        rest[place] = rest[place + 1] + of_place.iter().copied().reduce(f64::min).unwrap_or(0.0);
    }
    let most_ms = fastest + lookup.latency_share * (slowest - fastest);
    let net = |parts: &[usize]| {
        let blocks: Vec<Block> = parts.iter().zip(&table.blocks).map(|(&i, pool)| pool[i].clone()).collect();
        join(space, &blocks)
    };
    let allows = |parts: &[usize]| {
        let ms: f64 = parts.iter().zip(&table.latencies).map(|(&i, of_place)| of_place[i]).sum();
        // A limit of size is of whole nets, since maps between blocks are merged.
        let is_whole = parts.len() == table.latencies.len();
        let is_fast = ms + rest[parts.len()] <= most_ms;
        is_fast && (!is_whole || reach.allows(spec.limit.cost(space, &net(parts), &no_latency)))
    };
    let best = lowest(&table.losses, lookup.top, allows);
    ensure!(
        !best.is_empty(),
        "no net of the blocks that are left has {} and at most {most_ms:.3} ms (they take {fastest:.3} to {slowest:.3} \
         ms): raise latency_share or widen the limit",
        spec.limit.label()
    );
    Ok(best.iter().map(|choice| net(&choice.parts)).collect())
}

/// The best of some nets.
struct Whole {
    arch: Arch,
    /// Its loss on the sample.
    fitness: f64,
    /// Its loss on all of validation.
    loss: f64,
    /// FLOPs of scoring all nets on the sample.
    flops: f64,
}

/// Scores nets whole by their masked-LM loss; returns none when told to stop.
fn best_whole(
    context: &JobContext,
    lookup: LookupSpec,
    data: &TaughtData<BlockDistil>,
    source: &WeightSource,
    nets: &[Arch],
    device: Device,
) -> Option<Whole> {
    let task = MaskedLm::new(source.layout.clone(), None);
    let corpus = data.track.corpus();
    let sample = of_sample(&corpus, Split::Valid, lookup.sample_tokens, 1, device);
    let (mut best, mut flops, mut ticker): (Option<(f64, &Arch)>, f64, Ticker) = (None, 0.0, Ticker::new());
    for (i, arch) in nets.iter().enumerate() {
        if context.told_to_stop() {
            return None;
        }
        let loss = task.losses(&source.materialise(arch), &sample).nll;
        flops += sample.iter().map(|batch| task.flops(arch, batch)).sum::<f64>();
        if best.is_none_or(|(least, _)| loss < least) {
            best = Some((loss, arch));
        }
        ticker.tick(context, i as u64, nets.len() as u64, || "whole nets".to_string());
    }
    let (fitness, arch) = best?;
    let all = of_split(&corpus, Split::Valid, 1, device);
    let loss = task.losses(&source.materialise(arch), &all).nll;
    Some(Whole { arch: arch.clone(), fitness, loss, flops })
}
