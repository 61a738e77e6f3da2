//! Tests the formulas against every published figure (`fixtures/published`), and against matrix shapes.

use std::path::{Path, PathBuf};

use mos_spaces::hat::fields::HAT;
use mos_spaces::hat::view::HatArch;
use mos_spaces::report::describe;
use mos_spaces::{Arch, SearchSpace, count, hat};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/published").join(name)
}

fn wmt() -> SearchSpace {
    SearchSpace::find("wmt14-en-de").unwrap()
}

#[test]
fn released_configurations_match_the_published_figures_to_the_published_digits() {
    let reports = describe(&wmt(), &fixture("hat_configs.json")).unwrap();
    assert_eq!(reports.len(), 17);
    let two_digits = |v: f64| format!("{v:.2}");
    for r in reports {
        assert_eq!(two_digits(r.params as f64 / 1e6), two_digits(r.published_params_m.unwrap()), "{}", r.name);
        assert_eq!(two_digits(r.flops as f64 / 1e9), two_digits(r.published_flops_g.unwrap()), "{}", r.name);
    }
}

/// One row of the 30-row table.
struct Row {
    arch: Arch,
    params: i64,
    embedding_params: i64,
    flops: i64,
    total_flops: i64,
}

fn rows() -> Vec<Row> {
    let mut reader = csv::Reader::from_path(fixture("mos_supernet_vs_scratch_wmt14ende.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        let cell = |name: &str| &record[headers.iter().position(|h| h == name).unwrap()];
        let int = |name: &str| cell(name).parse::<i64>().unwrap();
        let list = |name: &str| cell(name).split_whitespace().map(|v| v.parse().unwrap()).collect::<Vec<i64>>();
        let arch = Arch::new(
            &HAT,
            vec![
                vec![int("enc_dim")],
                vec![int("enc_layers")],
                list("enc_ffn"),
                list("enc_heads"),
                vec![int("dec_dim")],
                vec![int("dec_layers")],
                list("dec_ffn"),
                list("dec_self_heads"),
                list("dec_cross_heads"),
                list("dec_arb"),
            ],
        );
        Row {
            arch,
            params: int("params_no_emb"),
            embedding_params: int("emb_params"),
            flops: int("flops_no_last"),
            total_flops: int("total_flops"),
        }
    };
    reader.records().map(|r| row(r.unwrap())).collect()
}

#[test]
fn the_published_table_matches_as_integers() {
    let (space, rows) = (wmt(), rows());
    assert_eq!(rows.len(), 30);
    let vocab = space.published_vocab.unwrap();
    for row in rows {
        space.check(&row.arch).unwrap();
        assert_eq!(count::params(&space, &row.arch), row.params);
        assert_eq!(count::flops(&space, &row.arch), row.flops);
        assert_eq!(vocab * HatArch::of(&row.arch).decoder_width, row.embedding_params);
        let traced_scalars = 156 + 12 * HatArch::of(&row.arch).decoder_ffn.len() as i64;
        assert_eq!(hat::count::forward_flops(&space, &row.arch, 30, 30, vocab) + traced_scalars, row.total_flops);
    }
}

#[test]
fn the_largest_subnet_has_the_plain_supernets_parameters() {
    // The number is the published one of non-embedding parameters of the HAT supernet.
    assert_eq!(count::params(&wmt(), &wmt().largest()), 70_900_992);
}

#[test]
fn iwslt_counts_at_23_tokens() {
    let space = SearchSpace::find("iwslt14-de-en").unwrap();
    let arch = space.smallest();
    let vocab = 1_000;
    let output = 2 * 23 * HatArch::of(&arch).decoder_width * vocab;
    assert_eq!(
        count::flops(&space, &arch),
        hat::count::forward_flops(&space, &arch, 23, 23, vocab) - output + 156 + 12
    );
}

/// Lists the multiplications of every matrix product, norm and scaling of one pair, as `rows x inner x columns`.
fn products(q: i64, arch: &Arch, s: i64, t: i64, vocab: i64) -> Vec<[i64; 3]> {
    let hat = HatArch::of(arch);
    let (e, d) = (hat.encoder_width, hat.decoder_width);
    let norm = |length: i64, width: i64| [length, 1, width];
    let scaling = |length: i64| [length, 1, q];
    let mut all = vec![[s, 1, e], [t, 1, d], [t, d, vocab]];
    for &f in hat.encoder_ffn {
        all.extend([[s, e, q]; 3]);
        all.extend([scaling(s), [s, q, s], [s, s, q], [s, q, e], norm(s, e)]);
        all.extend([[s, e, f], [s, f, e], norm(s, e)]);
    }
    for (&f, attended) in hat.decoder_ffn.iter().zip(hat.all_attended()) {
        let keys = attended as i64 * s;
        all.extend([[t, d, q]; 3]);
        all.extend([scaling(t), [t, q, t], [t, t, q], [t, q, d], norm(t, d)]);
        all.extend([[t, d, q], [keys, e, q], [keys, e, q]]);
        all.extend([scaling(t), [t, q, keys], [t, keys, q], [t, q, d], norm(t, d)]);
        all.extend([[t, d, f], [t, f, d], norm(t, d)]);
    }
    all
}

#[test]
fn forward_flops_are_the_sum_over_all_products_at_unequal_lengths() {
    let space = wmt();
    for update in 0..20 {
        let arch = space.sample_at(5, update);
        let (s, t, vocab) = (17, 29, 1_003);
        let macs: i64 = products(512, &arch, s, t, vocab).iter().map(|p| p.iter().product::<i64>()).sum();
        assert_eq!(hat::count::forward_flops(&space, &arch, s, t, vocab), 2 * macs);
    }
}
