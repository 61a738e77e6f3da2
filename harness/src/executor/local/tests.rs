//! Tests the executor with shell scripts for workers.

use std::path::Path;

use mos_base::files::{sha256_file, write_atomic};
use mos_plan::Track;
use mos_plan::graph::Basis;
use mos_plan::spec::inputs::{CorpusRef, CorpusRole, Role};
use mos_plan::spec::job::Context as JobSurroundings;
use mos_plan::spec::work::{DataFactsSpec, TranslationFacts, Work};

use super::*;
use crate::executor::done::done_jobs;
use crate::run::store::RunStore;

const FINISH: &str = r#"echo "$LABEL" >> ../../order; sed -i 's/"running"/"finished"/' job.json"#;
const FAIL: &str = r#"echo 'sad story' >&2; sed -i -e 's/"running"/"failed"/' -e 's/"error": null/"error": "no luck"/' job.json; exit 1"#;
/// This worker waits for the end of its standard input, as real ones do, and then says that it saved its progress.
const WAIT: &str = r#"cat; sed -i 's/"running"/"interrupted"/' job.json; exit 130"#;

struct Bench {
    root: tempfile::TempDir,
    store: RunStore,
    graph: JobGraph,
}

/// Makes a graph of tiny jobs with these dependencies.
fn test_graph(needs: &[&[usize]]) -> JobGraph {
    let context = JobSurroundings {
        track: Track::Mt,
        dataset: "d".into(),
        profile: "p".into(),
        code_hash: "c".into(),
        libtorch: "2".into(),
        device: "cpu".into(),
        gpu: None,
        cpu_capability: "AVX2".into(),
        threads: 1,
    };
    let corpus = CorpusRef { id: "d".into(), hash: "0".into() };
    let basis = Basis { context, corpora: [(CorpusRole::Corpus, corpus)].into() };
    let mut graph = JobGraph::default();
    for (i, needs) in needs.iter().enumerate() {
        let inputs: Vec<(Role, usize)> = needs.iter().map(|&n| (Role::Training, n)).collect();
        let facts = TranslationFacts { test_pairs: i, longest_pair: 1 };
        graph.add(&basis, Work::DataFacts(DataFactsSpec::Translation(facts)), &inputs);
    }
    graph
}

impl Bench {
    fn new(needs: &[&[usize]]) -> Bench {
        let root = tempfile::tempdir().unwrap();
        let store = RunStore::own(root.path(), "test").unwrap();
        Bench { root, store, graph: test_graph(needs) }
    }

    /// Runs the graph; `script` gives each job's worker.
    fn run(&self, workers: usize, script: impl Fn(usize) -> String) -> Result<Summary> {
        let launch = |job: &PlannedJob| {
            let position = self.graph.position(&job.id).unwrap();
            let mut command = Command::new("sh");
            command.arg("-c").arg(script(position)).current_dir(self.store.job_dir(&job.id));
            command.env("LABEL", position.to_string());
            command
        };
        let seconds = (0..self.graph.jobs.len()).map(|i| 1.0 + i as f64).collect();
        let options = Options { slots: vec![None; workers], seconds, launch: &launch };
        execute(&self.graph, &self.store, &options, done_jobs(&self.graph, &self.store)?)
    }

