//! The points that HAT's authors published are a layer of reference.

use mos_base::Split;
use mos_plan::Metric;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::run::Run;

/// This file holds the published points; the README beside it says where they come from.
const PUBLISHED: &str = include_str!("../../../fixtures/published/hat_wmt14ende.json");
/// The published points are of this corpus.
const PUBLISHED_CORPUS: &str = "wmt14-en-de";

/// One entry of the file of published points.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    /// The device that the latency is of.
    device: String,
    latency_ms: f64,
    /// The tokenised BLEU on test.
    bleu: f64,
    /// The sacreBLEU on test.
    sacrebleu: f64,
}

/// This is a published point in a run's quality.
pub struct ReferencePoint {
    /// The device that the latency is of.
    pub device: String,
    /// The latency, ms.
    pub latency: f64,
    /// The quality, in the run's primary metric.
    pub quality: f64,
}

/// Gives the published points that stand beside a run's own: only at the published size, on its corpus, in its metric.
///
/// # Errors
/// This fails when the file in this program is damaged.
pub fn beside(run: &Run) -> Result<Vec<ReferencePoint>> {
    let pick: fn(&Published) -> f64 = match (run.primary.metric, run.primary.split) {
        _ if run.manifest.profile != "paper" || run.manifest.corpus().id != PUBLISHED_CORPUS => return Ok(Vec::new()),
        (Metric::TokenisedBleu, Split::Test) => |p| p.bleu,
        (Metric::Bleu, Split::Test) => |p| p.sacrebleu,
        _ => return Ok(Vec::new()),
    };
    let points: Vec<Published> = serde_json::from_str(PUBLISHED)
        .map_err(|error| Error::Render(format!("the published points of HAT are damaged: {error}")))?;
    let point = |p: Published| ReferencePoint { quality: pick(&p), latency: p.latency_ms, device: p.device };
    Ok(points.into_iter().map(point).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// This checks that the copy holds what the collection of published configurations holds.
    #[test]
    fn published_points_are_those_of_the_collection() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../baselines/spaces/fixtures/published/hat_configs.json");
        let all: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let expected: Vec<Published> = all
            .values()
            .filter(|config| !config["hardware"].as_str().unwrap().contains("Raspberry"))
            .map(|config| Published {
                device: config["hardware"].as_str().unwrap().to_owned(),
                latency_ms: config["latency"].as_str().unwrap().strip_suffix("ms").unwrap().parse().unwrap(),
                bleu: config["bleu"].as_f64().unwrap(),
                sacrebleu: config["sacrebleu"].as_f64().unwrap(),
            })
            .collect();
        let mut copied: Vec<Published> = serde_json::from_str(PUBLISHED).unwrap();
        assert_eq!(copied.len(), 11);
        copied.retain(|point| !expected.contains(point));
        assert_eq!((copied, expected.len()), (vec![], 11));
    }
}
