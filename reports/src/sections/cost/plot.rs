//! This plot shows the training time of each method's jobs, as bars.

use mos_plan::Metric;

use crate::error::Result;
use crate::page::format::significant;
use crate::page::looks;
use crate::page::plot::{
    Area, Axes, Drawn, HPos, INK, Plot, TEXT, VPos, axes, bar, draw, pixel, rgb, shorten, text, write,
};
use crate::run::mean;
use crate::sections::report::Report;

/// A bar with its gap takes so many pixels.
const ROW: i32 = 34;
/// The methods' names have so many pixels.
const NAMES: u32 = 175;

/// Draws the plot; `None` when no training job has finished.
///
/// # Errors
/// This fails when drawing fails.
pub fn plot(report: &Report) -> Result<Option<Plot>> {
    let run = &report.run;
    let seconds = |method: &str| mean(run.facts.jobs_of(Metric::TrainSeconds, method).map(|m| m.value));
    let bars: Vec<(String, f64)> = run.all_methods().into_iter().filter_map(|m| seconds(&m).map(|s| (m, s))).collect();
    let longest = bars.iter().map(|bar| bar.1).fold(0.0, f64::max);
    if longest <= 0.0 {
        return Ok(None);
    }
    let height = 58 + (ROW * bars.len() as i32) as u32;
    let svg = draw("cost", height, |root| draw_bars(root, &bars, longest))?;
    let loaded = bars.iter().any(|(m, _)| run.facts.jobs_of(Metric::TrainSeconds, m).any(|job| job.loaded));
    let note = if loaded {
        "Loaded: other workers ran beside these jobs, so the times are not times alone on the machine."
    } else {
        "No other worker ran beside these jobs."
    };
    Ok(Some(Plot { id: "cost".to_owned(), title: "Training time by method".to_owned(), note: note.to_owned(), svg }))
}

fn draw_bars(root: &Area, bars: &[(String, f64)], longest: f64) -> Drawn {
    let rows = bars.len() as f64;
    let area = root.margin(0, 0, NAMES, 0);
    let shown = Axes {
        x: 0.0..1.12 * longest,
        y: 0.0..rows,
        x_title: "Training time, mean per job (s)",
        y_title: "",
        left: 0,
        x_ticks: true,
    };
    let chart = axes(&area, &shown)?;
    for (i, (method, value)) in bars.iter().enumerate() {
        let (start, middle) = pixel(&chart, 0.0, rows - i as f64 - 0.5);
        let end = pixel(&chart, *value, 0.0).0;
        bar(root, [(start, middle - 10), (end, middle + 10)], rgb(looks::of_method(method)))?;
        let name = text(TEXT, INK, HPos::Right, VPos::Center);
        write(root, &shorten(method, 22), (start - 10, middle), &name)?;
        let value = significant(*value, 3);
        write(root, &value, (end + 6, middle), &text(TEXT, INK, HPos::Left, VPos::Center))?;
    }
    Ok(())
}
