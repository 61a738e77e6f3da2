//! Latency against quality of what each method's searches found, with the fronts as steps.

use serde::Deserialize;

use super::parts::{dashed, open_marker};
use super::*;
use crate::render::model::Report;
use crate::render::model::study::pareto::Weights;
use crate::render::style;

/// Published points of HAT: see the README beside the file.
const PUBLISHED: &str = include_str!("../../../fixtures/published/hat_wmt14ende.json");
/// The corpus that they are of.
const PUBLISHED_CORPUS: &str = "wmt14-en-de";

/// One published point.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    /// Device that the latency is of.
    device: String,
    latency_ms: f64,
    /// Tokenised BLEU on test.
    bleu: f64,
    /// sacreBLEU on test.
    sacrebleu: f64,
}

/// The reference layer: only at the published size, on its corpus, in its metric.
fn published(report: &Report) -> Result<Vec<(String, f64, f64)>> {
    let m = &report.manifest;
    let pick: fn(&Published) -> f64 = match (report.primary.metric.name, report.primary.split) {
        _ if m.profile != "paper" || m.data.id != PUBLISHED_CORPUS => return Ok(Vec::new()),
        ("tokenised_bleu", "test") => |p| p.bleu,
        ("bleu", "test") => |p| p.sacrebleu,
        _ => return Ok(Vec::new()),
    };
    let points: Vec<Published> = serde_json::from_str(PUBLISHED)
        .map_err(|error| Error::Render(format!("the published points of HAT are damaged: {error}")))?;
    Ok(points.into_iter().map(|p| (p.device.clone(), p.latency_ms, pick(&p))).collect())
}

/// The plot; `None` when no found subnet has a latency and a score.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let tradeoff = &report.study.tradeoff;
    if tradeoff.points.is_empty() {
        return Ok(None);
    }
    let reference = published(report)?;
    let qualities = tradeoff.points.iter().flat_map(|p| [p.inherited, p.scratch]).flatten().map(|q| q.0);
    let latencies = tradeoff.points.iter().map(|p| p.latency);
    let (Some(x), Some(y)) = (
        padded(latencies.chain(reference.iter().map(|p| p.1))),
        padded(qualities.chain(reference.iter().map(|p| p.2))),
    ) else {
        return Ok(None);
    };
    let mut entries: Vec<(String, Look)> =
        tradeoff.covered.iter().map(|c| (c.method.clone(), report.look(&c.method))).collect();
    let mut devices: Vec<&str> = reference.iter().map(|p| p.0.as_str()).collect();
    devices.dedup();
    entries.extend(devices.iter().enumerate().map(|(i, d)| (format!("HAT, published, {d}"), style::of_subnet(i + 1))));
    let unit = report.primary.metric.unit;
    let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
    let y_title = format!("{}{unit}", capital(&report.primary.words()));
    let top = legend_height(&entries);
    let svg = draw("pareto", top + 480, |root| {
        let (_, area) = root.split_vertically(top);
        let shown =
            Axes { x: x.clone(), y: y.clone(), x_title: "Latency (ms)", y_title: &y_title, left: 72, x_ticks: true };
        let chart = axes(&area, &shown)?;
        for (i, device) in devices.iter().enumerate() {
            let of_it: Vec<_> = reference.iter().filter(|p| p.0 == *device).map(|p| pixel(&chart, p.1, p.2)).collect();
            of_it.iter().try_for_each(|at| marker(root, *at, style::of_subnet(i + 1)))?;
        }
        for covered in &tradeoff.covered {
            draw_fronts(root, &chart, report, &covered.method)?;
        }
        legend(root, &entries)
    })?;
    let better = if report.primary.lower_is_better() { "lower" } else { "higher" };
    let predicted = tradeoff.points.iter().any(|p| !p.measured);
    let note = format!(
        "Open markers, dashed steps: inherited weights. Filled markers, solid steps: the same subnets trained from scratch. \
         Steps are the fronts of one method and seed up to its slowest subnet; left and {better} is better. What \
         several methods found is one point from scratch.{}{}",
        if predicted { " Some latencies are predicted, not measured." } else { "" },
        if reference.is_empty() {
            ""
        } else {
            " Grey: points that HAT's authors published. Their latencies are of other devices than this run's: compare \
             shapes, not positions."
        }
    );
    let title = format!("Latency and {}, method against method", report.primary.words());
    Ok(Some(Plot { id: "pareto", title, note, svg }))
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The fronts of a method's seeds, then its points.
fn draw_fronts(root: &Area, chart: &Chart, report: &Report, method: &str) -> Drawn {
    let look = report.look(method);
    let own = || report.study.tradeoff.points.iter().filter(|p| p.method == method);
    let mut seeds: Vec<i64> = own().map(|p| p.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    for weights in [Weights::Scratch, Weights::Inherited] {
        for seed in &seeds {
            let of_seed = own().filter(|p| p.seed == *seed);
            let slowest = of_seed.clone().map(|p| p.latency).fold(0.0, f64::max);
            let front = of_seed.filter_map(|p| p.quality(weights).filter(|q| q.1).map(|q| (p.latency, q.0)));
            let pixels: Vec<_> = steps(front.collect(), slowest).iter().map(|(x, y)| pixel(chart, *x, *y)).collect();
            match weights {
                Weights::Scratch => line(root, pixels, rgb(look), 2)?,
                Weights::Inherited => dashed(root, pixels, rgb(look), 2)?,
            }
        }
        for point in own() {
            let Some((quality, _)) = point.quality(weights) else { continue };
            let at = pixel(chart, point.latency, quality);
            match weights {
                Weights::Scratch => marker(root, at, look)?,
                Weights::Inherited => open_marker(root, at, look)?,
            }
        }
    }
    Ok(())
}

/// The best quality within each latency, as a line of steps up to `end`.
fn steps(mut front: Vec<(f64, f64)>, end: f64) -> Vec<(f64, f64)> {
    front.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for (latency, quality) in front {
        corners.extend(corners.last().map(|last| (latency, last.1)));
        corners.push((latency, quality));
    }
    corners.extend(corners.last().filter(|last| last.0 < end).map(|last| (end, last.1)));
    corners
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_front_is_drawn_as_steps() {
        let front = vec![(2.0, 3.0), (1.0, 4.0)];
        assert_eq!(steps(front, 5.0), [(1.0, 4.0), (2.0, 4.0), (2.0, 3.0), (5.0, 3.0)]);
        assert_eq!(steps(vec![(1.0, 4.0)], 1.0), [(1.0, 4.0)]);
        assert_eq!(steps(vec![], 5.0), []);
    }

    /// The copy holds what the collection of published configurations holds.
    #[test]
    fn published_points_are_those_of_the_collection() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../baselines/fixtures/published/hat_configs.json");
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
