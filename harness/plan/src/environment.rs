//! Fixes the environment of a run: the machine, the software, and how the cores are shared out among workers.

use crate::error::{Result, refuse};
use crate::experiment::Experiment;
use crate::files::manifest::{Environment, RunManifest};
use crate::libtorch;
use crate::machine::Machine;
use crate::profile::profile::Workers;

/// Returns the number of workers and the threads of each, given the cores, the profile and `--jobs`.
pub fn share(cores: usize, workers: &Workers, jobs: Option<usize>) -> (usize, usize) {
    match (jobs.unwrap_or(workers.jobs), workers.threads.min(cores)) {
        (0, 0) => (1, cores),
        (0, threads) => ((cores / threads).max(1), threads),
        (jobs, 0) => (jobs, (cores / jobs).max(1)),
        (jobs, threads) => (jobs, threads),
    }
}

/// Returns the environment of a run. A run that was planned before keeps its threads a worker and, where `--jobs` is
/// not given, its workers. `code_hash` is that of the program that plans.
///
/// # Errors
/// Fails if the run was planned with another profile, or for another device or instruction set.
pub fn environment(
    experiment: &Experiment,
    machine: &Machine,
    jobs: Option<usize>,
    before: Option<&RunManifest>,
    code_hash: &str,
) -> Result<Environment> {
    let (workers, threads_per_job) = share(machine.cores, &experiment.profile.workers, jobs);
    let mut environment = Environment {
        os: machine.os.clone(),
        cpu: machine.cpu.clone(),
        cores: machine.cores,
        cpu_capability: machine.capability.clone(),
        device: experiment.profile.workers.device.name().to_string(),
        workers,
        threads_per_job,
        libtorch: libtorch::VERSION.to_string(),
        harness: env!("CARGO_PKG_VERSION").to_string(),
        code_hash: code_hash.to_string(),
    };
    let Some(before) = before else { return Ok(environment) };
    let name = &before.name;
    if before.profile != experiment.name {
        refuse!("run {name} holds profile {}; choose another name with --run", before.profile);
    }
    let then = &before.environment;
    if then.cpu_capability != environment.cpu_capability || then.device != environment.device {
        refuse!(
            "run {name} was planned for {} with {}, this is {} with {}: its results would differ; choose another name \
             with --run",
            then.device,
            then.cpu_capability,
            environment.device,
            environment.cpu_capability
        );
    }
    environment.threads_per_job = then.threads_per_job;
    environment.workers = jobs.unwrap_or(then.workers);
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::profile::Device;

    #[test]
    fn workers_share_the_cores() {
        let w = |jobs, threads| Workers { device: Device::Cpu, jobs, threads };
        assert_eq!(share(8, &w(0, 1), None), (8, 1));
        assert_eq!(share(8, &w(0, 1), Some(2)), (2, 1));
        assert_eq!(share(8, &w(1, 0), None), (1, 8));
        assert_eq!(share(8, &w(0, 0), Some(3)), (3, 2));
        assert_eq!(share(1, &w(0, 4), None), (1, 1));
        assert_eq!(share(2, &w(0, 0), Some(5)), (5, 1));
    }
}
