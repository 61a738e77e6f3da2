//! A gain over plain sharing is credited here by what the control without routing leaves of it. Only claims that were
//! decided count.

use mos_spaces::method::{Without, controls_of, proposed};

use super::basis::Basis;
use super::facts::{Comparison, plain};
use crate::claims::{Judged, Quantity, Unit, Verdict, repetitions};
use crate::sections::report::Report;

/// A credit says what a proposed method's gain can be put down to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credit {
    /// No claim compares the method with plain sharing.
    GainNotClaimed,
    /// That claim was not tested.
    GainNotTested,
    /// There are too few trainings to decide it.
    FewTrainings(usize),
    /// It is not decided.
    GainOpen,
    /// The method is decided to be behind plain sharing: there is no gain to explain.
    NoGain,
    /// The gain is decided; whether it is that of the control without routing is not.
    ControlOpen,
    /// The control without routing is decided to be ahead of the method: the gain needs no routing by architecture.
    NotRouting,
    /// The method is decided to be ahead of plain sharing and of its control without routing.
    Routing,
}

impl Credit {
    /// Gives the words that stand in the table.
    pub fn words(&self) -> String {
        let plain = &plain().name;
        match self {
            Credit::GainNotClaimed => format!("open: no claim compares it with {plain}"),
            Credit::GainNotTested => format!("open: its claim against {plain} was not tested"),
            Credit::FewTrainings(n) => format!("open: {}", repetitions(Unit::Seed, *n)),
            Credit::GainOpen => format!("open: its claim against {plain} is inconclusive"),
            Credit::NoGain => format!("no gain over {plain} to explain"),
            Credit::ControlOpen => {
                "gain decided; open whether routing makes it: its constant-router control does not decide".to_owned()
            }
            Credit::NotRouting => "not credited to routing: its constant-router control does better".to_owned(),
            Credit::Routing => {
                format!("credited to routing: ahead of {plain} and of its constant-router control")
            }
        }
    }
}

/// Gives the credit of each proposed method of the run.
pub fn credits(report: &Report) -> Vec<(&'static str, Credit)> {
    let in_run = proposed().filter(|method| report.run.methods.contains(&method.name));
    in_run.map(|method| (method.name.as_str(), credit(report, &method.name))).collect()
}

fn credit(report: &Report, method: &str) -> Credit {
    let claims = || report.claims.iter().flat_map(|family| &family.claims);
    let found = |against: &str| {
        let is_it =
            |j: &&Judged| j.claim.quantity == Quantity::Gap && j.claim.method == method && j.claim.against == against;
        claims().find(is_it).map(|judged| &judged.verdict)
    };
    let mut controls = controls_of(method).filter(|(_, without)| *without == Without::Routing);
    judge(found(&plain().name), controls.find_map(|(control, _)| found(&control.name)))
}

/// Judges a gain over plain sharing by the claim against the control without routing; either may not be there.
fn judge(gain: Option<&Verdict>, control: Option<&Verdict>) -> Credit {
    match (gain, control) {
        (None, _) => Credit::GainNotClaimed,
        (Some(Verdict::NotTested(_)), _) => Credit::GainNotTested,
        (Some(Verdict::Few { units, .. }), _) => Credit::FewTrainings(*units),
        (Some(Verdict::Fails), _) => Credit::NoGain,
        (Some(Verdict::Inconclusive), _) => Credit::GainOpen,
        (Some(Verdict::Holds), Some(Verdict::Holds)) => Credit::Routing,
        (Some(Verdict::Holds), Some(Verdict::Fails)) => Credit::NotRouting,
        (Some(Verdict::Holds), _) => Credit::ControlOpen,
    }
}

/// A method's gain over plain sharing beside that of its controls, each in the measure by which methods are compared;
/// positive is in the method's favour. Where several controls lack the same, the one that gains most stands for them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gains {
    /// The method's mean gain, in the metric's unit.
    pub own: Option<f64>,
    /// The gain of its control without routing, where one ran.
    pub without_routing: Option<f64>,
    /// The gain of its control without experts, where one ran.
    pub without_experts: Option<f64>,
}

/// Gives the gains of a method and its controls over plain sharing.
pub fn gains(comparisons: &[Comparison], basis: Basis, method: &str) -> Gains {
    let gain = |method: &str| {
        let compared = comparisons.iter().find(|c| c.method == method && c.against == plain().name)?;
        compared.by(basis).value.map(|difference| -difference)
    };
    let most = |lacking: Without| {
        let controls = controls_of(method).filter(|(_, without)| *without == lacking);
        controls.filter_map(|(control, _)| gain(&control.name)).reduce(f64::max)
    };
    Gains { own: gain(method), without_routing: most(Without::Routing), without_experts: most(Without::Experts) }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Fails, Holds, Inconclusive};
    use super::*;

    #[test]
    fn routing_needs_two_decided_claims() {
        assert_eq!(judge(Some(&Holds), Some(&Holds)), Credit::Routing);
        assert_eq!(judge(Some(&Holds), Some(&Fails)), Credit::NotRouting);
        let not_tested = Verdict::NotTested("why".to_owned());
        for open in [None, Some(&Inconclusive), Some(&not_tested)] {
            assert_eq!(judge(Some(&Holds), open), Credit::ControlOpen);
        }
    }

    #[test]
    fn without_a_decided_gain_there_is_nothing_to_credit() {
        let few = Verdict::Few { unit: Unit::Seed, units: 1, in_favour: true };
        for control in [None, Some(&Holds)] {
            assert_eq!(judge(None, control), Credit::GainNotClaimed);
            assert_eq!(judge(Some(&few), control), Credit::FewTrainings(1));
            assert_eq!(judge(Some(&Inconclusive), control), Credit::GainOpen);
            assert_eq!(judge(Some(&Fails), control), Credit::NoGain);
        }
        assert_eq!(Credit::FewTrainings(1).words(), "open: one training");
    }
}
