//! Fixes the environment of a run: the machine, the software, and how the cores are shared out among workers.

use crate::error::{Result, refuse};
use crate::experiment::Experiment;
use crate::files::manifest::{Environment, RunManifest};
use crate::gpu::Gpus;
use crate::libtorch;
use crate::machine::Machine;
use crate::profile::profile::{Device, Workers};

/// Returns the number of workers and the threads of each, given the cores, the GPUs (0: the CPU computes), the profile and
/// `--jobs`. Where nobody says how many workers there are, there is one for each GPU, or one for each share of the cores.
pub fn share(cores: usize, gpus: usize, workers: &Workers, jobs: Option<usize>) -> (usize, usize) {
    let jobs = match jobs.unwrap_or(workers.jobs) {
        0 => gpus,
        jobs => jobs,
    };
    match (jobs, workers.threads.min(cores)) {
        (0, 0) => (1, cores),
        (0, threads) => ((cores / threads).max(1), threads),
        (jobs, 0) => (jobs, (cores / jobs).max(1)),
        (jobs, threads) => (jobs, threads),
    }
}

/// Returns the environment of a run. A run that was planned before keeps its threads a worker and, where `--jobs` is
/// not given, its workers. `gpus` are those of the machine, which a run on a CPU does not use; `code_hash` is that of the
/// program that plans.
///
/// # Errors
/// Fails if the run was planned with another profile, or for another device or instruction set.
pub fn environment(
    experiment: &Experiment,
    machine: &Machine,
    gpus: Option<Gpus>,
    jobs: Option<usize>,
    before: Option<&RunManifest>,
    code_hash: &str,
) -> Result<Environment> {
    let gpus = gpus.filter(|_| experiment.profile.workers.device == Device::Cuda);
    let devices = gpus.as_ref().map_or(0, |gpus| gpus.devices.len());
    let (workers, threads_per_job) = share(machine.cores, devices, &experiment.profile.workers, jobs);
    let mut environment = Environment {
        os: machine.os.clone(),
        cpu: machine.cpu.clone(),
        cores: machine.cores,
        cpu_capability: machine.capability.clone(),
        device: experiment.profile.workers.device.name().to_string(),
        gpus,
        workers,
        threads_per_job,
        libtorch: libtorch::VERSION.to_string(),
        harness: env!("CARGO_PKG_VERSION").to_string(),
        code_hash: code_hash.to_string(),
        commit: None,
    };
    let Some(before) = before else { return Ok(environment) };
    let name = &before.name;
    if before.profile != experiment.name {
        refuse!("run {name} holds profile {}; choose another name with --run", before.profile);
    }
    let then = &before.environment;
    let place = |e: &Environment| {
        let gpu = e.gpus.as_ref().map_or(String::new(), |gpus| format!(" ({})", gpus.model));
        format!("{}{gpu} with {}", e.device, e.cpu_capability)
    };
    let (there, here) = (place(then), place(&environment));
    if there != here {
        refuse!(
            "run {name} was planned for {there}, this is {here}: its results would differ; choose another name with --run"
        );
    }
    environment.threads_per_job = then.threads_per_job;
    // Workers follow the GPUs that are seen now; nothing else follows from their number.
    environment.workers = jobs.unwrap_or(if devices > 0 { environment.workers } else { then.workers });
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_share_the_cores() {
        let w = |jobs, threads| Workers { device: Device::Cpu, jobs, threads };
        assert_eq!(share(8, 0, &w(0, 1), None), (8, 1));
        assert_eq!(share(8, 0, &w(0, 1), Some(2)), (2, 1));
        assert_eq!(share(8, 0, &w(1, 0), None), (1, 8));
        assert_eq!(share(8, 0, &w(0, 0), Some(3)), (3, 2));
        assert_eq!(share(1, 0, &w(0, 4), None), (1, 1));
        assert_eq!(share(2, 0, &w(0, 0), Some(5)), (5, 1));
        // With two GPUs there are two workers, unless somebody says otherwise.
        assert_eq!(share(16, 2, &w(0, 0), None), (2, 8));
        assert_eq!(share(16, 2, &w(0, 0), Some(4)), (4, 4));
        assert_eq!(share(16, 2, &w(1, 4), None), (1, 4));
    }
}
