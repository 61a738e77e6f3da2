//! What each found net is, what it cost, and how well it does.

use mos_base::Split;
use mos_plan::files::manifest::{GuestCard, SubnetCard};
use mos_plan::planner::guest_nets::EQUAL_FLOPS;
use mos_plan::{Metric, Subject, SubnetId, SubnetKind};
use mos_spaces::method;
use mos_spaces::search::limit::Limit;

use crate::run::{Find, Quality, Run, TaskStart, mean};
use crate::sections::tasks::facts::{TaskMean, average, decisive, worth};

/// Name of the teacher of guests in records.
const TEACHER: &str = "teacher";

/// How a net came to its weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// They are a supernet's, as they are.
    Inherited,
    /// They are a supernet's, trained on.
    Continued,
    /// They were trained from scratch.
    Scratch,
}

impl Group {
    /// Gives its name.
    pub fn name(self) -> &'static str {
        match self {
            Group::Inherited => "inherited",
            Group::Continued => "continued",
            Group::Scratch => "from scratch",
        }
    }
}

/// One net with one set of weights.
#[derive(Clone, Debug, PartialEq)]
pub struct SizedNet {
    /// How it came to its weights.
    pub group: Group,
    /// Whether a teacher took part.
    pub has_teacher: bool,
    /// The method that found it, or trained it.
    pub method: String,
    /// Its name.
    pub net: String,
    /// Its parameters, by one rule for all.
    pub params: i64,
    /// Updates behind its weights.
    pub updates: Option<f64>,
    /// FLOPs behind its weights.
    pub flops: Option<f64>,
    /// Masked-LM loss on test, where the head was trained.
    pub loss: Option<f64>,
    /// Score on each task, in the order of the tasks.
    pub scores: Vec<Option<f64>>,
    /// Mean score over the tasks that are averaged and on which pre-training shows.
    pub average: Option<f64>,
    /// Place among the nets of its group, by that average; by masked-LM loss where no task decides.
    pub rank: Option<usize>,
}

/// Gives every found net, group by group, the smaller ones first.
pub fn sized_nets(run: &Run) -> Vec<SizedNet> {
    let mut nets: Vec<SizedNet> = Vec::new();
    for find in &run.finds {
        nets.extend(own_nets(run, find));
    }
    for guest in &run.manifest.guests {
        nets.extend(guest_nets(run, guest));
    }
    nets.sort_by(|a, b| {
        let key = |net: &SizedNet| (net.group, net.has_teacher, net.params);
        key(a).cmp(&key(b)).then(a.method.cmp(&b.method))
    });
    // A net that several searches found is trained from scratch once.
    nets.dedup_by(|a, b| (a.group, &a.method, &a.net) == (b.group, &b.method, &b.net));
    let worth = worth(&run.tasks);
    for net in &mut nets {
        let scores = run.tasks.names().into_iter().zip(&net.scores);
        let means: Vec<TaskMean> = scores.map(|(task, mean)| TaskMean { task: task.to_owned(), mean: *mean }).collect();
        net.average = average(&means, &worth);
    }
    let places: Vec<Option<usize>> = nets.iter().map(|net| place(&nets, net)).collect();
    nets.iter_mut().zip(places).for_each(|(net, place)| net.rank = place);
    nets
}

/// Finds the place of a net within its group, from 1; equal nets share one. A group of one has none, nor has one in which a net
/// lacks what it is ranked by.
fn place(nets: &[SizedNet], net: &SizedNet) -> Option<usize> {
    let group: Vec<&SizedNet> =
        nets.iter().filter(|other| (other.group, other.has_teacher) == (net.group, net.has_teacher)).collect();
    let by = |of: fn(&SizedNet) -> Option<f64>| {
        let values: Option<Vec<f64>> = group.iter().map(|other| of(other)).collect();
        let own = of(net)?;
        Some(1 + values?.iter().filter(|value| **value > own).count())
    };
    if group.len() < 2 {
        return None;
    }
    by(|net| net.average).or_else(|| by(|net| net.loss.map(|loss| -loss)))
}

