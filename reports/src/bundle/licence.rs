//! Says whether a text may be handed on, by its licence.

use spdx::{Expression, LicenseItem};

/// Texts of no owner have this licence in the registry; SPDX has no identifier for it.
const PUBLIC_DOMAIN: &str = "public-domain";

/// Tells whether a licence, which is an SPDX expression, lets a text be handed on: every part of it is free, as the FSF or the
/// OSI see it, or in the public domain. Of anything else, and of what is no such expression, that is not known.
pub fn may_be_handed_on(licence: &str) -> bool {
    let is_free = |item: &LicenseItem| match item {
        LicenseItem::Spdx { id, .. } => id.is_fsf_free_libre() || id.is_osi_approved(),
        LicenseItem::Other(other) => other.doc_ref.is_none() && other.lic_ref == PUBLIC_DOMAIN,
    };
    Expression::parse(licence).is_ok_and(|expression| expression.evaluate(|part| is_free(&part.license)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_texts_may_be_handed_on_and_others_may_not() {
        for free in ["CC-BY-SA-4.0 AND LicenseRef-public-domain", "MIT", "LicenseRef-not-stated OR Apache-2.0"] {
            assert!(may_be_handed_on(free), "{free}");
        }
        for other in
            ["LicenseRef-not-stated", "CC-BY-SA-4.0 AND LicenseRef-not-stated", "CC-BY-NC-4.0", "public domain", ""]
        {
            assert!(!may_be_handed_on(other), "{other}");
        }
    }
}
