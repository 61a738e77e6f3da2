//! The hub is tested as a source, on a local server that speaks its protocol. The program and the registry entries are
//! the real ones, and the text is that of the default corpus.

use std::path::Path;

use mos_datasets::{Corpus, Split, UNK};
use mos_e2e::{json, stderr};

use crate::fake::{FakeProxy, Fault};
use crate::parquet::{self, BIBLE, Pair, good};
use crate::setup::{COMMIT, Setup, TEST, TRAIN, VALID, range, sent, size};

const TOKEN: &str = "hf_SecretOfTheTest";

/// Makes the training pairs that the filters must find: one with its source in valid and one with its target in test,
/// up to case and punctuation; one without text, one that is half null, and one that is far too long.
fn bad_pairs(valid: &[Pair], test: &[Pair]) -> Vec<Pair> {
    let (held_source, held_target) = (valid[3].0.clone().unwrap(), test[5].1.clone().unwrap());
    vec![
        (Some(held_source.to_uppercase()), Some("ein anderer Satz".into())),
        (Some("another sentence".into()), Some(held_target.replace(['.', ','], " ! "))),
        (Some("text".into()), Some(" \t".into())),
        (None, Some("halb".into())),
        (Some("word ".repeat(400)), Some("Wort".into())),
    ]
}

/// Gives what `data show` tells of `wmt14-en-de`.
fn show(setup: &Setup) -> serde_json::Value {
    json(&setup.run(&["show", "wmt14-en-de", "--vocab", "2000", "--json"]))
}

/// Gives what `data list` tells of `wmt14-en-de`.
fn listed(setup: &Setup) -> serde_json::Value {
    let list = json(&setup.run(&["list", "--json"]));
    list.as_array().unwrap().iter().find(|e| e["entry"]["id"] == "wmt14-en-de").unwrap().clone()
}

#[test]
fn a_corpus_is_filtered_in_slices_and_described() {
    let setup = Setup::new();
    let [train, valid, test] = &*BIBLE;
    let mut second = train[1000..1995].to_vec();
    second.extend(bad_pairs(&valid[..200], &test[..200]));
    setup.put([&train[..1000], &second], &valid[..200], &test[..200]);
    let shown = show(&setup);
    let m = &shown["manifest"];
    assert_eq!((&m["valid"]["pairs"], &m["test"]["pairs"]), (&200.into(), &200.into()));
    assert_eq!(m["vocab_size"], 2000);
    assert_eq!(m["pretokenisation"], mos_moses::RULES);
    assert_eq!((&m["pinned"][0]["commit"], &m["pinned"][0]["by"]), (&COMMIT.into(), &"first-fetch".into()));
    assert_eq!(m["pinned"][0]["files"].as_array().unwrap().len(), 2);
    let removed = |rule: &str| {
        let rows = m["removed"].as_array().unwrap();
        rows.iter().find(|r| r["rule"].as_str().unwrap().contains(rule)).unwrap()["train"].as_u64().unwrap()
    };
    assert_eq!((removed("null"), removed("empty"), removed("valid or test")), (1, 1, 2));
    assert_eq!(removed("longer than") + 4 + m["train"]["pairs"].as_u64().unwrap(), 2000);
    assert!(removed("longer than") >= 1);
    let notes = m["notes"].to_string();
    assert!(notes.contains("2000 rows of train, where 4508785 were expected"), "{notes}");
    assert!(notes.contains("Differs from the paper"), "{notes}");
}

#[test]
fn held_out_text_is_kept_as_it_was_and_as_bpe_sees_it() {
    let setup = Setup::with_text();
    let test = &BIBLE[2];
    let corpus = Corpus::open(Path::new(show(&setup)["folder"].as_str().unwrap()), true).unwrap();
    let german = mos_moses::Moses::new("de").unwrap();
    let references = corpus.references(Split::Test).unwrap();
    let tokenised = corpus.tokenised_references(Split::Test).unwrap();
    assert_eq!((references.len(), tokenised.len()), (200, 200));
    for (i, (plain, tokens)) in references.iter().zip(&tokenised).enumerate() {
        assert_eq!(Some(plain), test[i].1.as_ref());
        assert_eq!(*tokens, german.tokenise(plain));
        let ids: Vec<u32> = corpus.split(Split::Test).target(i).iter().map(|id| u32::from(*id)).collect();
        if !ids.contains(&UNK) {
            assert_eq!(corpus.decode(&ids), *tokens);
        }
    }
}

