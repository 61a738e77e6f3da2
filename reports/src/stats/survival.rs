//! Times to an event may be right-censored: they are then only known to be longer than what was watched.
//!
//! The curve is the product-limit estimate of E. L. Kaplan and P. Meier (Nonparametric Estimation from Incomplete
//! Observations, JASA 53, 1958). An observation censored at the time of an event still counts as at risk in it.

/// An observation is one watched time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// The time of the event, or the time until which there was none, in any unit. It is not below 0.
    pub time: f64,
    /// Whether the event came. If not, the time is right-censored.
    pub observed: bool,
}

/// A step is a point at which the survival curve falls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The time of an event.
    pub time: f64,
    /// The estimated share that has had no event up to and at that time, 0 to 1.
    pub survival: f64,
}

/// Computes the survival curve: a step at each distinct time of an event, by rising time. It is 1 before the first.
///
/// # Panics
/// This panics when a time is not a number.
pub fn kaplan_meier(observations: &[Observation]) -> Vec<Step> {
    let mut sorted = observations.to_vec();
    sorted.sort_by(|a, b| a.time.partial_cmp(&b.time).expect("times are numbers"));
    let (mut at_risk, mut survival) = (sorted.len(), 1.0);
    let mut steps = Vec::new();
    for tied in sorted.chunk_by(|a, b| a.time == b.time) {
        let events = tied.iter().filter(|o| o.observed).count();
        if events > 0 {
            survival *= (at_risk - events) as f64 / at_risk as f64;
            steps.push(Step { time: tied[0].time, survival });
        }
        at_risk -= tied.len();
    }
    steps
}

/// Finds the first time at which the curve is at one half or below; `None` when it never falls so far.
pub fn median(curve: &[Step]) -> Option<f64> {
    // A product of ratios that is one half in exact numbers may come out a rounding above it.
    curve.iter().find(|step| step.survival <= 0.5 + 1e-12).map(|step| step.time)
}

/// Computes the area under the curve from 0 to `until`, which is the mean of the times, each counted up to `until` at
/// most. Only up to the longest watched time is it estimated from data.
pub fn restricted_mean(curve: &[Step], until: f64) -> f64 {
    let (mut area, mut from, mut survival) = (0.0, 0.0, 1.0);
    for step in curve.iter().take_while(|step| step.time < until) {
        area += survival * (step.time - from);
        (from, survival) = (step.time, step.survival);
    }
    area + survival * (until - from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(times: &[f64]) -> Vec<Observation> {
        times.iter().map(|&time| Observation { time, observed: true }).collect()
    }

    fn censored(times: &[f64]) -> Vec<Observation> {
        times.iter().map(|&time| Observation { time, observed: false }).collect()
    }

    #[test]
    fn without_censoring_it_is_the_share_that_is_left() {
        let curve = kaplan_meier(&seen(&[3.0, 1.0, 2.0, 2.0]));
        assert_eq!(curve.iter().map(|s| s.time).collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
        for (step, left) in curve.iter().zip([0.75, 0.25, 0.0]) {
            assert!((step.survival - left).abs() < 1e-12);
        }
        assert_eq!(median(&curve), Some(2.0));
        // The mean, and the mean of the times cut at 2.5.
        assert!((restricted_mean(&curve, 9.0) - 2.0).abs() < 1e-12);
        assert!((restricted_mean(&curve, 2.5) - (1.0 + 2.0 + 2.0 + 2.5) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_censored_time_leaves_the_risk_after_its_own_time() {
        // At 1 five are at risk and one goes; at 2 four are at risk, one goes and one is censored; at 3 two are left.
        let all = [seen(&[1.0, 2.0, 3.0]), censored(&[2.0, 4.0])].concat();
        let curve = kaplan_meier(&all);
        for (step, survival) in curve.iter().zip([0.8, 0.8 * 0.75, 0.8 * 0.75 * 0.5]) {
            assert!((step.survival - survival).abs() < 1e-12);
        }
        assert_eq!(median(&curve), Some(3.0));
        assert!((restricted_mean(&curve, 4.0) - (1.0 + 0.8 + 0.6 + 0.3)).abs() < 1e-12);
    }

    #[test]
    fn a_curve_that_stays_high_has_no_median() {
        let curve = kaplan_meier(&[seen(&[1.0]), censored(&[5.0, 5.0])].concat());
        assert_eq!(median(&curve), None);
        assert_eq!((kaplan_meier(&[]).len(), median(&[]), restricted_mean(&[], 5.0)), (0, None, 5.0));
        assert_eq!(restricted_mean(&kaplan_meier(&censored(&[5.0])), 5.0), 5.0);
    }

    #[test]
    fn one_half_is_met_in_spite_of_rounding() {
        for n in 1..40 {
            let times: Vec<f64> = (1..=2 * n).map(f64::from).collect();
            assert_eq!(median(&kaplan_meier(&seen(&times))), Some(f64::from(n)));
        }
    }
}
