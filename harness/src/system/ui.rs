//! Shows a person how jobs run: bars with an ETA on a terminal, plain lines elsewhere, all on standard error.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use mos_plan::estimate::duration::round;

/// Least time between two plain lines about a running job.
const LINE_EVERY: Duration = Duration::from_secs(60);

/// The display of one executor's progress.
#[derive(Debug)]
pub struct Ui {
    bars: Option<Bars>,
    total: usize,
    done: usize,
    last_line: Instant,
}

#[derive(Debug)]
struct Bars {
    multi: MultiProgress,
    overall: ProgressBar,
}

/// The display of one running job.
#[derive(Debug)]
pub struct Row {
    label: String,
    bar: Option<ProgressBar>,
}

/// Makes a bar for one list of things on a terminal; elsewhere it is silent.
pub fn plain_bar(total: u64, things: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total).with_style(style("{elapsed_precise} [{bar:30}] {pos}/{len} {msg}, {eta} to go"));
    bar.with_message(things.to_string())
}

impl Ui {
    /// Makes a display for `total` jobs, of which `done` are finished already.
    pub fn new(total: usize, done: usize) -> Ui {
        let bars = std::io::stderr().is_terminal().then(|| {
            let multi = MultiProgress::new();
            let overall = multi.add(
                ProgressBar::new(total as u64)
                    .with_style(style("{elapsed_precise} [{bar:30}] {pos}/{len} jobs, about {msg} to go")),
            );
            overall.set_position(done as u64);
            overall.enable_steady_tick(Duration::from_millis(500));
            Bars { multi, overall }
        });
        Ui { bars, total, done, last_line: Instant::now() }
    }

    /// Shows that a job starts.
    pub fn start(&mut self, label: &str, attempt: u32) -> Row {
        let again = if attempt > 1 { format!(" (attempt {attempt}, resumes)") } else { String::new() };
        let bar = match &self.bars {
            Some(bars) => {
                let bar = ProgressBar::new(1).with_style(style("  {prefix:34} [{bar:24}] {pos}/{len} {msg}"));
                Some(bars.multi.insert_before(&bars.overall, bar.with_prefix(label.to_string())))
            }
            None => {
                eprintln!("start  {label}{again}");
                None
            }
        };
        Row { label: label.to_string(), bar }
    }

    /// Shows how far a job is.
    pub fn progress(&mut self, row: &Row, done: u64, total: u64, note: &str) {
        if let Some(bar) = &row.bar {
            bar.set_length(total);
            bar.set_position(done);
            bar.set_message(note.to_string());
        } else if self.last_line.elapsed() > LINE_EVERY {
            eprintln!("       {}: {done}/{total} {note}", row.label);
            self.last_line = Instant::now();
        }
    }

    /// Shows that a job ended; `how` says how.
    pub fn end(&mut self, row: Row, how: &str, finished: bool, left: Duration) {
        self.done += usize::from(finished);
        let line = format!("{how} {} [{}/{}], about {} to go", row.label, self.done, self.total, round(left));
        match (&self.bars, row.bar) {
            (Some(bars), Some(bar)) => {
                bar.finish_and_clear();
                bars.overall.set_position(self.done as u64);
            }
            _ => eprintln!("{line}"),
        }
    }

    /// Shows the time left, now and then.
    pub fn left(&self, left: Duration) {
        if let Some(bars) = &self.bars {
            bars.overall.set_message(round(left));
        }
    }

    /// Shows a line of text.
    pub fn say(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.multi.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// Takes the bars away.
    pub fn close(&self) {
        if let Some(bars) = &self.bars {
            bars.overall.finish_and_clear();
            let _ = bars.multi.clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a constant template").progress_chars("=> ")
}
