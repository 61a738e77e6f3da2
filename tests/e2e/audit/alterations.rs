//! What somebody could do to a run to make it say something else.

use std::fs;
use std::path::PathBuf;

use mos_base::Split;
use mos_plan::files::job::{JobState, TRIED, predictions_file};
use mos_plan::spec::fine_tuning::Selection;
use mos_plan::spec::work::Work;
use mos_plan::{Metric, Record, Subject};

use crate::launder::{Forged, ForgedJob};

/// By what a laundered alteration is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// By this rule, which is no hash.
    By(&'static str),
    /// Only by making the trainings again, or by a digest from outside.
    Outside,
}

/// One alteration.
pub struct Alteration {
    /// What it does.
    pub what: &'static str,
    /// The run that it is done to.
    pub run: &'static str,
    /// By what it is found where everything was made to agree again.
    pub laundered: Found,
    /// Does it.
    pub forge: fn(&mut Forged),
}

/// An alteration of a run of translation.
const fn alter(what: &'static str, laundered: Found, forge: fn(&mut Forged)) -> Alteration {
    Alteration { what, run: "smoke", laundered, forge }
}

/// An alteration of a run of the BERT track.
const fn alter_bert(what: &'static str, laundered: Found, forge: fn(&mut Forged)) -> Alteration {
    Alteration { what, run: "bert-smoke", laundered, forge }
}

/// Finds the first job of a kind.
fn first(run: &mut Forged, is: impl Fn(&Work) -> bool) -> &mut ForgedJob {
    run.jobs.iter_mut().find(|job| is(&job.file.spec.work) && !job.records.is_empty()).expect("the run has such a job")
}

/// Gives the path of an output of a job.
fn output(run: &Forged, id: &str, name: &str) -> PathBuf {
    run.dir.join("jobs").join(id).join(name)
}

/// Changes what a fine-tuning predicts on the test split: every prediction becomes the label.
fn predict_all(run: &mut Forged) {
    let id = first(run, |work| matches!(work, Work::FineTune(_))).was.clone();
    let path = output(run, &id, &predictions_file(Split::Test));
    let text = fs::read_to_string(&path).unwrap();
    let right = text.lines().map(|line| line.split_once('\t').unwrap().0).map(|label| format!("{label}\t{label}\n"));
    fs::write(&path, right.collect::<String>()).unwrap();
}

/// Changes the scores of a fine-tuning on the test split.
fn task_scores(run: &mut Forged, change: impl Fn(f64) -> f64) {
    let job = first(run, |work| matches!(work, Work::FineTune(_)));
    let of_test = |record: &&mut Record| record.split == Some(Split::Test) && record.metric == Metric::TaskAccuracy;
    job.records.iter_mut().filter(of_test).for_each(|record| record.value = change(record.value));
}

/// Tells whether a record is a score of a subnet, and no point of a curve.
fn is_score(record: &Record, method: &str, metric: Metric, split: Split) -> bool {
    record.method == method && record.metric == metric && record.split == Some(split)
}

/// Changes the scores of a method.
fn scores(run: &mut Forged, method: &str, metric: Metric, split: Split, change: impl Fn(f64) -> f64) {
    let label = format!("score {method} seed 1");
    let of_it = |record: &&mut Record| is_score(record, method, metric, split);
    run.job(&label).records.iter_mut().filter(of_it).for_each(|record| record.value = change(record.value));
}

/// Changes a record of one metric of a job.
fn of_job(run: &mut Forged, label: &str, metric: Metric, change: impl Fn(f64) -> f64) {
    let records = &mut run.job(label).records;
    let record = records.iter_mut().find(|record| record.metric == metric);
    let record = record.unwrap_or_else(|| panic!("{label} has no {metric}"));
    record.value = change(record.value);
}

/// Gives the file of a method's translations of the test split by a subnet.
fn hypotheses(run: &mut Forged, method: &str, subnet: &str) -> std::path::PathBuf {
    let id = run.job(&format!("score {method} seed 1")).was.clone();
    run.dir.join("jobs").join(id).join(mos_plan::files::job::hypotheses_file(subnet, Split::Test))
}

/// Changes the spec of a training.
fn training(run: &mut Forged, label: &str, change: impl Fn(&mut mos_plan::spec::training::TrainSpec)) {
    let Work::Train(spec) = &mut run.job(label).file.spec.work else { panic!("{label} is no training") };
    change(spec);
}