#[test]
fn files_have_the_hubs_layout_are_fetched_once_and_checked_like_any_other() {
    let setup = Setup::with_text();
    let before = listed(&setup);
    assert_eq!(before["downloaded"], false);
    assert_eq!(before["size"], "size not known before the first fetch");
    let shown = show(&setup);
    assert!(setup.snapshot(TRAIN[0]).symlink_metadata().unwrap().is_symlink());
    assert!(!setup.hub.take_log().is_empty());
    assert!(setup.run(&["fetch", "wmt14-en-de"]).status.success());
    assert_eq!(show(&setup)["manifest"], shown["manifest"]);
    assert!(setup.hub.take_log().is_empty(), "nothing is asked twice");
    assert_eq!(listed(&setup)["downloaded"], true);
    assert!(setup.run(&["verify"]).status.success());
    std::fs::write(setup.snapshot(VALID), "short").unwrap();
    let said = setup.run(&["verify", "wmt14-en-de"]);
    assert!(String::from_utf8_lossy(&said.stdout).contains("cargo xtask data fetch wmt14-en-de"));
    let said = stderr(&setup.run(&["fetch", "wmt14-en-de"]));
    assert!(said.contains("is damaged") && said.contains("downloading it again"), "{said}");
    // What another program left under the right name is checked before it is taken.
    std::fs::write(setup.snapshot(TEST), vec![0; size(&setup.snapshot(TEST))]).unwrap();
    std::fs::remove_file(setup.snapshot(TEST)).unwrap();
    assert!(setup.run(&["fetch", "wmt14-en-de"]).status.success());
    assert!(setup.run(&["verify"]).status.success());
}

#[test]
fn a_cut_download_goes_on_where_it_stopped() {
    let setup = Setup::with_text();
    setup.hub.fault("Signature", Fault::Cut(30_000), 2);
    let output = setup.run(&["fetch", "wmt14-en-de"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let log = setup.hub.take_log();
    let whole: usize = [TRAIN[0], TRAIN[1], VALID, TEST].iter().map(|path| size(&setup.snapshot(path))).sum();
    assert_eq!(sent(&log), whole, "no byte came twice");
    let ranges: Vec<usize> = log.iter().filter(|r| r.store).filter_map(range).collect();
    assert_eq!(ranges, [30_000, 60_000]);
    assert!(stderr(&output).contains("going on at 0.0 MB") && stderr(&output).contains("was cut"));
}

#[test]
fn a_killed_download_goes_on_where_it_stopped() {
    let setup = Setup::with_text();
    setup.hub.fault("Signature", Fault::Hang(50_000), 1);
    let mut child = setup.command(&["fetch", "wmt14-en-de"]).stderr(std::process::Stdio::null()).spawn().unwrap();
    let started = std::time::Instant::now();
    while setup.unfinished().is_none_or(|(_, size)| size < 50_000) {
        assert!(started.elapsed().as_secs() < 20, "nothing arrives");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!setup.snapshot(TRAIN[0]).exists());
    setup.hub.take_log();
    assert!(setup.run(&["fetch", "wmt14-en-de"]).status.success());
    let log = setup.hub.take_log();
    let first = log.iter().find(|r| r.store).unwrap();
    assert_eq!((range(first), first.sent), (Some(50_000), size(&setup.snapshot(TRAIN[0])) - 50_000));
    assert!(setup.run(&["verify"]).status.success());
}

#[test]
fn an_answer_to_another_question_leaves_what_arrived() {
    for fault in [Fault::WrongStart, Fault::Text, Fault::Page] {
        let setup = Setup::with_text();
        setup.hub.fault("Signature", Fault::Cut(30_000), 1);
        setup.hub.fault("Signature", fault.clone(), 1);
        let line = setup.failure(&mut setup.command(&["fetch", "wmt14-en-de"]));
        assert!(line.contains("not the hub's"), "{fault:?}: {line}");
        assert_eq!(setup.unfinished().map(|(_, size)| size), Some(30_000), "{fault:?}");
        assert!(setup.run(&["fetch", "wmt14-en-de"]).status.success());
        assert!(setup.run(&["verify"]).status.success());
    }
}

#[test]
fn a_store_without_ranges_and_a_file_that_is_too_long_are_begun_again() {
    for start in ["begun", "too long"] {
        let setup = Setup::with_text();
        setup.hub.fault("Signature", Fault::Status(404, ""), 1);
        assert!(!setup.run(&["fetch", "wmt14-en-de"]).status.success());
        let (partial, _) = setup.unfinished().unwrap();
        let bytes = if start == "begun" { vec![7; 1000] } else { vec![7; 10_000_000] };
        std::fs::write(&partial, bytes).unwrap();
        setup.hub.fault("Signature", Fault::NoRanges, 1);
        let output = setup.run(&["fetch", "wmt14-en-de"]);
        assert!(output.status.success(), "{start}: {}", stderr(&output));
        assert!(setup.run(&["verify"]).status.success());
    }
}

#[test]
fn the_token_goes_to_the_hub_alone_and_is_never_written() {
    let setup = Setup::with_text();
    setup.hub.fault("HEAD", Fault::Status(500, ""), 1);
    let output = setup.command(&["show", "wmt14-en-de", "--json"]).env("HF_TOKEN", TOKEN).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let log = setup.hub.take_log();
    let bearer = format!("authorization: bearer {}", TOKEN.to_lowercase());
    for request in &log {
        assert_eq!(request.headers.contains(&bearer), !request.store, "{request:?}");
        assert_eq!(request.headers.contains("authorization"), !request.store, "{request:?}");
    }
    assert!(log.iter().any(|r| r.store) && log.iter().any(|r| !r.store));
    let mut texts = vec![output.stdout.clone(), output.stderr.clone()];
    setup.hub.fault("revision", Fault::Status(401, "X-Error-Message: bad token hf_SecretOfTheTest\r\n"), 9);
    let refused = setup.command(&["fetch", "wmt19-en-de"]).env("HF_TOKEN", TOKEN).output().unwrap();
    assert!(stderr(&refused).contains("HF_TOKEN"), "{}", stderr(&refused));
    texts.extend([refused.stdout, refused.stderr]);
    let mut folders = vec![setup.dir.path().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() { folders.push(path) } else { texts.push(std::fs::read(path).unwrap()) }
        }
    }
    let secret = TOKEN.as_bytes();
    assert!(texts.iter().all(|text| !text.windows(secret.len()).any(|window| window == secret)));
}

#[test]
fn trouble_that_passes_is_waited_out() {
    let setup = Setup::with_text();
    setup.hub.fault("revision", Fault::Status(503, ""), 1);
    setup.hub.fault("HEAD", Fault::Status(429, "Retry-After: 1\r\n"), 1);
    setup.hub.fault("GET /datasets", Fault::Status(502, ""), 1);
    setup.hub.fault("Signature", Fault::Status(500, ""), 2);
    let output = setup.run(&["fetch", "wmt14-en-de"]);
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("too many requests (status 429); trying again in 1.0 s"), "{said}");
    assert_eq!(said.matches("trying again").count(), 5, "{said}");
}

