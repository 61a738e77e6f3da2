//! Methods against each other: paired differences of the mean absolute gap, and what the controls leave of a gain.

use super::gaps::{common_cells, scores};
use super::{Report, SCRATCH};
use crate::Result;
use crate::stats::{self, Estimate, Settings, Verdict};

/// The baselines that the paper compares with.
pub const BASELINES: [&str; 2] = ["sandwich", "hat"];
/// The baseline over which a mixture of experts claims its gain.
const PLAIN: &str = "sandwich";
/// Plain sharing that starts like merged experts.
const MERGED_INIT: &str = "sandwich-merged-init";
/// Each mixture of experts with the control that has its experts but no architecture to route by.
const ROUTED: [(&str, &str); 2] = [("mos-layer", "mos-layer-const"), ("mos-neuron", "mos-neuron-const")];

/// One method against another over the same subnets and seeds.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The method.
    pub method: String,
    /// What it is compared with.
    pub against: String,
    /// Its mean absolute gap minus the other's.
    pub difference: Estimate,
    /// What the interval decides.
    pub verdict: Verdict,
    /// Its mean signed gap minus the other's: negative means that its own scores are better.
    pub signed: Estimate,
    /// Subnets compared.
    pub subnets: usize,
    /// Seeds compared.
    pub seeds: usize,
}

/// Each method against `sandwich` and against `hat`, where both have scores.
pub fn against_baselines(report: &Report) -> Result<Vec<Comparison>> {
    let pairs = BASELINES.iter().flat_map(|baseline| report.methods.iter().map(move |m| (m.as_str(), *baseline)));
    pairs.filter(|(m, baseline)| m != baseline).filter_map(|(m, b)| compare(report, m, b).transpose()).collect()
}

/// Each mixture of experts against its controls, where both have scores.
pub fn against_controls(report: &Report) -> Result<Vec<Comparison>> {
    let pairs = ROUTED.iter().flat_map(|(method, constant)| [(*method, *constant), (*method, MERGED_INIT)]);
    pairs.filter_map(|(method, control)| compare(report, method, control).transpose()).collect()
}

/// `None` when either lacks scores, or there is no from-scratch score to measure a gap from.
fn compare(report: &Report, method: &str, against: &str) -> Result<Option<Comparison>> {
    let has = |name: &str| report.methods.iter().any(|m| m == name);
    if !has(method) || !has(against) {
        return Ok(None);
    }
    let quality = report.primary;
    let Some((subnets, seeds)) = common_cells(report, quality, &[SCRATCH, method, against]) else { return Ok(None) };
    let of = |name: &str| scores(report, quality, name, &subnets, &seeds);
    let (scratch, own, other) = (of(SCRATCH)?, of(method)?, of(against)?);
    let paired = stats::paired_difference(&scratch, &own, &other, quality.direction(), &Settings::default())?;
    Ok(Some(Comparison {
        method: method.to_owned(),
        against: against.to_owned(),
        difference: paired.mae_difference,
        signed: paired.mean_gap_difference,
        verdict: paired.verdict,
        subnets: subnets.len(),
        seeds: seeds.len(),
    }))
}

/// What the controls leave of a mixture's gain over plain sharing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credit {
    /// Not narrower than `sandwich`: there is no gain to explain.
    NoGain,
    /// Narrower, but the control with a constant router did not run.
    NoControl,
    /// Narrower, but not narrower than a control: the gain needs no routing by architecture.
    NotRouting,
    /// Narrower than `sandwich` and than every control that ran.
    Routing,
}

impl Credit {
    /// The words of the table.
    pub fn words(self) -> &'static str {
        match self {
            Credit::NoGain => "no gain over sandwich to explain",
            Credit::NoControl => "open: its constant-router control was not run",
            Credit::NotRouting => "not credited to routing: not narrower than every control",
            Credit::Routing => "credited to routing: it also beats its controls",
        }
    }
}

/// The credit of each mixture of experts that was compared with `sandwich`.
pub fn credits(report: &Report) -> Vec<(&'static str, Credit)> {
    let verdict = |list: &[Comparison], method: &str, against: &str| {
        list.iter().find(|c| c.method == method && c.against == against).map(|c| c.verdict)
    };
    let credit = |(method, constant): (&'static str, &str)| {
        let gain = verdict(&report.comparisons, method, PLAIN)?;
        let control = verdict(&report.controls, method, constant);
        let init = verdict(&report.controls, method, MERGED_INIT);
        Some((method, judge(gain, control, init)))
    };
    ROUTED.into_iter().filter_map(credit).collect()
}

fn judge(gain: Verdict, constant: Option<Verdict>, merged_init: Option<Verdict>) -> Credit {
    match (gain, constant) {
        (Verdict::Narrower, Some(Verdict::Narrower)) if merged_init.is_none_or(|v| v == Verdict::Narrower) => {
            Credit::Routing
        }
        (Verdict::Narrower, Some(_)) => Credit::NotRouting,
        (Verdict::Narrower, None) if merged_init.is_some_and(|v| v != Verdict::Narrower) => Credit::NotRouting,
        (Verdict::Narrower, None) => Credit::NoControl,
        _ => Credit::NoGain,
    }
}

/// How much better than `sandwich` a mixture's own scores are on the same subnets, and how much of that its controls show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnGain {
    /// The mixture.
    pub method: &'static str,
    /// Its mean gain, in the metric's unit; positive is better.
    pub gain: f64,
    /// The gain of its constant-router control over `sandwich`, where that ran.
    pub constant: Option<f64>,
    /// The gain of plain sharing with merged initialisation, where that ran.
    pub merged_init: Option<f64>,
}

/// The own gain of each mixture of experts that was compared with `sandwich`.
pub fn own_gains(report: &Report) -> Vec<OwnGain> {
    let gain = |method: &str| {
        let compared = report.comparisons.iter().find(|c| c.method == method && c.against == PLAIN)?;
        compared.signed.value.map(|difference| -difference)
    };
    let of = |(method, constant): (&'static str, &str)| {
        Some(OwnGain { method, gain: gain(method)?, constant: gain(constant), merged_init: gain(MERGED_INIT) })
    };
    ROUTED.into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Inconclusive, Narrower, Wider};
    use super::*;

    #[test]
    fn a_gain_counts_only_beside_its_controls() {
        assert_eq!(judge(Narrower, Some(Narrower), None), Credit::Routing);
        assert_eq!(judge(Narrower, Some(Narrower), Some(Narrower)), Credit::Routing);
        assert_eq!(judge(Narrower, Some(Narrower), Some(Inconclusive)), Credit::NotRouting);
        assert_eq!(judge(Narrower, Some(Inconclusive), None), Credit::NotRouting);
        assert_eq!(judge(Narrower, None, Some(Wider)), Credit::NotRouting);
        assert_eq!(judge(Narrower, None, Some(Narrower)), Credit::NoControl);
        assert_eq!(judge(Inconclusive, Some(Narrower), Some(Narrower)), Credit::NoGain);
    }
}
