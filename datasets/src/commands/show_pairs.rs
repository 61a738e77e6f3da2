//! What `data show` tells of a corpus of pairs.

use super::output::{Output, document, progress};
use mos_datasets::batch::{BatchOptions, build, plan_epoch};
use mos_datasets::cli::{Rows, ShowArgs};
use mos_datasets::manifest::Manifest;
use mos_datasets::{Corpus, PrepareOptions, Split, prepare};
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::json;
use std::fmt::Write;

/// The budget at which the share of padding is shown, in tokens.
const MICRO_BATCH: usize = 512;

/// Prepares the corpus if need be, and tells its sizes, its licence and some of its pairs.
pub fn run(args: &ShowArgs) -> anyhow::Result<Output> {
    let mut options = PrepareOptions::default();
    match args.vocab {
        None => {}
        Some(Rows::Trained(rows)) => options.vocab_size = rows,
        Some(Rows::Bert) => anyhow::bail!("--vocab bert is for documents; {} is a corpus of pairs", args.id),
    }
    anyhow::ensure!(args.length.is_none(), "--length is for documents; {} is a corpus of pairs", args.id);
    let folder = prepare::prepare(&args.id, &options, &progress)?;
    let corpus = Corpus::open(&folder, true)?;
    let samples = sample(&corpus, args.sample);
    let (batches, pads) = padding(&corpus);
    let text = if args.json {
        let pairs: Vec<_> = samples.iter().map(|(i, s, t)| json!({"index": i, "source": s, "target": t})).collect();
        document(&json!({
            "folder": folder, "manifest": corpus.manifest(), "sample": pairs,
            "micro_batches": {"tokens": MICRO_BATCH, "an_epoch": batches, "pad_share": pads},
        }))
    } else {
        let mut text = card(corpus.manifest())?;
        writeln!(
            text,
            "batches   {batches} micro-batches of {MICRO_BATCH} tokens an epoch, {:.2}% padding",
            100.0 * pads
        )?;
        writeln!(text, "folder    {}", folder.display())?;
        for (index, source, target) in samples {
            writeln!(text, "\ntrain {index}\n  {source}\n  {target}")?;
        }
        text
    };
    Ok(Output { text, good: true })
}

/// Writes the manifest as a text.
fn card(m: &Manifest) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(text, "{}: {}", m.id, m.title)?;
    writeln!(text, "direction {} to {}", m.source_language, m.target_language)?;
    writeln!(text, "origin    {}", m.origin)?;
    writeln!(text, "licence   text: {}; package: {}", m.text_licence, m.package_licence)?;
    writeln!(text, "cite      {}", m.citation)?;
    writeln!(text, "tokens    joint BPE, {} rows; data hash {}", m.vocab_size, m.hash)?;
    writeln!(text, "\nsplit   pairs  chapters  source tokens  target tokens")?;
    for (split, card) in Split::ALL.into_iter().zip([m.train, m.valid, m.test]) {
        let (source, target) = (card.source_tokens, card.target_tokens);
        writeln!(text, "{split:5} {:7} {:9} {source:14} {target:14}", card.pairs, card.chapters)?;
    }
    writeln!(text, "\nremoved   train  valid   test  before splitting")?;
    for r in &m.removed {
        writeln!(text, "        {:7} {:6} {:6} {:17}  {}", r.train, r.valid, r.test, r.unsplit, r.rule)?;
    }
    writeln!(text)?;
    for note in &m.notes {
        writeln!(text, "note      {note}")?;
    }
    Ok(text)
}

/// Draws the indices and the text of `count` training pairs, which are the same each time.
fn sample(corpus: &Corpus, count: usize) -> Vec<(usize, String, String)> {
    let shard = corpus.split(Split::Train);
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut chosen = index::sample(&mut random, shard.len(), count.min(shard.len())).into_vec();
    chosen.sort_unstable();
    let text = |ids: &[u16]| corpus.decode(&ids.iter().map(|id| u32::from(*id)).collect::<Vec<_>>());
    chosen.into_iter().map(|i| (i, text(shard.source(i)), text(shard.target(i)))).collect()
}

/// Counts the micro-batches in the first epoch, and gives the share of their places that hold no token.
fn padding(corpus: &Corpus) -> (usize, f64) {
    let shard = corpus.split(Split::Train);
    let longest_pair = corpus.manifest().options.longest_pair;
    let options = BatchOptions { max_tokens: MICRO_BATCH, longest_pair, row_multiple: 1, seed: 0 };
    let plan = plan_epoch(shard, &options, 0);
    let (mut tokens, mut places) = (0, 0);
    for indices in &plan {
        let batch = build(shard, indices);
        tokens += batch.tokens();
        places += batch.places();
    }
    (plan.len(), 1.0 - tokens as f64 / places.max(1) as f64)
}
