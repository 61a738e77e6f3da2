//! The verb `gpu-check` proves the GPU path on the machine at hand, in minutes: its numbers against the CPU's, the whole path
//! at small size, and an update at the paper's size.

mod check;
mod numbers;
mod pace;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use mos_baselines::bert::masked_lm::MaskedLm;
use mos_baselines::translation::task::Translation;
use mos_plan::cli::GpuCheckArgs;
use mos_plan::gpu::Gpus;
use mos_plan::profile::profile::{Device as Place, Profile};
use serde::Serialize;
use tch::Device;

use check::{Check, Subject, caught};

use crate::run::store::RunStore;

/// The exit status where there is no GPU.
const EXIT_NO_GPU: u8 = 3;
/// Name of the run that the whole path is tried in.
const RUN: &str = "gpu-check";

/// What is checked of a track.
struct Sizes {
    /// Profile of the published size.
    full: &'static str,
    /// Profile of the rehearsal on the CPU.
    small: &'static str,
    /// Compares losses and gradients with the CPU's.
    numbers: fn(&Subject) -> Result<Vec<Check>>,
    /// Times an update.
    pace: fn(&Subject) -> Result<pace::Pace>,
}

/// A row for each track.
const SIZES: &[Sizes] = &[
    Sizes {
        full: "paper",
        small: "smoke",
        numbers: numbers::checks::<Translation>,
        pace: pace::measure::<Translation>,
    },
    Sizes {
        full: "bert-paper",
        small: "bert-smoke",
        numbers: numbers::checks::<MaskedLm>,
        pace: pace::measure::<MaskedLm>,
    },
];

/// What the verb prints.
#[derive(Debug, Serialize)]
struct Report {
    device: String,
    gpus: Option<Gpus>,
    rehearsal: bool,
    checks: Vec<Check>,
    /// Updates at full size, one a track; one that could not be made is missing.
    updates: Vec<pace::Pace>,
    passed: bool,
}

/// Runs the verb; returns the exit status.
pub fn run(root: &Path, args: &GpuCheckArgs) -> Result<u8> {
    let (device, gpus) = if args.rehearse {
        (Device::Cpu, None)
    } else {
        match found()? {
            Ok(gpus) => (Device::Cuda(0), Some(gpus)),
            Err(why) => return no_gpu(args, &why),
        }
    };
    let (mut checks, mut updates) = (Vec::new(), Vec::new());
    for sizes in SIZES {
        let name = if device.is_cuda() { sizes.full } else { sizes.small };
        let subject = Subject { device, name, profile: Profile::find(name)? };
        checks.extend((sizes.numbers)(&subject)?);
        match caught(|| (sizes.pace)(&subject)) {
            Ok(pace) => {
                checks.push(pace.check());
                updates.push(pace);
            }
            Err(error) => {
                let name = format!("an update at the size of {name}");
                checks.push(Check { name, passed: false, found: format!("{error:#}") });
            }
        }
    }
    checks.push(whole_path(root, device)?);
    let passed = checks.iter().all(|check| check.passed);
    let device = if device.is_cuda() { Place::Cuda } else { Place::Cpu }.name().to_string();
    print(&Report { device, gpus, rehearsal: args.rehearse, checks, updates, passed }, args.json)?;
    Ok(u8::from(!passed))
}

/// Looks for a GPU that libtorch and the system both know; says why there is none.
fn found() -> Result<std::result::Result<Gpus, String>> {
    if !tch::Cuda::is_available() {
        return Ok(Err("libtorch finds no CUDA GPU (`cargo xtask doctor` says why)".to_string()));
    }
    Ok(match Gpus::here() {
        Ok(Some(gpus)) => Ok(gpus),
        Ok(None) => Err("nvidia-smi lists no GPU that CUDA_VISIBLE_DEVICES lets be seen".to_string()),
        Err(why) => Err(why),
    })
}

fn no_gpu(args: &GpuCheckArgs, why: &str) -> Result<u8> {
    if args.json {
        println!("{}", serde_json::to_string_pretty(&serde_json::json!({ "gpus": null, "why": why }))?);
    } else {
        println!("no GPU to check: {why}\n`--rehearse` tries the check itself, on the CPU and at small size");
    }
    Ok(EXIT_NO_GPU)
}

/// Reproduces `smoke` on the device in a run of its own, with this very program.
fn whole_path(root: &Path, device: Device) -> Result<Check> {
    if root.join("runs").join(RUN).exists() {
        // It is owned while it is emptied, so that a check beside this one is not robbed.
        let old = RunStore::own(root, RUN)?;
        std::fs::remove_dir_all(&old.dir).with_context(|| format!("could not remove {}", old.dir.display()))?;
    }
    let device = if device.is_cuda() { Place::Cuda } else { Place::Cpu };
    let mut command = Command::new("/proc/self/exe");
    command.args(["reproduce", "--profile", "smoke", "--device", device.name(), "--run", RUN, "--json"]);
    let clock = std::time::Instant::now();
    let output = command.current_dir(root).stderr(Stdio::piped()).output().context("could not start this program")?;
    let name = format!("the whole path at small size (run {RUN})");
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_string();
        return Ok(Check { name, passed: false, found: said });
    }
    let document: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("reproduce printed no document")?;
    let found = format!("{} jobs in {:.0} s", document["jobs"]["total"], clock.elapsed().as_secs_f64());
    Ok(Check { name, passed: true, found })
}

fn print(report: &Report, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
        return Ok(());
    }
    if let Some(gpus) = &report.gpus {
        println!("{} x {}, driver {}", gpus.devices.len(), gpus.model, gpus.driver);
    }
    if report.rehearsal {
        println!("rehearsal on the CPU at small size: it proves the check, and nothing of a GPU");
    }
    for Check { name, passed, found } in &report.checks {
        println!("{:6} {name}: {found}", if *passed { "ok" } else { "FAILED" });
    }
    for pace in &report.updates {
        println!("\n{}", pace.in_words());
    }
    Ok(())
}
