//! A headless Chromium that loads a page and prints what it made of it.

use std::path::Path;
use std::process::Command;

/// What a browser made of a page.
pub struct Loaded {
    /// The document after its scripts ran.
    pub document: String,
    /// What the page wrote to its console, errors included.
    pub console: Vec<String>,
}

/// Gives the name of a Chromium of this machine.
pub fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok_and(|said| said.status.success()))
}

/// Loads a file in a window of this width; with `scripts` off none of its scripts runs. Nothing but files can be reached.
///
/// # Panics
/// Panics if the browser fails.
pub fn load(chromium: &str, page: &Path, width: u32, scripts: bool) -> Loaded {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]);
    command.args(["--virtual-time-budget=20000", "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", profile.path().display())).arg(format!("--window-size={width},900"));
    if !scripts {
        command.arg("--blink-settings=scriptEnabled=false");
    }
    let said = command.arg(format!("file://{}", page.display())).output().unwrap();
    let log = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{log}");
    Loaded {
        document: String::from_utf8(said.stdout).unwrap(),
        console: log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect(),
    }
}
