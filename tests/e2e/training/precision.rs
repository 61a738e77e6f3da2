//! Products in bf16 train as well as in float32: weights are cast when they are handed out, and master weights, sums of
//! gradients and losses stay float32.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use mos_e2e::{harness, repository, succeed};
use mos_plan::Metric;
use mos_plan::files::job::JobFile;
use mos_plan::files::local::LocalFile;
use mos_plan::spec::inputs::CorpusRole;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::work::Work;
use mos_reports::read_records;

/// Largest difference of a validation loss, nats a token.
const TOLERANCE: f64 = 0.05;

/// Trains `smoke` without its study in a precision, and returns the validation losses of all subnets and methods.
fn losses(root: &Path, precision: &str) -> BTreeMap<(String, String), f64> {
    let text = std::fs::read_to_string(repository().join("harness/plan/profiles/smoke.toml")).unwrap();
    let searched = r#"methods = ["hat", "sandwich", "mos-layer", "mos-neuron"]
limits"#;
    assert!(text.contains(searched) && text.contains("micro_batches = 1\n"));
    let text = text.replace(searched, "methods = []\nlimits");
    let text = text.replace("micro_batches = 1\n", &format!("micro_batches = 1\nprecision = \"{precision}\"\n"));
    let file = root.join(format!("{precision}.toml"));
    std::fs::write(&file, text).unwrap();
    succeed(root, &["reproduce", "--profile", file.to_str().unwrap()]);
    let records = read_records(&root.join("runs").join(precision).join("records.parquet")).unwrap();
    let scores = records.iter().filter(|r| r.metric == Metric::Loss && r.split == Some(mos_base::Split::Valid));
    scores.map(|r| ((r.method.clone(), r.subject.text()), r.value)).collect()
}

#[test]
fn a_training_in_bf16_ends_where_one_in_float32_ends() {
    let root = tempfile::tempdir().unwrap();
    let (wide, narrow) = (losses(root.path(), "float32"), losses(root.path(), "bf16"));
    assert_eq!(wide.len(), narrow.len());
    for method in ["scratch", "hat", "sandwich", "mos-layer", "mos-neuron"] {
        assert!(wide.keys().any(|(name, _)| name == method), "{method} was scored");
    }
    let mut differs = false;
    for (key, expected) in &wide {
        let found = narrow[key];
        assert!((found - expected).abs() < TOLERANCE, "{key:?}: {found} in bf16, {expected} in float32");
        differs |= found != *expected;
    }
    assert!(differs, "products in bf16 leave traces");
    assert_eq!(repeated(root.path()), 0.0);
}

/// Makes one of the trainings twice in one job, as a run on a GPU does, and returns how far the two end apart.
fn repeated(root: &Path) -> f64 {
    let run = root.join("runs/float32");
    let folders = std::fs::read_dir(run.join("jobs")).unwrap();
    let mut jobs = folders.map(|entry| JobFile::read(&entry.unwrap().path()).unwrap().unwrap());
    let trained = jobs.find_map(|job| match &job.spec.work {
        Work::Train(train) if train.subnet.is_some() => Some((job.spec.clone(), train.clone())),
        _ => None,
    });
    let (spec, train) = trained.unwrap();
    let job = JobFile::new(&JobSpec { work: Work::Repeat(train), ..spec });
    let folder = run.join("jobs").join(&job.id);
    std::fs::create_dir(&folder).unwrap();
    job.write(&folder).unwrap();
    let corpus = LocalFile::read(&run).unwrap().corpora[&CorpusRole::Corpus].clone();
    let corpus = format!("corpus={}", mos_datasets::cache::root().unwrap().join(corpus).display());
    let folder_name = folder.to_str().unwrap();
    let arguments = ["worker", "--job-dir", folder_name, "--corpus", &corpus, "--threads", "1", "--matmul-gflops", "1"];
    let mut command = harness(root, &arguments);
    // A worker stops when its standard input closes.
    let mut child = command.args(["--checkpoint-minutes", "1"]).stdin(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take();
    assert!(child.wait().unwrap().success());
    drop(input);
    let records = read_records(&folder.join("records.parquet")).unwrap();
    records.iter().find(|r| r.metric == Metric::RepeatSpread).unwrap().value
}
