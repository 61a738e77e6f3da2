//! The verb `latency-predictor` says how well latency can be predicted from the features of a subnet.

use std::path::Path;

use anyhow::{Context, Result};
use mos_plan::choices::check_rows;
use mos_plan::cli::LatencyPredictorArgs;
use mos_reports::stats::quantile;
use mos_spaces::SearchSpace;
use mos_spaces::latency::predictors::PredictorKind;
use mos_spaces::latency::table::{self, LatencyRow, by_subnet};
use serde::Serialize;

use crate::system::ui;
use crate::worker::predictor_choice::{Figures, KindFigures, SPLITS, Selection, select};

/// What the verb prints. Figures are means over the splits.
#[derive(Serialize)]
struct Report {
    /// The chosen kind.
    model: PredictorKind,
    rows: usize,
    subnets: usize,
    test_rmse_ms: f64,
    test_mape_percent: f64,
    test_mdape_percent: f64,
    test_kendall_tau_b: Option<f64>,
    linear_baseline_mape_percent: f64,
    linear_baseline_mdape_percent: f64,
    /// How far one timed run typically lies from the mean, as [`noise_floor_percent`] works it out.
    noise_floor_percent: Option<f64>,
    seed: u64,
    splits: u64,
    families: Vec<KindFigures>,
}

/// Runs the verb.
pub fn run(args: &LatencyPredictorArgs) -> Result<()> {
    let space = SearchSpace::find(&args.space).context("--space")?;
    let rows = table::read(space.family, &args.csv).context("--csv")?;
    let file = || format!("--csv {}", args.csv.display());
    check_rows(&rows).with_context(file)?;
    eprintln!("{}, {SPLITS} splits", measured(rows.len(), by_subnet(&rows).len()));
    let bar = ui::plain_bar(PredictorKind::ALL.len() as u64 * SPLITS, "fits");
    let selection = select(&rows, &space.feature_norm, args.seed, &PredictorKind::ALL, &mut || bar.inc(1));
    bar.finish_and_clear();
    let chosen = selection.with_context(file)?;
    let report = report(&rows, chosen, args.seed)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", in_words(&report, &args.csv));
    }
    Ok(())
}

fn report(rows: &[LatencyRow], selection: Selection, seed: u64) -> Result<Report> {
    let of = |kind| selection.figures(kind).map(|f| f.test).context("a kind without figures");
    let (chosen, linear) = (of(selection.kind)?, of(PredictorKind::Linear)?);
    Ok(Report {
        model: selection.kind,
        rows: rows.len(),
        subnets: by_subnet(rows).len(),
        test_rmse_ms: chosen.rmse_ms,
        test_mape_percent: chosen.mape_percent,
        test_mdape_percent: chosen.mdape_percent,
        test_kendall_tau_b: chosen.kendall_tau_b,
        linear_baseline_mape_percent: linear.mape_percent,
        linear_baseline_mdape_percent: linear.mdape_percent,
        noise_floor_percent: noise_floor_percent(rows),
        seed,
        splits: SPLITS,
        families: selection.kinds,
    })
}

/// Returns how far one timed run of a subnet typically lies from the mean of its repeats: the median, over the rows
/// that have a spread, of the standard deviation as a percentage of the mean. It is none where no row has one.
fn noise_floor_percent(rows: &[LatencyRow]) -> Option<f64> {
    let mut spreads: Vec<f64> = rows.iter().map(|row| 100.0 * row.relative_std()).filter(|&s| s > 0.0).collect();
    spreads.sort_by(f64::total_cmp);
    quantile(&spreads, 0.5)
}

/// Says how much was measured. Rows of one subnet are no evidence about another one.
fn measured(rows: usize, subnets: usize) -> String {
    if rows == subnets {
        return format!("{rows} rows");
    }
    format!("{rows} rows, which are {subnets} subnets (all rows of one stay on one side of a split)")
}

