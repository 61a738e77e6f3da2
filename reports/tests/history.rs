//! A history of made-up nights is judged as a maintainer would. TEST INPUT: no number here was ever measured.

use std::path::Path;
use std::process::{Command, Output};

use mos_reports::history::judge::{State, Why};
use mos_reports::history::{HistoryRow, RowKind, Tracked, append, show, track};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const BASE: &str = "ba5eba5eba5e";

/// How a made-up history differs from a calm one of 36 nights: by so much in its last four nights.
#[derive(Clone, Copy, Default)]
struct Made {
    loss: f64,
    time: f64,
    control: f64,
    fixed: f64,
    /// So much is added to the loss in each night after the thirtieth.
    drift: f64,
}

fn night_name(night: usize) -> String {
    format!("2026-{:02}-{:02}", 10 + night / 31, night % 31 + 1)
}

fn rows(nights: usize, made: Made) -> Vec<HistoryRow> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut rows = Vec::new();
    for night in 0..nights {
        let late = if night + 4 >= nights { 1.0 } else { 0.0 };
        let mut push = |benchmark: &str, metric: &str, kind: RowKind, centre: f64, spread: f64| {
            for repetition in 0..if kind == RowKind::FixedSeed { 1 } else { 6 } {
                // The sum of a few even values is near enough to a normal one.
                let noise: f64 = (0..6).map(|_| rng.random_range(-1.0..1.0_f64)).sum::<f64>() * spread;
                rows.push(HistoryRow {
                    night: night_name(night),
                    commit: format!("c0ffee{night:06}"),
                    base: BASE.to_owned(),
                    benchmark: benchmark.to_owned(),
                    metric: metric.to_owned(),
                    kind,
                    repetition,
                    value: centre + noise,
                    machine: "a cpu".to_owned(),
                    software: "rustc 1".to_owned(),
                });
            }
        };
        let drifted = made.drift * night.saturating_sub(29) as f64;
        push("smoke", "loss", RowKind::Quality, 5.0 + drifted + late * made.loss, 0.01);
        push("quick", "time", RowKind::Timing, late * made.time, 0.01);
        push("quick", "time", RowKind::Control, late * made.control, 0.01);
        push("quick", "seconds", RowKind::Absolute, 0.1, 0.05);
        push("smoke", "loss", RowKind::FixedSeed, 4.9 + late * made.fixed, 0.0);
    }
    rows
}

fn state(tracked: &Tracked, kind: RowKind) -> State {
    tracked.judgements.iter().find(|one| one.kind == kind).unwrap().state.clone()
}

#[test]
fn a_calm_history_has_no_alarm_and_says_so_in_every_form() {
    let tracked = track(&rows(36, Made::default()), None).unwrap();
    assert_eq!(tracked.exit_code(), 0, "{}", show::text(&tracked));
    let text = show::text(&tracked);
    assert!(text.contains("against ba5eba5e: 36 nights") && text.contains("0 worse, 0 better, 3 the same"), "{text}");
    let markdown = show::markdown(&tracked);
    assert!(markdown.starts_with("### No regression") && markdown.contains("**statistic**"), "{markdown}");
    let bmf = serde_json::to_value(show::bmf(&tracked)).unwrap();
    let loss = &bmf["smoke"]["quality-loss"];
    let [low, value, high] = ["lower_value", "value", "upper_value"].map(|name| loss[name].as_f64().unwrap());
    assert!(low < value && value < high && (value - 5.0).abs() < 0.1, "{bmf}");
    let gha = serde_json::to_value(show::gha(&tracked)).unwrap();
    assert_eq!(gha.as_array().unwrap().len(), 3);
    assert!(gha[0]["unit"].is_string() && gha[0]["range"].as_str().unwrap().starts_with("± "), "{gha}");
    let json = serde_json::to_value(show::json(&tracked)).unwrap();
    assert_eq!((json["exit_code"].as_u64(), json["series"][0]["verdict"].as_str()), (Some(0), Some("same")));
}

#[test]
fn a_worse_loss_and_a_slower_update_are_alarms_and_better_ones_are_not() {
    let worse = track(&rows(36, Made { loss: 0.1, ..Made::default() }), None).unwrap();
    assert_eq!((worse.exit_code(), state(&worse, RowKind::Quality)), (1, State::Worse));
    assert!(show::text(&worse).contains("WORSE  smoke/loss: +0."), "{}", show::text(&worse));
    let slower = track(&rows(36, Made { time: 0.1, ..Made::default() }), None).unwrap();
    assert_eq!((slower.exit_code(), state(&slower, RowKind::Timing)), (1, State::Worse));
    assert!(show::markdown(&slower).starts_with("### Regression"));
    let faster = track(&rows(36, Made { time: -0.1, loss: -0.1, ..Made::default() }), None).unwrap();
    assert_eq!((faster.exit_code(), state(&faster, RowKind::Timing)), (0, State::Better));
}

#[test]
fn small_losses_add_up_against_the_pinned_base() {
    // A step is a third of a night's deviation: no night differs from the one before so that anybody could tell.
    let drifting = Made { drift: 0.002, ..Made::default() };
    let after = |nights: usize| track(&rows(nights, drifting), None).unwrap();
    assert_eq!(state(&after(33), RowKind::Quality), State::Same);
    let later = after(50);
    assert_eq!((later.exit_code(), state(&later, RowKind::Quality)), (1, State::Worse), "{}", show::text(&later));
}

