//! Sets the rpath by which tests and benches of this crate find libtorch.

fn main() {
    // torch-sys tells its direct dependants where it found libtorch.
    if let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a member of the workspace");
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", root.join(lib).display());
    }
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
}
