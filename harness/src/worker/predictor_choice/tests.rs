//! Tests the choice on HAT's published measurements: on every tenth row, which ships with the repository, and on the
//! whole files where a variable names their folder.

use std::path::{Path, PathBuf};

use mos_spaces::SearchSpace;
use mos_spaces::hat::fields::HAT;
use mos_spaces::latency::table;

use mos_spaces::latency::predictors::MIN_ROWS;

use super::*;

const REGRESSIONS: [PredictorKind; 2] = [PredictorKind::Linear, PredictorKind::HuberQuadratic];

fn norms() -> Vec<f64> {
    SearchSpace::find("wmt14-en-de").unwrap().feature_norm
}

fn every_tenth() -> Vec<LatencyRow> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("baselines/spaces/fixtures/published");
    table::read(&HAT, &folder.join("hat_latency_titanxp_every_tenth.csv")).unwrap()
}

/// Returns the chosen kind, its test figures, and those of ordinary linear regression.
fn chosen_and_linear(rows: &[LatencyRow]) -> (PredictorKind, Figures, Figures) {
    let selection = select(rows, &norms(), 1, &REGRESSIONS, &mut || ()).unwrap();
    let of = |kind| selection.figures(kind).unwrap().test;
    (selection.kind, of(selection.kind), of(PredictorKind::Linear))
}

#[test]
fn published_spikes_make_the_robust_kind_win() {
    let (kind, chosen, linear) = chosen_and_linear(&every_tenth());
    assert_eq!(kind, PredictorKind::HuberQuadratic);
    assert!(chosen.mdape_percent < 0.8 * linear.mdape_percent, "{chosen:?} {linear:?}");
    assert!(chosen.mape_percent <= linear.mape_percent, "{chosen:?} {linear:?}");
    assert!(chosen.kendall_tau_b.unwrap() > 0.7, "{chosen:?}");
}

/// `MOS_HAT_LATENCY` names a copy of HAT's folder `latency_dataset`.
#[test]
fn the_whole_published_files_are_predicted_as_well_as_known() {
    let Some(folder) = std::env::var_os("MOS_HAT_LATENCY").map(PathBuf::from) else {
        eprintln!("SKIPPED: set MOS_HAT_LATENCY to the folder of HAT's latency tables to run this test");
        return;
    };
    for (file, share) in [("wmt14ende_gpu_titanxp_all.csv", 0.7), ("wmt14ende_cpu_xeon_all.csv", 0.9)] {
        let rows = table::read(&HAT, &folder.join(file)).unwrap();
        assert_eq!(rows.len(), 2_000);
        let (_, chosen, linear) = chosen_and_linear(&rows);
        assert!(chosen.mdape_percent <= share * linear.mdape_percent, "{file}: {chosen:?} {linear:?}");
        assert!(chosen.mape_percent <= linear.mape_percent, "{file}: {chosen:?} {linear:?}");
    }
}

#[test]
fn a_selection_repeats_and_depends_on_its_seed() {
    let rows = every_tenth();
    let once = select(&rows, &norms(), 7, &REGRESSIONS, &mut || ()).unwrap();
    assert_eq!(once, select(&rows, &norms(), 7, &REGRESSIONS, &mut || ()).unwrap());
    assert_ne!(once.kinds, select(&rows, &norms(), 8, &REGRESSIONS, &mut || ()).unwrap().kinds);
}

#[test]
fn a_small_study_is_enough_and_a_tiny_one_is_refused() {
    let rows = every_tenth();
    for count in [MIN_ROWS, 40] {
        let selection = select(&rows[..count], &norms(), 1, &REGRESSIONS, &mut || ()).unwrap();
        let chosen = selection.figures(selection.kind).unwrap().test;
        assert!(chosen.mape_percent < 50.0, "{count} rows: {chosen:?}");
    }
    let refusal = select(&rows[..MIN_ROWS - 1], &norms(), 1, &REGRESSIONS, &mut || ()).unwrap_err().to_string();
    assert!(refusal.contains("too few subnets") && refusal.contains("19"), "{refusal}");
    assert!(select(&rows, &norms(), 1, &[], &mut || ()).is_err());
}

#[test]
fn rows_of_one_subnet_stay_on_one_side_of_every_split() {
    let once = &every_tenth()[..40];
    let repeated: Vec<LatencyRow> = (0..10).flat_map(|_| once.to_vec()).collect();
    for number in 0..SPLITS {
        let split = RowSplit::draw(&repeated, 1, number);
        let parts = [&split.train, &split.validation, &split.test];
        assert_eq!(parts.map(Vec::len), [320, 40, 40]);
        for row in once {
            assert_eq!(parts.iter().filter(|part| part.contains(row)).count(), 1);
        }
    }
}

#[test]
fn a_split_holds_every_row_once() {
    let rows = every_tenth();
    let split = RowSplit::draw(&rows[..57], 1, 0);
    assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (47, 5, 5));
    let mut parts = [split.train, split.validation, split.test].concat();
    let mut all = rows[..57].to_vec();
    for list in [&mut parts, &mut all] {
        list.sort_by(|a, b| a.decoder_ms.total_cmp(&b.decoder_ms));
    }
    assert_eq!(parts, all);
}

#[test]
fn figures_are_the_textbook_ones() {
    let f = compare(&[11.0, 20.0, 33.0, 40.0], &[10.0, 20.0, 30.0, 50.0]);
    assert!((f.rmse_ms - (110.0f64 / 4.0).sqrt()).abs() < 1e-12);
    assert!((f.mape_percent - 10.0).abs() < 1e-12 && (f.mdape_percent - 10.0).abs() < 1e-12);
    assert_eq!(f.kendall_tau_b, Some(1.0));
    assert_eq!(compare(&[5.0, 5.0], &[1.0, 2.0]).kendall_tau_b, None);
}
