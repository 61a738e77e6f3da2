//! `mos-reports` is tested as a user meets it: output, exit codes, one-line errors.

use std::path::Path;
use std::process::{Command, Output};

use mos_base::Split;
use mos_e2e::{binary, json, stderr};
use mos_plan::files::manifest::{DataCard, Environment, MANIFEST_SCHEMA, RunManifest, SubnetCard};
use mos_plan::headline::Headline;
use mos_plan::{Metric, Record, Subject, Track, legacy};
use mos_reports::write_records;

const TABLE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../reports/fixtures/published/mos_supernet_vs_scratch_wmt14ende.csv");

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary("mos-reports"));
    command.args(arguments).current_dir(folder).env("MOS_ROOT", folder).output().unwrap()
}

/// Gives the message of a command that must fail with one line and nothing on standard output.
fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.starts_with("error: ") && message.trim_end().lines().count() == 1, "{message}");
    assert!(output.stdout.is_empty());
    message
}

#[test]
fn score_prints_both_scores_with_their_signatures() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hyp"), "Das Haus ist sehr alt.\r\nJa!\n").unwrap();
    std::fs::write(folder.path().join("ref"), "Das Haus ist alt.\nJa!").unwrap();
    let score = json(&run(folder.path(), &["score", "--hyp", "hyp", "--ref", "ref", "--json"]));
    let keys: Vec<&String> = score.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["bleu", "bleu_signature", "chrf", "chrf_signature", "sentences"]);
    // This is what sacreBLEU 2.5.1 gives for the same two lines.
    assert!((score["bleu"].as_f64().unwrap() - 39.48448).abs() < 1e-4, "{score}");
    assert!((score["chrf"].as_f64().unwrap() - 73.07166).abs() < 1e-4, "{score}");
    assert_eq!(score["bleu_signature"], "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.5.1");
    assert_eq!(score["sentences"], 2);

    let shown = run(folder.path(), &["score", "--hyp", "hyp", "--ref", "ref"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    for expected in ["BLEU   39.48", "chrF2  73.07", "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no", "2 sentences"] {
        assert!(shown.contains(expected), "{shown}");
    }
}

#[test]
fn score_adds_tokenised_bleu_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hyp"), "Das 24-Stunden-Rennen ist z.B. sehr alt.\n").unwrap();
    std::fs::write(folder.path().join("ref"), "Das 24-Stunden-Rennen ist z.B. alt.\n").unwrap();
    let files = ["score", "--hyp", "hyp", "--ref", "ref"];
    let with = |more: &[&str]| run(folder.path(), &[&files[..], more].concat());
    let score = json(&with(&["--tokenised", "--json"]));
    let keys: Vec<&String> = score.as_object().unwrap().keys().collect();
    let expected = ["bleu", "bleu_signature", "tokenised_bleu", "tokenised_bleu_signature", "chrf", "chrf_signature"];
    assert_eq!(keys, [&expected[..], &["sentences"]].concat());
    // This is what sacremoses 0.2.0 and sacreBLEU 2.5.1 give for the same two lines.
    assert!((score["tokenised_bleu"].as_f64().unwrap() - 82.42368).abs() < 1e-4, "{score}");
    let signature = score["tokenised_bleu_signature"].as_str().unwrap();
    assert!(signature.contains("|tok:moses-de ") && signature.contains("|smooth:none|"), "{signature}");
    let shown = String::from_utf8(with(&["--tokenised"]).stdout).unwrap();
    assert!(shown.contains("\nTokenised BLEU 82.42") && shown.contains(signature), "{shown}");

    let message = refusal(folder.path(), &[&files[..], &["--tokenised", "--lang", "xx"]].concat());
    assert!(message.contains("--lang: no Moses rules for the language `xx`; known: de, en"), "{message}");
    assert_eq!(with(&["--lang", "fr"]).status.code(), Some(2));
}

