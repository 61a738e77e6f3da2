//! Takes the code hashes, so that an audit can tell whether a run's code is this program's.

fn main() {
    let here = std::path::PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo"));
    mos_code_hash::emit(here.parent().expect("one folder below the repository"));
}