/// The alterations.
pub const ALTERATIONS: &[Alteration] = &[
    alter("a better validation loss", Found::By("N3"), |run| {
        scores(run, "mos-neuron", Metric::Loss, Split::Valid, |v| v - 0.1)
    }),
    alter("a better test loss", Found::Outside, |run| {
        scores(run, "mos-neuron", Metric::Loss, Split::Test, |v| v - 0.1)
    }),
    alter("a better test loss and curve", Found::Outside, |run| {
        for record in run.records().filter(|r| r.method == "mos-neuron" && r.metric == Metric::Loss) {
            record.value -= 0.1;
        }
    }),
    alter("a negative loss", Found::By("N1"), |run| {
        scores(run, "mos-neuron", Metric::Loss, Split::Test, |v| v - 100.0)
    }),
    alter("a BLEU above 100", Found::By("N1"), |run| {
        scores(run, "mos-neuron", Metric::Bleu, Split::Test, |v| v + 100.5)
    }),
    alter("a better BLEU", Found::By("D2"), |run| scores(run, "mos-neuron", Metric::Bleu, Split::Test, |v| v + 0.5)),
    alter("a better translation", Found::By("D2"), |run| {
        let path = hypotheses(run, "mos-neuron", "largest");
        let text = fs::read_to_string(&path).unwrap();
        let rest = text.split_once('\n').unwrap().1;
        fs::write(&path, format!("Es war der Herr .\n{rest}")).unwrap();
    }),
    alter("a translation left out", Found::By("D3"), |run| {
        let path = hypotheses(run, "mos-neuron", "largest");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.split_once('\n').unwrap().1).unwrap();
    }),
    alter("a better tokenised BLEU", Found::By("D2"), |run| {
        scores(run, "mos-neuron", Metric::TokenisedBleu, Split::Test, |v| v + 0.5)
    }),
    alter("a better BLEU, and its translations removed", Found::By("D2"), |run| {
        scores(run, "mos-neuron", Metric::Bleu, Split::Test, |v| v + 0.5);
        let path = hypotheses(run, "mos-neuron", "largest");
        fs::remove_file(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        run.job("score mos-neuron seed 1").file.outputs.remove(&name);
    }),
    alter("a better BLEU, and its translations called cleaned", Found::By("D2"), |run| {
        scores(run, "mos-neuron", Metric::Bleu, Split::Test, |v| v + 0.5);
        let path = hypotheses(run, "mos-neuron", "largest");
        fs::remove_file(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let file = &mut run.job("score mos-neuron seed 1").file;
        file.outputs.remove(&name);
        file.cleaned.push(name);
    }),
    alter("records of another corpus", Found::By("S5"), |run| {
        run.records().for_each(|record| record.dataset = "another".into())
    }),
    alter("a job that rests on none", Found::By("S6"), |run| {
        let inputs = &mut run.job("score sandwich seed 1").file.spec.inputs.jobs;
        inputs.values_mut().flatten().for_each(|id| *id = "0".repeat(id.len()));
    }),
    alter("a value that is no number", Found::By("N1"), |run| {
        scores(run, "sandwich", Metric::Loss, Split::Test, |_| f64::NAN)
    }),
    alter("the worst subnet left out", Found::By("K1"), |run| {
        run.job("score mos-neuron seed 1").records.retain(|record| record.subject.text() != "smallest");
    }),
    alter("a method's scores left out", Found::By("K1"), |run| {
        run.job("score sandwich seed 1").records.retain(|r| r.metric != Metric::Loss)
    }),
    alter("a method's scores copied from another", Found::By("K2"), |run| {
        for work in ["train", "score"] {
            let theirs = run.job(&format!("{work} sandwich seed 1")).records.clone();
            let own = run.job(&format!("{work} mos-layer seed 1"));
            let id = own.was.clone();
            let copied = theirs.into_iter().map(|r| Record { method: "mos-layer".into(), job_id: id.clone(), ..r });
            own.records = copied.collect();
        }
    }),
    alter("another peak rate", Found::By("R1"), |run| {
        training(run, "train mos-neuron seed 1", |spec| spec.optimisation.peak_lr *= 2.0);
        of_job(run, "train mos-neuron seed 1", Metric::PeakLr, |v| v * 2.0);
    }),
    alter("more updates for one method", Found::By("R3"), |run| {
        training(run, "train mos-neuron seed 1", |spec| spec.optimisation.updates *= 2)
    }),
    alter("fewer updates from scratch", Found::By("R1"), |run| {
        training(run, "train scratch/largest seed 1", |spec| spec.optimisation.updates /= 2)
    }),
    alter("another precision for one method", Found::By("R3"), |run| {
        training(run, "train sandwich seed 1", |spec| spec.precision = mos_plan::spec::precision::Precision::Bf16);
    }),
    alter("larger batches for one method", Found::By("R3"), |run| {
        training(run, "train sandwich seed 1", |spec| spec.batch_tokens *= 2)
    }),
    alter("another seed for one method", Found::By("R1"), |run| {
        training(run, "train sandwich seed 1", |spec| spec.seed = 7)
    }),
    alter("best weights kept for one method", Found::By("R3"), |run| {
        training(run, "train sandwich seed 1", |spec| spec.keep_best = Some(mos_plan::spec::training::KeptBy::Largest));
    }),
    alter("no dropout for one method", Found::By("R3"), |run| {
        training(run, "train sandwich seed 1", |spec| {
            let mut task = serde_json::to_value(&spec.task).unwrap();
            task["translation"]["dropout"] = 0.0.into();
            spec.task = serde_json::from_value(task).unwrap();
        });
    }),
    alter("fewer pairs decoded for one method", Found::By("R3"), |run| {
        let Work::Score(score) = &mut run.job("score sandwich seed 1").file.spec.work else { panic!() };
        let mut scoring = serde_json::to_value(&score.scoring).unwrap();
        scoring["translation"]["pairs"] = 3.into();
        score.scoring = serde_json::from_value(scoring).unwrap();
    }),
    alter("near-duplicates between train and test", Found::By("D4"), |run| {
        run.records().filter(|r| r.metric == Metric::NearDuplicates).for_each(|record| record.value = 3.0);
    }),
    alter("another corpus for one job", Found::By("D1"), |run| {
        let corpora = &mut run.job("train sandwich seed 1").file.spec.inputs.corpora;
        corpora.values_mut().for_each(|corpus| corpus.hash = "0".repeat(64));
    }),
    alter("another number of updates in the records", Found::By("N2"), |run| {
        of_job(run, "train sandwich seed 1", Metric::Updates, |v| v + 1.0)
    }),
    alter("another peak rate in the records", Found::By("N2"), |run| {
        of_job(run, "train sandwich seed 1", Metric::PeakLr, |v| v * 1.5)
    }),
    alter("fewer tokens in the records", Found::By("N2"), |run| {
        of_job(run, "train mos-neuron seed 1", Metric::TokensSeen, |v| v - 64.0)
    }),
    alter("more passes in the records", Found::By("N2"), |run| {
        of_job(run, "train mos-neuron seed 1", Metric::SubnetPasses, |v| v + 1.0)
    }),
    alter("fewer epochs in the records", Found::By("N2"), |run| {
        of_job(run, "train mos-neuron seed 1", Metric::Epochs, |v| v / 2.0)
    }),
    alter("fewer FLOPs for one method", Found::By("N2"), |run| {
        of_job(run, "train mos-neuron seed 1", Metric::TrainFlops, |v| v / 2.0)
    }),
    alter("fewer FLOPs from scratch", Found::Outside, |run| {
        of_job(run, "train scratch/largest seed 1", Metric::TrainFlops, |v| v / 2.0)
    }),
    alter("a shorter time", Found::By("N7"), |run| {
        of_job(run, "train mos-neuron seed 1", Metric::TrainSeconds, |v| v / 2.0)
    }),
    alter("a shorter time and a higher rate", Found::Outside, |run| {
        of_job(run, "train mos-neuron seed 1", Metric::TrainSeconds, |v| v / 2.0);
        of_job(run, "train mos-neuron seed 1", Metric::TokensPerSecond, |v| v * 2.0);
    }),
    alter("more than the machine can compute", Found::By("N1"), |run| {
        of_job(run, "train mos-neuron seed 1", Metric::Utilisation, |_| 1.2)
    }),
    alter("a point of a curve left out", Found::By("N3"), |run| {
        let records = &mut run.job("train mos-neuron seed 1").records;
        let first = records.iter().position(|r| r.metric == Metric::Loss && r.split == Some(Split::Valid)).unwrap();
        records.remove(first);
    }),
    alter("a curve that ends lower", Found::By("N3"), |run| {
        let records = &mut run.job("train mos-neuron seed 1").records;
        let last = records.iter().filter(|r| r.metric == Metric::Loss).map(|r| r.step).max().unwrap();
        records.iter_mut().filter(|r| r.metric == Metric::Loss && r.step == last).for_each(|r| r.value -= 0.2);
    }),
    alter("a bad training called diverged", Found::By("K3"), |run| {
        let job = run.job("train hat seed 1");
        job.file.diverged = true;
        let first = job.records[0].clone();
        let at =
            Record { metric: Metric::DivergedAt, split: None, subject: Subject::Whole, step: 5, value: 5.0, ..first };
        job.records.push(at);
        run.job("score hat seed 1").records.clear();
    }),
    alter("a smaller subnet than it is", Found::By("N4"), |run| run.manifest.subnets[0].params -= 1_000),
    alter("fewer FLOPs than it takes", Found::By("N4"), |run| run.manifest.subnets[1].flops /= 2),
    alter("another random subnet", Found::By("R7"), |run| {
        let largest = run.manifest.subnets[0].clone();
        let card = &mut run.manifest.subnets[2];
        (card.params, card.flops, card.summary) = (largest.params, largest.flops, largest.summary);
        card.arch_json = largest.arch_json;
    }),
    alter("another metric", Found::By("R7"), |run| run.manifest.primary_metric = Metric::Bleu),
    alter("another split", Found::By("R7"), |run| run.manifest.primary_split = Split::Valid),
    alter("another headline", Found::By("R7"), |run| run.manifest.headline = mos_plan::headline::Headline::Random),
    alter("a method left out of the manifest", Found::By("R7"), |run| {
        run.manifest.methods.retain(|method| method != "hat")
    }),
    alter("a further seed in the manifest", Found::By("R7"), |run| run.manifest.seeds.push(2)),
    alter("another profile than the jobs'", Found::By("R1"), |run| {
        run.manifest.profile_toml = run.manifest.profile_toml.replacen("updates = 40", "updates = 80", 1);
    }),
    alter("other code in the manifest", Found::By("E1"), |run| run.manifest.environment.code_hash = "0".repeat(16)),
    alter("another libtorch in one job", Found::By("E1"), |run| {
        run.job("train sandwich seed 1").file.spec.context.libtorch = "1.0".into()
    }),
    alter("another processor", Found::Outside, |run| run.manifest.environment.cpu = "another".into()),
    alter("no processor", Found::By("E2"), |run| run.manifest.environment.cpu.clear()),
    alter("fewer further updates", Found::By("N6"), |run| {
        let of_it = |r: &&mut Record| r.metric == Metric::RetrainUpdates && r.value > 1.0;
        run.records().filter(of_it).for_each(|record| record.value -= 1.0);
    }),
    alter("a goal that is easier to reach", Found::By("N6"), |run| {
        run.records().filter(|r| r.metric == Metric::RetrainGoal).for_each(|record| record.value += 0.5);
    }),
    alter("a goal called reached", Found::By("N6"), |run| {
        let of_it = |r: &&mut Record| r.metric == Metric::RetrainReached && r.value == 0.0;
        let changed = run.records().filter(of_it).map(|record| record.value = 1.0).count();
        if changed == 0 {
            run.records().filter(|r| r.metric == Metric::RetrainReached).for_each(|record| record.value = 0.0);
        }
    }),
    alter("a continued training left out", Found::By("R1"), |run| {
        let id = first(run, |work| matches!(work, Work::Retrain(_))).was.clone();
        fs::remove_dir_all(run.dir.join("jobs").join(&id)).unwrap();
        run.jobs.retain(|job| job.was != id);
    }),
    alter("a continued training that never ended", Found::By("K4"), |run| {
        let job = first(run, |work| matches!(work, Work::Retrain(_)));
        job.file.state = JobState::Failed;
        job.records.clear();
    }),
    alter("a continued training said to have had nothing to work on", Found::By("K4"), |run| {
        let job = first(run, |work| matches!(work, Work::Retrain(_)));
        job.file.void = Some("train hat seed 1 diverged".into());
        job.file.outputs.clear();
        job.records.clear();
    }),
    alter("a better fitness", Found::By("R6"), |run| {
        run.records().filter(|r| r.metric == Metric::SearchFitness).for_each(|record| record.value -= 0.3);
    }),
    alter("a fitness of the test split", Found::By("R5"), |run| {
        run.records().filter(|r| r.metric == Metric::SearchFitness).for_each(|record| record.split = Some(Split::Test));
    }),
    alter("another found subnet", Found::By("R6"), |run| {
        let job = run.jobs.iter().find(|job| matches!(job.file.spec.work, Work::Search(_))).unwrap();
        let path = run.dir.join("jobs").join(&job.was).join("found.json");
        let mut found: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        found["arch"] = serde_json::from_str(&run.manifest.subnets[1].arch_json).unwrap();
        found["arch"]["encoder_ffn_embed_dim"] = serde_json::json!([64, 32, 64]);
        fs::write(path, serde_json::to_vec_pretty(&found).unwrap()).unwrap();
    }),
    alter("a found subnet above its limit", Found::By("R6"), |run| {
        let job = run.jobs.iter().find(|job| matches!(job.file.spec.work, Work::Search(_))).unwrap();
        let path = run.dir.join("jobs").join(&job.was).join("found.json");
        let mut found: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        found["reach"]["limit"] = 0.1.into();
        fs::write(path, serde_json::to_vec_pretty(&found).unwrap()).unwrap();
    }),
    alter_bert("a better accuracy on a task", Found::By("D5"), |run| task_scores(run, |_| 99.0)),
    alter_bert("better predictions on a task", Found::By("D5"), predict_all),
    alter_bert("better predictions and their accuracy", Found::By("R8"), |run| {
        predict_all(run);
        task_scores(run, |_| 100.0);
    }),
    alter_bert("other labels of a task", Found::By("D5"), |run| {
        let id = first(run, |work| matches!(work, Work::FineTune(_))).was.clone();
        let path = output(run, &id, &predictions_file(Split::Test));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.lines().map(|line| line.replacen(|_: char| true, "7", 1) + "\n").collect::<String>())
            .unwrap();
    }),
    alter_bert("predictions removed", Found::By("D5"), |run| {
        let id = first(run, |work| matches!(work, Work::FineTune(_))).was.clone();
        let name = predictions_file(Split::Test);
        fs::remove_file(output(run, &id, &name)).unwrap();
        first(run, |work| matches!(work, Work::FineTune(_))).file.outputs.remove(&name);
    }),
    alter_bert("a setting that was not the best", Found::By("R8"), |run| {
        let job = first(run, |work| matches!(work, Work::FineTune(_)));
        let rate = job.records.iter_mut().find(|record| record.metric == Metric::FineTunePeakLr).unwrap();
        rate.value *= 2.0;
    }),
    alter_bert("what was tried removed", Found::By("R8"), |run| {
        let id = first(run, |work| matches!(work, Work::FineTune(_))).was.clone();
        fs::remove_file(output(run, &id, TRIED)).unwrap();
        first(run, |work| matches!(work, Work::FineTune(_))).file.outputs.remove(TRIED);
    }),
    alter_bert("a setting chosen on the test split", Found::By("R5"), |run| {
        let job = first(run, |work| matches!(work, Work::FineTune(_)));
        let Work::FineTune(spec) = &mut job.file.spec.work else { unreachable!() };
        spec.selected_on = Selection::Reported;
    }),
    alter_bert("a fine-tuning left out", Found::By("R1"), |run| {
        let id = first(run, |work| matches!(work, Work::FineTune(_))).was.clone();
        fs::remove_dir_all(run.dir.join("jobs").join(&id)).unwrap();
        run.jobs.retain(|job| job.was != id);
    }),
    alter_bert("a better masked loss", Found::By("N3"), |run| {
        let job = first(run, |work| matches!(work, Work::Score(_)));
        let of_valid = |r: &&mut Record| r.metric == Metric::Loss && r.split == Some(Split::Valid);
        job.records.iter_mut().filter(of_valid).for_each(|record| record.value -= 0.1);
    }),
];
