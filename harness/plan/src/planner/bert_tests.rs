//! Tests of what is planned for the BERT track: fine-tuning, the teacher, and methods of other papers.

use mos_spaces::Arch;

use super::found::stand_ins;
use super::guest_nets::{EQUAL_FLOPS, NAS_BERT, guest_stand_ins};
use super::guests::TEACHER;
use super::planner::Planner;
use crate::estimate::estimator::Estimator;
use crate::experiment::{Choices, Experiment};
use crate::graph::{Basis, JobGraph, PlannedJob, testing};
use crate::spec::fine_tuning::FineTuneStart;
use crate::spec::inputs::{CorpusRef, CorpusRole, Role};
use crate::spec::search::Strategy;
use crate::spec::task::TaskSpec;
use crate::spec::training::TrainSpec;
use crate::spec::work::Work;

fn basis() -> Basis {
    let corpus = |role: &CorpusRole| (*role, CorpusRef { id: role.name().into(), hash: "d".into() });
    Basis { corpora: CorpusRole::ALL.iter().map(corpus).collect(), ..testing::basis() }
}

/// Plans a whole profile, the largest nets in place of those that guests find.
fn graph(profile: &str) -> JobGraph {
    let (experiment, basis) = (Experiment::resolve(profile, &Choices::default()).unwrap(), basis());
    let mut planner = Planner::new(&experiment, &basis, None).unwrap();
    let found = stand_ins(&experiment, &planner.searches);
    planner.add_found(&found).unwrap();
    let guests = guest_stand_ins(&planner.guest_searches).unwrap();
    planner.add_guest_nets(&guests).unwrap();
    planner.graph
}

fn trainings(graph: &JobGraph) -> impl Iterator<Item = (&PlannedJob, &TrainSpec)> {
    graph.jobs.iter().filter_map(|job| match &job.spec.work {
        Work::Train(train) => Some((job, train)),
        _ => None,
    })
}

/// Returns the spec of the training that a job reads in a role.
fn read<'g>(graph: &'g JobGraph, job: &PlannedJob, role: Role) -> &'g PlannedJob {
    &graph.jobs[job.inputs_as(role).next().unwrap_or_else(|| panic!("{} reads no {}", job.label, role.name()))]
}

#[test]
fn one_teacher_serves_all_guests_and_trains_for_longer() {
    let graph = graph("bert-smoke");
    let teachers: Vec<&TrainSpec> = trainings(&graph)
        .filter(|(_, train)| train.subnet.as_ref().is_some_and(|subnet| subnet.name() == TEACHER))
        .map(|(_, train)| train)
        .collect();
    assert_eq!(teachers.len(), 1);
    let ordinary = trainings(&graph).find(|(_, train)| train.subnet.is_some()).unwrap().1;
    assert_eq!(teachers[0].optimisation.updates, 2 * ordinary.optimisation.updates);
    let taught = trainings(&graph).filter(|(_, train)| {
        matches!(train.task, TaskSpec::RelationDistil(_) | TaskSpec::BlockDistil(_))
            || matches!(&train.task, TaskSpec::MaskedLm(task) if task.teacher_share.is_some())
    });
    let mut count = 0;
    for (job, _) in taught {
        let Work::Train(teacher) = &read(&graph, job, Role::Teacher).spec.work else { panic!() };
        assert_eq!(teacher, teachers[0]);
        count += 1;
    }
    // Two spaces of AutoDistil's, the blocks, and what is found of them.
    assert_eq!(count, 4);
}

#[test]
fn what_blocks_find_is_trained_with_the_teacher_and_without_and_both_are_fine_tuned() {
    let graph = graph("bert-smoke");
    let of_net = |train: &&TrainSpec| {
        let space = |spec: &TrainSpec| spec.space.as_str() == "nas-bert-smoke";
        space(train) && train.subnet.is_some()
    };
    let nets: Vec<&TrainSpec> = trainings(&graph).map(|(_, train)| train).filter(of_net).collect();
    let methods: Vec<&str> = nets.iter().map(|train| train.method.as_str()).collect();
    assert_eq!(methods, [NAS_BERT, "scratch"]);
    assert_eq!(nets[0].optimisation, nets[1].optimisation);
    let archs: Vec<&Arch> = nets.iter().filter_map(|train| Some(&train.subnet.as_ref()?.arch)).collect();
    assert_eq!(archs[0], archs[1]);
    for method in methods {
        let tuned = graph.jobs.iter().filter(|job| {
            matches!(&job.spec.work, Work::FineTune(tune) if tune.method == method && &tune.subnet.arch == archs[0])
        });
        let tuned: Vec<&PlannedJob> = tuned.collect();
        assert_eq!(tuned.len(), 2, "{method} on two tasks");
        for job in tuned {
            let Work::Train(train) = &read(&graph, job, Role::Training).spec.work else { panic!() };
            assert_eq!(train.method, method);
        }
    }
}

#[test]
fn a_search_in_blocks_reads_supernet_teacher_and_latencies() {
    let graph = graph("bert-smoke");
    let search = graph
        .jobs
        .iter()
        .find(|job| matches!(&job.spec.work, Work::Search(search) if matches!(search.strategy, Strategy::Lookup(_))));
    let search = search.unwrap();
    assert!(matches!(read(&graph, search, Role::Supernet).spec.work, Work::Train(_)));
    assert!(matches!(read(&graph, search, Role::Teacher).spec.work, Work::Train(_)));
    let latencies = read(&graph, search, Role::Latencies);
    assert!(matches!(latencies.spec.work, Work::Latency(_)) && latencies.spec.is_exclusive());
}

