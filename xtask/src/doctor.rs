//! `cargo xtask doctor` tells what is present, what is missing, and the command that mends it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Result;
use serde::Serialize;

use crate::cli::DoctorArgs;
use crate::gpu::{self, Gpu};
use crate::libtorch::recipe::{self, Flavour, VERSION};
use crate::libtorch::{self, free_bytes, user};
use crate::paths::Paths;

/// A build of everything, the corpora and one run take about so many bytes, libtorch aside.
const DISK_WANTED: u64 = 8_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// It is present and right.
    Ok,
    /// It is not there, and nothing fails for it.
    Note,
    /// Something fails until it is mended.
    Missing,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    detail: String,
    /// The command that mends it.
    fix: Option<String>,
}

impl Check {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, detail: detail.into(), fix: None }
    }

    fn note(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, status: Status::Note, detail: detail.into(), fix: Some(fix.into()) }
    }

    fn missing(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, status: Status::Missing, detail: detail.into(), fix: Some(fix.into()) }
    }
}

#[derive(Serialize)]
struct Findings {
    ok: bool,
    checks: Vec<Check>,
}

/// Looks at everything and says it; the exit code tells whether something is missing.
pub fn run(paths: &Paths, args: &DoctorArgs) -> Result<ExitCode> {
    let gpu = gpu::detect();
    let mut checks = tools();
    checks.extend(libtorch(paths, &gpu));
    checks.push(graphics(&gpu));
    checks.push(datasets(&paths.cache));
    checks.push(disk("disk (cache)", &paths.cache, recipe_bytes(paths)));
    checks.push(disk("disk (build)", &paths.root, DISK_WANTED));
    let ok = checks.iter().all(|check| check.status != Status::Missing);
    let text = if args.json {
        serde_json::to_string_pretty(&Findings { ok, checks })? + "\n"
    } else {
        checks.iter().map(line).collect()
    };
    // A reader that has seen enough (`doctor | head`) is no fault.
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn line(check: &Check) -> String {
    let mark = match check.status {
        Status::Ok => "ok",
        Status::Note => "note",
        Status::Missing => "MISSING",
    };
    let fix = check.fix.as_ref().map(|fix| format!("{:>7}  {:<14} -> {fix}\n", "", "")).unwrap_or_default();
    format!("{mark:>7}  {:<14} {}\n{fix}", check.name, check.detail)
}

/// Gives the first line of a command's output, if it runs and succeeds.
fn first_line(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_string())
}

fn tools() -> Vec<Check> {
    let tool = |name, program: &str, args: &[&str], fix: &str| match first_line(program, args) {
        Some(line) => Check::ok(name, line),
        None => Check::missing(name, format!("`{program} {}` does not run", args.join(" ")), fix),
    };
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".into());
    let mut checks = vec![
        tool("Rust", "rustc", &["--version"], "install rustup; rust-toolchain.toml names the version"),
        tool("C++ compiler", &compiler, &["--version"], "apt-get install g++ (or your system's name for it)"),
        tool("Python", "python3", &["--version"], "apt-get install python3 python3-pip"),
        tool("pip", "python3", &["-m", "pip", "--version"], "apt-get install python3-pip"),
    ];
    // pip's line ends with the folder that it runs from, which says nothing here.
    let pip = checks.last_mut().expect("it was just listed");
    if let Some(at) = pip.detail.find(" from ") {
        pip.detail.truncate(at);
    }
    checks.push(match first_line("cargo", &["deny", "--version"]) {
        Some(line) => Check::ok("cargo-deny", line),
        None => Check::note(
            "cargo-deny",
            "absent: `cargo xtask test` leaves the licence check out",
            "cargo install cargo-deny --locked",
        ),
    });
    checks
}

fn libtorch(paths: &Paths, gpu: &Gpu) -> Vec<Check> {
    const SETUP: &str = "cargo xtask setup";
    if let Some(chosen) = user::variable(&paths.root) {
        return vec![match chosen.check() {
            Ok(()) => Check::ok("libtorch", format!("{chosen} (your own)")),
            Err(error) => Check::missing("libtorch", error.to_string(), "unset the variable, or name another folder"),
        }];
    }
    if !recipe::PLATFORM_SERVED {
        let fix = format!("set LIBTORCH to a libtorch {VERSION} folder");
        return vec![Check::missing(
            "libtorch",
            "not provisioned on this platform (Linux x86-64 with glibc only)",
            fix,
        )];
    }
    let Some((recipe, folder)) = libtorch::linked(paths) else {
        return vec![Check::missing("libtorch", "not installed, or .libtorch does not name an install of it", SETUP)];
    };
    let name = recipe.flavour.name();
    vec![
        match libtorch::verify(&folder, &recipe) {
            Ok(()) => Check::ok("libtorch", format!("{VERSION} ({name}), every file verified: {}", folder.display())),
            Err(why) => Check::missing("libtorch", format!("{VERSION} ({name}) is broken: {why}"), SETUP),
        },
        match (recipe.flavour, gpu.trouble()) {
            (Flavour::Cpu, None) => {
                Check::note("flavour", "the CPU flavour is linked; a usable GPU is there", "cargo xtask setup --cuda")
            }
            (Flavour::Cuda, Some(why)) => {
                Check::note("flavour", format!("the CUDA flavour is linked; {why}"), "cargo xtask setup --cpu")
            }
            (Flavour::Cpu, Some(why)) => Check::ok("flavour", format!("cpu, because: {why}")),
            (Flavour::Cuda, None) => Check::ok("flavour", "cuda"),
        },
    ]
}

fn graphics(gpu: &Gpu) -> Check {
    match gpu {
        Gpu::Usable(name) => Check::ok("GPU", name.clone()),
        other => Check::ok("GPU", format!("none used: {}", other.trouble().unwrap_or_default())),
    }
}

/// Checks which corpora were prepared before; `reproduce` fetches what it needs by itself.
fn datasets(cache: &Path) -> Check {
    let names = |folder: &str| -> Vec<String> {
        let entries = std::fs::read_dir(cache.join(folder)).into_iter().flatten();
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).filter(|n| !n.starts_with('.')).collect()
    };
    let mut prepared = names("prepared");
    prepared.sort();
    if prepared.is_empty() {
        return Check::note("datasets", "none prepared yet; `reproduce` does it", "cargo xtask data fetch");
    }
    Check::ok("datasets", format!("prepared: {}", prepared.join(", ")))
}

/// Tells how many bytes installing would still take at the cache.
fn recipe_bytes(paths: &Paths) -> u64 {
    let installed = libtorch::linked(paths).is_some() || user::variable(&paths.root).is_some();
    if installed { 1_000_000_000 } else { recipe::Recipe::new(Flavour::Cpu).bytes }
}

fn disk(name: &'static str, folder: &Path, wanted: u64) -> Check {
    let existing = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    match free_bytes(existing) {
        Ok(free) if free >= wanted => {
            Check::ok(name, format!("{:.1} GB free at {}", gigabytes(free), folder.display()))
        }
        Ok(free) => Check::missing(
            name,
            format!("{:.1} GB free at {}, {:.1} GB wanted", gigabytes(free), folder.display(), gigabytes(wanted)),
            "free some, or name folders on another disk with MOS_CACHE and CARGO_TARGET_DIR",
        ),
        Err(error) => Check::missing(name, format!("{error:#}"), "make the folder readable"),
    }
}
