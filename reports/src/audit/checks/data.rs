//! Was everything measured on the same texts?

use std::collections::BTreeMap;

use mos_base::Split;
use mos_plan::Metric;
use mos_plan::files::job::{JOB_FILE, RECORDS, hypotheses_file, references_file};
use mos_plan::spec::scoring::{DecodeSpec, ScoringSpec};
use mos_plan::spec::work::Work;

use super::structure::NO_JOBS;
use crate::audit::checked::{Checked, Mark};
use crate::audit::subject::{AuditedJob, AuditedRun, Text};
use crate::scores::{corpus_bleu, corpus_chrf, tokenised_bleu};

/// Scores are written in full, and sums are taken in one order.
const SAME: f64 = 1e-9;

/// D1: all jobs read the run's corpora.
pub fn corpora(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("corpora of jobs", NO_JOBS);
    }
    let mut checked = Checked::of("corpora of jobs", Mark::Consistent);
    let known: BTreeMap<&str, &str> =
        run.manifest.corpora.iter().map(|card| (card.id.as_str(), card.hash.as_str())).collect();
    for job in run.finished() {
        for (role, corpus) in &job.file.spec.inputs.corpora {
            let expected = known.get(corpus.id.as_str());
            checked.check(
                expected == Some(&corpus.hash.as_str()),
                &format!("jobs/{}/{JOB_FILE}", job.folder),
                None,
                || {
                    format!(
                        "{} reads {} {} {}, the run names {}",
                        job.file.label,
                        role.name(),
                        corpus.id,
                        corpus.hash,
                        expected.unwrap_or(&"no such corpus")
                    )
                },
            );
        }
    }
    checked
}

/// D4: how many training pairs nearly equal a test pair, as the run counted them. The texts to count again are not in a run.
pub fn near_duplicates(run: &AuditedRun) -> Checked {
    const WHAT: &str = "counts of near-duplicates that are none";
    let of_it = |metric: Metric| run.records.iter().enumerate().find(move |(_, record)| record.metric == metric);
    let Some((row, near)) = of_it(Metric::NearDuplicates) else {
        return Checked::cannot_tell(WHAT, "the run did not count training examples that nearly equal a test example");
    };
    let pairs = run.records.iter().find(|record| record.metric == Metric::Pairs && record.split == Some(Split::Train));
    let mut checked = Checked::of(WHAT, Mark::Trusted);
    checked.check(near.value == 0.0, RECORDS, Some(row), || {
        let of = pairs.map_or(String::new(), |pairs| format!(" of {}", pairs.value));
        format!("{}{of} training pairs nearly equal a test pair", near.value)
    });
    checked
}

/// The translations of one subnet and split.
struct Translated<'a> {
    job: &'a AuditedJob,
    subnet: &'a str,
    split: Split,
    spec: &'a DecodeSpec,
}

/// Gives what was translated.
fn translated(run: &AuditedRun) -> Vec<Translated<'_>> {
    let mut all = Vec::new();
    for job in run.finished().filter(|job| job.file.void.is_none()) {
        let Work::Score(score) = &job.file.spec.work else { continue };
        let ScoringSpec::Translation(spec) = &score.scoring else { continue };
        for subnet in &score.subnets {
            all.extend(spec.splits.iter().map(|split| Translated { job, subnet: subnet.name(), split: *split, spec }));
        }
    }
    all
}

/// What was translated, with its texts, a sentence a line.
struct WithTexts<'a> {
    translated: Translated<'a>,
    references: Vec<String>,
    hypotheses: Vec<String>,
}

