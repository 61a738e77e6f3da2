//! Updates are timed whenever standard input asks for some.

use std::io::Write;
use std::process::{Output, Stdio};

use mos_e2e::{program, repository, stderr};

fn timed(profile: &str, method: &str, asked: &str) -> Output {
    let arguments = ["bench-updates", "--profile", profile, "--method", method];
    let mut command = program("mos-harness", &repository(), &arguments);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

#[test]
fn each_line_is_answered_with_seconds() {
    for (profile, method) in [("nightly", "mos-neuron"), ("bert-nightly", "mos-layer")] {
        let said = timed(profile, method, "1\n3\n");
        assert!(said.status.success(), "{}", stderr(&said));
        let text = String::from_utf8(said.stdout).unwrap();
        let seconds: Vec<f64> = text.lines().map(|line| line.parse().unwrap()).collect();
        assert!(seconds.len() == 2 && seconds.iter().all(|s| *s > 0.0), "{text}");
    }
}

#[test]
fn a_line_that_is_no_number_and_an_unknown_method_are_named() {
    let said = timed("nightly", "mos-neuron", "many\n");
    assert!(!said.status.success() && stderr(&said).contains("`many`"), "{}", stderr(&said));
    let said = timed("nightly", "mos-neutron", "");
    assert!(!said.status.success() && stderr(&said).contains("mos-neuron"), "{}", stderr(&said));
}
