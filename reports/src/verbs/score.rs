//! `score` computes BLEU and chrF of two files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use mos_base::plain_text::decode;
use mos_base::traces::Traces;
use mos_reports::scores::{Bleu, corpus_bleu, corpus_chrf, tokenised_bleu};
use serde::Serialize;

use super::json::json;
use crate::cli::ScoreArgs;

/// This is what `score --json` prints.
#[derive(Serialize)]
struct Score {
    bleu: f64,
    bleu_signature: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokenised_bleu: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokenised_bleu_signature: Option<String>,
    chrf: f64,
    chrf_signature: String,
    sentences: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Scores the two files and says what to print.
pub fn score(args: &ScoreArgs) -> Result<String> {
    let (hypotheses, references) = (read_lines(&args.hyp)?, read_lines(&args.reference)?);
    if hypotheses.len() != references.len() {
        bail!(
            "--hyp {} has {} lines, --ref {} has {}: each translation needs its reference on the same line",
            args.hyp.display(),
            hypotheses.len(),
            args.reference.display(),
            references.len()
        );
    }
    let warnings = [("--hyp", &hypotheses), ("--ref", &references)].map(|(flag, lines)| warning(flag, lines));
    let warnings: Vec<String> = warnings.into_iter().flatten().collect();
    for warning in &warnings {
        eprintln!("warning: {warning}");
    }
    let (bleu, chrf) = (corpus_bleu(&hypotheses, &references), corpus_chrf(&hypotheses, &references));
    let tokenised = match args.tokenised {
        true => Some(tokenised_bleu(&hypotheses, &references, &args.lang).context("--lang")?),
        false => None,
    };
    if args.json {
        return json(&Score {
            bleu: bleu.score,
            bleu_signature: bleu.signature,
            tokenised_bleu: tokenised.as_ref().map(|bleu| bleu.score),
            tokenised_bleu_signature: tokenised.map(|bleu| bleu.signature),
            chrf: chrf.score,
            chrf_signature: chrf.signature,
            sentences: hypotheses.len(),
            warnings,
        });
    }
    let tokenised = tokenised.map(|bleu| show("Tokenised BLEU", &bleu)).unwrap_or_default();
    Ok(format!(
        "{}{tokenised}chrF2  {:.2}\n       {}\n{} sentences\n",
        show("BLEU  ", &bleu),
        chrf.score,
        chrf.signature,
        hypotheses.len()
    ))
}

/// Says that a file does not look like the plain text that the scores are defined on, if so.
fn warning(flag: &str, lines: &[String]) -> Option<String> {
    let words = Traces::of(lines.iter().map(String::as_str)).words()?;
    Some(format!(
        "{flag} does not look like plain text, but {words}; the scores are comparable only of detokenised text"
    ))
}

/// Shows a BLEU with what it was computed from, in two lines.
fn show(name: &str, bleu: &Bleu) -> String {
    format!(
        "{name} {:.2}  {} (BP {:.3}, {} tokens against {})\n       {}\n",
        bleu.score,
        bleu.precisions.map(|p| format!("{p:.1}")).join("/"),
        bleu.brevity_penalty,
        bleu.hypothesis_length,
        bleu.reference_length,
        bleu.signature
    )
}

/// Reads the lines of a text file, without their ends. A final line end does not start another line.
fn read_lines(path: &Path) -> Result<Vec<String>> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let text = decode(&bytes).map_err(|reason| anyhow::anyhow!("{}: {reason}", path.display()))?;
    if text.is_empty() {
        bail!("{}: the file is empty; expected one sentence a line", path.display());
    }
    Ok(text.lines().map(str::to_owned).collect())
}
