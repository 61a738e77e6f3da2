//! Reads the locked versions of the packages that the worker links.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Table;

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// Lists the packages of the registry that the member in folder `worker` links, as `name version checksum`, sorted.
/// Packages that only tests or build scripts of this repository use are left out.
///
/// # Errors
/// Fails if a manifest or the lock file cannot be read.
pub fn linked(root: &Path, worker: &str) -> Result<Vec<String>, String> {
    let workspace = workspace_dependencies(root)?;
    let (mut members, mut names) = (BTreeSet::new(), BTreeSet::new());
    let mut open = vec![root.join(worker)];
    while let Some(folder) = open.pop() {
        if !members.insert(folder.clone()) {
            continue;
        }
        for name in dependencies(&folder)? {
            match workspace.get(&name) {
                Some(path) => open.push(path.clone()),
                None => drop(names.insert(name)),
            }
        }
    }
    let text = fs::read_to_string(root.join("Cargo.lock")).map_err(|e| format!("Cargo.lock: {e}"))?;
    let lock: Lock = toml::from_str(&text).map_err(|e| format!("Cargo.lock: {e}"))?;
    Ok(closure(&lock, names))
}

/// Finds the members of the workspace by the names under which they are depended on.
fn workspace_dependencies(root: &Path) -> Result<BTreeMap<String, PathBuf>, String> {
    let manifest = table(&root.join("Cargo.toml"))?;
    let dependencies = manifest.get("workspace").and_then(|w| w.get("dependencies")).and_then(|d| d.as_table());
    let path = |(name, value): (&String, &toml::Value)| Some((name.clone(), root.join(value.get("path")?.as_str()?)));
    Ok(dependencies.into_iter().flatten().filter_map(path).collect())
}

/// Returns the names of a member's own dependencies.
fn dependencies(folder: &Path) -> Result<Vec<String>, String> {
    let manifest = table(&folder.join("Cargo.toml"))?;
    let own = manifest.get("dependencies").and_then(|d| d.as_table());
    Ok(own.into_iter().flatten().map(|(name, _)| name.clone()).collect())
}

fn table(path: &Path) -> Result<Table, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    text.parse().map_err(|e| format!("{}: {e}", path.display()))
}

/// Collects everything that these packages need. An entry of the lock file names a dependency as `name`, or as `name
/// version` where there are several.
fn closure(lock: &Lock, names: BTreeSet<String>) -> Vec<String> {
    let find = |entry: &str| {
        let mut words = entry.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next());
        let is_it = move |p: &&Package| p.name == name && version.is_none_or(|v| v == p.version);
        lock.package.iter().filter(is_it).collect::<Vec<_>>()
    };
    let mut linked: BTreeMap<String, &Package> = BTreeMap::new();
    let mut open: Vec<&Package> = names.iter().flat_map(|name| find(name)).collect();
    while let Some(package) = open.pop() {
        let key = format!("{} {} {}", package.name, package.version, package.checksum.as_deref().unwrap_or_default());
        if linked.insert(key, package).is_none() {
            open.extend(package.dependencies.iter().flat_map(|entry| find(entry)));
        }
    }
    linked.into_keys().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_links_libtorchs_wrapper_and_no_tool_of_tests() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
        let linked = linked(root, "harness").unwrap();
        let has = |name: &str| linked.iter().any(|package| package.starts_with(&format!("{name} ")));
        assert!(has("tch") && has("torch-sys") && has("serde") && has("safetensors"));
        assert!(!has("criterion") && !has("proptest"));
    }

    #[test]
    fn a_version_tells_two_packages_of_one_name_apart() {
        let package = |name: &str, version: &str, dependencies: &[&str]| Package {
            name: name.into(),
            version: version.into(),
            checksum: None,
            dependencies: dependencies.iter().map(|d| (*d).to_string()).collect(),
        };
        let lock = Lock {
            package: vec![
                package("a", "1", &["b 2", "c"]),
                package("b", "1", &[]),
                package("b", "2", &[]),
                package("c", "1", &["a"]),
            ],
        };
        let linked = closure(&lock, ["a".to_string()].into());
        assert_eq!(linked, ["a 1 ", "b 2 ", "c 1 "]);
    }
}
