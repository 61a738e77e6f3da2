//! Nets of other papers' methods are compared with those of a supernet's search where size and training FLOPs are alike.

use crate::claims::{Claim, Compared, Coverage, Measured};
use crate::run::Run;
use crate::sections::sizes::facts::{SizedNet, sized_nets};
use crate::stats::Scores;

/// Sizes and FLOPs that differ by no more than this share count as alike.
const ALIKE: f64 = 0.1;

/// Compares each net of the other method with the net of the method that is nearest in size and FLOPs, where both are about
/// alike. There is one training of each, so this makes one unit.
pub fn at_equal_flops(run: &Run, claim: &Claim) -> Result<Measured, String> {
    let nets = sized_nets(run);
    let of = |method: &str| nets.iter().filter(|net| net.method == method).collect::<Vec<&SizedNet>>();
    let (own, others) = (of(&claim.method), of(&claim.against));
    let mut differences = Vec::new();
    let mut nearest: Option<(f64, f64)> = None;
    let off = |(size, cost): (f64, f64)| size.ln().abs().max(cost.ln().abs());
    for other in &others {
        let ratios = |net: &&&SizedNet| Some((net.params as f64 / other.params as f64, net.flops? / other.flops?));
        let near = own.iter().filter_map(|net| Some((ratios(&net)?, *net)));
        let Some((ratio, net)) = near.min_by(|a, b| off(a.0).total_cmp(&off(b.0))) else { continue };
        if nearest.is_none_or(|near| off(ratio) < off(near)) {
            nearest = Some(ratio);
        }
        let alike = |ratio: f64| (ratio - 1.0).abs() <= ALIKE;
        if let (true, true, Some(own), Some(other)) = (alike(ratio.0), alike(ratio.1), net.average, other.average) {
            differences.push(own - other);
        }
    }
    if differences.is_empty() {
        return Err(match nearest {
            Some((size, cost)) => format!(
                "no two nets are alike in size and training FLOPs; the nearest of {} has {size:.2} times the parameters and \
                 {cost:.2} times the FLOPs",
                claim.method
            ),
            None => "no two nets have training FLOPs to compare".to_owned(),
        });
    }
    let (planned, found) = (others.len(), differences.len());
    let average = differences.iter().sum::<f64>() / differences.len() as f64;
    let cells = Scores::from_column(&[average]).map_err(|error| error.to_string())?;
    Ok(Measured::of(claim, Compared::Differences(cells), "points", Coverage { planned, found, missing: vec![] }))
}
