//! This finds the source files of the workspace, and which module each holds.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syn::{Item, UseTree, Visibility};

/// A module's path is the crate's name as paths spell it, then the modules down to this one.
pub type ModulePath = Vec<String>;

/// One source file.
pub struct SourceFile {
    /// The file's path in the repository.
    pub name: String,
    /// The module that the file holds.
    pub module: ModulePath,
    /// The file's syntax.
    pub syntax: syn::File,
}

/// A workspace is its files, and what can be looked up in them.
pub struct Workspace {
    /// Every file below the `src` folders.
    pub files: Vec<SourceFile>,
    /// The file of each module.
    pub modules: BTreeMap<ModulePath, usize>,
    /// Each module's exports by `pub use`: the exported name (`*` for all), and the path behind it.
    exports: BTreeMap<ModulePath, Vec<(String, Vec<String>)>>,
}

impl Workspace {
    /// Reads the members of the workspace at `root`.
    pub fn read(root: &Path) -> Workspace {
        let manifest = |path: &Path| -> toml::Table { fs::read_to_string(path).unwrap().parse().unwrap() };
        let workspace = manifest(&root.join("Cargo.toml"));
        let members = workspace["workspace"]["members"].as_array().unwrap();
        let (mut crates, mut files) = (Vec::new(), Vec::new());
        for member in members {
            let folder = member.as_str().unwrap();
            let name =
                manifest(&root.join(folder).join("Cargo.toml"))["package"]["name"].as_str().unwrap().replace('-', "_");
            let src = format!("{folder}/src");
            collect(root, &src, &mut files);
            crates.push((name, src));
        }
        let crates: Vec<(&str, &str)> = crates.iter().map(|(name, src)| (name.as_str(), src.as_str())).collect();
        let files: Vec<(&str, String)> = files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
        Workspace::of(&crates, &files)
    }

    /// Makes the workspace of these crates (name and folder) and files (path and text).
    pub fn of(crates: &[(&str, &str)], texts: &[(&str, String)]) -> Workspace {
        let mut files = Vec::new();
        for (name, src) in crates {
            for (path, text) in texts {
                let Some(inside) = path.strip_prefix(&format!("{src}/")) else { continue };
                let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
                files.push(SourceFile { name: path.to_string(), module: module_of(name, inside), syntax });
            }
        }
        // A package's library and its program share the root; the library's names are what others see.
        let mut modules = BTreeMap::new();
        for (i, file) in files.iter().enumerate() {
            let is_program = file.name.ends_with("src/main.rs");
            if !is_program || !modules.contains_key(&file.module) {
                modules.insert(file.module.clone(), i);
            }
        }
        let exports = files.iter().map(|file| (file.module.clone(), exports_of(file))).collect();
        Workspace { files, modules, exports }
    }

    /// Finds the file that a full path leads to: that of the longest module in it, through what it exports.
    pub fn file_of(&self, path: &[String]) -> Option<usize> {
        self.resolve(path, 0)
    }

    fn resolve(&self, path: &[String], depth: usize) -> Option<usize> {
        let length = (1..=path.len()).rev().find(|n| self.modules.contains_key(&path[..*n]))?;
        let (module, rest) = path.split_at(length);
        let item = rest.first();
        for (name, target) in self.exports.get(module).into_iter().flatten() {
            let is_it = item.is_some_and(|item| item == name);
            if is_it && depth < 8 {
                let full = self.absolute(module, target);
                return full.and_then(|full| self.resolve(&full, depth + 1)).or(self.modules.get(module).copied());
            }
        }
        self.modules.get(module).copied()
    }

    /// Spells a path, as it is written in a module, from its crate on; `None` where it leaves the workspace.
    pub fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let (first, mut rest) = path.split_first()?;
        let mut base = match first.as_str() {
            "crate" => module[..1].to_vec(),
            "self" => module.to_vec(),
            "super" => module[..module.len() - 1].to_vec(),
            name => {
                let child = [module, &[name.to_string()]].concat();
                if !self.modules.contains_key(&child) {
                    return self.modules.contains_key(&path[..1]).then(|| path.to_vec());
                }
                child
            }
        };
        while first == "super" && rest.first().is_some_and(|next| next == "super") {
            base.pop();
            rest = &rest[1..];
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// Gives the paths of files.
    pub fn names(&self, files: &[usize]) -> Vec<&str> {
        files.iter().map(|file| self.files[*file].name.as_str()).collect()
    }
}

fn collect(root: &Path, folder: &str, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            collect(root, &name, files);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") && !name.contains("/tests/") {
            let text = fs::read_to_string(entry.path()).unwrap();
            files.push((name, text));
        }
    }
}

fn module_of(name: &str, inside: &str) -> ModulePath {
    let mut module = vec![name.to_string()];
    module.extend(inside.trim_end_matches(".rs").split('/').map(str::to_string));
    if ["lib", "main", "mod"].contains(&module[module.len() - 1].as_str()) {
        module.pop();
    }
    module
}

/// Gives the names that a file exports from elsewhere.
fn exports_of(file: &SourceFile) -> Vec<(String, Vec<String>)> {
    let mut exports = Vec::new();
    for item in &file.syntax.items {
        if let Item::Use(item) = item
            && !matches!(item.vis, Visibility::Inherited)
        {
            flatten(&item.tree, Vec::new(), &mut exports);
        }
    }
    exports
}

/// Gives the names that a `use` brings in, each with its path.
pub fn flatten(tree: &UseTree, mut before: Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, found);
        }
        UseTree::Name(name) if name.ident == "self" => {
            found.push((before.last().cloned().unwrap_or_default(), before));
        }
        UseTree::Name(name) => {
            before.push(name.ident.to_string());
            found.push((name.ident.to_string(), before));
        }
        UseTree::Rename(rename) => {
            before.push(rename.ident.to_string());
            found.push((rename.rename.to_string(), before));
        }
        UseTree::Glob(_) => found.push(("*".to_string(), before)),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before.clone(), found)),
    }
}
