//! What `data show` tells of a corpus of documents.

use super::output::{Output, document, progress};
use super::task_table::table;
use mos_datasets::Split;
use mos_datasets::cli::{Rows, ShowArgs};
use mos_datasets::documents::registry::DocumentEntry;
use mos_datasets::documents::{DocumentManifest, DocumentOptions, Documents, Vocabulary, prepare};
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

/// Prepares the corpus if need be, and tells its sizes, its licence and some of its sequences.
pub fn run(args: &ShowArgs, entry: &DocumentEntry) -> anyhow::Result<Output> {
    let (folder, corpus) = open(args, entry)?;
    let samples = sample(&corpus, args.sample);
    if args.json {
        let sequences: Vec<_> = samples.iter().map(|(i, text)| json!({"index": i, "text": text})).collect();
        let text = document(&json!({"folder": folder, "manifest": corpus.manifest(), "sample": sequences}));
        return Ok(Output { text, good: true });
    }
    let mut text = card(corpus.manifest())?;
    writeln!(text, "folder    {}", folder.display())?;
    for (index, sequence) in samples {
        writeln!(text, "\ntrain {index}\n  {sequence}")?;
    }
    Ok(Output { text, good: true })
}

/// Prepares a corpus by the options on the command line, and opens it.
pub fn open(args: &ShowArgs, entry: &DocumentEntry) -> anyhow::Result<(PathBuf, Documents)> {
    let default = DocumentOptions::default();
    let options = DocumentOptions {
        vocabulary: match args.vocab {
            None => default.vocabulary,
            Some(Rows::Trained(size)) => Vocabulary::Trained { size },
            Some(Rows::Bert) => Vocabulary::BertBaseUncased,
        },
        sequence_length: args.length.unwrap_or(default.sequence_length),
        train_tokens_limit: None,
    };
    let folder = prepare(&entry.id, &options, &progress)?;
    let corpus = Documents::open(&folder, true)?;
    Ok((folder, corpus))
}

/// Writes the manifest as a text.
fn card(m: &DocumentManifest) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(text, "{}: {}", m.id, m.title)?;
    writeln!(text, "language  {}", m.language)?;
    for origin in &m.origin {
        writeln!(text, "origin    {origin}")?;
    }
    writeln!(text, "licence   text: {}; package: {}", m.text_licence, m.package_licence)?;
    writeln!(text, "cite      {}", m.citation)?;
    let length = m.options.sequence_length;
    writeln!(text, "tokens    WordPiece, {} rows, sequences of {length}; data hash {}", m.vocab_size, m.hash)?;
    writeln!(text, "\nsource     train  valid   test  documents")?;
    for source in &m.sources {
        writeln!(text, "{:10} {:5} {:6} {:6}", source.name, source.train, source.valid, source.test)?;
    }
    writeln!(text, "\nsplit  documents  sentences  sequences     tokens  masked tokens  unigram cross-entropy (nats)")?;
    for split in Split::ALL {
        let card = m.split(split);
        let (documents, sentences, sequences, tokens) = (card.documents, card.sentences, card.sequences, card.tokens);
        write!(text, "{split:5} {documents:10} {sentences:10} {sequences:10} {tokens:10}")?;
        if let (Some(masked), Some(unigram)) = (card.masked_tokens, card.unigram_cross_entropy) {
            write!(text, " {masked:14} {unigram:29.3}")?;
        }
        writeln!(text)?;
    }
    writeln!(text, "\nremoved   train  sentences")?;
    for r in &m.removed {
        writeln!(text, "        {:7}  {}", r.train, r.rule)?;
    }
    text.push_str(&table(&m.tasks)?);
    writeln!(text)?;
    for note in &m.notes {
        writeln!(text, "note      {note}")?;
    }
    Ok(text)
}

/// Draws the indices and the text of `count` training sequences, which are the same each time.
fn sample(corpus: &Documents, count: usize) -> Vec<(usize, String)> {
    let shard = corpus.split(Split::Train);
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut chosen = index::sample(&mut random, shard.len(), count.min(shard.len())).into_vec();
    chosen.sort_unstable();
    chosen.into_iter().map(|i| (i, corpus.tokenizer().decode(shard.sequence(i)))).collect()
}
