//! The result of an audit as an in-toto Statement with the predicate `test-result`, for whoever signs it.

use serde_json::{Value, json};

use super::result::{Audit, RuleOutcome};
use super::rule::{RULES, Severity};

/// The type of the statement.
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// The type of what it states.
const PREDICATE: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// Makes the statement: what was audited, by which rules, and which of them were kept. A rule that can't be told is never
/// among those that passed.
pub fn statement(audit: &Audit) -> Value {
    let result = match audit.severity() {
        None | Some(Severity::Note) => "PASSED",
        Some(Severity::Warning) => "WARNED",
        Some(Severity::Error) => "FAILED",
    };
    let named = |is: fn(&RuleOutcome) -> bool| -> Vec<&str> {
        audit.rules.iter().filter(|rule| is(rule)).map(|rule| rule.id.as_str()).collect()
    };
    let subject = audit.subject.iter().map(|(name, sha256)| json!({ "name": name, "digest": { "sha256": sha256 } }));
    json!({
        "_type": STATEMENT,
        "subject": subject.collect::<Vec<_>>(),
        "predicateType": PREDICATE,
        "predicate": {
            "result": result,
            "configuration": [{
                "name": format!("mos-harness audit rules, version {}", audit.rules_version),
                "digest": { "sha256": mos_base::files::sha256(RULES.as_bytes()) },
            }],
            "passedTests": named(passed),
            "warnedTests": named(|rule| !passed(rule) && rule.severity != Some(Severity::Error)),
            "failedTests": named(|rule| rule.severity == Some(Severity::Error)),
        },
    })
}

fn passed(rule: &RuleOutcome) -> bool {
    rule.cannot_tell.is_none() && rule.severity.is_none_or(|severity| severity == Severity::Note)
}

#[cfg(test)]
mod tests {
    use super::super::checked::Mark;
    use super::super::rule::Layer;
    use super::*;

    fn rule(id: &str, severity: Option<Severity>, cannot_tell: Option<&str>) -> RuleOutcome {
        RuleOutcome {
            id: id.to_owned(),
            layer: Layer::Structure,
            asks: "Is it so?".to_owned(),
            what: "files",
            expected: 1,
            found: 1,
            mark: Mark::Recomputed,
            severity,
            cannot_tell: cannot_tell.map(str::to_owned),
            quote: None,
            findings: vec![],
            notes: vec![],
        }
    }

    #[test]
    fn what_cannot_be_told_is_no_pass_and_the_gravest_finding_decides() {
        let kept = [rule("S1", None, None), rule("S2", Some(Severity::Note), None)];
        let untold = rule("D4", Some(Severity::Note), Some("no text"));
        let doubtful = rule("R1", Some(Severity::Warning), None);
        let broken = rule("K1", Some(Severity::Error), None);
        let of = |rules: Vec<RuleOutcome>| {
            let subject = vec![("run.zip".to_owned(), "ab".repeat(32))];
            statement(&Audit { run: "run".to_owned(), subject, rules_version: 7, rules })["predicate"].clone()
        };
        assert_eq!(of(kept.to_vec())["result"], "PASSED");
        assert_eq!(of([kept.to_vec(), vec![doubtful.clone()]].concat())["result"], "WARNED");
        let all = of([kept.to_vec(), vec![untold, doubtful, broken]].concat());
        assert_eq!(all["result"], "FAILED");
        assert_eq!(all["passedTests"], json!(["S1", "S2"]));
        assert_eq!(all["warnedTests"], json!(["D4", "R1"]));
        assert_eq!(all["failedTests"], json!(["K1"]));
    }
}
