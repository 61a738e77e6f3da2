//! Pages as a browser shows them: recorded runs, drawn by the real binary, in headless Chromium.

mod browser;

use std::fs;
use std::path::{Path, PathBuf};

use browser::{chromium, look, read};
use mos_e2e::{output_of, program, repository};

/// Looks at the page from within.
const LOOK: &str = include_str!("look.js");
/// Widths of windows: a telephone's and a desk's.
const WIDTHS: [u64; 2] = [360, 1400];

/// Draws the pages of all recorded runs, of their history, and of two runs side by side; gives the folder and the pages.
fn pages() -> (tempfile::TempDir, Vec<PathBuf>) {
    let root = tempfile::tempdir().unwrap();
    let recorded = repository().join("reports/recorded");
    let mut runs: Vec<PathBuf> = fs::read_dir(&recorded).unwrap().map(|entry| entry.unwrap().path()).collect();
    runs.retain(|run| run.join("run.toml").is_file());
    runs.sort();
    assert!(!runs.is_empty());
    let mut pages = Vec::new();
    let mut draw = |arguments: &[&str], name: &str| {
        let out = root.path().join(name);
        output_of(&mut program("mos-reports", root.path(), &[arguments, &["--out", out.to_str().unwrap()]].concat()));
        pages.push(out.join("index.html"));
    };
    for run in &runs {
        draw(&["report", run.to_str().unwrap()], run.file_name().unwrap().to_str().unwrap());
    }
    draw(&["compare", runs[0].to_str().unwrap(), runs[0].to_str().unwrap()], "compare");
    // A history is drawn whatever it comes to, which its exit code tells.
    let (history, out) = (recorded.join("history"), root.path().join("history"));
    let arguments = ["regress", "--history", history.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let judged = program("mos-reports", root.path(), &arguments).output().unwrap();
    assert!(matches!(judged.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&judged.stderr));
    pages.push(out.join("index.html"));
    (root, pages)
}

/// Adds the script that looks at the page, and gives the new file, beside the old one so that links resolve.
fn looked_at(page: &Path) -> PathBuf {
    let text = fs::read_to_string(page).unwrap();
    let file = page.with_file_name("looked-at.html");
    fs::write(&file, text.replace("</body>", &format!("<script>{LOOK}</script></body>"))).unwrap();
    file
}

#[test]
fn pages_render_sort_and_fit_and_their_links_resolve() {
    let Some(chromium) = chromium() else {
        eprintln!("SKIPPED: no Chromium on this machine; the pages were not looked at");
        return;
    };
    let (_root, pages) = pages();
    for page in &pages {
        let file = looked_at(page);
        for width in WIDTHS {
            let loaded = look(chromium, &file, width);
            let place = format!("{} at {width} px", page.display());
            assert_eq!(loaded.console, Vec::<String>::new(), "{place}");
            let found = loaded.found;
            assert_eq!(found["width"], width, "{place}");
            for what in ["broken", "wide", "unsorted", "outside"] {
                assert_eq!(found[what].as_array().unwrap().len(), 0, "{place}: {what} {:#}", found[what]);
            }
            assert!(found["tables"].as_u64().unwrap() > 0, "{place}");
            for href in found["hrefs"].as_array().unwrap() {
                let href = href.as_str().unwrap();
                let resolves = href.starts_with("https://") || page.with_file_name(href).is_file();
                assert!(resolves, "{place}: {href}");
            }
        }
    }
}

#[test]
fn pages_read_without_scripts() {
    let Some(chromium) = chromium() else {
        eprintln!("SKIPPED: no Chromium on this machine; the pages were not looked at");
        return;
    };
    let (_root, pages) = pages();
    for page in &pages {
        let found = read(chromium, page, 1400).found;
        // No heading has become a button, so that no script ran; and what the page says is there.
        assert_eq!(found["buttons"], 0);
        assert!(found["tables"].as_u64() > Some(0), "{}", page.display());
        assert!(found["text"].as_str().unwrap().contains("Verdicts"), "{}", page.display());
    }
    assert!(read(chromium, &pages[0], 1400).found["plots"].as_u64() > Some(3));
}
