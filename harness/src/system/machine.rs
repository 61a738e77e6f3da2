//! Looks at the machine as far as libtorch sees it: devices, memory, and the rate that times are measured against.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use mos_base::text::one_line;
use mos_baselines::device::synchronise;
use mos_plan::libtorch;
use mos_plan::profile::profile::Device;
use nix::sys::resource::{UsageWho, getrusage};
use tch::{Device as TorchDevice, Kind, Tensor};

/// Side of the square matrices whose product sets the pace on a CPU.
const MATMUL_SIDE: i64 = 1024;
/// The same on a GPU, which a smaller product does not fill.
const CUDA_MATMUL_SIDE: i64 = 8192;
/// Products between two waits for a GPU.
const CUDA_PRODUCTS: usize = 10;

/// Refuses to work with another libtorch than the one whose results are known. The version is the one that the build
/// found.
pub fn require_libtorch() -> Result<()> {
    let found = env!("MOS_LIBTORCH_VERSION");
    ensure!(
        found == libtorch::VERSION,
        "this program was built against libtorch {found} and is made for {}: results would differ; unset LIBTORCH, or name \
         a folder of that version in it, and build again",
        libtorch::VERSION
    );
    Ok(())
}

/// Returns libtorch's name of a device.
pub fn torch_device(device: Device) -> TorchDevice {
    match device {
        Device::Cpu => TorchDevice::Cpu,
        Device::Cuda => TorchDevice::Cuda(0),
    }
}

/// Finds the device that `--device` names.
///
/// # Errors
/// Fails if it is not here.
pub fn named_device(name: &str) -> Result<TorchDevice> {
    let device = Device::named(name);
    if device == Device::Cuda && !tch::Cuda::is_available() {
        bail!("--device cuda: libtorch finds no CUDA GPU here (`cargo xtask doctor` says why)");
    }
    Ok(torch_device(device))
}

/// Refuses a device that is not here, or that the build of libtorch holds no code for, such as a GPU that is too old.
pub fn require_device(device: Device, profile: &str) -> Result<()> {
    if device == Device::Cuda && !tch::Cuda::is_available() {
        bail!(
            "profile {profile} needs a CUDA GPU, and libtorch finds none here (`cargo xtask doctor` says why); print \
             its plan with --dry-run, or choose --profile quick or cpu"
        );
    }
    let tried = Tensor::f_ones([1], (Kind::Float, torch_device(device))).and_then(|ones| ones.f_add(&ones));
    if let Err(error) = tried {
        bail!(
            "profile {profile} cannot compute on the first GPU: {}; `cargo xtask doctor` lists the GPUs, and \
             CUDA_VISIBLE_DEVICES chooses another",
            one_line(&error.to_string())
        );
    }
    Ok(())
}

/// Measures the rate of products of square matrices of a type, in GFLOP/s: the median of the repeats of half a second, after
/// a warm-up. On a GPU the matrices are large enough to fill it, and many products stand between two waits.
pub fn matmul_gflops(device: TorchDevice, kind: Kind, threads: usize) -> f64 {
    let (side, products) = if device.is_cuda() { (CUDA_MATMUL_SIDE, CUDA_PRODUCTS) } else { (MATMUL_SIDE, 1) };
    let before = tch::get_num_threads();
    tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
    // Equal numbers would cost a device less power, and let it run faster, than those of a training.
    let a = Tensor::rand([side, side], (kind, device));
    let b = a.shallow_clone();
    let round = || {
        let start = Instant::now();
        (0..products).for_each(|_| drop(a.matmul(&b)));
        synchronise(device);
        start.elapsed().as_secs_f64() / products as f64
    };
    for _ in 0..3 {
        round();
    }
    let start = Instant::now();
    let mut seconds = Vec::new();
    while seconds.len() < 9 || start.elapsed() < Duration::from_millis(500) {
        seconds.push(round());
    }
    tch::set_num_threads(before);
    seconds.sort_by(f64::total_cmp);
    2.0 * (side as f64).powi(3) / seconds[seconds.len() / 2] / 1e9
}

/// Returns the highest resident memory of this process so far, in bytes.
pub fn peak_memory_bytes() -> u64 {
    // `ru_maxrss` counts kilobytes on Linux.
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss().max(0) as u64 * 1024)
}

/// Makes the allocator keep freed memory for the next update. glibc hands the top of its heap back to the system
/// whenever a few MiB of it are free, and a training frees and takes the same tensors at every update: each page would
/// be faulted in again.
pub fn keep_freed_memory() {
    #[cfg(target_env = "gnu")]
    {
        // This is the largest threshold that glibc accepts on 64 bits; larger tensors stay mappings of their own.
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
    fn memory_is_measured_and_libtorch_is_the_pinned_one() {
        assert!(peak_memory_bytes() > 1 << 20);
        require_libtorch().unwrap();
    }

    #[test]
    fn a_device_that_computes_is_accepted() {
        require_device(Device::Cpu, "quick").unwrap();
    }

    #[test]
    fn the_product_rate_is_a_rate() {
        let rate = matmul_gflops(TorchDevice::Cpu, Kind::Float, 1);
        assert!(rate > 0.5 && rate < 1e6, "{rate}");
    }
}
