//! A mirror of the hub may send every request on to another host.

use mos_e2e::json;

use crate::fake::{FakeHub, Fault, Request};
use crate::parquet::{BIBLE, good};
use crate::setup::{COMMIT, Setup, TEST, TRAIN, VALID};

const TOKEN: &str = "hf_SecretOfTheTest";

#[test]
fn a_mirror_that_sends_on_is_followed_without_the_token() {
    let setup = Setup::with_text();
    let behind = FakeHub::start();
    let [train, valid, test] = &*BIBLE;
    let files = [
        (TRAIN[0], good(&train[..1000])),
        (TRAIN[1], good(&train[1000..2000])),
        (VALID, good(&valid[..200])),
        (TEST, good(&test[..200])),
    ];
    behind.put("wmt/wmt14", COMMIT, &files);
    setup.hub.fault("/resolve/", Fault::SendOn(behind.endpoint.clone()), 100);
    let output = setup.command(&["fetch", "wmt14-en-de", "--json"]).env("HF_TOKEN", TOKEN).output().unwrap();
    assert_eq!(json(&output)["files"].as_array().unwrap().len(), 4);
    let has_token = |request: &Request| request.headers.contains("authorization");
    assert!(setup.hub.take_log().iter().filter(|request| !request.store).all(has_token));
    let asked = behind.take_log();
    assert!(asked.len() >= 8 && !asked.iter().any(has_token), "{asked:?}");
}

#[test]
fn a_mirror_that_leads_nowhere_is_named() {
    let setup = Setup::with_text();
    setup.hub.fault("/resolve/", Fault::SendOn(setup.hub.endpoint.clone()), 100);
    let line = setup.failure(&mut setup.command(&["fetch", "wmt14-en-de"]));
    let host = setup.hub.endpoint.trim_start_matches("http://");
    assert!(line.contains(&format!("it sends on to {host}, and so on")) && line.contains("HF_ENDPOINT"), "{line}");

    // The last of two hosts knows the file, but tells nothing of it.
    let behind = FakeHub::start();
    setup.hub.take_log();
    setup.hub.fault("/resolve/", Fault::SendOn(behind.endpoint.clone()), 100);
    behind.fault("/resolve/", Fault::Text, 100);
    let line = setup.failure(&mut setup.command(&["fetch", "wmt14-en-de"]));
    let host = behind.endpoint.trim_start_matches("http://");
    assert!(line.contains(&format!("{host} tells no SHA-256 or size")), "{line}");
}
