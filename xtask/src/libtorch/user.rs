//! The user may name a libtorch in the environment.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::recipe::VERSION;

/// The user's choice is what the environment says.
#[derive(Debug, PartialEq)]
pub enum UserChoice {
    /// `LIBTORCH` names a libtorch folder.
    Folder(PathBuf),
    /// `LIBTORCH_USE_PYTORCH` asks for the one of the active Python.
    Python,
}

/// Gives the user's choice, if any. Cargo sets `LIBTORCH` to the repository's own link for every process that it starts
/// (`.cargo/config.toml`), this one too: that is not the user's.
pub fn variable(root: &Path) -> Option<UserChoice> {
    choose(root, |name| env::var_os(name))
}

fn choose(root: &Path, var: impl Fn(&str) -> Option<OsString>) -> Option<UserChoice> {
    if var("LIBTORCH_USE_PYTORCH").is_some() {
        return Some(UserChoice::Python);
    }
    let folder = PathBuf::from(var("LIBTORCH").filter(|value| !value.is_empty())?);
    (!is_default(root, &folder)).then_some(UserChoice::Folder(folder))
}

fn is_default(root: &Path, folder: &Path) -> bool {
    let same_parent = match (folder.parent().map(Path::canonicalize), root.canonicalize()) {
        (Some(Ok(parent)), Ok(root)) => parent == root,
        _ => false,
    };
    same_parent && folder.file_name().is_some_and(|name| name == ".libtorch")
}

/// Prints the folder of Python's torch. It is found and not imported, which would take seconds.
const FIND_TORCH: &str = "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])";

impl UserChoice {
    /// Refuses a choice that a build would trip over minutes later.
    pub fn check(&self) -> Result<()> {
        let folder = match self {
            UserChoice::Folder(folder) => folder.clone(),
            UserChoice::Python => self.of_python()?,
        };
        let library = ["so", "dylib"].iter().any(|end| folder.join(format!("lib/libtorch_cpu.{end}")).exists());
        if !library || !folder.join("include/torch").is_dir() {
            bail!(
                "{self} holds no libtorch (lib/libtorch_cpu, include/torch): name one of version {VERSION}, or unset it"
            );
        }
        let found = version(&folder).unwrap_or_default();
        let release = found.split('+').next().unwrap_or_default();
        if !release.is_empty() && release != VERSION && env::var_os("LIBTORCH_BYPASS_VERSION_CHECK").is_none() {
            bail!("{self} is libtorch {found}, not {VERSION}: name one of that version, or unset it");
        }
        Ok(())
    }

    /// Finds the folder of the torch of the Python that the build will start.
    fn of_python(&self) -> Result<PathBuf> {
        let python = if env::var_os("VIRTUAL_ENV").is_some() { "python" } else { "python3" };
        let output = Command::new(python).args(["-c", FIND_TORCH]).output();
        let output = output.with_context(|| format!("{self} is set, and {python} cannot be started"))?;
        let folder = String::from_utf8_lossy(&output.stdout).trim().to_string();
        if !output.status.success() || folder.is_empty() {
            bail!(
                "{self} is set, and `{python}` has no torch: install torch {VERSION} for it, activate another environment, \
                 or unset the variable"
            );
        }
        Ok(folder.into())
    }
}

/// Reads the version of a libtorch: an archive of libtorch alone says it in `build-version`, and a Python package in
/// `version.py`.
fn version(folder: &Path) -> Option<String> {
    if let Ok(text) = std::fs::read_to_string(folder.join("build-version")) {
        return Some(text.trim().to_string());
    }
    let text = std::fs::read_to_string(folder.join("version.py")).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix("__version__")?.split_once('='))?.1;
    Some(value.trim().trim_matches(['\'', '"']).to_string())
}

impl fmt::Display for UserChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UserChoice::Folder(folder) => write!(out, "LIBTORCH={}", folder.display()),
            UserChoice::Python => write!(out, "LIBTORCH_USE_PYTORCH"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn chosen(root: &Path, vars: &[(&str, &Path)]) -> Option<UserChoice> {
        choose(root, |name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_os_str().into()))
    }

    #[test]
    fn the_repositorys_own_link_is_not_the_users_choice() {
        let root = tempfile::tempdir().unwrap();
        let other = Path::new("/opt/libtorch");
        assert_eq!(chosen(root.path(), &[]), None);
        assert_eq!(chosen(root.path(), &[("LIBTORCH", &root.path().join(".libtorch"))]), None);
        assert_eq!(chosen(root.path(), &[("LIBTORCH", Path::new(""))]), None);
        assert_eq!(chosen(root.path(), &[("LIBTORCH", other)]), Some(UserChoice::Folder(other.into())));
        let both = [("LIBTORCH", other), ("LIBTORCH_USE_PYTORCH", Path::new("1"))];
        assert_eq!(chosen(root.path(), &both), Some(UserChoice::Python));
    }

    #[test]
    fn a_folder_without_libtorch_or_with_another_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let choice = UserChoice::Folder(folder.path().into());
        assert!(choice.check().unwrap_err().to_string().contains("holds no libtorch"));
        fs::create_dir_all(folder.path().join("include/torch")).unwrap();
        fs::create_dir(folder.path().join("lib")).unwrap();
        fs::write(folder.path().join("lib/libtorch_cpu.so"), "").unwrap();
        choice.check().unwrap();
        fs::write(folder.path().join("build-version"), format!("{VERSION}+cpu\n")).unwrap();
        choice.check().unwrap();
        fs::write(folder.path().join("build-version"), "1.0.0").unwrap();
        assert!(choice.check().unwrap_err().to_string().contains("is libtorch 1.0.0"));
        // A Python package says its version elsewhere.
        fs::remove_file(folder.path().join("build-version")).unwrap();
        for (version, good) in [("2.4.1+cu121", false), (&format!("{VERSION}+cpu"), true)] {
            let text = format!("from typing import Optional\n__version__ = '{version}'\ncuda = '12.1'\n");
            fs::write(folder.path().join("version.py"), text).unwrap();
            let checked = choice.check().map_err(|error| error.to_string());
            assert_eq!(checked.is_ok(), good, "{checked:?}");
            assert!(good || checked.unwrap_err().contains("is libtorch 2.4.1+cu121"));
        }
    }
}