#[test]
fn score_refuses_files_that_do_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("two", b"a\nb\n");
    write("one", b"a\n");
    write("latin1", b"a\nf\xfcr\n");
    write("empty", b"");
    let refused = |hyp: &str, reference: &str| refusal(folder.path(), &["score", "--hyp", hyp, "--ref", reference]);
    let message = refused("two", "one");
    assert!(message.contains("--hyp two has 2 lines, --ref one has 1"), "{message}");
    assert!(refused("absent", "one").contains("absent"));
    assert!(refused("two", "latin1").contains("latin1: line 2 is not UTF-8"));
    assert!(refused("empty", "one").contains("empty: the file is empty"));
}

#[test]
fn gap_measures_the_published_table() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["gap", TABLE, "--scratch", "scratch_test_BLEU", "--supernet", "HAT_test_BLEU", "--group", "sweep"];
    let rows = json(&run(folder.path(), &[&arguments[..], &["--json"]].concat()));
    let dec7 = rows.as_array().unwrap().iter().find(|row| row["group"]["sweep"] == "dec7_wmt14ende_random_15").unwrap();
    assert!((dec7["mae"]["value"].as_f64().unwrap() - 1.84).abs() < 0.01);
    assert!((dec7["kendall_tau_b"]["value"].as_f64().unwrap() - 0.81).abs() < 0.01);
    assert!(dec7["mean_gap"]["value"].as_f64().unwrap() > 0.0);

    let lower = json(&run(folder.path(), &[&arguments[..], &["--json", "--lower-is-better"]].concat()));
    assert!(lower[0]["mean_gap"]["value"].as_f64().unwrap() < 0.0);
    assert_ne!(rows, json(&run(folder.path(), &[&arguments[..], &["--json", "--seed", "2"]].concat())));
    assert_eq!(rows, json(&run(folder.path(), &[&arguments[..], &["--json", "--seed", "1"]].concat())));

    let shown = String::from_utf8(run(folder.path(), &arguments).stdout).unwrap();
    assert!(shown.contains("dec7_wmt14ende_random_15   HAT_test_BLEU  15  1.845 ["), "{shown}");
}

#[test]
fn gap_refuses_a_bad_table_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let message = refusal(folder.path(), &["gap", TABLE, "--scratch", "scratch_test", "--supernet", "HAT_test_BLEU"]);
    assert!(message.contains("no column `scratch_test`; the nearest is `scratch_test_BLEU`"), "{message}");
    std::fs::write(folder.path().join("bad.csv"), "s,a\n1,2\n3,about four\n").unwrap();
    let message = refusal(folder.path(), &["gap", "bad.csv", "--scratch", "s", "--supernet", "a", "--json"]);
    assert!(message.contains("bad.csv: column `a`, data row 2"), "{message}");
    std::fs::write(folder.path().join("latin1.csv"), b"s,a\n1,2\n3,f\xfcnf\n").unwrap();
    let message = refusal(folder.path(), &["gap", "latin1.csv", "--scratch", "s", "--supernet", "a"]);
    assert!(message.contains("line 3 is not UTF-8"), "{message}");
    let twice = ["gap", TABLE, "--scratch", "scratch_test_BLEU", "--supernet", "HAT_test_BLEU", "--group", "sweep"];
    let message = refusal(folder.path(), &[&twice[..], &twice[6..]].concat());
    assert!(message.contains("`sweep` is named as a group twice"), "{message}");
    let message = refusal(folder.path(), &["gap", "none.csv", "--scratch", "s", "--supernet", "a"]);
    assert_eq!(message.matches("No such file").count(), 1, "{message}");
}

#[test]
fn a_run_that_is_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(refusal(folder.path(), &["report"]).contains("cargo xtask reproduce"));
    std::fs::create_dir_all(folder.path().join("runs/quick-1")).unwrap();
    let message = refusal(folder.path(), &["report", "quik-1"]);
    assert!(message.contains("no run `quik-1`; the nearest is `quick-1`"), "{message}");
    let message = refusal(folder.path(), &["report", "quick-1"]);
    assert!(message.contains("holds no run.toml"), "{message}");
}

