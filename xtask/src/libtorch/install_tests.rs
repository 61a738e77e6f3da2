//! The whole of an install is tested with small wheels and a fetcher that misbehaves on request.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::recipe::Flavour;
use super::super::wheel::tests::{fake_wheel, sha256};
use super::*;

/// This fetcher brings copies of small wheels; a copy is cut short while `broken` fetches remain to be broken.
struct Fake {
    wheels: TempDir,
    fetches: AtomicUsize,
    broken: usize,
}

impl Fake {
    fn new(broken: usize) -> (Self, Recipe) {
        let wheels = tempfile::tempdir().unwrap();
        let mut recipe = Recipe::new(Flavour::Cpu);
        for pin in &mut recipe.pins {
            let path = wheels.path().join(format!("{}py3-none-any.whl", pin.wheel_prefix()));
            let members: &[(&str, &str)] = match pin.name.as_str() {
                "torch" => &[
                    ("torch/lib/libtorch_cpu.so", "cpu"),
                    ("torch/lib/libc10.so", "c10"),
                    ("torch/include/torch/torch.h", "header"),
                    ("torch/__init__.py", "python"),
                ],
                "nvidia-cuda-cupti" => &[("nvidia/cu13/lib/libcupti.so.13", "cupti")],
                _ => &[("nvidia/cu13/lib/libcudart.so.13", "cudart")],
            };
            fake_wheel(&path, members);
            pin.sha256 = sha256(&path);
        }
        (Self { wheels, fetches: AtomicUsize::new(0), broken }, recipe)
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

impl Fetch for Fake {
    fn fetch(&self, _: &[Pin], into: &Path) -> Result<bool> {
        let number = self.fetches.fetch_add(1, Ordering::SeqCst);
        for entry in fs::read_dir(self.wheels.path())? {
            let entry = entry?;
            let bytes = fs::read(entry.path())?;
            let end = if number < self.broken { bytes.len() / 2 } else { bytes.len() };
            fs::write(into.join(entry.file_name()), &bytes[..end])?;
        }
        Ok(true)
    }
}

fn plenty(_: &Path) -> Result<u64> {
    Ok(u64::MAX)
}

fn installer<'a>(cache: &'a TempDir, fetch: &'a Fake) -> Installer<'a> {
    Installer { cache: cache.path(), fetch, free_bytes: plenty }
}

/// Gives the names in the shelf, which are the install, the lock, and nothing else.
fn shelf(cache: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(cache.path().join("libtorch")).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_install_is_whole_and_made_once() {
    let cache = tempfile::tempdir().unwrap();
    let (fake, recipe) = Fake::new(0);
    let folder = installer(&cache, &fake).provide(&recipe).unwrap();
    assert_eq!(fs::read_to_string(folder.join("lib/libtorch.so")).unwrap(), "cpu");
    assert_eq!(fs::read_to_string(folder.join("include/torch/torch.h")).unwrap(), "header");
    assert_eq!(fs::read_to_string(folder.join("build-version")).unwrap(), VERSION);
    assert!(!folder.join("__init__.py").exists());
    assert_eq!(installer(&cache, &fake).provide(&recipe).unwrap(), folder);
    assert_eq!(fake.fetches(), 1);
    assert_eq!(shelf(&cache), [".lock".to_string(), recipe.folder()]);
}

#[test]
fn a_truncated_download_is_fetched_again_whole() {
    let cache = tempfile::tempdir().unwrap();
    let (fake, recipe) = Fake::new(1);
    installer(&cache, &fake).provide(&recipe).unwrap();
    assert_eq!(fake.fetches(), 2);
}

#[test]
fn a_download_broken_twice_is_an_error_and_leaves_nothing() {
    let cache = tempfile::tempdir().unwrap();
    let (fake, recipe) = Fake::new(2);
    let error = installer(&cache, &fake).provide(&recipe).unwrap_err().to_string();
    assert!(error.contains("torch-2.13.0-") && error.contains("pinned is"), "{error}");
    assert_eq!(shelf(&cache), [".lock"]);
}

#[test]
fn a_broken_install_is_seen_and_made_again() {
    let cache = tempfile::tempdir().unwrap();
    let (fake, recipe) = Fake::new(0);
    let folder = installer(&cache, &fake).provide(&recipe).unwrap();
    type Damage = fn(&Path);
    let damages: [(&str, bool, Damage); 6] = [
        ("truncated library", true, |at| fs::write(at.join("lib/libtorch_cpu.so"), "c").unwrap()),
        ("missing library", true, |at| fs::remove_file(at.join("lib/libcupti.so.13")).unwrap()),
        ("missing link", true, |at| fs::remove_file(at.join("lib/libtorch.so")).unwrap()),
        ("no marker", true, |at| fs::remove_file(at.join(marker::NAME)).unwrap()),
        ("half a marker", true, |at| {
            let text = fs::read_to_string(at.join(marker::NAME)).unwrap();
            fs::write(at.join(marker::NAME), &text[..text.len() / 2]).unwrap();
        }),
        ("altered header", false, |at| fs::write(at.join("include/torch/torch.h"), "HEADER").unwrap()),
    ];
    for (number, (what, quick_sees_it, damage)) in damages.into_iter().enumerate() {
        damage(&folder);
        assert_eq!(marker::check_quick(&folder, &recipe).is_err(), quick_sees_it, "{what}");
        assert!(marker::check_full(&folder, &recipe).is_err(), "{what}");
        installer(&cache, &fake).provide(&recipe).unwrap();
        marker::check_full(&folder, &recipe).unwrap();
        assert_eq!(fake.fetches(), number + 2, "{what}");
    }
    assert_eq!(shelf(&cache), [".lock".to_string(), recipe.folder()]);
}

#[test]
fn an_install_of_other_wheels_is_made_again() {
    let cache = tempfile::tempdir().unwrap();
    let (fake, recipe) = Fake::new(0);
    installer(&cache, &fake).provide(&recipe).unwrap();
    let (other, mut changed) = Fake::new(0);
    let torch = changed.pins.iter_mut().find(|pin| pin.name == "torch").unwrap();
    let path = other.wheels.path().join(format!("{}py3-none-any.whl", torch.wheel_prefix()));
    fake_wheel(&path, &[("torch/lib/libtorch_cpu.so", "new"), ("torch/lib/libc10.so", "new")]);
    torch.sha256 = sha256(&path);
    let folder = installer(&cache, &other).provide(&changed).unwrap();
    assert_eq!(fs::read_to_string(folder.join("lib/libtorch_cpu.so")).unwrap(), "new");
}

#[test]
fn two_processes_at_once_share_one_install() {
    let cache = tempfile::tempdir().unwrap();
    let (fake, recipe) = Fake::new(0);
    std::thread::scope(|scope| {
        // Each `provide` opens the lock file itself, as two processes would.
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(|| installer(&cache, &fake).provide(&recipe))).collect();
        for worker in workers {
            marker::check_full(&worker.join().unwrap().unwrap(), &recipe).unwrap();
        }
    });
    assert_eq!(fake.fetches(), 1);
}

#[test]
fn what_a_killed_process_left_is_removed() {
    let cache = tempfile::tempdir().unwrap();
    let (fake, recipe) = Fake::new(0);
    let left = cache.path().join("libtorch").join(format!("{UNFINISHED}killed/wheels"));
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("torch.whl"), "half").unwrap();
    installer(&cache, &fake).provide(&recipe).unwrap();
    assert_eq!(shelf(&cache), [".lock".to_string(), recipe.folder()]);
}

#[test]
fn a_full_disk_is_told_before_anything_is_fetched() {
    let cache = tempfile::tempdir().unwrap();
    let (fake, recipe) = Fake::new(0);
    let mut full = installer(&cache, &fake);
    full.free_bytes = |_| Ok(1_000_000_000);
    let error = full.provide(&recipe).unwrap_err().to_string();
    assert!(error.contains("needs 1.6 GB free while installing and has 1.0 GB"), "{error}");
    assert_eq!(fake.fetches(), 0);
}
