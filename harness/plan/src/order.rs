//! Decides the order of jobs: the one with the longest way to the end goes first.

use crate::graph::JobGraph;
use crate::spec::work::Work;

/// Returns the seconds from the start of each job to the end of the longest chain that waits for it. A predictor goes
/// before all others: it refuses limits that nothing can meet, which should not be learnt after the supernets'
/// training.
pub fn priorities(graph: &JobGraph, seconds: &[f64]) -> Vec<f64> {
    let mut longest = vec![0.0_f64; graph.jobs.len()];
    for (i, job) in graph.jobs.iter().enumerate().rev() {
        longest[i] += seconds[i];
        if matches!(job.spec.work, Work::Predictor(_)) {
            longest[i] = f64::INFINITY;
        }
        for need in job.needs() {
            longest[need] = longest[need].max(longest[i]);
        }
    }
    longest
}

/// Returns the ready job to start next: the one of highest priority, the earlier one in the plan on a tie.
pub fn next_ready(graph: &JobGraph, priorities: &[f64], waiting: &[bool], done: &[bool]) -> Option<usize> {
    let ready = |&i: &usize| waiting[i] && graph.jobs[i].needs().all(|n| done[n]);
    (0..graph.jobs.len()).filter(ready).max_by(|&a, &b| priorities[a].total_cmp(&priorities[b]).then(b.cmp(&a)))
}

/// Simulates the wall seconds of the jobs that are not `done` on this number of workers.
pub fn simulate_wall(graph: &JobGraph, seconds: &[f64], done: &[bool], workers: usize) -> f64 {
    let priorities = priorities(graph, seconds);
    let mut done = done.to_vec();
    let mut waiting: Vec<bool> = done.iter().map(|d| !d).collect();
    let mut running: Vec<(f64, usize)> = Vec::new();
    let mut now = 0.0;
    loop {
        while running.len() < workers.max(1) {
            let Some(job) = next_ready(graph, &priorities, &waiting, &done) else { break };
            waiting[job] = false;
            running.push((now + seconds[job], job));
        }
        let Some(first) = (0..running.len()).min_by(|&a, &b| running[a].0.total_cmp(&running[b].0)) else {
            return now;
        };
        let (end, job) = running.swap_remove(first);
        now = end;
        done[job] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::graph as test_graph;
    use crate::spec::latency::PredictorSpec;
    use mos_spaces::SpaceName;

    #[test]
    fn the_longest_chain_goes_first_and_dependencies_hold() {
        // Job 0 leads to 1, and 2 stands alone: 0 (1 s) leads to 1 (10 s), so it goes before 2 (5 s).
        let graph = test_graph(&[&[], &[0], &[]]);
        let seconds = [1.0, 10.0, 5.0];
        let p = priorities(&graph, &seconds);
        assert_eq!(p, [11.0, 10.0, 5.0]);
        assert_eq!(next_ready(&graph, &p, &[true; 3], &[false; 3]), Some(0));
        assert_eq!(next_ready(&graph, &p, &[false, true, true], &[false; 3]), Some(2));
        assert_eq!(next_ready(&graph, &p, &[false, true, true], &[true, false, false]), Some(1));
    }

    #[test]
    fn a_predictor_and_what_it_waits_for_go_before_longer_chains() {
        let mut graph = test_graph(&[&[], &[], &[1]]);
        let predictor = PredictorSpec {
            space: SpaceName::try_from("scaled-smoke".to_string()).unwrap(),
            limits: vec![],
            kinds: vec![],
            seed: 1,
        };
        graph.jobs[2].spec.work = Work::Predictor(predictor);
        let p = priorities(&graph, &[100.0, 1.0, 1.0]);
        assert_eq!(next_ready(&graph, &p, &[true; 3], &[false; 3]), Some(1));
        assert_eq!(next_ready(&graph, &p, &[true, false, true], &[false, true, false]), Some(2));
    }

    #[test]
    fn wall_time_is_that_of_the_schedule() {
        let graph = test_graph(&[&[], &[0], &[]]);
        let seconds = [1.0, 10.0, 5.0];
        assert_eq!(simulate_wall(&graph, &seconds, &[false; 3], 1), 16.0);
        assert_eq!(simulate_wall(&graph, &seconds, &[false; 3], 2), 11.0);
        assert_eq!(simulate_wall(&graph, &seconds, &[true, true, false], 2), 5.0);
    }
}
