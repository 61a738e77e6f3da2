//! Tests BERT's spaces: published counts, encodings, files of architectures, and the parameters of every subnet.

use std::path::Path;

use mos_spaces::bert::fields::{AUTODISTIL, BOTTLENECK, BOTTLENECK_HIDDEN, HEADS, HIDDEN, HOMOGENEOUS, INTERMEDIATE};
use mos_spaces::bert::view::{BertArch, Part, Step};
use mos_spaces::catalog::layout_of;
use mos_spaces::params::numel;
use mos_spaces::report::{ArchReport, describe, table};
use mos_spaces::{Arch, SearchSpace, SpaceError, count};
use proptest::prelude::*;

fn find(name: &str) -> SearchSpace {
    SearchSpace::find(name).unwrap()
}

/// Returns all declared spaces of BERT's families.
fn spaces() -> Vec<&'static str> {
    [&BOTTLENECK, &HOMOGENEOUS, &AUTODISTIL].into_iter().flat_map(SearchSpace::names_of).collect()
}

fn by_rule(space: &SearchSpace, arch: &Arch) -> i64 {
    count::params_published_rule(space, arch).unwrap()
}

/// Describes the architectures of a JSON text.
fn described(space: &SearchSpace, json: &str) -> Result<Vec<ArchReport>, SpaceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nets.json");
    std::fs::write(&path, json).unwrap();
    describe(space, &path)
}

/// Returns the refusal of one configuration, which names the file in one line.
fn refusal(space: &str, configuration: &str) -> String {
    let error = described(&find(space), &format!("{{\"mine\": {configuration}}}")).unwrap_err().to_string();
    assert!(error.contains("nets.json") && error.contains("mine") && !error.contains('\n'), "{error}");
    error
}

fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

#[test]
fn parameters_are_counted_as_mos_counts_them() {
    let (v1, homogeneous) = (find("bert-v1"), find("bert-v5.1"));
    assert_eq!(by_rule(&homogeneous, &homogeneous.largest()), 109_483_776);
    assert_eq!(by_rule(&homogeneous, &homogeneous.smallest()), 5_137_560);
    assert_eq!(by_rule(&v1, &v1.largest()), 117_161_472);
    assert_eq!(by_rule(&v1, &v1.smallest()), 34_361_328);
    // MoS's code counts a norm of the masked-LM head by the width of the last layer.
    assert_eq!(count::params(&v1, &v1.smallest()), 34_361_328 + 2 * (768 - 120));
    assert_eq!(count::params(&homogeneous, &homogeneous.smallest()), 5_137_560);
}

#[test]
fn bert_base_has_the_published_flops() {
    let space = find("bert-v5.1");
    let flops = count::flops(&space, &space.largest());
    assert_eq!(flops, 22_347_251_712);
    // AutoDistil gives the multiply-accumulate operations, 11.17 G.
    assert_eq!(format!("{:.2}", flops as f64 / 2e9), "11.17");
}

#[test]
fn as_many_nets_lie_in_each_range_of_mos_searches() {
    let ranges = [
        (4_000_000, 5_137_560),
        (8_000_000, 10_000_000),
        (25_000_000, 26_800_000),
        (28_000_000, 30_000_000),
        (48_000_000, 50_000_000),
        (58_000_000, 60_000_000),
        (65_000_000, 66_500_000),
    ];
    let inside = |name: &str| {
        let space = find(name);
        let params: Vec<i64> = space.enumerate().unwrap().iter().map(|arch| by_rule(&space, arch)).collect();
        ranges.map(|(low, high)| params.iter().filter(|n| (low..=high).contains(*n)).count())
    };
    assert_eq!(inside("bert-v5.1"), [2, 22, 14, 14, 10, 10, 4]);
    assert_eq!(inside("bert-v5.2"), [18, 38, 20, 26, 14, 8, 10]);
}

