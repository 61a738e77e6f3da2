//! This lists the jobs behind each method's numbers, to which the other tables link.

mod table;

pub use table::table;
