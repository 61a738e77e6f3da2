//! A headless Chromium that loads a page in a frame of a given width and prints what it made of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What a browser made of a page.
pub struct Loaded {
    /// What was found of the page.
    pub found: Value,
    /// What the page wrote to its console, errors included.
    pub console: Vec<String>,
}

/// Gives the name of a Chromium of this machine.
pub fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok_and(|said| said.status.success()))
}

/// Loads a page that tells what it finds of itself, in a frame of this width.
pub fn look(chromium: &str, page: &Path, width: u64) -> Loaded {
    load(chromium, page, width, "", "addEventListener('message', (event) => tell(event.data));")
}

/// Loads a page none of whose scripts runs, and tells its text and how many tables and plots it has.
pub fn read(chromium: &str, page: &Path, width: u64) -> Loaded {
    let script = "document.querySelector('iframe').addEventListener('load', (event) => {
        const page = event.target.contentDocument;
        const count = (what) => page.querySelectorAll(what).length;
        tell(JSON.stringify({ text: page.body.innerText, tables: count('table'), plots: count('svg'), buttons: count('th button') }));
    });";
    load(chromium, page, width, "sandbox=\"allow-same-origin\"", script)
}

/// A window of Chromium without a screen is never narrower than 500 px, and a frame can be. Nothing but files can be reached.
fn load(chromium: &str, page: &Path, width: u64, sandbox: &str, script: &str) -> Loaded {
    let name = page.file_name().unwrap().to_str().unwrap();
    let around = page.with_file_name("around.html");
    let text = format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><style>body {{ margin: 0 }} iframe {{ border: 0; width: {width}px; height: 900px }}\
         </style><script>const tell = (text) => {{ const found = document.createElement('pre'); found.id = 'found'; \
         found.textContent = text; document.body.append(found); }};</script><iframe {sandbox} src=\"{name}\"></iframe>\
         <script>{script}</script>"
    );
    fs::write(&around, text).unwrap();
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]);
    command.args([
        "--virtual-time-budget=20000",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--allow-file-access-from-files",
    ]);
    command.arg(format!("--user-data-dir={}", profile.path().display())).args(["--window-size=1500,900", "--dump-dom"]);
    let said = command.arg(format!("file://{}", around.display())).output().unwrap();
    let log = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{log}");
    let document = String::from_utf8(said.stdout).unwrap();
    let (_, rest) = document.split_once("<pre id=\"found\">").unwrap_or_else(|| panic!("nothing was found: {log}"));
    let json = rest.split_once("</pre>").unwrap().0;
    let plain = json.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}").replace("&amp;", "&");
    Loaded {
        found: serde_json::from_str(&plain).unwrap(),
        console: log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect(),
    }
}
