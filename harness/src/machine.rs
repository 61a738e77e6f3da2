//! The machine: what decides a result, and what a time is measured against.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use tch::{Device as TorchDevice, Kind, Tensor};

use crate::profile::Device;

/// Version of libtorch, taken at build time.
pub const LIBTORCH: &str = env!("MOS_LIBTORCH_VERSION");
/// Hash of the sources that decide results, taken at build time.
pub const CODE_HASH: &str = env!("MOS_CODE_HASH");
/// Hash of the sources that draw the report, taken at build time.
pub const REPORT_HASH: &str = env!("MOS_REPORT_HASH");

/// Side of the square matrices whose product sets the pace.
const MATMUL_SIDE: i64 = 1024;

/// The processor.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Operating system and architecture.
    pub os: String,
    /// CPU model name.
    pub cpu: String,
    /// Logical cores that this process may use.
    pub cores: usize,
    /// Instruction set that libtorch picks here.
    pub capability: String,
}

impl Machine {
    /// Looks at this machine.
    pub fn here() -> Machine {
        Machine {
            os: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            cpu: cpu_model(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            capability: capability(),
        }
    }
}

fn cpu_model() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(':').nth(1));
    model.map_or_else(|| std::env::consts::ARCH.to_string(), |name| name.trim().to_string())
}

/// libtorch's own rule (`aten/src/ATen/native/DispatchStub.cpp`, `compute_cpu_capability`), which it doesn't export.
fn capability() -> String {
    if let Ok(forced) = std::env::var("ATEN_CPU_CAPABILITY") {
        return forced.to_uppercase();
    }
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx2") && has!("fma") {
            let avx512 = has!("avx512f") && has!("avx512vl") && has!("avx512bw") && has!("avx512dq");
            return if avx512 { "AVX512" } else { "AVX2" }.to_string();
        }
    }
    "DEFAULT".to_string()
}

/// libtorch's name of a device.
pub fn torch_device(device: Device) -> TorchDevice {
    match device {
        Device::Cpu => TorchDevice::Cpu,
        Device::Cuda => TorchDevice::Cuda(0),
    }
}

/// Refuses a device that is not here.
pub fn require_device(device: Device, profile: &str) -> Result<()> {
    if device == Device::Cuda && !tch::Cuda::is_available() {
        bail!(
            "profile {profile} needs a CUDA GPU, and libtorch finds none here (`cargo xtask doctor` says why); print \
             its plan with --dry-run, or choose --profile quick or cpu"
        );
    }
    Ok(())
}

/// Rate of a 1024^3 product of float32 matrices (bf16 on a GPU, as training computes there), in GFLOP/s: the median
/// of the repeats of half a second, after a warm-up.
pub fn matmul_gflops(device: Device, threads: usize) -> f64 {
    let before = tch::get_num_threads();
    tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
    let kind = if device == Device::Cuda { Kind::BFloat16 } else { Kind::Float };
    let a = Tensor::ones([MATMUL_SIDE, MATMUL_SIDE], (kind, torch_device(device)));
    let b = a.shallow_clone();
    let product = || {
        let start = Instant::now();
        let c = a.matmul(&b);
        if device == Device::Cuda {
            tch::Cuda::synchronize(0);
        }
        drop(c);
        start.elapsed().as_secs_f64()
    };
    for _ in 0..3 {
        product();
    }
    let start = Instant::now();
    let mut seconds = Vec::new();
    while seconds.len() < 9 || start.elapsed() < Duration::from_millis(500) {
        seconds.push(product());
    }
    tch::set_num_threads(before);
    seconds.sort_by(f64::total_cmp);
    2.0 * (MATMUL_SIDE as f64).powi(3) / seconds[seconds.len() / 2] / 1e9
}

/// Highest resident memory of this process so far, in bytes.
pub fn peak_memory_bytes() -> u64 {
    // `ru_maxrss` counts kilobytes on Linux.
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss().max(0) as u64 * 1024)
}

/// Keeps freed memory for the next update. glibc hands the top of its heap back to the system whenever a few MiB of it are
/// free, and a training frees and takes the same tensors at every update: each page would be faulted in again.
pub fn keep_freed_memory() {
    #[cfg(target_env = "gnu")]
    {
        // The largest threshold that glibc accepts on 64 bits; larger tensors stay mappings of their own.
        const MMAP_THRESHOLD: libc::c_int = 32 << 20;
        // SAFETY: mallopt changes how the allocator grows and shrinks, nothing that is allocated.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, MMAP_THRESHOLD);
            libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_described() {
        let machine = Machine::here();
        assert!(machine.cores >= 1 && !machine.cpu.is_empty());
        assert!(["DEFAULT", "AVX2", "AVX512"].contains(&machine.capability.as_str()));
        assert!(peak_memory_bytes() > 1 << 20);
    }

    #[test]
    fn the_product_rate_is_a_rate() {
        let rate = matmul_gflops(Device::Cpu, 1);
        assert!(rate > 0.5 && rate < 1e6, "{rate}");
    }
}
