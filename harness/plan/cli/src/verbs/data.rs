//! Tells what a plan has to know of its corpus, without making it.

use anyhow::{Context as _, Result};
use mos_datasets::documents::{DocumentOptions, Vocabulary};
use mos_datasets::registry::Entry;
use mos_datasets::{PrepareOptions, documents, prepare};
use mos_plan::estimate::estimator::corpus_disk;
use mos_plan::profile::masked_lm::{MaskedLmProfile, VocabularySource};
use mos_plan::profile::profile::Profile;
use mos_plan::profile::task::TaskProfile;
use mos_plan::profile::translation::TranslationProfile;
use mos_plan::spec::inputs::CorpusRef;

/// A corpus that need not be here.
pub struct PlannedCorpus {
    /// Language code of the text; of its source side, where it has two.
    pub source_language: String,
    /// Language code of the target side; none where the text has one language.
    pub target_language: Option<String>,
    /// What the user should know of it.
    pub warnings: Vec<String>,
    /// Disk that it takes in the caches, where it is large.
    pub disk_bytes: u64,
    /// Where it is prepared already, what it is.
    pub prepared: Option<CorpusRef>,
}

/// Looks a profile's corpus up.
///
/// # Errors
/// Fails if it is unknown, and names the flag.
pub fn corpus(profile: &Profile) -> Result<PlannedCorpus> {
    let looked_up = match &profile.task {
        TaskProfile::Translation(task) => pairs(&profile.dataset, task),
        TaskProfile::MaskedLm(task) => documents(&profile.dataset, task),
    };
    looked_up.context("--dataset")
}

fn pairs(dataset: &str, task: &TranslationProfile) -> Result<PlannedCorpus> {
    let entry = Entry::resolve(dataset)?;
    let options = PrepareOptions { vocab_size: task.vocab_size, longest_pair: task.prepared_longest_pair() };
    let prepared = prepare::find(dataset, &options)?;
    Ok(PlannedCorpus {
        warnings: entry.source.warnings()?,
        disk_bytes: corpus_disk(entry.source.expected_pairs()),
        source_language: entry.source_language,
        target_language: Some(entry.target_language),
        prepared: prepared.map(|manifest| CorpusRef { id: manifest.id, hash: manifest.hash }),
    })
}

fn documents(dataset: &str, task: &MaskedLmProfile) -> Result<PlannedCorpus> {
    let entry = documents::registry::find(dataset)?;
    let vocabulary = match task.vocabulary {
        VocabularySource::Trained => Vocabulary::Trained { size: task.vocab_size },
        VocabularySource::BertBaseUncased => Vocabulary::BertBaseUncased,
    };
    let options = DocumentOptions { vocabulary, sequence_length: task.sequence_length, train_tokens_limit: None };
    let prepared = documents::find(dataset, &options)?;
    Ok(PlannedCorpus {
        warnings: vec![],
        disk_bytes: entry.expected_bytes,
        source_language: entry.language.clone(),
        target_language: None,
        prepared: prepared.map(|manifest| CorpusRef { id: manifest.id, hash: manifest.hash }),
    })
}