/// Gives a net that a search of the run's own space found: inherited, continued where it was, and from scratch.
fn own_nets(run: &Run, find: &Find) -> Vec<SizedNet> {
    let facts = &run.facts;
    let cards = run.manifest.subnets.iter().chain(&run.manifest.found_subnets);
    let Some(card) = cards.into_iter().find(|card| card.id == find.subnet) else { return vec![] };
    let (method, seed) = (find.method.as_str(), find.seed);
    let supernet = |metric| facts.job(metric, method, &Subject::Whole, seed).map(|m| m.value);
    let supernet_flops = with_failed(&supernet);
    // A net that was found under several limits took all of these searches.
    let of_search = |limit: &Limit| facts.study.of_method(Metric::SearchFlops, method, &Subject::Limit(*limit), seed);
    let search: Option<f64> = find.limits.iter().map(|limit| of_search(limit).map(|m| m.value)).sum();
    let flops = supernet_flops.zip(search).map(|(supernet, search)| supernet + search);
    let test = Quality { metric: Metric::Loss, split: Split::Test };
    let inherited = SizedNet {
        group: Group::Inherited,
        updates: supernet(Metric::Updates),
        flops,
        loss: facts.score(test, method, &find.subnet, seed),
        ..net(run, method, card)
    };
    let scratch = from_scratch(run, card, seed);
    let subject = Subject::Subnet(find.subnet.clone());
    let study = |metric| facts.study.of_method(metric, method, &subject, seed).map(|m| m.value);
    let continued = study(Metric::RetrainUpdates).map(|updates| {
        // An update from scratch of the same net costs the same.
        let of_update = scratch.flops.zip(scratch.updates).map(|(flops, updates)| flops / updates);
        SizedNet {
            group: Group::Continued,
            updates: inherited.updates.map(|before| before + updates),
            flops: flops.zip(of_update).map(|(before, of_update)| before + updates * of_update),
            loss: facts.study.on_test(Metric::RetrainTest, method, &subject, seed),
            scores: scores(run, method, card, TaskStart::Continued),
            ..inherited.clone()
        }
    });
    [Some(inherited), continued, Some(scratch)].into_iter().flatten().collect()
}

/// Gives a net that a method of another paper found, inherited or trained from scratch with the teacher, and the same net
/// from scratch without one.
fn guest_nets(run: &Run, guest: &GuestCard) -> Vec<SizedNet> {
    let facts = &run.facts;
    let of_guest = |name: &str| Subject::Subnet(SubnetId { kind: SubnetKind::Guest, name: name.to_owned() });
    let reference = &method::reference().name;
    let Some(seed) = run.seeds.first().copied() else { return vec![] };
    let supernet = |metric| facts.job(metric, &guest.method, &of_guest(&guest.space), seed).map(|m| m.value);
    let teacher = with_failed(&|metric| facts.job(metric, reference, &of_guest(TEACHER), seed).map(|m| m.value));
    let limit = Subject::Limit(guest.limit);
    let search = facts.study.of_method(Metric::SearchFlops, &guest.method, &limit, seed).map(|m| m.value);
    // NAS-BERT trains what it finds anew.
    let anew = |metric| {
        let subject = Subject::Subnet(guest.subnet.id.clone());
        facts.job(metric, &guest.method, &subject, seed).map(|m| m.value)
    };
    let is_anew = anew(Metric::Updates).is_some();
    let last = if is_anew { with_failed(&anew) } else { Some(0.0) };
    let flops: Option<f64> = [teacher, with_failed(&supernet), search, last].into_iter().sum();
    let test = Quality { metric: Metric::Loss, split: Split::Test };
    let own = SizedNet {
        group: if is_anew { Group::Scratch } else { Group::Inherited },
        has_teacher: true,
        updates: if is_anew { anew(Metric::Updates) } else { supernet(Metric::Updates) },
        flops,
        loss: if is_anew { facts.score(test, &guest.method, &guest.subnet.id, seed) } else { None },
        ..net(run, &guest.method, &guest.subnet)
    };
    // The same net under its further name, from scratch for as long as its FLOPs are as many as the guest's.
    let id = SubnetId { name: format!("{}{EQUAL_FLOPS}", guest.subnet.id.name), ..guest.subnet.id.clone() };
    let longer = from_scratch(run, &SubnetCard { id, ..guest.subnet.clone() }, seed);
    let longer = Some(longer).filter(|net| net.updates.is_some());
    [Some(own), Some(from_scratch(run, &guest.subnet, seed)), longer].into_iter().flatten().collect()
}

