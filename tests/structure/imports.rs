//! This finds which files each file imports.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn, ItemImpl, ItemMod, ItemUse, Path, Visibility};

use crate::files::{ModulePath, SourceFile, Workspace, flatten};

/// A graph holds, for each file, the files that it imports.
pub type Graph = BTreeMap<usize, BTreeSet<usize>>;

/// Finds the imports of every file.
pub fn graph(workspace: &Workspace) -> Graph {
    let of = |(i, file): (usize, &SourceFile)| {
        let mut reader = Reader { workspace, file, module: file.module.clone(), found: BTreeSet::new() };
        reader.visit_file(&file.syntax);
        reader.found.remove(&i);
        (i, reader.found)
    };
    workspace.files.iter().enumerate().map(of).collect()
}

/// Walks one file.
struct Reader<'a> {
    workspace: &'a Workspace,
    file: &'a SourceFile,
    /// The module being read: the file's, or one written inside it.
    module: ModulePath,
    found: BTreeSet<usize>,
}

impl Reader<'_> {
    fn note(&mut self, path: &[String]) {
        let full = self.workspace.absolute(&self.module, path);
        self.found.extend(full.and_then(|full| self.workspace.file_of(&full)));
    }

    /// Tells whether a path leads to a file below this one.
    fn is_child(&self, path: &[String]) -> bool {
        let full = self.workspace.absolute(&self.module, path).unwrap_or_default();
        full.len() > self.file.module.len() && full.starts_with(&self.file.module)
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_cfg = attribute.path().is_ident("cfg");
        attribute.path().is_ident("test")
            || is_cfg && attribute.parse_args::<syn::Ident>().is_ok_and(|only| only == "test")
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_test(&item.attrs) || item.content.is_none() {
            return;
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if !is_test(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if is_test(&item.attrs) {
            return;
        }
        let mut names = Vec::new();
        flatten(&item.tree, Vec::new(), &mut names);
        for (_, path) in names {
            let reexport = !matches!(item.vis, Visibility::Inherited) && self.is_child(&path);
            if !reexport {
                self.note(&path);
            }
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.note(&segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}