    /// Returns the jobs in the order in which they finished.
    fn order(&self) -> String {
        let text = std::fs::read_to_string(self.root.path().join("runs/test/order")).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn file(&self, job: usize) -> JobFile {
        self.store.job(&self.graph.jobs[job].id).unwrap().unwrap()
    }

    fn dir(&self, job: usize) -> std::path::PathBuf {
        self.store.job_dir(&self.graph.jobs[job].id)
    }
}

#[test]
fn jobs_run_longest_chain_first_after_what_they_need_and_never_again() {
    // Job 0 leads to 3 (1 + 4 s); 1 and 2 stand alone (2 and 3 s).
    let bench = Bench::new(&[&[], &[], &[], &[0]]);
    let progress = r#"echo 'not json'; echo '{"done":1,"total":2,"note":"half"}';"#;
    let summary = bench.run(1, |_| format!("{progress} {FINISH}")).unwrap();
    assert_eq!((summary.finished, bench.order().as_str()), (4, "0 3 2 1"));
    let summary = bench.run(2, |_| FINISH.to_string()).unwrap();
    assert_eq!((summary.finished, bench.order().as_str()), (0, "0 3 2 1"));
    assert_eq!(bench.file(3).attempts, 1);
}

#[test]
fn a_failed_job_is_named_with_its_log_and_the_rest_is_kept() {
    let bench = Bench::new(&[&[], &[0], &[], &[]]);
    let fail_0 = |job| if job == 0 { FAIL.to_string() } else { FINISH.to_string() };
    let error = bench.run(1, fail_0).unwrap_err().to_string();
    for part in [bench.graph.jobs[0].id.as_str(), "data facts", "no luck", "log.txt", "run the same command again"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(std::fs::read_to_string(bench.dir(0).join("log.txt")).unwrap().contains("sad story"));
    assert_eq!(bench.order(), "3", "the longest one ran first and is kept");
    bench.run(1, |_| FINISH.to_string()).unwrap();
    assert_eq!((bench.order().as_str(), bench.file(0).attempts, bench.file(3).attempts), ("3 0 2 1", 2, 1));
    assert_eq!(bench.file(0).error, None);
}

#[test]
fn when_a_job_fails_those_beside_it_save_their_progress() {
    let bench = Bench::new(&[&[], &[]]);
    let script = |job| if job == 0 { format!("sleep 0.3; {FAIL}") } else { WAIT.to_string() };
    let error = bench.run(2, script).unwrap_err().to_string();
    assert!(error.contains(&bench.graph.jobs[0].id), "{error}");
    assert_eq!(bench.file(1).state, JobState::Interrupted);
}

#[test]
fn a_worker_stopped_from_outside_stops_the_run_without_an_error() {
    let bench = Bench::new(&[&[], &[]]);
    let script = |job| if job == 0 { WAIT.replace("cat;", "") } else { WAIT.to_string() };
    assert!(bench.run(2, script).unwrap().interrupted);
    assert_eq!((bench.file(0).state, bench.file(1).state), (JobState::Interrupted, JobState::Interrupted));
}

#[test]
fn a_killed_worker_is_a_failure_that_says_so() {
    let bench = Bench::new(&[&[]]);
    let error = bench.run(1, |_| "kill -9 $$".to_string()).unwrap_err().to_string();
    assert!(error.contains("ended early") && error.contains("signal: 9"), "{error}");
    bench.run(1, |_| FINISH.to_string()).unwrap();
}

#[test]
fn a_run_goes_on_past_a_divergence_and_does_not_repeat_it() {
    let bench = Bench::new(&[&[], &[]]);
    let diverge = FINISH.replace("sed -i ", r#"sed -i -e 's/"diverged": false/"diverged": true/' -e "#);
    let script = |job| if job == 1 { diverge.clone() } else { FINISH.to_string() };
    let summary = bench.run(1, script).unwrap();
    assert_eq!((summary.finished, summary.diverged), (2, vec![1]));
    let summary = bench.run(1, |_| panic!("nothing is left to run")).unwrap();
    assert_eq!(summary.finished, 0);
}

#[test]
fn every_worker_sees_a_gpu_of_its_own() {
    let bench = Bench::new(&[&[], &[], &[], &[]]);
    let launch = |job: &PlannedJob| {
        let mut command = Command::new("sh");
        // Workers on one GPU would find each other's folder; two side by side wait for each other.
        let script = r#"d="../../gpu-$CUDA_VISIBLE_DEVICES"; mkdir "$d" || exit 1; echo "$CUDA_VISIBLE_DEVICES" >> ../../gpus
            sleep 0.3; rmdir "$d"; sed -i 's/"running"/"finished"/' job.json"#;
        command.arg("-c").arg(script).current_dir(bench.store.job_dir(&job.id));
        command
    };
    let slots = vec![Some("0".to_string()), Some("GPU-b".to_string())];
    let options = Options { slots, seconds: vec![1.0; 4], launch: &launch };
    let summary = execute(&bench.graph, &bench.store, &options, vec![false; 4]).unwrap();
    assert_eq!(summary.finished, 4);
    let seen = std::fs::read_to_string(bench.root.path().join("runs/test/gpus")).unwrap();
    let of = |gpu: &str| seen.lines().filter(|line| *line == gpu).count();
    assert_eq!((of("0"), of("GPU-b")), (2, 2), "{seen}");
}

#[test]
fn an_altered_output_is_refused_before_anything_runs() {
    let bench = Bench::new(&[&[], &[]]);
    bench.run(1, |_| FINISH.to_string()).unwrap();
    set_output(&bench, 0, "weights.safetensors");
    std::fs::write(bench.dir(0).join("weights.safetensors"), "altered").unwrap();
    let error = bench.run(1, |_| FINISH.to_string()).unwrap_err().to_string();
    assert!(error.contains("altered") && error.contains(&bench.graph.jobs[0].id), "{error}");
}

#[test]
fn cleaned_weights_are_made_again_only_where_they_are_needed() {
    let bench = Bench::new(&[&[], &[0]]);
    bench.run(1, |_| FINISH.to_string()).unwrap();
    let mut file = bench.file(0);
    file.cleaned = vec!["weights.safetensors".to_string()];
    file.write(&bench.dir(0)).unwrap();
    assert_eq!(bench.run(1, |_| FINISH.to_string()).unwrap().finished, 0);
    std::fs::remove_dir_all(bench.dir(1)).unwrap();
    assert_eq!(bench.run(1, |_| FINISH.to_string()).unwrap().finished, 2);
    assert_eq!(bench.order(), "0 1 0 1");
}

#[test]
fn what_a_worker_of_a_killed_parent_finished_meanwhile_is_not_run_again() {
    let bench = Bench::new(&[&[], &[0]]);
    bench.run(1, |_| FINISH.to_string()).unwrap();
    // The jobs were looked at while job 0 still ran, when neither was done.
    let launch = |_: &PlannedJob| -> Command { panic!("nothing is left to run") };
    let options = Options { slots: vec![None], seconds: vec![1.0; 2], launch: &launch };
    execute(&bench.graph, &bench.store, &options, vec![false; 2]).unwrap();
}

fn set_output(bench: &Bench, job: usize, name: &str) {
    let path: &Path = &bench.dir(job).join(name);
    write_atomic(path, b"weights").unwrap();
    let mut file = bench.file(job);
    file.outputs.insert(name.to_string(), sha256_file(path).unwrap());
    file.write(&bench.dir(job)).unwrap();
}
