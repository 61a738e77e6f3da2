//! Looks at the machine as far as it decides results, without libtorch.

/// The processor and the system, as far as they decide results.
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

/// Applies libtorch's own rule (`aten/src/ATen/native/DispatchStub.cpp`, `compute_cpu_capability`), which it does not
/// export.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_described() {
        let machine = Machine::here();
        assert!(machine.cores >= 1 && !machine.cpu.is_empty());
        assert!(["DEFAULT", "AVX2", "AVX512"].contains(&machine.capability.as_str()));
    }
}