#[test]
fn parameters_are_counted_as_autodistil_counts_them() {
    let net = |name: &str, json: &str| {
        let reports = described(&find(&format!("autodistil-{name}")), &format!("{{\"net\": {json}}}")).unwrap();
        reports[0].params_published_rule.unwrap()
    };
    let tiny = net("tiny", r#"{"layers": 7, "heads": 10, "hidden": 160, "intermediate": 560}"#);
    assert_eq!(tiny, 6_887_600);
    let small = net("small", r#"{"layers": 11, "heads": 10, "hidden": 352, "intermediate": 1408}"#);
    let base = net("base", r#"{"layers": 12, "heads": 9, "hidden": 544, "intermediate": 1632}"#);
    assert_eq!([small, base].map(|n| format!("{:.2}", n as f64 / 1e6)), ["26.77", "50.11"]);
    let ends = |name: &str| {
        let space = find(&format!("autodistil-{name}"));
        [space.smallest(), space.largest()].map(|arch| by_rule(&space, &arch) / 1_000_000)
    };
    assert_eq!([ends("base"), ends("small"), ends("tiny")], [[39, 79], [12, 28], [4, 10]]);
}

#[test]
fn scaled_spaces_of_autodistil_are_disjoint_in_size() {
    for names in [&["large-scaled", "medium-scaled", "small-scaled"][..], &["large-smoke", "small-smoke"]] {
        let spaces: Vec<SearchSpace> = names.iter().map(|name| find(&format!("autodistil-{name}"))).collect();
        for pair in spaces.windows(2) {
            let (larger, smaller) = (&pair[0], &pair[1]);
            let params = |space: &SearchSpace| -> Vec<i64> {
                space.enumerate().unwrap().iter().map(|arch| count::params(space, arch)).collect()
            };
            assert!(params(larger).iter().min() > params(smaller).iter().max(), "{} {}", larger.name, smaller.name);
        }
    }
}

/// Lists the multiplications of every matrix product of an encoder with merged bottlenecks, as `rows x inner x columns`.
fn products(n: i64, steps: &[Step]) -> Vec<[i64; 3]> {
    let mut all = Vec::new();
    for step in steps {
        match step.part {
            Part::Map { inputs, outputs } => all.push([n, inputs, outputs]),
            Part::Attention { width, projection, heads } => {
                all.extend([[n, width, projection]; 3]);
                all.extend(vec![[n, projection / heads, n]; heads as usize]);
                all.extend(vec![[n, n, projection / heads]; heads as usize]);
                all.push([n, projection, width]);
            }
            Part::FeedForward { width, hidden } => all.extend([[n, width, hidden], [n, hidden, width]]),
            Part::Convolution { width, kernel } => all.extend([[n, kernel, width], [n, width, width]]),
        }
    }
    all
}

#[test]
fn encodings_are_those_of_the_released_code() {
    let v1 = find("bert-v1");
    let mut arch = v1.largest();
    arch.values_mut(BOTTLENECK_HIDDEN).copy_from_slice(&[768, 600, 540, 480, 360, 240, 120, 120, 240, 360, 480, 768]);
    let expected: Vec<f64> = arch.values(BOTTLENECK_HIDDEN).iter().map(|&h| 0.01 + (h - 120) as f64 / 648.0).collect();
    assert_eq!(v1.features(&arch), expected);
    let features = |name: &str, pick: fn(&SearchSpace) -> Arch| find(name).features(&pick(&find(name)));
    let smallest = [120.0 / 768.0, 0.5, 240.0 / 3072.0];
    assert_eq!(features("bert-v5.1", SearchSpace::smallest), smallest);
    assert_eq!(features("bert-v5.1", SearchSpace::largest), [1.0; 3]);
    assert_eq!(features("bert-v5.2", SearchSpace::smallest), [&smallest[..], &[0.5]].concat());
    assert_eq!(features("bert-v5.2-published", SearchSpace::smallest), [&smallest[..], &[1.0]].concat());
    assert_eq!(features("autodistil-base", SearchSpace::largest), [0.0; 0]);
    let scaled = find("bert-v1-scaled");
    assert_eq!(scaled.features(&scaled.largest()), [1.01; 4]);
    assert_eq!(scaled.features(&scaled.smallest()), [0.01; 4]);
}

#[test]
fn files_give_a_list_of_hidden_sizes_or_four_sizes_of_the_net() {
    let v1 = find("bert-v1");
    let list = "[768, 600, 540, 480, 360, 240, 120, 120, 240, 360, 480, 540]";
    let reports = described(&v1, &format!("{{\"a\": {{\"hidden\": {list}}}}}")).unwrap();
    assert_eq!((reports[0].name.as_str(), reports[0].features.len()), ("a", 12));
    assert_eq!(reports[0].params - reports[0].params_published_rule.unwrap(), 2 * (768 - 540));
    let v5 = find("bert-v5.2");
    let net = r#"{"hidden": 120, "heads": 6, "intermediate": 300, "layers": 9}"#;
    let json = serde_json::to_value(described(&v5, &format!("{{\"b\": {net}}}")).unwrap()).unwrap();
    assert_eq!(json[0]["features"], serde_json::json!([0.15625, 0.5, 0.09765625, 0.75]));
    let keys: Vec<&str> = json[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys[..5], ["name", "params_published_rule", "params", "flops", "features"]);
    let net = r#"{"hidden": 544, "heads": 9, "intermediate": 1632, "layers": 12}"#;
    let json = described(&find("autodistil-base"), &format!("{{\"c\": {net}}}")).unwrap();
    assert!(serde_json::to_value(json).unwrap()[0]["features"].is_null());
}

#[test]
fn tables_say_why_two_counts_differ() {
    let shown = |name: &str| {
        let space = find(name);
        let json = format!("{{\"net\": {}}}", serde_json::to_string(&space.smallest()).unwrap());
        table(&space, &described(&space, &json).unwrap())
    };
    let text = shown("bert-v1");
    assert_contains(&text, &["published rule", "34361328", "34362624", "twice their difference", "h12", "0.0100"]);
    assert_eq!(text.lines().filter(|line| line.starts_with("net ")).count(), 2);
    let text = shown("autodistil-tiny");
    assert_contains(&text, &["twelfth of the hidden size", "No router features"]);
    assert_eq!(text.lines().filter(|line| line.starts_with("net ")).count(), 1);
}

#[test]
fn what_lies_outside_is_refused_by_field_with_what_is_allowed() {
    let v5 = |hidden: i64, heads: i64, intermediate: i64, layers: i64| {
        let net =
            format!(r#"{{"hidden": {hidden}, "heads": {heads}, "intermediate": {intermediate}, "layers": {layers}}}"#);
        refusal("bert-v5.1", &net)
    };
    assert_contains(&v5(120, 12, 250, 12), &["`intermediate` is 250", "[480, 420, 360, 300, 240]", "`hidden` 120"]);
    assert_contains(&v5(120, 5, 240, 12), &["`heads` is 5", "[12, 6]"]);
    assert_contains(&v5(130, 12, 260, 12), &["`hidden` is 130", "768, 756"]);
    assert_contains(&v5(120, 12, 240, 6), &["`layers` is 6", "[12]"]);
    assert_contains(&refusal("bert-v5.1", r#"{"hidden": 120, "heads": 12, "layers": 12}"#), &["`intermediate`"]);
    assert_contains(&refusal("bert-v5.1", r#"{"hidden": [120]}"#), &["i64", "line 1"]);
    assert_contains(
        &refusal("bert-v1", r#"{"hidden": [768, 600]}"#),
        &["`hidden` is a list of 2", "one entry a layer, 12"],
    );
    let twelve = "[768, 600, 540, 480, 360, 240, 120, 120, 240, 360, 480, 500]";
    assert_contains(&refusal("bert-v1", &format!("{{\"hidden\": {twelve}}}")), &["`hidden` is 500", "[768, 600"]);
    assert_contains(&refusal("bert-v1", "{}"), &["hidden"]);
    let other = r#"{"family": "autodistil", "hidden": 120, "heads": 12, "intermediate": 240, "layers": 12}"#;
    assert_contains(&refusal("bert-v5.1", other), &["`family` is autodistil", "bert-homogeneous"]);
    let yaml = describe(&find("bert-v1"), Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.yml").as_path());
    assert_contains(&yaml.unwrap_err().to_string(), &["Cargo.yml"]);
}

#[test]
fn an_unknown_family_of_an_architecture_is_refused() {
    let error = serde_json::from_str::<Arch>(r#"{"family": "gpt", "hidden": 120}"#).unwrap_err().to_string();
    assert_contains(&error, &["`family` is gpt", "none of the families"]);
}

#[test]
fn a_configuration_is_written_with_its_family_and_its_file_keys() {
    let space = find("bert-v5.1");
    let json = serde_json::to_string(&space.smallest()).unwrap();
    let expected = r#"{"family":"bert-homogeneous","hidden":120,"heads":6,"intermediate":240,"layers":12}"#;
    assert_eq!(json, expected);
    let json = serde_json::to_string(&find("bert-v1-smoke").largest()).unwrap();
    assert_eq!(json, r#"{"family":"bert-bottleneck","hidden":[32,32]}"#);
    assert_eq!(find("bert-v1-smoke").smallest().summary(), "enc x2 hidden 16 16");
    assert_eq!(space.largest().summary(), "enc 768 heads 12 ffn 3072 x12");
}

/// Draws any of BERT's spaces and any of its architectures.
fn space_and_arch() -> impl Strategy<Value = (SearchSpace, Arch)> {
    (prop::sample::select(spaces()), any::<u64>(), any::<u64>()).prop_map(|(name, seed, update)| {
        let space = find(name);
        let arch = space.sample_at(seed, update);
        (space, arch)
    })
}

proptest! {
    #[test]
    fn sampled_architectures_lie_in_their_space_and_are_read_back((space, arch) in space_and_arch()) {
        space.check(&arch).unwrap();
        let text = serde_json::to_string(&arch).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Arch>(&text).unwrap(), &arch);
        let read = mos_spaces::read::json::parse(space.family, &format!("{{\"net\": {text}}}")).unwrap();
        prop_assert_eq!(&read[0].1.arch, &arch);
    }

    #[test]
    fn there_is_a_norm_for_each_feature_and_every_feature_is_a_share((space, arch) in space_and_arch()) {
        let features = space.encode(&arch);
        prop_assert_eq!(features.len(), space.feature_norm.len());
        prop_assert_eq!(features.len(), space.feature_headers().len());
        prop_assert!(features.iter().all(|f| (0.01..=1.01).contains(f)), "{:?}", features);
    }

    #[test]
    fn a_subnets_parameters_fit_into_the_corners_of_the_largest((space, arch) in space_and_arch()) {
        let layout = layout_of(&space, 100);
        let widest = layout.specs(&space.largest());
        let mut rest = widest.iter();
        for spec in layout.specs(&arch) {
            // The names stand in the same order in both.
            let whole = rest.find(|whole| whole.name == spec.name).expect("the supernet has the parameter");
            prop_assert_eq!(whole.shape.len(), spec.shape.len());
            prop_assert!(whole.shape.iter().zip(&spec.shape).all(|(whole, own)| own <= whole), "{}", spec.name);
            prop_assert_eq!((whole.init, whole.decay, &whole.expert), (spec.init, spec.decay, &spec.expert));
        }
    }

    #[test]
    fn the_specs_hold_what_is_counted((space, arch) in space_and_arch()) {
        let vocab = space.published_vocab.unwrap_or(0);
        let built = numel(&layout_of(&space, vocab).specs(&arch));
        let net = BertArch::of(&space, &arch);
        // The bias of the decoder is not counted, and bottlenecks are counted merged.
        prop_assert_eq!(built - vocab - net.params() + net.merged().params(), count::params(&space, &arch));
    }

    #[test]
    fn flops_are_two_for_each_product((space, arch) in space_and_arch()) {
        let net = BertArch::of(&space, &arch).merged();
        let macs: i64 = products(space.flops_length, &net.steps).iter().map(|p| p.iter().product::<i64>()).sum();
        prop_assert_eq!(count::flops(&space, &arch), 2 * macs);
    }

    #[test]
    fn counts_stand_between_the_extremes((space, arch) in space_and_arch()) {
        for count in [count::params, count::flops, by_rule] {
            let ends = count(&space, &space.smallest())..=count(&space, &space.largest());
            prop_assert!(ends.contains(&count(&space, &arch)));
        }
    }

    #[test]
    fn heads_that_share_the_hidden_size_divide_it((space, arch) in space_and_arch()) {
        if space.family == &HOMOGENEOUS {
            prop_assert_eq!(arch.value(HIDDEN) % arch.value(HEADS), 0);
            prop_assert_eq!(arch.value(INTERMEDIATE) * 2 % arch.value(HIDDEN), 0);
        }
    }
}