fn in_words(report: &Report, csv: &Path) -> String {
    let header = ["family", "valid MdAPE %", "test MdAPE %", "test MAPE %", "test RMSE ms", "test tau-b"];
    let mut text = format!("{:<16}{}\n", header[0], header[1..].iter().map(|h| format!("{h:>15}")).collect::<String>());
    for KindFigures { kind, validation, test } in &report.families {
        let Figures { rmse_ms, mape_percent, mdape_percent, kendall_tau_b } = test;
        let tau = kendall_tau_b.map_or("-".to_string(), |tau| format!("{tau:.4}"));
        text += &format!(
            "{:<16}{:>15.2}{mdape_percent:>15.2}{mape_percent:>15.2}{rmse_ms:>15.2}{tau:>15}\n",
            kind.name(),
            validation.mdape_percent,
        );
    }
    let noise = match report.noise_floor_percent {
        Some(percent) => format!(
            "{percent:.2}% is the spread of one timed run (median over the rows of standard deviation / mean). The mean of\n\
             n runs is uncertain by about 1/sqrt(n) of that, before drift and spikes, which a row's own spread does not \
             show."
        ),
        None => "unknown: the table's standard deviations are all 0.".to_string(),
    };
    text + &format!(
        "\nMeans over {} splits (80/10/10, seed {}) of {}. MdAPE and MAPE: median and mean absolute percentage error \
         of\nencoder plus decoder latency.\nChosen by validation MdAPE: {}\nNoise floor: {noise}\nAgain: cargo xtask \
         latency-predictor --csv {} --seed {}\n",
        report.splits,
        report.seed,
        measured(report.rows, report.subnets),
        report.model.name(),
        csv.display(),
        report.seed,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(i: u32, std: f64) -> LatencyRow {
        let mut features: Vec<f64> = (0..10).map(|k| f64::from(i * 7 % (k + 3)) + 1.0).collect();
        features[0] = f64::from(i);
        let decoder_ms = 40.0 + 10.0 * features[5] + 0.37 * features[0];
        LatencyRow { features, encoder_ms: 10.0, decoder_ms, encoder_std_ms: 0.0, decoder_std_ms: std * decoder_ms }
    }

    fn rows(std: f64) -> Vec<LatencyRow> {
        (0..40).map(|i| row(i, std)).collect()
    }

    fn of(rows: &[LatencyRow]) -> Report {
        let families = [PredictorKind::Linear, PredictorKind::HuberQuadratic];
        report(rows, select(rows, &[1.0; 10], 3, &families, &mut || ()).unwrap(), 3).unwrap()
    }

    #[test]
    fn json_holds_the_promised_keys() {
        let value = serde_json::to_value(of(&rows(0.1))).unwrap();
        for key in ["test_rmse_ms", "test_mape_percent", "test_mdape_percent", "test_kendall_tau_b"] {
            assert!(value[key].is_number(), "{key}");
        }
        for key in ["linear_baseline_mape_percent", "linear_baseline_mdape_percent", "noise_floor_percent"] {
            assert!(value[key].is_number(), "{key}");
        }
        assert_eq!((&value["rows"], &value["seed"], &value["splits"]), (&40.into(), &3.into(), &5.into()));
        assert_eq!(value["families"][1]["family"], "huber-quadratic");
        assert!(value["families"][1]["validation"]["mdape_percent"].is_number());
    }

    #[test]
    fn the_figures_are_those_of_the_chosen_family() {
        let report = of(&rows(0.1));
        let chosen = report.families.iter().find(|f| f.kind == report.model).unwrap();
        assert_eq!(report.test_mdape_percent, chosen.test.mdape_percent);
        // Latency is linear here, and the choice finds that out.
        assert_eq!(report.model, PredictorKind::Linear);
        assert!(report.test_mape_percent < 1e-6 && report.test_kendall_tau_b.unwrap() > 0.99);
        assert_eq!(report.linear_baseline_mape_percent, report.test_mape_percent);
    }

    #[test]
    fn the_noise_floor_is_the_median_spread_or_unknown() {
        let mut one = row(0, 0.0);
        (one.encoder_ms, one.decoder_ms, one.encoder_std_ms, one.decoder_std_ms) = (40.0, 60.0, 3.0, 4.0);
        assert!((noise_floor_percent(&[one]).unwrap() - 5.0).abs() < 1e-9);
        assert_eq!(noise_floor_percent(&rows(0.0)), None);
        assert!(in_words(&of(&rows(0.0)), Path::new("x.csv")).contains("unknown"));
    }

    #[test]
    fn the_text_names_each_family_the_choice_and_the_command() {
        let text = in_words(&of(&rows(0.1)), Path::new("mine.csv"));
        for part in ["linear ", "huber-quadratic ", "Chosen by validation MdAPE: linear", "--csv mine.csv --seed 3"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    }
}
