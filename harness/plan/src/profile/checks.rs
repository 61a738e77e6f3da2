//! Refuses values that make no sense, naming the field.

use mos_base::Split;

use crate::error::{Result, refuse};

/// Refuses a field that is no share.
pub(super) fn check_share(field: &str, value: f64) -> Result<()> {
    if !(0.0..1.0).contains(&value) {
        refuse!("`{field}` = {value}: allowed are values from 0 up to, not including, 1");
    }
    Ok(())
}

/// Refuses a field that counts nothing.
pub(super) fn check_count(field: &str, value: usize) -> Result<()> {
    if value == 0 {
        refuse!("`{field}` must be 1 or more");
    }
    Ok(())
}

/// Refuses the training split where subnets are scored.
pub(super) fn check_splits(field: &str, splits: &[Split]) -> Result<()> {
    if splits.contains(&Split::Train) {
        refuse!("`{field}` = {}: allowed are {} and {}", Split::Train, Split::Valid, Split::Test);
    }
    Ok(())
}