#[test]
fn every_fine_tuning_of_a_task_has_its_rows_from_random_weights_and_a_bag_of_words() {
    let graph = graph("bert-smoke");
    for task in ["topic", "rating"] {
        let random = graph.jobs.iter().filter(|job| {
            matches!(&job.spec.work, Work::FineTune(tune) if tune.task.task == task && tune.start == FineTuneStart::Random)
        });
        assert_eq!(random.count(), 1, "of the subnet that is fine-tuned");
        let linear =
            graph.jobs.iter().filter(|job| matches!(&job.spec.work, Work::BagOfWords(bag) if bag.task == task));
        assert_eq!(linear.count(), 1);
    }
    let labels: std::collections::HashSet<&str> = graph.jobs.iter().map(|job| job.label.as_str()).collect();
    let tunings = |job: &&PlannedJob| matches!(job.spec.work, Work::FineTune(_));
    let all = graph.jobs.iter().filter(tunings).count();
    assert_eq!(labels.iter().filter(|label| label.starts_with("fine-tune")).count(), all, "no label stands twice");
}

#[test]
fn at_the_published_size_tasks_have_teachers_and_two_start_from_mnli() {
    let graph = graph("bert-paper");
    let mut after = 0;
    for job in &graph.jobs {
        let Work::FineTune(tune) = &job.spec.work else { continue };
        assert!(job.spec.inputs.corpora.contains_key(&CorpusRole::Tasks), "GLUE is no part of the corpus");
        let is_teacher = tune.subnet.name() == TEACHER;
        assert_eq!(tune.teacher_share.is_none(), is_teacher, "{}", job.label);
        if is_teacher {
            assert!(tune.keeps_weights && tune.grid.len() == 1);
            continue;
        }
        let Work::FineTune(teacher) = &read(&graph, job, Role::Teacher).spec.work else { panic!() };
        assert_eq!(teacher.task.task, tune.task.task);
        let starts_after = ["mrpc", "rte"].contains(&tune.task.task.as_str()) && tune.start != FineTuneStart::Random;
        assert_eq!(tune.first_task.is_some(), starts_after, "{}", job.label);
        if starts_after {
            let Work::FineTune(first) = &read(&graph, job, Role::Tuned).spec.work else { panic!() };
            assert_eq!((first.task.task.as_str(), first.keeps_weights), ("mnli", true));
            assert_eq!((&first.method, first.seed, &first.subnet), (&tune.method, tune.seed, &tune.subnet));
            after += 1;
        }
    }
    assert!(after > 0);
}

#[test]
fn at_the_published_size_all_start_from_the_public_network_and_the_teacher_is_that_network() {
    let graph = graph("bert-paper");
    for (job, train) in trainings(&graph) {
        let is_guest = train.space.as_str().starts_with("autodistil") || train.space.as_str().starts_with("nas-bert");
        assert_eq!(train.task.starts_public(), !is_guest, "{}", job.label);
        assert_eq!(job.spec.inputs.corpora.contains_key(&CorpusRole::Checkpoint), !is_guest, "{}", job.label);
    }
    let teacher = trainings(&graph).find(|(_, train)| train.subnet.as_ref().is_some_and(|s| s.name() == TEACHER));
    let (_, teacher) = teacher.unwrap();
    assert_eq!((teacher.optimisation.updates, teacher.optimisation.warmup), (0, 0));
}

#[test]
fn a_guests_net_is_trained_from_scratch_with_equal_updates_and_with_equal_flops() {
    let mut experiment = Experiment::resolve("bert-smoke", &Choices::default()).unwrap();
    experiment.profile.study.equal_flops = true;
    let basis = basis();
    let mut planner = Planner::new(&experiment, &basis, None).unwrap();
    let nets = guest_stand_ins(&planner.guest_searches).unwrap();
    planner.add_guest_nets(&nets).unwrap();
    let graph = planner.graph;
    let estimator = Estimator::new(&experiment, 1.0);
    let flops = |job: &PlannedJob| estimator.job(&job.spec).flops;
    let named = |name: &str, method: &str| {
        let is_it = |t: &TrainSpec| t.method == method && t.subnet.as_ref().is_some_and(|s| s.name() == name);
        trainings(&graph).find(|(_, train)| is_it(train))
    };
    let teacher = flops(named(TEACHER, "scratch").unwrap().0);
    for net in &nets {
        let (equal, _) = named(net.subnet.name(), "scratch").unwrap();
        let (longer, train) = named(&format!("{}{EQUAL_FLOPS}", net.subnet.name()), "scratch").unwrap();
        let supernet = flops(&graph.jobs[net.supernet]);
        let own = named(net.subnet.name(), &net.method).map_or(0.0, |(job, _)| flops(job));
        // The search and the teacher's passes come on top.
        assert!(flops(longer) > teacher + supernet + own, "{}", longer.label);
        assert!(flops(longer) > flops(equal) && train.optimisation.warmup > 0, "{}", longer.label);
    }
}