#[test]
fn trouble_that_stays_is_one_line_with_a_way_out() {
    let cases: [(&str, Fault, &[&str]); 11] = [
        ("revision", Fault::Status(401, ""), &["status 401", "HF_TOKEN"]),
        ("revision", Fault::Status(403, ""), &["status 403", "terms"]),
        ("revision", Fault::Status(404, ""), &["wmt/wmt14", "status 404", "HF_ENDPOINT"]),
        ("revision", Fault::Status(429, "Retry-After: 0\r\n"), &["status 429", "HF_TOKEN"]),
        ("revision", Fault::Status(500, "Retry-After: 0\r\n"), &["status 500", "later"]),
        ("revision", Fault::Page, &["login page", "HF_ENDPOINT"]),
        ("HEAD", Fault::Status(404, ""), &[TRAIN[0], "status 404"]),
        ("Signature", Fault::Status(403, ""), &[TRAIN[0], "status 403"]),
        ("Signature", Fault::Page, &[TRAIN[0], "login page"]),
        ("Signature", Fault::Wrong, &[TRAIN[0], "SHA-256", "it was not kept"]),
        ("Signature", Fault::Hang(10), &[TRAIN[0], "sent nothing for 1 s", "HF_HUB_DOWNLOAD_TIMEOUT"]),
    ];
    std::thread::scope(|scope| {
        for (part, fault, words) in cases {
            scope.spawn(move || {
                let setup = Setup::with_text();
                setup.hub.fault(part, fault.clone(), 99);
                let line = setup.failure(setup.command(&["fetch", "wmt14-en-de"]).env("HF_HUB_DOWNLOAD_TIMEOUT", "1"));
                assert!(words.iter().all(|word| line.contains(word)), "{fault:?}: {line}");
                assert!(!line.contains("Signature") && !line.contains("html"), "{line}");
                assert!(!setup.snapshot(TRAIN[0]).exists());
                if matches!(fault, Fault::Wrong) {
                    assert_eq!(setup.unfinished(), None, "wrong bytes are not kept");
                }
            });
        }
    });
}

