//! Prepares and opens corpora of documents.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use mos_datasets::documents::{DocumentOptions, Documents, Vocabulary, prepare, published, registry};
use mos_datasets::tasks;
use mos_datasets::tasks::set::TaskSet;
use mos_plan::files::manifest::DataCard;
use mos_plan::profile::masked_lm::{MaskedLmProfile, VocabularySource};
use mos_plan::profile::profile::{PUBLIC_NETWORK, Profile};
use mos_plan::spec::inputs::CorpusRole;

use crate::tracks::prepared::{Corpora, Prepared, PreparedCorpora, pin_note};

/// The track's row.
pub const CORPORA: Corpora = Corpora { require, prepare: prepare_all, open };

/// Language of GLUE and of the public network.
const LANGUAGE: &str = "en";

fn require(profile: &Profile) -> Result<()> {
    registry::find(&profile.dataset).map(|_| ()).context("--dataset")
}

/// Says how a profile's corpus is prepared.
fn options(task: &MaskedLmProfile) -> DocumentOptions {
    let vocabulary = match task.vocabulary {
        VocabularySource::Trained => Vocabulary::Trained { size: task.vocab_size },
        VocabularySource::BertBaseUncased => Vocabulary::BertBaseUncased,
    };
    DocumentOptions { vocabulary, sequence_length: task.sequence_length, train_tokens_limit: None }
}

fn prepare_all(profile: &Profile) -> Result<BTreeMap<CorpusRole, PathBuf>> {
    let progress = |line: &str| eprintln!("data: {line}");
    let corpus = prepare(&profile.dataset, &options(profile.task.masked_lm()), &progress)?;
    let further = profile.further_corpora().into_iter().map(|(role, id)| {
        let dir = match role {
            CorpusRole::Checkpoint => published::weights(&progress)?.path,
            CorpusRole::Corpus | CorpusRole::Tasks => {
                tasks::set::prepare(id, &Documents::open(&corpus, false)?, &progress)?
            }
        };
        Ok((role, dir))
    });
    let mut folders = further.collect::<Result<BTreeMap<_, _>>>()?;
    folders.insert(CorpusRole::Corpus, corpus);
    Ok(folders)
}

fn open(profile: &Profile, folders: &BTreeMap<CorpusRole, PathBuf>, verify: bool) -> Result<PreparedCorpora> {
    let embedding_rows = profile.task.vocab_size();
    let opened = folders.iter().map(|(&role, dir)| {
        let card = match role {
            CorpusRole::Corpus => corpus_card(&Documents::open(dir, verify)?),
            CorpusRole::Tasks => tasks_card(&TaskSet::open(dir, verify)?),
            CorpusRole::Checkpoint => checkpoint_card()?,
        };
        Ok((role, Prepared { dir: dir.clone(), card, embedding_rows }))
    });
    opened.collect()
}

fn corpus_card(corpus: &Documents) -> DataCard {
    let manifest = corpus.manifest();
    DataCard {
        id: manifest.id.clone(),
        title: manifest.title.clone(),
        source_language: manifest.language.clone(),
        target_language: None,
        has_own_tokens: false,
        text_licence: manifest.text_licence.clone(),
        citation: manifest.citation.clone(),
        hash: manifest.hash.clone(),
        notes: manifest.notes.iter().cloned().chain(manifest.pinned.iter().map(pin_note)).collect(),
    }
}

fn tasks_card(set: &TaskSet) -> DataCard {
    let manifest = set.manifest();
    DataCard {
        id: manifest.id.clone(),
        title: manifest.title.clone(),
        source_language: LANGUAGE.to_string(),
        target_language: None,
        has_own_tokens: false,
        text_licence: manifest.text_licence.clone(),
        citation: manifest.citation.clone(),
        hash: manifest.hash.clone(),
        notes: manifest.notes.iter().cloned().chain(manifest.pinned.iter().map(pin_note)).collect(),
    }
}

fn checkpoint_card() -> Result<DataCard> {
    let weights = published::weights(&|line| eprintln!("data: {line}"))?;
    Ok(DataCard {
        id: PUBLIC_NETWORK.to_string(),
        title: "BERT-base, uncased: the weights that trainings start from".to_string(),
        source_language: LANGUAGE.to_string(),
        target_language: None,
        has_own_tokens: false,
        text_licence: "Apache-2.0".to_string(),
        citation:
            "Devlin et al. (2019), BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding"
                .to_string(),
        hash: weights.sha256,
        notes: vec![pin_note(&weights.pinned)],
    })
}
