//! This tells whether there is a GPU that the pinned CUDA wheels can use.

use std::process::Command;

/// The CUDA version of the pinned wheels; a driver must support it.
const WHEEL_CUDA: (u32, u32) = (13, 0);

/// The oldest compute capability that the wheels hold code for (Turing).
const OLDEST_CAPABILITY: (u32, u32) = (7, 5);

/// This is what `nvidia-smi` says of the GPUs here.
#[derive(Debug, PartialEq)]
pub enum Gpu {
    /// The CUDA flavour works; the text names GPU and driver.
    Usable(String),
    /// The CUDA flavour does not work; the text says why.
    Unusable(String),
}

/// Asks `nvidia-smi`.
pub fn detect() -> Gpu {
    let ask = |args: &[&str]| {
        let output = Command::new("nvidia-smi").args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    match (ask(&[]), ask(&["--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"])) {
        (Some(banner), Some(list)) => judge(&banner, &list),
        _ => Gpu::Unusable("no NVIDIA GPU (nvidia-smi is absent or sees none)".into()),
    }
}

/// Decides from the banner (it alone tells the driver's CUDA version) and the list of GPUs.
fn judge(banner: &str, list: &str) -> Gpu {
    let Some(first) = list.lines().map(str::trim).find(|line| !line.is_empty()) else {
        return Gpu::Unusable("nvidia-smi lists no GPU".into());
    };
    let fields: Vec<&str> = first.split(',').map(str::trim).collect();
    let [name, driver, capability] = fields[..] else {
        return Gpu::Unusable(format!("nvidia-smi's answer is not understood: {first}"));
    };
    let Some(cuda) = driver_cuda(banner) else {
        return Gpu::Unusable(format!("{name}: nvidia-smi does not tell the CUDA version of driver {driver}"));
    };
    if cuda < WHEEL_CUDA {
        return Gpu::Unusable(format!(
            "{name}: driver {driver} supports CUDA {}.{}, the wheels need {}.{}; update the driver",
            cuda.0, cuda.1, WHEEL_CUDA.0, WHEEL_CUDA.1
        ));
    }
    match version(capability) {
        Some(found) if found >= OLDEST_CAPABILITY => Gpu::Usable(format!("{name}, driver {driver}")),
        _ => Gpu::Unusable(format!(
            "{name}: compute capability {capability}, the wheels need {}.{} or newer",
            OLDEST_CAPABILITY.0, OLDEST_CAPABILITY.1
        )),
    }
}

/// Reads `CUDA Version: 13.0`, or `CUDA UMD Version: 13.1` as newer drivers write it.
fn driver_cuda(banner: &str) -> Option<(u32, u32)> {
    let after = banner.split("CUDA").skip(1).find_map(|rest| {
        let (words, after) = rest.split_once("Version:")?;
        words.chars().all(|c| c.is_ascii_alphabetic() || c == ' ').then_some(after)
    })?;
    version(after.split_whitespace().next()?)
}

fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANNER: &str = "\
+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 580.65.06              Driver Version: 580.65.06      CUDA Version: 13.0     |
|-----------------------------------------+------------------------+----------------------+";

    #[test]
    fn reads_the_banner_of_old_and_new_drivers() {
        assert_eq!(driver_cuda(BANNER), Some((13, 0)));
        assert_eq!(driver_cuda("| KMD Version: 590.44  CUDA UMD Version: 13.1 |"), Some((13, 1)));
        assert_eq!(driver_cuda("| Driver Version: 580.65.06   CUDA Version: N/A |"), None);
        assert_eq!(driver_cuda("no banner"), None);
    }

    #[test]
    fn a_new_driver_and_gpu_are_usable() {
        let expected = Gpu::Usable("NVIDIA H100 80GB HBM3, driver 580.65.06".into());
        assert_eq!(judge(BANNER, "NVIDIA H100 80GB HBM3, 580.65.06, 9.0\n"), expected);
    }

    #[test]
    fn an_old_driver_or_gpu_is_refused_with_the_reason() {
        let reason = |banner: &str, list: &str| match judge(banner, list) {
            Gpu::Unusable(reason) => reason,
            Gpu::Usable(name) => panic!("{name} judged usable"),
        };
        let old = BANNER.replace("13.0", "12.8");
        assert!(reason(&old, "NVIDIA A100, 570.1, 8.0").contains("supports CUDA 12.8"));
        assert!(reason(BANNER, "Tesla V100, 580.65.06, 7.0").contains("compute capability 7.0"));
        assert!(reason(BANNER, "\n").contains("lists no GPU"));
        assert!(reason(BANNER, "No devices were found").contains("not understood"));
    }
}