#[test]
fn a_hub_that_is_down_or_silent_or_a_wrong_setting_is_one_line() {
    let setup = Setup::with_text();
    let fetch = || setup.command(&["fetch", "wmt14-en-de"]);
    let line = setup.failure(fetch().env("HF_ENDPOINT", "http://127.0.0.1:9"));
    assert!(line.contains("127.0.0.1:9: it cannot be reached") && line.contains("HF_ENDPOINT"), "{line}");
    // An address can hold a password, so that only its host is told.
    let line = setup.failure(fetch().env("HF_ENDPOINT", "http://user:secret@127.0.0.1:9"));
    assert!(!line.contains("secret"), "{line}");
    let line = setup.failure(fetch().env("HF_TOKEN", "hf_se\ncret"));
    assert!(line.contains("HF_TOKEN") && !line.contains("cret"), "{line}");
    let line = setup.failure(fetch().env("HF_ENDPOINT", "not an address"));
    assert!(line.contains("HF_ENDPOINT"), "{line}");
    let line = setup.failure(fetch().env("HF_HUB_DOWNLOAD_TIMEOUT", "soon"));
    assert!(line.contains("HF_HUB_DOWNLOAD_TIMEOUT: 'soon'"), "{line}");
    setup.hub.fault("revision", Fault::Hang(0), 99);
    let line = setup.failure(fetch().env("HF_HUB_DOWNLOAD_TIMEOUT", "1"));
    assert!(line.contains("sent nothing for 1 s"), "{line}");
}

#[test]
fn a_proxy_is_asked_where_the_environment_names_one() {
    let setup = Setup::with_text();
    let proxy = FakeProxy::start(setup.hub.endpoint.trim_start_matches("http://"));
    // No resolver knows a name with an empty part, so that only the proxy can lead there.
    let fetch = |variable: &str| {
        let mut command = setup.command(&["fetch", "wmt14-en-de"]);
        for name in ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"] {
            command.env_remove(name);
        }
        command.env("HF_ENDPOINT", "http://hub..example").env(variable, &proxy.address);
        command
    };
    let line = setup.failure(&mut fetch("HTTPS_PROXY"));
    assert!(line.contains("hub..example: it cannot be reached"), "{line}");
    assert!(proxy.take_log().is_empty() && setup.hub.take_log().is_empty());
    let output = fetch("HTTP_PROXY").env("HF_TOKEN", TOKEN).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let asked = proxy.take_log();
    assert!(!asked.is_empty() && asked.iter().all(|line| line == "CONNECT hub..example:80"), "{asked:?}");
    let log = setup.hub.take_log();
    assert!(log.iter().all(|r| r.headers.contains("authorization") != r.store), "{log:?}");
}