/// Makes a folder with a manifest and two scores, under `runs/`.
fn make_run(root: &Path, name: &str, created_utc: &str) {
    let subnet = SubnetCard {
        id: legacy::subnet("largest"),
        params: 1000,
        flops: 2000,
        summary: "64/64".into(),
        arch_json: "{}".into(),
        group: None,
    };
    let manifest = RunManifest {
        schema: MANIFEST_SCHEMA,
        name: name.into(),
        command: "cargo xtask reproduce --profile smoke".into(),
        created_utc: created_utc.into(),
        track: Track::Mt,
        profile: "smoke".into(),
        primary_metric: Metric::Loss,
        primary_split: Split::Test,
        headline: Headline::All,
        methods: vec!["sandwich".into()],
        seeds: vec![1],
        space: "tiny".into(),
        profile_toml: String::new(),
        environment: Environment {
            os: "linux".into(),
            cpu: "a CPU".into(),
            cores: 2,
            cpu_capability: "AVX2".into(),
            device: "cpu".into(),
            gpus: None,
            workers: 1,
            threads_per_job: 1,
            libtorch: "2".into(),
            harness: "0.1.0".into(),
            code_hash: "0".into(),
            commit: None,
        },
        corpora: vec![DataCard {
            id: "text".into(),
            title: "Text".into(),
            source_language: "en".into(),
            target_language: Some("de".into()),
            has_own_tokens: false,
            text_licence: "none".into(),
            citation: "none".into(),
            hash: "0".into(),
            notes: vec![],
        }],
        tuning: None,
        subnets: vec![subnet],
        found_subnets: vec![],
        found: vec![],
        guests: vec![],
        beside: vec![],
        imported: None,
    };
    let record = |method: &str, value: f64| Record {
        job_id: method.into(),
        track: Track::Mt,
        dataset: "text".into(),
        profile: "smoke".into(),
        method: method.into(),
        seed: 1,
        subject: Subject::Subnet(legacy::subnet("largest")),
        split: Some(Split::Test),
        metric: Metric::Loss,
        step: 10,
        value,
        loaded: false,
    };
    let folder = root.join("runs").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("run.toml"), toml::to_string(&manifest).unwrap()).unwrap();
    write_records(&folder.join("records.parquet"), &[record("scratch", 4.0), record("sandwich", 4.5)]).unwrap();
}

#[test]
fn report_renders_the_newest_run_or_the_named_one() {
    let folder = tempfile::tempdir().unwrap();
    make_run(folder.path(), "z-old", "2025-01-01T00:00:00Z");
    make_run(folder.path(), "a-new", "2025-02-01T00:00:00Z");
    let outcome = json(&run(folder.path(), &["report", "--json"]));
    assert_eq!(outcome.as_object().unwrap().keys().collect::<Vec<_>>(), ["run", "report"]);
    let page = Path::new(outcome["report"].as_str().unwrap());
    assert!(page.ends_with("runs/a-new/report/index.html") && page.is_file(), "{outcome}");
    assert!(!folder.path().join("runs/z-old/report").exists());

    for named in ["z-old", "runs/z-old"] {
        let shown = String::from_utf8(run(folder.path(), &["report", named]).stdout).unwrap();
        assert!(shown.contains("sandwich") && shown.contains("z-old/report/index.html"), "{shown}");
    }

    let records = folder.path().join("runs/z-old/records.parquet");
    let mut bytes = std::fs::read(&records).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&records, bytes).unwrap();
    let message = refusal(folder.path(), &["report", "z-old"]);
    assert!(message.contains("z-old/records.parquet") && message.contains("altered"), "{message}");
}

#[test]
fn a_run_that_cannot_be_written_is_shown_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    make_run(folder.path(), "shared", "2025-01-01T00:00:00Z");
    // A file in the way of the folder stands for missing permission, which a test of the superuser has anyway.
    std::fs::write(folder.path().join("runs/shared/report"), "").unwrap();
    let output = run(folder.path(), &["report", "shared"]);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("sandwich") && !shown.contains("index.html"), "{shown}");
    let said = stderr(&output);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("shared/report/tables") && said.contains("--out FOLDER"), "{said}");
    let output = run(folder.path(), &["report", "shared", "--json"]);
    let outcome: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(outcome["report"].is_null() && outcome["run"].as_str().unwrap().ends_with("shared"), "{outcome}");

    let out = folder.path().join("elsewhere");
    std::fs::create_dir_all(out.join("tables")).unwrap();
    std::fs::write(out.join("tables/mine.csv"), "a,b\n").unwrap();
    let outcome = json(&run(folder.path(), &["report", "shared", "--out", "elsewhere", "--json"]));
    assert_eq!(outcome["report"], "elsewhere/index.html");
    assert!(out.join("index.html").is_file() && out.join("tables/mine.csv").is_file(), "what is not ours stays");
    let line = refusal_beside_a_result(folder.path(), &["report", "shared", "--out", "runs/shared/report"]);
    assert!(line.contains("--out: runs/shared/report/tables"), "{line}");
}

