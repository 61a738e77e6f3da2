//! Numbers become text here: with fixed decimals, with SI prefixes, or as learning rates.

/// A number from here on has more digits than a reader counts, and is written with an exponent.
const HUGE: f64 = 1e12;

/// Writes `value` with `decimals` digits after the point, a huge one with as many and an exponent. A zero has no sign,
/// whatever it was rounded from.
pub fn fixed(value: f64, decimals: usize) -> String {
    if value.is_finite() && value.abs() >= HUGE {
        return format!("{value:.0$e}", decimals.max(2));
    }
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

/// Writes `value` with about `digits` significant digits; only a huge one has an exponent. Decimals that say nothing are
/// dropped.
pub fn significant(value: f64, digits: usize) -> String {
    fixed(value, decimals_for(value.abs(), digits))
}

/// Tells how many decimals show `magnitude` with about `digits` significant digits.
pub fn decimals_for(magnitude: f64, digits: usize) -> usize {
    if magnitude <= 0.0 || !magnitude.is_finite() {
        return 0;
    }
    let leading = magnitude.log10().floor() as i64;
    usize::try_from(digits as i64 - 1 - leading).unwrap_or(0).min(12)
}

/// Writes an integer with separators between thousands (`31,102`).
pub fn integer(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if value < 0 { format!("-{out}") } else { out }
}

/// Finds the SI prefix under which the largest of `values` has one to three digits before the point, as `(divisor,
/// prefix)`.
pub fn si_prefix(values: impl IntoIterator<Item = f64>) -> (f64, &'static str) {
    let largest = values.into_iter().filter(|v| v.is_finite()).fold(0.0, |a: f64, b| a.max(b.abs()));
    const PREFIXES: [(f64, &str); 6] = [(1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    PREFIXES.into_iter().find(|(size, _)| largest >= *size).unwrap_or((1.0, ""))
}

/// Writes a learning rate in the shortest decimal or scientific form, such as `0.003` or `7.5e-4`.
pub fn rate(value: f64) -> String {
    if (0.001..10.0).contains(&value) {
        let text = significant(value, 3);
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    } else {
        let text = format!("{value:.2e}");
        match text.split_once('e') {
            Some((mantissa, exponent)) if mantissa.contains('.') => {
                format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
            }
            _ => text,
        }
    }
}

/// Converts bytes to mebibytes.
pub fn mebibytes(bytes: f64) -> f64 {
    bytes / (1024.0 * 1024.0)
}

/// Writes a list in words, such as `a`, `a and b` or `a, b and c`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// Gives words a capital at their beginning.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Writes a number of things in words, such as `1 seed` or `2 seeds`.
pub fn count(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{} {word}s", integer(n as i64)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_written() {
        assert_eq!(fixed(-0.0001, 3), "0.000");
        assert_eq!(fixed(-0.0006, 3), "-0.001");
        assert_eq!([fixed(1e300, 1), fixed(-2.5e12, 3), fixed(9.9e11, 0)], ["1.00e300", "-2.500e12", "990000000000"]);
        assert_eq!([fixed(f64::INFINITY, 2), fixed(f64::NAN, 2)], ["inf", "NaN"]);
        assert_eq!([significant(1e15, 3), significant(1234.6, 3)], ["1.00e15", "1235"]);
        assert_eq!(significant(0.012345, 3), "0.0123");
        assert_eq!(integer(-31102), "-31,102");
        assert_eq!(integer(999), "999");
        assert_eq!(rate(0.003), "0.003");
        assert_eq!(rate(0.00075), "7.5e-4");
        assert_eq!(rate(0.0), "0e0");
        assert_eq!(si_prefix([2.5e12, 1e9]), (1e12, "T"));
        assert_eq!(si_prefix([]), (1.0, ""));
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!(count(1, "seed"), "1 seed");
        assert_eq!(count(2, "seed"), "2 seeds");
        assert_eq!([capital("test BLEU"), capital("")], ["Test BLEU", ""]);
    }
}
