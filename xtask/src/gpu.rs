//! This tells whether there is a GPU that the pinned CUDA wheels can use.

// The planner looks for a GPU, too.
#[path = "../../harness/plan/src/nvidia_smi.rs"]
mod nvidia_smi;

use nvidia_smi::{PATIENCE, Silence, ask};

/// The CUDA version of the pinned wheels; a driver must support it.
const WHEEL_CUDA: (u32, u32) = (13, 0);

/// The oldest compute capability that the wheels hold code for (Turing).
const OLDEST_CAPABILITY: (u32, u32) = (7, 5);

/// This is what `nvidia-smi` says of the GPUs here.
#[derive(Debug, PartialEq)]
pub enum Gpu {
    /// The CUDA flavour works; the text names GPU and driver, and GPUs beside it that do not work.
    Usable(String),
    /// There is no sign of a GPU.
    Absent,
    /// There are signs of a GPU, and the CUDA flavour does not work; the text says why.
    Unusable(String),
}

impl Gpu {
    /// Says why the CUDA flavour does not work, where it does not.
    pub fn trouble(&self) -> Option<&str> {
        match self {
            Gpu::Usable(_) => None,
            Gpu::Absent => Some("no NVIDIA GPU (there is no nvidia-smi)"),
            Gpu::Unusable(why) => Some(why),
        }
    }
}

/// Asks `nvidia-smi`.
pub fn detect() -> Gpu {
    // A driver that answers the first question may hang at the second, so that none is asked after a failure.
    let answers = ask(&[], PATIENCE).map(|banner| {
        let list = ask(&["--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"], PATIENCE);
        (banner, list)
    });
    match answers {
        Ok((banner, Ok(list))) => judge(&banner, &list),
        Ok((banner, Err(Silence::Trouble(why)))) => old_driver(&banner, &why).unwrap_or(Gpu::Unusable(why)),
        Err(Silence::Trouble(why)) => Gpu::Unusable(why),
        Ok((_, Err(Silence::Absent))) | Err(Silence::Absent) => Gpu::Absent,
    }
}

/// Recognises a driver that is too old for the wheels by the banner, where `why` says how the list failed: such a driver
/// may not know the fields of the list.
fn old_driver(banner: &str, why: &str) -> Option<Gpu> {
    let cuda = driver_cuda(banner).filter(|cuda| *cuda < WHEEL_CUDA)?;
    let driver = banner.split_once("Driver Version:").and_then(|(_, rest)| rest.split_whitespace().next());
    Some(Gpu::Unusable(format!("{} ({why})", too_old(driver.unwrap_or("of the system"), cuda))))
}

fn too_old(driver: &str, cuda: (u32, u32)) -> String {
    format!(
        "driver {driver} supports CUDA {}.{}, the wheels need {}.{}; update the driver",
        cuda.0, cuda.1, WHEEL_CUDA.0, WHEEL_CUDA.1
    )
}

/// Decides from the banner (it alone tells the driver's CUDA version) and the list of GPUs.
fn judge(banner: &str, list: &str) -> Gpu {
    let lines: Vec<&str> = list.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let Some(first) = lines.first() else {
        return Gpu::Unusable("nvidia-smi lists no GPU".into());
    };
    let Some(cards) = lines.iter().map(|line| Card::read(line)).collect::<Option<Vec<Card>>>() else {
        return Gpu::Unusable(format!("nvidia-smi's answer is not understood: {first}"));
    };
    let driver = cards[0].driver;
    match driver_cuda(banner) {
        None => return Gpu::Unusable(format!("nvidia-smi does not tell the CUDA version of driver {driver}")),
        Some(cuda) if cuda < WHEEL_CUDA => return Gpu::Unusable(too_old(driver, cuda)),
        Some(_) => {}
    }
    choose(&cards)
}

/// Decides from the cards, of which some may be too old.
fn choose(cards: &[Card]) -> Gpu {
    let said = |card: &Card| format!("{} (compute capability {})", card.name, card.capability);
    let old: Vec<String> = cards.iter().filter(|card| !card.is_young_enough()).map(said).collect();
    let old = old.join(", ");
    let Some(place) = cards.iter().position(Card::is_young_enough) else {
        return Gpu::Unusable(format!(
            "{old}: the wheels need compute capability {}.{} or newer",
            OLDEST_CAPABILITY.0, OLDEST_CAPABILITY.1
        ));
    };
    let Card { name, driver, .. } = &cards[place];
    if old.is_empty() {
        return Gpu::Usable(format!("{name}, driver {driver}"));
    }
    // CUDA numbers cards by speed unless it is told to number them as nvidia-smi does.
    Gpu::Usable(format!(
        "{name}, driver {driver}; beside it {old} is too old for the wheels: hide it with CUDA_DEVICE_ORDER=PCI_BUS_ID \
         CUDA_VISIBLE_DEVICES={place}"
    ))
}

/// One line of the list of GPUs.
struct Card<'a> {
    name: &'a str,
    driver: &'a str,
    capability: &'a str,
}

impl<'a> Card<'a> {
    fn read(line: &'a str) -> Option<Card<'a>> {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [name, driver, capability] = fields[..] else { return None };
        Some(Card { name, driver, capability })
    }

    fn is_young_enough(&self) -> bool {
        version(self.capability).is_some_and(|found| found >= OLDEST_CAPABILITY)
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
            other => panic!("{other:?}"),
        };
        let old = BANNER.replace("13.0", "12.8");
        assert!(reason(&old, "NVIDIA A100, 570.1, 8.0").contains("supports CUDA 12.8"));
        assert!(reason(BANNER, "Tesla V100, 580.65.06, 7.0").contains("compute capability 7.0"));
        assert!(reason(BANNER, "\n").contains("lists no GPU"));
        assert!(reason(BANNER, "No devices were found").contains("not understood"));
        let both = reason(BANNER, "Tesla V100, 580.65.06, 7.0\nTesla P40, 580.65.06, 6.1\n");
        assert!(both.contains("Tesla V100 (compute capability 7.0), Tesla P40 (compute capability 6.1): "), "{both}");
    }

    #[test]
    fn a_driver_that_does_not_know_the_fields_is_recognised_by_its_banner() {
        let banner = BANNER.replace("13.0", "11.4").replace("580.65.06", "470.182.03");
        let Some(Gpu::Unusable(why)) = old_driver(&banner, "no such field") else { panic!() };
        assert!(
            why.contains("driver 470.182.03 supports CUDA 11.4") && why.ends_with("update the driver (no such field)"),
            "{why}"
        );
        assert_eq!(old_driver(BANNER, "no such field"), None);
    }

    #[test]
    fn a_card_that_is_too_old_beside_a_young_one_is_to_be_hidden() {
        for (list, place) in [
            ("Tesla V100, 580.65.06, 7.0\nNVIDIA H100, 580.65.06, 9.0\n", 1),
            ("NVIDIA H100, 580.65.06, 9.0\nTesla V100, 580.65.06, 7.0\n", 0),
        ] {
            let Gpu::Usable(name) = judge(BANNER, list) else { panic!("{list}") };
            assert!(name.starts_with("NVIDIA H100, driver 580.65.06; beside it Tesla V100"), "{name}");
            assert!(name.ends_with(&format!("CUDA_VISIBLE_DEVICES={place}")), "{name}");
        }
    }
}
