//! A gain over plain sharing is credited here by what the controls leave of it.

use mos_spaces::method::{Without, controls_of, proposed};

use super::facts::{Comparison, plain};
use crate::sections::report::Report;
use crate::stats::Verdict;

/// A credit says what a proposed method's gain can be put down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credit {
    /// The gap is not narrower than that of plain sharing: there is no gain to explain.
    NoGain,
    /// The gap is narrower, but no control without routing ran.
    NoControl,
    /// The gap is narrower, but not narrower than that of every control: the gain needs no routing by architecture.
    NotRouting,
    /// The gap is narrower than that of plain sharing and than that of every control that ran.
    Routing,
}

impl Credit {
    /// Gives the words that stand in the table.
    pub fn words(self) -> String {
        match self {
            Credit::NoGain => format!("no gain over {} to explain", plain().name),
            Credit::NoControl => "open: its constant-router control was not run".to_owned(),
            Credit::NotRouting => "not credited to routing: not narrower than every control".to_owned(),
            Credit::Routing => "credited to routing: it also beats its controls".to_owned(),
        }
    }
}

/// Gives the credit of each proposed method that was compared with plain sharing.
pub fn credits(report: &Report) -> Vec<(&'static str, Credit)> {
    let verdict = |list: &[Comparison], method: &str, against: &str| {
        list.iter().find(|c| c.method == method && c.against == against).map(|c| c.verdict)
    };
    let credit = |method: &'static str| {
        let gain = verdict(&report.comparisons, method, &plain().name)?;
        let ran = controls_of(method)
            .filter_map(|(control, without)| Some((without, verdict(&report.controls, method, &control.name)?)));
        Some((method, judge(gain, &ran.collect::<Vec<_>>())))
    };
    proposed().filter_map(|method| credit(&method.name)).collect()
}

/// Judges a gain by the controls that ran, each with what it lacks.
fn judge(gain: Verdict, controls: &[(Without, Verdict)]) -> Credit {
    if gain != Verdict::Narrower {
        Credit::NoGain
    } else if controls.iter().any(|(_, verdict)| *verdict != Verdict::Narrower) {
        Credit::NotRouting
    } else if controls.iter().any(|(without, _)| *without == Without::Routing) {
        Credit::Routing
    } else {
        Credit::NoControl
    }
}

/// An own gain says how much better than plain sharing a method's own scores are on the same subnets, and how much of
/// that its controls show. Where several controls lack the same, the one that gains most stands for them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnGain {
    /// The method.
    pub method: &'static str,
    /// The method's mean gain, in the metric's unit; positive is better.
    pub gain: f64,
    /// The gain of its control without routing, where one ran.
    pub without_routing: Option<f64>,
    /// The gain of its control without experts, where one ran.
    pub without_experts: Option<f64>,
}

/// Gives the own gain of each proposed method that was compared with plain sharing.
pub fn own_gains(report: &Report) -> Vec<OwnGain> {
    let gain = |method: &str| {
        let mut compared = report.comparisons.iter();
        let compared = compared.find(|c| c.method == method && c.against == plain().name)?;
        compared.signed.value.map(|difference| -difference)
    };
    let of = |method: &'static str| {
        let most = |lacking: Without| {
            let controls = controls_of(method).filter(|(_, without)| *without == lacking);
            controls.filter_map(|(control, _)| gain(&control.name)).reduce(f64::max)
        };
        let (without_routing, without_experts) = (most(Without::Routing), most(Without::Experts));
        Some(OwnGain { method, gain: gain(method)?, without_routing, without_experts })
    };
    proposed().filter_map(|method| of(&method.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Inconclusive, Narrower, Wider};
    use super::Without::{Experts, Routing};
    use super::*;

    #[test]
    fn a_gain_counts_only_beside_its_controls() {
        assert_eq!(judge(Narrower, &[(Routing, Narrower)]), Credit::Routing);
        assert_eq!(judge(Narrower, &[(Routing, Narrower), (Experts, Narrower)]), Credit::Routing);
        assert_eq!(judge(Narrower, &[(Routing, Narrower), (Experts, Inconclusive)]), Credit::NotRouting);
        assert_eq!(judge(Narrower, &[(Routing, Narrower), (Routing, Wider)]), Credit::NotRouting);
        assert_eq!(judge(Narrower, &[(Routing, Inconclusive)]), Credit::NotRouting);
        assert_eq!(judge(Narrower, &[(Experts, Wider)]), Credit::NotRouting);
        assert_eq!(judge(Narrower, &[(Experts, Narrower)]), Credit::NoControl);
        assert_eq!(judge(Narrower, &[]), Credit::NoControl);
        assert_eq!(judge(Inconclusive, &[(Routing, Narrower), (Experts, Narrower)]), Credit::NoGain);
    }
}
