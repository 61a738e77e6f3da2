//! libtorch is the user's own where the environment names one, else a pinned one in the cache.

mod fetch;
mod install;
mod marker;
pub use install::free_bytes;
pub mod recipe;
pub mod user;
mod wheel;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::cli::SetupArgs;
use crate::gpu::{self, Gpu};
use crate::paths::Paths;
use install::Installer;
use recipe::{Flavour, Recipe};

/// Carries out `cargo xtask setup`.
pub fn setup(paths: &Paths, args: &SetupArgs) -> Result<ExitCode> {
    if let Some(chosen) = user::variable(&paths.root) {
        chosen.check()?;
        println!("{chosen} is set: using that libtorch, installing none");
        return Ok(ExitCode::SUCCESS);
    }
    let flavour = match (args.cuda, args.cpu) {
        (true, _) => Flavour::Cuda,
        (_, true) => Flavour::Cpu,
        _ => detect(),
    };
    let home = provide(paths, &Recipe::new(flavour))?;
    println!("libtorch {} ({}) is ready: {}", recipe::VERSION, flavour.name(), home.display());
    Ok(ExitCode::SUCCESS)
}

/// Sees to it that a build finds libtorch, which is quick where it does already.
pub fn ensure(paths: &Paths) -> Result<()> {
    if let Some(chosen) = user::variable(&paths.root) {
        return chosen.check();
    }
    if linked(paths).is_some_and(|(recipe, folder)| marker::check_quick(&folder, &recipe).is_ok()) {
        return Ok(());
    }
    provide(paths, &Recipe::new(detect())).map(drop)
}

/// Gives the install that the repository's link names, whether whole or not.
pub fn linked(paths: &Paths) -> Option<(Recipe, PathBuf)> {
    let target = fs::read_link(paths.link()).ok()?;
    Flavour::ALL.into_iter().map(Recipe::new).find_map(|recipe| {
        let folder = target.ancestors().find(|folder| recipe.home(folder) == target)?.to_path_buf();
        (folder.file_name()? == recipe.folder().as_str()).then_some((recipe, folder))
    })
}

/// Checks that every file of the install at `folder` is as it was installed. It reads them all.
pub fn verify(folder: &Path, recipe: &Recipe) -> Result<(), String> {
    marker::check_full(folder, recipe)
}

fn detect() -> Flavour {
    match gpu::detect() {
        Gpu::Usable(name) => {
            eprintln!("{name}: taking the CUDA flavour of libtorch (`cargo xtask setup --cpu` takes the other)");
            Flavour::Cuda
        }
        Gpu::Unusable(why) => {
            eprintln!("no GPU is used: {why}; taking the CPU flavour of libtorch");
            Flavour::Cpu
        }
        Gpu::Absent => Flavour::Cpu,
    }
}

/// Installs unless that was done, then links, and gives the folder that the link names.
fn provide(paths: &Paths, recipe: &Recipe) -> Result<PathBuf> {
    if !recipe::PLATFORM_SERVED {
        bail!(
            "libtorch is provisioned on Linux x86-64 with glibc only: set LIBTORCH to a libtorch {} folder for this machine",
            recipe::VERSION
        );
    }
    let installer = Installer { cache: &paths.cache, fetch: &fetch::Pip::default(), free_bytes: install::free_bytes };
    let home = recipe.home(&installer.provide(recipe)?);
    link(&paths.link(), &home)?;
    Ok(home)
}

/// Points `link` at `target` in one step, so that a build beside this process sees the old one or the new one.
fn link(link: &Path, target: &Path) -> Result<()> {
    match fs::symlink_metadata(link) {
        Ok(found) if !found.is_symlink() => {
            bail!("{} is in the way: it should be a link to libtorch; move it away", link.display())
        }
        Ok(_) if fs::read_link(link).is_ok_and(|now| now == target) => return Ok(()),
        _ => {}
    }
    let temporary = link.with_extension(format!("{}.tmp", std::process::id()));
    symlink(target, &temporary)
        .and_then(|()| fs::rename(&temporary, link))
        .with_context(|| format!("cannot make the link {}", link.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_made_replaced_and_never_overwrites_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join(".libtorch");
        for target in ["/somewhere", "/elsewhere"] {
            link(&at, Path::new(target)).unwrap();
            assert_eq!(fs::read_link(&at).unwrap(), Path::new(target));
        }
        fs::remove_file(&at).unwrap();
        fs::create_dir(&at).unwrap();
        assert!(link(&at, Path::new("/somewhere")).unwrap_err().to_string().contains("move it away"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_a_link_to_an_install_of_ours_is_recognised() {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths { root: root.path().into(), cache: root.path().join("cache"), binaries: "/".into() };
        assert!(linked(&paths).is_none());
        for (target, flavour) in [
            (format!("/c/libtorch/{}-cpu", recipe::VERSION), Some(Flavour::Cpu)),
            (format!("/c/libtorch/{}-cuda/torch", recipe::VERSION), Some(Flavour::Cuda)),
            (format!("/c/libtorch/{}-cuda", recipe::VERSION), None),
            ("/opt/libtorch".to_string(), None),
        ] {
            link(&paths.link(), Path::new(&target)).unwrap();
            assert_eq!(linked(&paths).map(|(recipe, _)| recipe.flavour), flavour, "{target}");
        }
    }
}