/// Reads the texts of all that was translated. A text that is missing is wrong, and so is one that was left out alone.
fn with_texts<'a>(run: &'a AuditedRun, checked: &mut Checked) -> Vec<WithTexts<'a>> {
    let facts = run.finished().find(|job| matches!(job.file.spec.work, Work::DataFacts(_)));
    let mut read = Vec::new();
    let (mut left_out, mut here) = (Vec::new(), false);
    for translated in translated(run) {
        let (label, name) = (&translated.job.file.label, hypotheses_file(translated.subnet, translated.split));
        let file = format!("jobs/{}/{name}", translated.job.folder);
        let of_facts = facts.map_or(Text::Missing, |job| run.text(job, &references_file(translated.split)));
        let texts = (of_facts, run.text(translated.job, &name));
        here |= matches!(texts, (Text::Here(_), _) | (_, Text::Here(_)));
        match texts {
            (Text::Here(references), Text::Here(hypotheses)) => {
                let lines = |text: String| text.lines().map(str::to_owned).collect();
                read.push(WithTexts { translated, references: lines(references), hypotheses: lines(hypotheses) });
            }
            (Text::LeftOut, Text::LeftOut) => left_out.push(file),
            (_, Text::Missing) => checked.check(false, &file, None, || format!("{label}: it is missing")),
            _ => checked.check(false, &file, None, || {
                format!("{label}: it, or the references of {}, is missing or was left out alone", translated.split)
            }),
        }
    }
    checked.leave_out(left_out, here);
    read
}

/// D2: BLEU, chrF and tokenised BLEU are those of the stored texts.
pub fn scores(run: &AuditedRun) -> Checked {
    let what = "scores of translations";
    if !run.has_jobs() {
        return Checked::cannot_tell(what, NO_JOBS);
    }
    let mut checked = Checked::of(what, Mark::Recomputed);
    let corpus = run.manifest.corpus();
    if corpus.has_own_tokens {
        checked
            .notes
            .push("tokenised BLEU is of the corpus's own tokens, which no run holds: it is taken on trust".to_owned());
    }
    for WithTexts { translated, references, hypotheses } in with_texts(run, &mut checked) {
        let Translated { job, subnet, split, .. } = translated;
        // D3 says it where the numbers of lines differ.
        if references.len() != hypotheses.len() {
            continue;
        }
        let tokenised = tokenised_bleu(&hypotheses, &references, &corpus.target_language.clone().unwrap_or_default());
        let mut found = vec![
            (Metric::Bleu, Some(corpus_bleu(&hypotheses, &references).score)),
            (Metric::Chrf, Some(corpus_chrf(&hypotheses, &references).score)),
        ];
        if !corpus.has_own_tokens {
            // There is none in a language without rules for its tokens.
            found.push((Metric::TokenisedBleu, tokenised.ok().map(|bleu| bleu.score)));
        }
        for (metric, expected) in found {
            let of_it =
                |r: &&mos_plan::Record| r.metric == metric && r.split == Some(split) && r.subject.text() == subnet;
            let told = job.records.iter().flatten().find(of_it).map(|record| record.value);
            let is_same = match (told, expected) {
                (Some(told), Some(expected)) => same(told, expected),
                (told, expected) => told.is_none() && expected.is_none(),
            };
            checked.check(is_same, &format!("jobs/{}/{RECORDS}", job.folder), None, || {
                let [told, expected] = [told, expected].map(|score| score.map_or("none".to_owned(), |s| s.to_string()));
                format!("{}: {split} {metric} of {subnet} is {told}, its translations have {expected}", job.file.label)
            });
        }
    }
    checked
}

fn same(told: f64, expected: f64) -> bool {
    (told - expected).abs() <= SAME * expected.abs().max(1.0)
}

/// D3: as many sentences were translated as were to be.
pub fn sentences(run: &AuditedRun) -> Checked {
    let what = "translated texts";
    if !run.has_jobs() {
        return Checked::cannot_tell(what, NO_JOBS);
    }
    let mut checked = Checked::of(what, Mark::Consistent);
    for WithTexts { translated, references, hypotheses } in with_texts(run, &mut checked) {
        let Translated { job, subnet, split, spec } = translated;
        let most = if spec.pairs == 0 { usize::MAX } else { spec.pairs };
        let agrees = hypotheses.len() == references.len() && hypotheses.len() <= most;
        let file = format!("jobs/{}/{}", job.folder, hypotheses_file(subnet, split));
        checked.check(agrees, &file, None, || {
            format!(
                "{}: {} translations of {subnet}, {} references, at most {} asked for",
                job.file.label,
                hypotheses.len(),
                references.len(),
                spec.pairs
            )
        });
    }
    checked
}
