//! Compiles the few lines of C++ against the libtorch that torch-sys found.

use std::path::PathBuf;

fn main() {
    println!("cargo:rerun-if-changed=src/observe.cpp");
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let root = here.ancestors().nth(2).expect("a member of the workspace");
    let lib = root.join(std::env::var("DEP_TCH_LIBTORCH_LIB").expect("torch-sys tells where libtorch lies"));
    let include = lib.with_file_name("include");
    cc::Build::new()
        .cpp(true)
        .warnings(false)
        .include(&include)
        .include(include.join("torch/csrc/api/include"))
        .flag("-std=c++20")
        .file("src/observe.cpp")
        .compile("mosobserve");
    // Tests of this crate find libtorch where it was built against.
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", lib.display());
}
