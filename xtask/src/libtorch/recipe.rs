//! A recipe says what a libtorch install is made of: pinned wheels, and which of their files go where.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

// The version is pinned in one place, which the planner and the harness read, too.
#[path = "../../../harness/plan/src/libtorch.rs"]
mod pinned;

/// This is the libtorch version that the `tch` crate of the workspace wants.
pub use pinned::VERSION;

/// The pinned wheels hold binaries for this platform only, so that no other is served.
pub const PLATFORM_SERVED: bool = cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"));

/// A pin names one wheel.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin {
    /// The package's name.
    pub name: String,
    /// The exact version.
    pub version: String,
    /// The SHA-256 of the wheel, in hex.
    pub sha256: String,
}

impl Pin {
    /// Gives the line of a pip requirements file.
    pub fn requirement(&self) -> String {
        format!("{}=={} --hash=sha256:{}", self.name, self.version, self.sha256)
    }

    /// Tells how the file name of the pin's wheel starts.
    pub fn wheel_prefix(&self) -> String {
        format!("{}-{}-", self.name.replace('-', "_"), self.version)
    }
}

/// Reads a requirements file in which each line is `name==version --hash=sha256:HEX`; `#` starts a comment.
pub fn parse_pins(text: &str) -> Result<Vec<Pin>> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).map(parse_pin).collect()
}

fn parse_pin(line: &str) -> Result<Pin> {
    let (package, sha256) = line.split_once("--hash=sha256:").with_context(|| format!("no hash in: {line}"))?;
    let (name, version) = package.trim().split_once("==").with_context(|| format!("no version in: {line}"))?;
    let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    let hex = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !word(name) || !word(version) || !hex(sha256) {
        bail!("not `name==version --hash=sha256:HEX`: {line}");
    }
    Ok(Pin { name: name.into(), version: version.into(), sha256: sha256.into() })
}

/// A flavour is CPU only, or with CUDA.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flavour {
    /// This flavour has `libtorch_cpu` and what it needs.
    Cpu,
    /// This flavour has all of torch's libraries and NVIDIA's.
    Cuda,
}

impl Flavour {
    /// Both flavours.
    pub const ALL: [Flavour; 2] = [Flavour::Cpu, Flavour::Cuda];

    /// Gives the flavour's name in folder names and messages.
    pub fn name(self) -> &'static str {
        match self {
            Flavour::Cpu => "cpu",
            Flavour::Cuda => "cuda",
        }
    }
}

/// A recipe says how to make one flavour.
pub struct Recipe {
    /// The flavour that is made.
    pub flavour: Flavour,
    /// The wheels that it is made of.
    pub pins: Vec<Pin>,
    /// Where a wheel's member goes in the install; `None` leaves it out.
    pub place: fn(&str) -> Option<String>,
    /// Symbolic links, each as path and target.
    pub links: &'static [(&'static str, &'static str)],
    /// Files without which it is no install.
    pub required: &'static [&'static str],
    /// The folder in the install that `LIBTORCH` names; `None` for the install itself.
    pub subfolder: Option<&'static str>,
    /// The disk space that installing takes at its height: wheels, pip's own copy of the largest one, extracted files.
    pub bytes: u64,
}

impl Recipe {
    /// Makes the recipe of a flavour.
    pub fn new(flavour: Flavour) -> Self {
        let pins = |text| parse_pins(text).expect("the pins are tested");
        match flavour {
            Flavour::Cpu => Self {
                flavour,
                pins: pins(include_str!("../../pins/cpu.txt")),
                place: place_cpu,
                // Every program linked by torch-sys asks for libtorch.so. The wheel's own asks for libtorch_cuda.so.
                links: &[("lib/libtorch.so", "libtorch_cpu.so")],
                required: &["lib/libtorch_cpu.so", "lib/libc10.so", "lib/libcupti.so.13", "lib/libcudart.so.13"],
                subfolder: None,
                bytes: 1_600_000_000,
            },
            Flavour::Cuda => Self {
                flavour,
                pins: pins(include_str!("../../pins/cuda.txt")),
                place: place_cuda,
                links: &[],
                required: &["torch/lib/libtorch.so", "torch/lib/libtorch_cpu.so", "torch/lib/libtorch_cuda.so"],
                subfolder: Some("torch"),
                bytes: 6_500_000_000,
            },
        }
    }

