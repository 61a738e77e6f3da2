//! Training time of each method's jobs.

use super::*;
use crate::render::format::significant;
use crate::render::model::{Report, mean};

/// Pixels of a bar with its gap.
const ROW: i32 = 34;
/// Pixels for the methods' names.
const NAMES: u32 = 175;

/// The plot; `None` when no training job has finished.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let seconds = |method: &str| mean(report.facts.jobs_of("train_seconds", method).map(|m| m.value));
    let bars: Vec<(String, f64)> =
        report.all_methods().into_iter().filter_map(|m| seconds(&m).map(|s| (m, s))).collect();
    let longest = bars.iter().map(|bar| bar.1).fold(0.0, f64::max);
    if longest <= 0.0 {
        return Ok(None);
    }
    let (x, rows) = (0.0..1.12 * longest, 0.0..bars.len() as f64);
    let svg = draw("cost", 58 + (ROW * bars.len() as i32) as u32, |root| {
        let area = root.margin(0, 0, NAMES, 0);
        let shown = Axes {
            x: x.clone(),
            y: rows.clone(),
            x_title: "Training time, mean per job (s)",
            y_title: "",
            left: 0,
            x_ticks: true,
        };
        let chart = axes(&area, &shown)?;
        for (i, (method, value)) in bars.iter().enumerate() {
            let (start, middle) = pixel(&chart, 0.0, rows.end - i as f64 - 0.5);
            let end = pixel(&chart, *value, 0.0).0;
            let corners = [(start, middle - 10), (end, middle + 10)];
            root.draw(&Rectangle::new(corners, rgb(report.look(method)).filled()))?;
            let name = text(TEXT, INK, HPos::Right, VPos::Center);
            write(root, &shorten(method, 22), (start - 10, middle), &name)?;
            let value = significant(*value, 3);
            write(root, &value, (end + 6, middle), &text(TEXT, INK, HPos::Left, VPos::Center))?;
        }
        Ok(())
    })?;
    let loaded = bars.iter().any(|(m, _)| report.facts.jobs_of("train_seconds", m).any(|job| job.loaded));
    let note = if loaded {
        "Loaded: other workers ran beside these jobs, so the times are not times alone on the machine."
    } else {
        "No other worker ran beside these jobs."
    };
    Ok(Some(Plot { id: "cost", title: "Training time by method".to_owned(), note: note.to_owned(), svg }))
}
