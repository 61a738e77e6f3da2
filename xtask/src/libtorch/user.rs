//! The user may name a libtorch in the environment.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

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

impl UserChoice {
    /// Refuses a choice that a build would trip over minutes later. A Python's torch is left to the build to check:
    /// importing it takes seconds.
    pub fn check(&self) -> Result<()> {
        let UserChoice::Folder(folder) = self else { return Ok(()) };
        let library = ["so", "dylib"].iter().any(|end| folder.join(format!("lib/libtorch_cpu.{end}")).exists());
        if !library || !folder.join("include/torch").is_dir() {
            bail!(
                "{self} holds no libtorch (lib/libtorch_cpu, include/torch): name one of version {VERSION}, or unset it"
            );
        }
        let found = std::fs::read_to_string(folder.join("build-version")).unwrap_or_default();
        let found = found.trim().split('+').next().unwrap_or_default();
        if !found.is_empty() && found != VERSION && env::var_os("LIBTORCH_BYPASS_VERSION_CHECK").is_none() {
            bail!("{self} is libtorch {found}, not {VERSION}: name one of that version, or unset it");
        }
        Ok(())
    }
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
    }
}