#[test]
fn offline_uses_what_is_there_and_names_the_variable_when_nothing_is() {
    let setup = Setup::with_text();
    let offline = |args: &[&str]| {
        let mut command = setup.command(args);
        command.env("HF_HUB_OFFLINE", "1");
        command
    };
    for args in [["fetch", "wmt14-en-de"], ["show", "wmt14-en-de"]] {
        let line = setup.failure(&mut offline(&args));
        assert!(line.contains("HF_HUB_OFFLINE") && line.contains("not in the cache"), "{line}");
    }
    assert!(setup.hub.take_log().is_empty());
    assert!(setup.run(&["fetch", "wmt14-en-de"]).status.success());
    setup.hub.take_log();
    let output = offline(&["show", "wmt14-en-de", "--json"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    std::fs::remove_file(setup.snapshot(VALID)).unwrap();
    let line = setup.failure(&mut offline(&["fetch", "wmt14-en-de"]));
    assert!(line.contains(VALID) && line.contains("HF_HUB_OFFLINE"), "{line}");
    assert!(setup.hub.take_log().is_empty());
}

#[test]
fn the_first_fetch_pins_and_later_ones_accept_nothing_else() {
    let setup = Setup::new();
    let [train, valid, test] = &*BIBLE;
    let (first, second) = ("1".repeat(40), "2".repeat(40));
    let put = |commit: &str, train: &[Pair]| {
        let files = [("de-en/train-00000-of-00001.parquet", good(train)), (VALID, good(&test[..150]))];
        setup.hub.put("wmt/wmt19", commit, &files);
        setup.hub.put("wmt/wmt17", &"3".repeat(40), &[(TEST, good(&valid[..100]))]);
    };
    put(&first, &train[..500]);
    let fetched = json(&setup.run(&["fetch", "wmt19-en-de", "--json"]));
    assert_eq!(fetched["files"].as_array().unwrap().len(), 3);
    assert_eq!(fetched["files"][0]["pinned_by"], "first-fetch");
    let shown = json(&setup.run(&["show", "wmt19-en-de", "--vocab", "1000", "--json"]));
    let too_long = |split: &str| {
        let removed = shown["manifest"]["removed"].as_array().unwrap();
        removed.iter().map(|row| row[split].as_u64().unwrap()).sum::<u64>()
    };
    let all = |split: &str| shown["manifest"][split]["pairs"].as_u64().unwrap() + too_long(split);
    assert_eq!((all("valid"), all("test")), (100, 150), "newstest2017 stands in another dataset");
    // The branch moves on, and the cache of files is lost: the pins stand, and the hub no longer has those bytes.
    put(&second, &train[500..1000]);
    std::fs::remove_dir_all(setup.dir.path().join("hf")).unwrap();
    let line = setup.failure(&mut setup.command(&["fetch", "wmt19-en-de"]));
    assert!(line.contains("status 404"), "{line}");
    put(&first, &train[500..1000]);
    assert!(!setup.run(&["fetch", "wmt19-en-de"]).status.success());
    // The prepared corpus is still known by the pins.
    let again = json(&setup.run(&["show", "wmt19-en-de", "--vocab", "1000", "--json"]));
    assert_eq!(again["folder"], shown["folder"]);
    let pins: toml::Value =
        toml::from_str(&String::from_utf8(setup.run(&["pin", "wmt19-en-de"]).stdout).unwrap()).unwrap();
    let part = &pins["source"]["parts"][0];
    assert_eq!((part["split"].as_str(), part["revision"].as_str()), (Some("train"), Some(&first[..])));
    assert_eq!(part["pins"][0]["sha256"].as_str(), fetched["files"][0]["sha256"].as_str());
    let line = setup.failure(&mut setup.command(&["pin", "bible-en-de"]));
    assert!(line.contains("not on the hub"), "{line}");
    // One part has no pins yet (its first fetch failed): it is asked for at the commit of the other.
    put(&second, &train[500..1000]);
    std::fs::remove_file(setup.dir.path().join("mos/pins/wmt-wmt19@main-de-en-train.json")).unwrap();
    let line = setup.failure(&mut setup.command(&["fetch", "wmt19-en-de"]));
    assert!(line.contains(&first) && line.contains("status 404"), "{line}");
}

#[test]
fn wrong_files_are_named_with_what_is_wrong() {
    let [train, valid, test] = &*BIBLE;
    let (some, valid, test) = (&train[..600], good(&valid[..50]), good(&test[..50]));
    let mut invalid = good(some);
    let words = some[550].1.clone().unwrap();
    let at = invalid.windows(words.len()).position(|window| window == words.as_bytes()).unwrap();
    invalid[at + 1] = 0xff;
    let cases: [(Vec<u8>, &[&str]); 6] = [
        (parquet::file("text", ["de", "en"], some), &["no column 'translation'", "its columns: text"]),
        (parquet::file("translation", ["de", "eng"], some), &["no field 'en'", "de, eng"]),
        (invalid, &["rows 0 to 599 cannot be read", "utf"]),
        (good(&[]), &["train has 0 pairs"]),
        (good(&[(None, None)]), &["train"]),
        (b"PAR1 but not for long".to_vec(), &["no readable Parquet file"]),
    ];
    for (bytes, words) in cases {
        let setup = Setup::new();
        let files = [("de-en/train-00000-of-00001.parquet", bytes), (VALID, valid.clone()), (TEST, test.clone())];
        setup.hub.put("wmt/wmt14", COMMIT, &files);
        let line = setup.failure(&mut setup.command(&["show", "wmt14-en-de", "--vocab", "400"]));
        assert!(words.iter().all(|word| line.to_lowercase().contains(&word.to_lowercase())), "{line}");
        let left = std::fs::read_dir(setup.dir.path().join("mos/prepared")).unwrap().count();
        assert_eq!(left, 0, "nothing half-made is left");
    }
    let setup = Setup::new();
    setup.hub.put("wmt/wmt14", COMMIT, &[(TRAIN[0], good(some)), (VALID, valid), (TEST, test)]);
    let line = setup.failure(&mut setup.command(&["fetch", "wmt14-en-de"]));
    assert!(line.contains("1 of 2 Parquet files"), "{line}");
}