#[test]
fn a_clock_that_differs_from_itself_decides_nothing() {
    let tracked = track(&rows(36, Made { time: 0.1, control: 0.1, ..Made::default() }), None).unwrap();
    assert_eq!(state(&tracked, RowKind::Timing), State::Undecided(Why::Control));
    assert_eq!(tracked.exit_code(), 0);
    let mut always = rows(36, Made { time: 0.1, ..Made::default() });
    always.iter_mut().filter(|row| row.kind == RowKind::Control).for_each(|row| row.value += 0.05);
    let tracked = track(&always, None).unwrap();
    assert_eq!(state(&tracked, RowKind::Timing), State::Undecided(Why::Control), "it differed from the first night on");
    let without: Vec<HistoryRow> =
        rows(36, Made::default()).into_iter().filter(|row| row.kind != RowKind::Control).collect();
    assert_eq!(state(&track(&without, None).unwrap(), RowKind::Timing), State::Undecided(Why::Control));
}

#[test]
fn few_nights_decide_nothing() {
    let tracked = track(&rows(12, Made::default()), None).unwrap();
    assert_eq!(tracked.exit_code(), 3);
    assert!(show::text(&tracked).contains("undecided  smoke/loss: 12 nights so far"), "{}", show::text(&tracked));
}

#[test]
fn a_gap_a_foreign_machine_a_lost_series_and_changed_bits_are_told() {
    let mut made = rows(36, Made { fixed: 1e-9, ..Made::default() });
    let last = night_name(35);
    made.retain(|row| row.night != night_name(20) && !(row.night == last && row.kind == RowKind::Timing));
    let tracked = track(&made, None).unwrap();
    assert!(tracked.notices.iter().any(|notice| notice.contains("no night between 2026-10-20 and 2026-10-22")));
    assert_eq!(state(&tracked, RowKind::Timing), State::Undecided(Why::NotTonight));
    // The bits changed four nights ago, and are the same since: only the night of the change tells it.
    assert!(!tracked.notices.iter().any(|notice| notice.contains("bits")));
    let then: Vec<HistoryRow> = made.iter().filter(|row| row.night <= night_name(32)).cloned().collect();
    let notices = track(&then, None).unwrap().notices;
    assert!(notices.iter().any(|notice| notice.starts_with("bits changed at a fixed seed: smoke/loss")), "{notices:?}");
    for row in made.iter_mut().filter(|row| row.night == last) {
        row.machine = "another <b>cpu</b>".to_owned();
    }
    let foreign = track(&made, None).unwrap();
    assert!(foreign.notices.iter().any(|notice| notice.contains("another machine (another <b>cpu</b>)")));
    assert!(!show::markdown(&foreign).contains("<b>"), "names are escaped");
}

#[test]
fn a_wrong_base_an_unknown_metric_and_an_empty_history_are_one_line_each() {
    let of = |rows: &[HistoryRow], against| track(rows, against).unwrap_err().to_string();
    assert!(of(&rows(3, Made::default()), Some("dead")).contains("there are: ba5eba5e"));
    assert!(track(&rows(3, Made::default()), Some("ba5e")).is_ok());
    let mut foreign = rows(3, Made::default());
    foreign[0].metric = "colour".to_owned();
    assert!(of(&foreign, None).contains("`colour`"));
    assert!(of(&[], None).contains("no night yet"));
}

fn write(folder: &Path, rows: &[HistoryRow]) {
    for night in rows.chunk_by(|a, b| a.night == b.night) {
        append(folder, night).unwrap();
    }
}

fn regress(folder: &Path, more: &[&str]) -> Output {
    let history = folder.to_str().unwrap();
    Command::new(env!("CARGO_BIN_EXE_mos-reports")).args(["regress", "--history", history]).args(more).output().unwrap()
}

#[test]
fn exit_codes_tell_a_regression_from_a_history_that_can_not_be_read() {
    let (calm, worse, few) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(calm.path(), &rows(36, Made::default()));
    write(worse.path(), &rows(36, Made { loss: 0.1, ..Made::default() }));
    write(few.path(), &rows(5, Made::default()));
    for (folder, code) in [(&calm, 0), (&worse, 1), (&few, 3)] {
        let output = regress(folder.path(), &[]);
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let out = tempfile::tempdir().unwrap();
    let output = regress(worse.path(), &["--out", out.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let page = std::fs::read_to_string(out.path().join("index.html")).unwrap();
    assert!(
        page.contains("smoke/loss: worse") && page.contains("New levels begin with 2026-11-02 (c0ffee00)."),
        "{page}"
    );
    for plot in ["quality-1", "timing-1", "control-1", "absolute-1"] {
        assert!(out.path().join(format!("plots/{plot}.svg")).is_file(), "{plot}");
    }
    assert!(page.contains("quick/seconds: judged by nobody") && out.path().join("tables/regress.csv").is_file());
    for format in ["json", "bmf", "gha"] {
        let output = regress(few.path(), &["--format", format]);
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(3), "{format}");
    }
    let night = std::fs::read_dir(few.path()).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&night, &std::fs::read(&night).unwrap()[..200]).unwrap();
    for (folder, more, part) in [
        (few.path(), &[][..], night.file_name().unwrap().to_str().unwrap()),
        (&few.path().join("none"), &[], "no night yet"),
        (calm.path(), &["--against", "dead"], "there are: ba5eba5e"),
    ] {
        let output = regress(folder, more);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(part) && error.trim_end().lines().count() == 1, "{error}");
    }
}