/// Gives the one line on standard error of a command that prints its result and fails.
fn refusal_beside_a_result(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(!output.status.success() && !output.stdout.is_empty());
    let said = stderr(&output);
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

#[test]
fn score_warns_of_text_that_is_not_plain() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, line: &str| std::fs::write(folder.path().join(name), line.repeat(120)).unwrap();
    write("tok", "The house is very old , he said .\n");
    write("detok", "The house is very old, he said.\n");
    write("pieces", "The hou@@ se is very old, he said.\n");
    let warned = |hyp: &str, reference: &str| stderr(&run(folder.path(), &["score", "--hyp", hyp, "--ref", reference]));
    assert_eq!(warned("detok", "detok"), "");
    let both = warned("tok", "tok");
    assert!(both.contains("--hyp does not look like plain text, but tokenised") && both.contains("--ref"), "{both}");
    let mixed = warned("tok", "detok");
    assert!(mixed.contains("120 of 120 lines") && mixed.lines().count() == 1, "{mixed}");
    assert!(warned("pieces", "detok").contains("cut into pieces"));
    let document = json(&run(folder.path(), &["score", "--hyp", "tok", "--ref", "detok", "--json"]));
    assert_eq!(document["warnings"].as_array().unwrap().len(), 1);
}

#[test]
fn gap_takes_a_table_with_blank_lines_and_refuses_one_that_is_no_csv() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["gap", "table.csv", "--scratch", "scratch", "--supernet", "hat"];
    let write = |text: &str| std::fs::write(folder.path().join("table.csv"), text).unwrap();
    let rows = "27.1,26.0\n\n26.4,25.9\r\n\r\n28.0,26.7\n,\n";
    write(&format!("\n\nscratch,hat\n{rows}"));
    let gaps = json(&run(folder.path(), &[&arguments[..], &["--json"]].concat()));
    assert_eq!(gaps[0]["n"], 3);
    for (text, parts) in [
        ("scratch,hat,hat\n1,2,3\n", ["`hat`", "stands twice"]),
        ("scratch;hat\n1,5;2\n", ["semicolons", "save it again"]),
        ("scratch,hat\n\"1,2\n", ["line 2", "never closes"]),
    ] {
        write(text);
        let line = refusal(folder.path(), &arguments);
        assert!(parts.iter().all(|part| line.contains(part)) && line.contains("table.csv"), "{line}");
    }
}

#[test]
fn wrong_usage_is_told_apart_by_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["gap", TABLE, "--scratch", "x"][..], &["score", "--hyp", "x"], &["nothing"]] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_published_table_becomes_a_run_with_verdicts_and_flags() {
    let folder = tempfile::tempdir().unwrap();
    let import = ["import", "published", TABLE, "--map", "mos-wmt14-en-de", "--as", "published"];
    let imported = run(folder.path(), &import);
    assert!(imported.status.success(), "{}", stderr(&imported));
    assert!(String::from_utf8_lossy(&imported.stdout).contains("30 subnets"));
    let reported = run(folder.path(), &["report", "published"]);
    let said = String::from_utf8(reported.stdout).unwrap();
    assert!(said.contains("mt-gap-neuron-hat") && said.contains("one training (points its way)"), "{said}");
    assert!(said.contains("hat         1.84  [1.69, 2.00] 15 of 30"), "{said}");
    let page = std::fs::read_to_string(folder.path().join("runs/published/report/index.html")).unwrap();
    for flag in ["of sandwich to the last digit", "Within a group, rank correlations differ"] {
        assert!(page.contains(flag), "{flag}");
    }
    assert!(refusal(folder.path(), &import).contains("--as published: there is such a run already"));
}
