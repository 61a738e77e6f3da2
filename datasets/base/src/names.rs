//! People type names; here is the known name that is most like a wrong one, and a check that a name is safe as a file
//! name.

/// Two names must be so much alike, from 0 to 1, before one is offered in place of the other.
const ALIKE: f64 = 0.7;

/// This name cannot be a file name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} name `{name}`: use letters, digits, `-`, `_` and `.`, not starting with `.` (at most 100)")]
pub struct BadName {
    what: String,
    name: String,
}

/// Finds the known name that is most like `name`. It is empty when none is known.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> &'a str {
    ranked(name, known).map_or("", |(_, nearest)| nearest)
}

/// Finds the known name that is most like `name`, if it is like enough to be what was meant.
pub fn alike<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    ranked(name, known).filter(|(similarity, _)| *similarity > ALIKE).map(|(_, nearest)| nearest)
}

fn ranked<'a>(name: &str, known: &[&'a str]) -> Option<(f64, &'a str)> {
    let scored = known.iter().map(|known| (strsim::jaro_winkler(known, name), *known));
    scored.max_by(|a, b| a.0.total_cmp(&b.0))
}

/// Refuses a name that is not a plain file name. `what` says in the error what the name is of.
pub fn check_name(what: &str, name: &str) -> Result<(), BadName> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(plain) {
        return Err(BadName { what: what.to_string(), name: name.to_string() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_only_a_like_one_is_offered() {
        let known = ["mos-layer", "mos-neuron", "hat"];
        assert_eq!(nearest("mos-neurons", &known), "mos-neuron");
        assert_eq!(alike("mos-neurons", &known), Some("mos-neuron"));
        assert!(known.contains(&nearest("zzz", &known)));
        assert_eq!(alike("zzz", &known), None);
        assert_eq!((nearest("hat", &[]), alike("hat", &[])), ("", None));
    }

    #[test]
    fn a_checked_name_cannot_leave_its_folder() {
        for bad in ["", "..", "../x", "a/b", ".hidden", "/abs", "a b", "ä", &"a".repeat(101)] {
            let message = check_name("run", bad).unwrap_err().to_string();
            assert!(message.starts_with(&format!("run name `{bad}`: use letters")), "{message}");
        }
        assert_eq!(check_name("run", "quick-bible-en-fr_2.1"), Ok(()));
    }
}
