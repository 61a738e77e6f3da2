//! A gain over plain sharing is credited here by what the control without routing leaves of it. Only decided primary
//! comparisons count.

use mos_spaces::method::{Without, controls_of, proposed};

use super::facts::{Comparison, plain};
use crate::sections::report::Report;
use crate::stats::{Basis, LEAST_SEEDS, Verdict};

/// A credit says what a proposed method's gain can be put down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credit {
    /// The comparison with plain sharing is none that this run may decide.
    GainNotListed,
    /// There are too few trainings to decide the comparison with plain sharing.
    FewTrainings(usize),
    /// The comparison with plain sharing is not decided.
    GainOpen,
    /// The method is decided to be behind plain sharing: there is no gain to explain.
    NoGain,
    /// The gain is decided; the comparison with the control without routing is none that this run may decide.
    ControlNotListed,
    /// The gain is decided; the comparison with the control is not, and why stands beside.
    ControlOpen(Verdict),
    /// The control without routing is decided to be ahead of the method: the gain needs no routing by architecture.
    NotRouting,
    /// The method is decided to be ahead of plain sharing and of its control without routing.
    Routing,
}

impl Credit {
    /// Gives the words that stand in the table.
    pub fn words(self) -> String {
        let plain = &plain().name;
        match self {
            Credit::GainNotListed => format!("open: its comparison with {plain} is not one that this run may decide"),
            Credit::FewTrainings(n) => format!("open: {}", Verdict::FewTrainings(n).words()),
            Credit::GainOpen => format!("open: its comparison with {plain} is inconclusive"),
            Credit::NoGain => format!("no gain over {plain} to explain"),
            Credit::ControlNotListed => {
                "gain decided; open whether routing makes it: this run may not decide the comparison with its \
                 constant-router control"
                    .to_owned()
            }
            Credit::ControlOpen(verdict) => format!(
                "gain decided; open whether routing makes it: against its constant-router control {}",
                verdict.words()
            ),
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
    let listed = |against: &str| report.family.find(method, against).map(|one| one.verdict);
    // A run of few trainings could decide nothing, whatever it lists.
    let compared = report.comparisons.iter().find(|c| c.method == method && c.against == plain().name);
    let few = compared.filter(|c| c.seeds < LEAST_SEEDS).map(|c| Verdict::FewTrainings(c.seeds));
    let mut controls = controls_of(method).filter(|(_, without)| *without == Without::Routing);
    judge(listed(&plain().name).or(few), controls.find_map(|(control, _)| listed(&control.name)))
}

/// Judges a gain over plain sharing by the comparison with the control without routing; either may not be listed.
fn judge(gain: Option<Verdict>, control: Option<Verdict>) -> Credit {
    match (gain, control) {
        (None, _) => Credit::GainNotListed,
        (Some(Verdict::FewTrainings(n)), _) => Credit::FewTrainings(n),
        (Some(gain), _) if gain.is_loss() => Credit::NoGain,
        (Some(gain), _) if !gain.is_gain() => Credit::GainOpen,
        (_, None) => Credit::ControlNotListed,
        (_, Some(control)) if control.is_gain() => Credit::Routing,
        (_, Some(control)) if control.is_loss() => Credit::NotRouting,
        (_, Some(control)) => Credit::ControlOpen(control),
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
    use super::Verdict::{Better, FewTrainings, Inconclusive, Narrower, Wider, Worse};
    use super::*;

    #[test]
    fn routing_needs_two_decided_comparisons() {
        assert_eq!(judge(Some(Narrower), Some(Narrower)), Credit::Routing);
        assert_eq!(judge(Some(Better), Some(Better)), Credit::Routing);
        assert_eq!(judge(Some(Narrower), Some(Wider)), Credit::NotRouting);
        assert_eq!(judge(Some(Narrower), Some(Inconclusive)), Credit::ControlOpen(Inconclusive));
        assert_eq!(judge(Some(Narrower), Some(FewTrainings(2))), Credit::ControlOpen(FewTrainings(2)));
        assert_eq!(judge(Some(Narrower), None), Credit::ControlNotListed);
    }

    #[test]
    fn without_a_decided_gain_there_is_nothing_to_credit() {
        for control in [None, Some(Narrower), Some(Wider)] {
            assert_eq!(judge(None, control), Credit::GainNotListed);
            assert_eq!(judge(Some(FewTrainings(1)), control), Credit::FewTrainings(1));
            assert_eq!(judge(Some(Inconclusive), control), Credit::GainOpen);
            assert_eq!([Wider, Worse].map(|gain| judge(Some(gain), control)), [Credit::NoGain; 2]);
        }
        assert_eq!(Credit::FewTrainings(1).words(), "open: one training");
    }
}