    /// Gives what `LIBTORCH` names when the install stands at `folder`.
    pub fn home(&self, folder: &Path) -> PathBuf {
        self.subfolder.map_or(folder.to_path_buf(), |subfolder| folder.join(subfolder))
    }

    /// Gives the name of the install's folder in the cache.
    pub fn folder(&self) -> String {
        format!("{VERSION}-{}", self.flavour.name())
    }
}

/// Places files in one flat folder, since libtorch_cpu.so looks for its neighbours in its own folder too.
fn place_cpu(member: &str) -> Option<String> {
    const LIBRARIES: [&str; 5] = [
        "torch/lib/libtorch_cpu.so",
        "torch/lib/libc10.so",
        "torch/lib/libgomp.so.1",
        "nvidia/cu13/lib/libcupti.so.13",
        "nvidia/cu13/lib/libcudart.so.13",
    ];
    if LIBRARIES.contains(&member) {
        return member.rsplit('/').next().map(|name| format!("lib/{name}"));
    }
    member.starts_with("torch/include/").then(|| member["torch/".len()..].to_string())
}

/// Places files as the wheels do, since torch's libraries find NVIDIA's by that. Python's parts are left out.
fn place_cuda(member: &str) -> Option<String> {
    let (folder, name) = member.rsplit_once('/')?;
    let library = name.ends_with(".so") || name.contains(".so.");
    let wanted = match folder {
        "torch/lib" => library && name != "libtorch_python.so",
        _ if folder.starts_with("nvidia/") => library && folder.ends_with("/lib"),
        _ => member.starts_with("torch/include/"),
    };
    wanted.then(|| member.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7";

    #[test]
    fn the_pins_are_of_the_wanted_version_and_agree() {
        let [cpu, cuda] = Flavour::ALL.map(|flavour| Recipe::new(flavour).pins);
        assert!(cpu.iter().any(|pin| pin.name == "torch" && pin.version == VERSION));
        assert!(cpu.iter().all(|pin| cuda.contains(pin)), "one flavour was updated without the other");
        assert_eq!((cpu.len(), cuda.len()), (3, 16));
    }

    #[test]
    fn a_requirement_is_read_and_written_back() {
        let line = format!("nvidia-cuda-cupti==13.0.85 --hash=sha256:{HASH}");
        let pins = parse_pins(&format!("# comment\n\n{line}  # why\n")).unwrap();
        assert_eq!(pins.len(), 1);
        assert_eq!(pins[0].requirement(), line);
        assert_eq!(pins[0].wheel_prefix(), "nvidia_cuda_cupti-13.0.85-");
    }

    #[test]
    fn a_requirement_without_version_or_hash_is_refused() {
        for bad in [
            "torch==2.13.0".to_string(),
            format!("torch --hash=sha256:{HASH}"),
            format!("torch>=2 --hash=sha256:{HASH}"),
            format!("torch==2.13.0 --hash=sha256:{}", &HASH[1..]),
            format!("torch==2.13.0 --hash=sha256:{HASH} --pre"),
            format!("-r other.txt torch==2.13.0 --hash=sha256:{HASH}"),
        ] {
            assert!(parse_pins(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn members_are_placed_by_flavour() {
        assert_eq!(place_cpu("torch/lib/libtorch_cpu.so").as_deref(), Some("lib/libtorch_cpu.so"));
        assert_eq!(place_cpu("nvidia/cu13/lib/libcudart.so.13").as_deref(), Some("lib/libcudart.so.13"));
        assert_eq!(place_cpu("torch/include/ATen/ATen.h").as_deref(), Some("include/ATen/ATen.h"));
        assert_eq!(place_cpu("torch/lib/libtorch_cuda.so"), None);
        assert_eq!(place_cpu("torch/__init__.py"), None);
        for kept in ["torch/lib/libtorch_cuda.so", "nvidia/nccl/lib/libnccl.so.2", "torch/include/ATen/ATen.h"] {
            assert_eq!(place_cuda(kept).as_deref(), Some(kept));
        }
        for left_out in ["torch/lib/libtorch_python.so", "nvidia/nccl/include/nccl.h", "torch/nn/__init__.py"] {
            assert_eq!(place_cuda(left_out), None);
        }
    }
}
