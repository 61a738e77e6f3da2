//! The result of an audit: rule by rule what was found of what was expected, and what is wrong.

use std::fmt::Write as _;
use std::path::Path;

use mos_base::files::sha256_file;
use mos_plan::files::folder::MANIFEST;
use mos_plan::files::job::RECORDS;
use serde::Serialize;

use super::checked::{Checked, Mark, Remark};
use super::checks::CHECKS;
use super::rule::{Layer, Rule, Severity, rules};
use super::subject::{AuditedRun, Source};
use crate::error::{Error, Result};
use crate::page::escape::one_line;

/// A terminal shows so many findings of a rule; all stand in the JSON document.
const SHOWN: usize = 5;

/// The result of an audit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Audit {
    /// The run's name.
    pub run: String,
    /// The files that were audited, by their names and SHA-256: the bundle, or the manifest and the records of a folder.
    pub subject: Vec<(String, String)>,
    /// Version of the rules.
    pub rules_version: u32,
    /// The outcome of each rule, in order.
    pub rules: Vec<RuleOutcome>,
}

/// The outcome of one rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleOutcome {
    /// The rule's id.
    pub id: String,
    /// What it is about.
    pub layer: Layer,
    /// What it asks.
    pub asks: String,
    /// What was counted.
    pub what: &'static str,
    /// How many there have to be.
    pub expected: usize,
    /// How many there are and are right.
    pub found: usize,
    /// How far they were checked.
    pub mark: Mark,
    /// How grave the worst finding is; none where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Why it can't be told, where it can't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cannot_tell: Option<String>,
    /// What a reviewer can quote of what was found; none where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// What was found.
    pub findings: Vec<Remark>,
    /// What a reader has to know besides, which is nobody's fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Audits a run, or a bundle of one. `digest` is the SHA-256 that a bundle is told to have, `replayed` the folder of jobs that
/// were made again.
///
/// # Errors
/// This fails when there is no run, a bundle can't be unpacked, a digest is told of what is no bundle, or the folder holds no
/// jobs of the run.
pub fn audit(source: &Source, digest: Option<&str>, replayed: Option<&Path>) -> Result<Audit> {
    let mut run = AuditedRun::open(source, digest)?;
    if let Some(folder) = replayed {
        run.take_replay(folder)?;
    }
    let subject = subject(source, &run)?;
    let rules = rules();
    let outcome = |rule: Rule| {
        let check = CHECKS.iter().find(|(id, _)| *id == rule.id).map(|(_, check)| check(&run));
        check.map(|checked| RuleOutcome::of(rule, checked))
    };
    let outcomes = rules.rules.into_iter().filter_map(outcome).collect();
    Ok(Audit { run: run.manifest.name.clone(), subject, rules_version: rules.version, rules: outcomes })
}

/// Names what is audited, with its hashes.
fn subject(source: &Source, run: &AuditedRun) -> Result<Vec<(String, String)>> {
    let hashed = |path: &Path| {
        let sha256 = sha256_file(path).map_err(|error| Error::input(path, error.to_string()))?;
        Ok((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), sha256))
    };
    match (source, &run.bundle) {
        (Source::Bundle(path), Some(_)) => Ok(vec![hashed(path)?]),
        _ => [MANIFEST, RECORDS].iter().map(|name| hashed(&run.dir.join(name))).collect(),
    }
}

impl RuleOutcome {
    fn of(rule: Rule, checked: Checked) -> RuleOutcome {
        let Checked { what, expected, found, mark, remarks, cannot_tell, notes } = checked;
        let broken = (!remarks.is_empty()).then_some(rule.severity);
        let severity = broken.max(cannot_tell.is_some().then_some(rule.unknown));
        RuleOutcome {
            quote: (!remarks.is_empty()).then_some(rule.quote),
            id: rule.id,
            layer: rule.layer,
            asks: rule.asks,
            what,
            expected,
            found,
            mark,
            severity,
            cannot_tell,
            findings: remarks,
            notes,
        }
    }
}

impl RuleOutcome {
    /// Says what came of the rule: what was counted, how far it was checked, and what was found.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.cannot_tell.is_none() || self.expected > 0 {
            let grave = match self.severity {
                Some(severity) if !self.findings.is_empty() => format!("{severity}: "),
                _ => String::new(),
            };
            lines.push(format!("{grave}{} of {} {}, {}", self.found, self.expected, self.what, self.mark.words()));
        }
        lines.extend(self.cannot_tell.iter().map(|reason| format!("cannot tell: {reason}")));
        lines.extend(self.quote.clone());
        lines.extend(self.findings.iter().take(SHOWN).map(|finding| {
            let row = finding.row.map_or(String::new(), |row| format!(" row {row}"));
            format!("- {}{row}: {}", finding.file, finding.says)
        }));
        if self.findings.len() > SHOWN {
            lines.push(format!("- and {} more (--json has all)", self.findings.len() - SHOWN));
        }
        lines.extend(self.notes.iter().map(|note| format!("note: {note}")));
        lines
    }
}

impl Audit {
    /// Gives the gravest finding.
    pub fn severity(&self) -> Option<Severity> {
        self.rules.iter().filter_map(|rule| rule.severity).max()
    }

    /// Gives the exit code: 0 up to a note, 1 for a warning, 3 for an error.
    pub fn exit_code(&self) -> u8 {
        match self.severity() {
            None | Some(Severity::Note) => 0,
            Some(Severity::Warning) => 1,
            Some(Severity::Error) => 3,
        }
    }

    /// Writes the result for a terminal.
    pub fn text(&self) -> String {
        let mut out = format!("Audit of run {} by the rules of version {}\n", one_line(&self.run), self.rules_version);
        let mut layer = None;
        for rule in &self.rules {
            if layer != Some(rule.layer) {
                layer = Some(rule.layer);
                let _ = write!(out, "\n{}\n", rule.layer.name());
            }
            let _ = writeln!(out, "  {:<3} {}", rule.id, rule.asks);
            for line in rule.lines() {
                let _ = writeln!(out, "      {}", one_line(&line));
            }
        }
        let marked =
            |mark: Mark| self.rules.iter().filter(|rule| rule.mark == mark).map(|rule| rule.expected).sum::<usize>();
        let marks = [Mark::Recomputed, Mark::Consistent, Mark::Trusted]
            .map(|mark| format!("{} {}", marked(mark), mark.words()));
        let _ = write!(out, "\nIn all: {}.\n", marks.join(", "));
        let verdict = match self.severity() {
            None => "Nothing was found.".to_owned(),
            Some(severity) => {
                let of = |s: Severity| self.rules.iter().filter(|rule| rule.severity == Some(s)).count();
                let counts = [Severity::Error, Severity::Warning, Severity::Note].map(|s| (s, of(s)));
                let counts: Vec<String> =
                    counts.iter().filter(|(_, n)| *n > 0).map(|(s, n)| format!("{n} {s}")).collect();
                format!("Gravest: {severity}. Rules with findings: {}.", counts.join(", "))
            }
        };
        let _ = writeln!(out, "{verdict}");
        out
    }
}
