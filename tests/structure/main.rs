//! No two files of the workspace import each other, directly or through others.
//!
//! An import is a `use` of, or a path to, an item of another file outside `cfg(test)`. A parent's `mod` and `pub use`
//! of its child do not count; whoever uses an item through such a `pub use` imports the file that it comes from.

mod files;
mod graph;
mod imports;

use files::Workspace;

#[test]
fn no_two_files_import_each_other() {
    let workspace = Workspace::read(&mos_e2e::repository());
    assert!(workspace.files.len() > 300, "only {} files were found", workspace.files.len());
    let graph = imports::graph(&workspace);
    let arrows: usize = graph.values().map(|targets| targets.len()).sum();
    assert!(arrows > 1000, "only {arrows} imports were found");
    let circles = graph::circles(&graph);
    let shown: Vec<String> = circles.iter().map(|circle| graph::describe(&workspace.names(circle))).collect();
    assert!(circles.is_empty(), "files import each other:\n{}", shown.join("\n"));
}

#[test]
fn a_circle_is_found_through_super_reexports_and_others() {
    let source = |text: &str| text.to_string();
    let files = [
        ("a/src/lib.rs", source("pub mod one; pub mod two; pub use two::Two;")),
        ("a/src/one.rs", source("use crate::Two; pub struct One(Two);")),
        ("a/src/two/mod.rs", source("mod deep; pub struct Two; fn f() { deep::g() }")),
        ("a/src/two/deep.rs", source("pub fn g() { super::super::one::One; }")),
        ("b/src/lib.rs", source("use mos_a::one::One; #[cfg(test)] mod tests { use super::super::x; }")),
    ];
    let crates = [("mos_a", "a/src"), ("mos_b", "b/src")];
    let workspace = Workspace::of(&crates, &files);
    let graph = imports::graph(&workspace);
    let circles = graph::circles(&graph);
    assert_eq!(circles.len(), 1);
    let mut names = workspace.names(&circles[0]);
    names.sort();
    assert_eq!(names, ["a/src/one.rs", "a/src/two/deep.rs", "a/src/two/mod.rs"]);
}
