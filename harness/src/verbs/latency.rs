//! The verb `latency` measures the encoder and decoder latency of subnets, outside of any run.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail};
use mos_plan::NamedArch;
use mos_plan::cli::LatencyArgs;
use mos_plan::machine::Machine;
use mos_plan::spec::latency::{LatencySpec, LatencySubjects};
use mos_spaces::latency::protocol::Protocol;
use mos_spaces::latency::table::{self, LatencyRow};
use mos_spaces::report::read_archs;
use mos_spaces::{SearchSpace, SpaceName};
use serde::Serialize;

use crate::system::{machine, ui};
use crate::tracks::dispatch::measuring;
use crate::worker::latency::{load_average, sample};

/// Number of subnets where neither a file nor a number is given.
const DEFAULT_SAMPLE: usize = 10;
/// Number of subnets between two writes of `--out`, so that a long measurement that is stopped is not lost.
const WRITE_EVERY: usize = 20;
/// Load, in runnable processes a core before measuring, above which the user is warned.
const BUSY: f64 = 0.3;

/// The document of `--json`.
#[derive(Serialize)]
struct Document<'a> {
    space: &'a str,
    device: &'a str,
    cpu: &'a str,
    threads: u64,
    vocab: i64,
    protocol: &'a Protocol,
    load_average: Option<f64>,
    unsteady: usize,
    subnets: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    latency_ms: f64,
    encoder_ms: f64,
    decoder_ms: f64,
    spread: f64,
    unsteady: bool,
}

/// Runs the verb.
pub fn run(args: &LatencyArgs) -> Result<()> {
    let space = SearchSpace::find(&args.space).context("--space")?;
    let spec = spec(args, &space)?;
    let device = machine::named_device(&args.device)?;
    let LatencySubjects::Subnets(subnets) = &spec.subjects else { unreachable!("made below") };
    let (measure, scaled_vocab) = measuring(&space);
    let vocab = args.vocab.or(space.published_vocab).unwrap_or(scaled_vocab);
    tch::set_num_threads(args.threads as i32);
    let (load, cores) = (load_average(), Machine::here().cores as f64);
    if load.is_some_and(|load| load > BUSY * cores) {
        eprintln!(
            "note: the machine is busy (load {:.1} on {cores} cores): latencies will be too long",
            load.unwrap_or(0.0)
        );
    }
    if let Some(out) = &args.out {
        // The file is opened before anything is measured, so that a bad path is refused at once.
        File::options().create(true).append(true).open(out).with_context(|| format!("--out {}", out.display()))?;
    }
    let bar = ui::plain_bar(subnets.len() as u64, "subnets");
    let mut rows: Vec<LatencyRow> = Vec::new();
    for subnet in subnets {
        rows.push(measure(&spec.protocol, &space, &subnet.arch, vocab, device));
        bar.inc(1);
        if let Some(out) =
            args.out.as_deref().filter(|_| rows.len().is_multiple_of(WRITE_EVERY) || rows.len() == subnets.len())
        {
            table::write(space.family, out, &rows)?;
        }
    }
    bar.finish_and_clear();
    let cpu = Machine::here().cpu;
    let document = Document {
        space: &space.name,
        device: &args.device,
        cpu: &cpu,
        threads: args.threads,
        vocab,
        protocol: &spec.protocol,
        load_average: load,
        unsteady: rows.iter().filter(|row| row.relative_std() > args.max_spread).count(),
        subnets: subnets.iter().zip(&rows).map(|(subnet, row)| shown(subnet, row, args.max_spread)).collect(),
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&document)?);
    } else {
        print(&document, args);
    }
    Ok(())
}

fn spec(args: &LatencyArgs, space: &SearchSpace) -> Result<LatencySpec> {
    if !(0.0..0.5).contains(&args.trim) {
        bail!("--trim {}: allowed are values from 0 up to, not including, 0.5", args.trim);
    }
    if !(args.max_spread.is_finite() && args.max_spread > 0.0) {
        bail!("--max-spread {}: must be a positive number", args.max_spread);
    }
    let length = args.length.unwrap_or(space.flops_length);
    if length > space.max_positions {
        bail!("--length {length}: space {} has {} positions", space.name, space.max_positions);
    }
    let subnets = match &args.file {
        Some(file) => archs(file, space)?,
        None => sample(space, args.sample.map_or(DEFAULT_SAMPLE, |n| n as usize), args.seed)?,
    };
    Ok(LatencySpec {
        space: SpaceName::try_from(args.space.clone())?,
        subjects: LatencySubjects::Subnets(subnets),
        protocol: Protocol {
            length,
            beam: args.beam,
            dry_runs: args.dry_runs,
            repeats: args.repeats as usize,
            trim: args.trim,
        },
        max_spread: args.max_spread,
    })
}

fn archs(file: &Path, space: &SearchSpace) -> Result<Vec<NamedArch>> {
    Ok(read_archs(space, file)?.into_iter().map(|(name, arch)| NamedArch::given(&name, arch)).collect())
}

fn shown<'a>(subnet: &'a NamedArch, row: &LatencyRow, max_spread: f64) -> Row<'a> {
    Row {
        name: subnet.name(),
        latency_ms: row.total_ms(),
        encoder_ms: row.encoder_ms,
        decoder_ms: row.decoder_ms,
        spread: row.relative_std(),
        unsteady: row.relative_std() > max_spread,
    }
}

fn print(document: &Document, args: &LatencyArgs) {
    let p = document.protocol;
    println!(
        "{}, {} thread(s), {} ({}), vocabulary {}: {} tokens, beam {}, {} dry and {} timed runs, {:.0}% dropped at each end",
        document.space,
        document.threads,
        document.device,
        document.cpu,
        document.vocab,
        p.length,
        p.beam,
        p.dry_runs,
        p.repeats,
        100.0 * p.trim
    );
    if let Some(load) = document.load_average {
        println!("load average at the start: {load:.2}");
    }
    let width = document.subnets.iter().map(|row| row.name.len()).max().unwrap_or(0).max(6);
    println!(
        "\n{:width$}  {:>11}  {:>11}  {:>11}  {:>7}",
        "subnet", "latency ms", "encoder ms", "decoder ms", "spread"
    );
    for row in &document.subnets {
        let mark = if row.unsteady { "  too wide" } else { "" };
        println!(
            "{:width$}  {:>11.3}  {:>11.3}  {:>11.3}  {:>6.1}%{mark}",
            row.name,
            row.latency_ms,
            row.encoder_ms,
            row.decoder_ms,
            100.0 * row.spread
        );
    }
    if document.unsteady > 0 {
        println!(
            "\n{} of {} measurements spread over more than {:.0}% of their mean: measure again on a quiet machine",
            document.unsteady,
            document.subnets.len(),
            100.0 * args.max_spread
        );
    }
    if let Some(out) = &args.out {
        println!("written to {}", out.display());
    }
}