/// Gives the FLOPs of a training, with those of a first attempt that failed.
fn with_failed(job: &dyn Fn(Metric) -> Option<f64>) -> Option<f64> {
    job(Metric::TrainFlops).map(|flops| flops + job(Metric::FailedFlops).unwrap_or(0.0))
}

fn from_scratch(run: &Run, card: &SubnetCard, seed: i64) -> SizedNet {
    let reference = &method::reference().name;
    let job = |metric| run.facts.job(metric, reference, &Subject::Subnet(card.id.clone()), seed).map(|m| m.value);
    SizedNet {
        updates: job(Metric::Updates),
        flops: with_failed(&job),
        loss: run.facts.score(Quality { metric: Metric::Loss, split: Split::Test }, reference, &card.id, seed),
        ..net(run, reference, card)
    }
}

/// Gives a net with its size and its scores on tasks, and nothing else known of it.
fn net(run: &Run, method: &str, card: &SubnetCard) -> SizedNet {
    SizedNet {
        group: Group::Scratch,
        has_teacher: false,
        method: method.to_owned(),
        net: card.id.name.clone(),
        params: card.params,
        updates: None,
        flops: None,
        loss: None,
        scores: scores(run, method, card, TaskStart::Pretrained),
        average: None,
        rank: None,
    }
}

/// Gives the scores of a net's weights on each task.
fn scores(run: &Run, method: &str, card: &SubnetCard, start: TaskStart) -> Vec<Option<f64>> {
    let score = |task: &str| {
        let metric = decisive(task)?;
        let own = run.tasks.tuned.iter().filter(|t| t.task == task && t.method == method && t.subnet == card.id);
        mean(own.filter(|t| t.start == start).filter_map(|t| t.score(metric)))
    };
    run.tasks.names().into_iter().map(score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(group: Group, has_teacher: bool, loss: Option<f64>, average: Option<f64>) -> SizedNet {
        let (method, net) = (String::new(), String::new());
        SizedNet {
            group,
            has_teacher,
            method,
            net,
            params: 1,
            updates: None,
            flops: None,
            loss,
            scores: vec![],
            average,
            rank: None,
        }
    }

    #[test]
    fn nets_have_places_within_their_group_alone() {
        let nets = [
            net(Group::Inherited, false, Some(5.0), Some(60.0)),
            net(Group::Inherited, false, Some(4.0), Some(50.0)),
            net(Group::Inherited, true, None, Some(99.0)),
            net(Group::Scratch, false, Some(4.0), None),
            net(Group::Scratch, false, Some(4.0), Some(70.0)),
            net(Group::Scratch, false, Some(3.0), Some(40.0)),
            net(Group::Continued, false, None, None),
            net(Group::Continued, false, Some(3.0), None),
        ];
        let places: Vec<Option<usize>> = nets.iter().map(|net| place(&nets, net)).collect();
        // Scores decide where all of a group have them, losses where they do not; one net alone has no place.
        assert_eq!(places, [Some(1), Some(2), None, Some(2), Some(2), Some(1), None, None]);
    }
}
