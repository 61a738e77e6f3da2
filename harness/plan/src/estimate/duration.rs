//! Writes durations as people read them.

use std::time::Duration;

/// Rounds to whole seconds under two minutes and to whole minutes above, since an estimate is not more exact.
pub fn round(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    let rounded = if seconds < 120 { seconds } else { seconds.div_ceil(60) * 60 };
    humantime::format_duration(Duration::from_secs(rounded)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded() {
        assert_eq!(round(Duration::from_millis(4_400)), "4s");
        assert_eq!(round(Duration::from_secs(3_601)), "1h 1m");
    }
}
