//! Prepares and opens corpora of pairs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use mos_datasets::{Corpus, PrepareOptions, prepare, registry};
use mos_plan::Metric;
use mos_plan::files::manifest::DataCard;
use mos_plan::profile::profile::Profile;
use mos_plan::spec::inputs::CorpusRole;
use mos_plan::spec::training::Goal;
use mos_reports::scores::tokenised_bleu;

use crate::tracks::prepared::{Corpora, Prepared, PreparedCorpora, folder, pin_note};

/// The track's row.
pub const CORPORA: Corpora = Corpora { require, prepare: prepare_corpus, open };

fn require(profile: &Profile) -> Result<()> {
    registry::Entry::resolve(&profile.dataset).map(|_| ()).context("--dataset")
}

fn prepare_corpus(profile: &Profile) -> Result<BTreeMap<CorpusRole, PathBuf>> {
    let task = profile.task.translation();
    let options = PrepareOptions { vocab_size: task.vocab_size, longest_pair: task.prepared_longest_pair() };
    let dir = prepare::prepare(&profile.dataset, &options, &|line| eprintln!("data: {line}"))?;
    Ok([(CorpusRole::Corpus, dir)].into())
}

fn open(profile: &Profile, folders: &BTreeMap<CorpusRole, PathBuf>, verify: bool) -> Result<PreparedCorpora> {
    let dir = folder(folders, CorpusRole::Corpus)?;
    let corpus = Corpus::open(dir, verify)?;
    require_language(profile, &corpus)?;
    let manifest = corpus.manifest();
    let card = DataCard {
        id: manifest.id.clone(),
        title: manifest.title.clone(),
        source_language: manifest.source_language.clone(),
        target_language: Some(manifest.target_language.clone()),
        has_own_tokens: manifest.pretokenisation.is_some(),
        text_licence: manifest.text_licence.clone(),
        citation: manifest.citation.clone(),
        hash: manifest.hash.clone(),
        notes: manifest.notes.iter().cloned().chain(manifest.pinned.iter().map(pin_note)).collect(),
    };
    let prepared = Prepared { dir: dir.to_path_buf(), card, embedding_rows: corpus.embedding_rows() };
    Ok([(CorpusRole::Corpus, prepared)].into())
}

/// Refuses a corpus in whose language the profile's metric cannot be computed.
fn require_language(profile: &Profile, corpus: &Corpus) -> Result<()> {
    let by_tokens =
        profile.primary_metric == Metric::TokenisedBleu || profile.study.retraining.target == Goal::TokenisedBleu;
    if by_tokens {
        tokenised_bleu(&[], &[], &corpus.manifest().target_language)
            .context("this profile is judged by tokenised BLEU")?;
    }
    Ok(())
}
