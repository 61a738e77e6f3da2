//! Plans fine-tuning: of each supernet's subnets, of the same subnets from scratch and from random weights, and the linear
//! model of each task.

use std::collections::HashMap;

use mos_spaces::{SpaceName, method};

use super::found::FoundSubnet;
use super::planner::Planner;
use crate::error::Result;
use crate::profile::fine_tuning::FineTuningStudy;
use crate::spec::fine_tuning::{BagOfWordsSpec, FineTuneSettings, FineTuneSpec, FineTuneStart, FineTuneTaskSpec};
use crate::spec::inputs::Role;
use crate::spec::training::RetrainWeights;
use crate::spec::work::Work;
use crate::subject::NamedArch;

/// A network that is fine-tuned.
pub struct Tuned<'a> {
    /// Method of its pre-training.
    pub method: &'a str,
    /// Seed of its pre-training.
    pub seed: u64,
    /// Search space of its pre-training.
    pub space: SpaceName,
    /// The subnet.
    pub subnet: &'a NamedArch,
    /// What the fine-tuning starts from.
    pub start: FineTuneStart,
    /// Whether the weights that it starts from were inherited and trained on.
    pub is_continued: bool,
    /// Position of the job whose weights it starts from.
    pub trained: usize,
}

impl Planner<'_> {
    /// Plans the fine-tuning that the profile asks for, once all trainings of scored subnets are planned.
    ///
    /// # Errors
    /// Fails if the space is none of this version's.
    pub fn add_fine_tuning(&mut self) -> Result<()> {
        let experiment = self.experiment;
        let Some(study) = &experiment.profile.study.fine_tuning else { return Ok(()) };
        let space = SpaceName::try_from(experiment.profile.space.clone())?;
        if let Some(teacher) = self.taught_by {
            self.teach_tasks(study, teacher);
        }
        for task in &study.tasks {
            let spec = BagOfWordsSpec {
                task: task.clone(),
                space: space.clone(),
                rates: study.bag_of_words_rates.clone(),
                epochs: study.bag_of_words_epochs.clone(),
                seed: 1,
                selected_on: study.selected_on,
            };
            self.graph.add(self.basis, Work::BagOfWords(spec), &[]);
        }
        let scratch = method::reference().name.as_str();
        for seed in experiment.seeds().take(study.seeds as usize) {
            for subnet in experiment.subnets.iter().take(study.subnets) {
                for method in &experiment.profile.methods {
                    let trained = self.trained(method, seed);
                    self.fine_tune(
                        study,
                        &Tuned {
                            method,
                            seed,
                            space: space.clone(),
                            subnet,
                            start: study.start,
                            is_continued: false,
                            trained,
                        },
                    );
                }
                let trained = self.scratch_trainings[&(subnet.name().to_string(), seed)];
                for start in [FineTuneStart::Merged, FineTuneStart::Random] {
                    self.fine_tune(
                        study,
                        &Tuned {
                            method: scratch,
                            seed,
                            space: space.clone(),
                            subnet,
                            start,
                            is_continued: false,
                            trained,
                        },
                    );
                }
            }
        }
        Ok(())
    }

    /// Plans to fine-tune what the searches found: each net as it is inherited, after continued training where there is one,
    /// and from scratch.
    ///
    /// # Errors
    /// Fails if the space is none of this version's.
    pub fn tune_found(&mut self, found: &[FoundSubnet]) -> Result<()> {
        let experiment = self.experiment;
        let Some(study) = &experiment.profile.study.fine_tuning else { return Ok(()) };
        let space = SpaceName::try_from(experiment.profile.space.clone())?;
        let scratch = method::reference().name.as_str();
        for FoundSubnet { method, seed, subnet, .. } in found {
            let (name, seed) = (subnet.name().to_string(), *seed);
            let inherited = Some((method.as_str(), self.trained(method, seed), study.start, false));
            // What was trained on as a dense subnet has no routers left.
            let left = match experiment.profile.study.retraining.weights {
                RetrainWeights::Merged => FineTuneStart::Merged,
                RetrainWeights::Routed => study.start,
            };
            let continued = self.continued.get(&(method.clone(), name.clone())).copied();
            let continued = continued.map(|job| (method.as_str(), job, left, true));
            let from_scratch = Some((scratch, self.scratch_trainings[&(name, seed)], FineTuneStart::Merged, false));
            for (method, trained, start, is_continued) in [inherited, continued, from_scratch].into_iter().flatten() {
                let space = space.clone();
                self.fine_tune(study, &Tuned { method, seed, space, subnet, start, is_continued, trained });
            }
        }
        Ok(())
    }

    /// Plans to fine-tune one network on every task.
    pub fn fine_tune(&mut self, study: &FineTuningStudy, tuned: &Tuned) {
        let mut planned: HashMap<&str, usize> = HashMap::new();
        for task in &study.tasks {
            let is_random = tuned.start == FineTuneStart::Random;
            let first = study.after.get(task).filter(|_| !is_random);
            let teacher = self.task_teachers.get(task).copied();
            let share = teacher.and(study.teachers.as_ref()).map(|teachers| teachers.share);
            let spec = FineTuneSpec {
                first_task: first.cloned(),
                teacher_share: share,
                keeps_weights: !is_random && study.after.values().any(|first| first == task),
                ..self.fine_tuning(study, tuned, task, study.grid())
            };
            let inputs = [
                Some((Role::Training, tuned.trained)),
                first.map(|first| (Role::Tuned, planned[first.as_str()])),
                teacher.map(|teacher| (Role::Teacher, teacher)),
            ];
            let inputs: Vec<(Role, usize)> = inputs.into_iter().flatten().collect();
            planned.insert(task, self.graph.add(self.basis, Work::FineTune(spec), &inputs));
        }
    }

    /// Plans to fine-tune the teacher on every task, which it then teaches.
    fn teach_tasks(&mut self, study: &FineTuningStudy, teacher: usize) {
        let Some(teachers) = &study.teachers else { return };
        let Work::Train(train) = self.graph.jobs[teacher].spec.work.clone() else { return };
        let Some(subnet) = &train.subnet else { return };
        let tuned = Tuned {
            method: &train.method,
            seed: train.seed,
            space: train.space.clone(),
            subnet,
            start: FineTuneStart::Merged,
            is_continued: false,
            trained: teacher,
        };
        for task in &study.tasks {
            let spec = FineTuneSpec {
                keeps_weights: true,
                ..self.fine_tuning(study, &tuned, task, vec![teachers.settings[task]])
            };
            let job = self.graph.add(self.basis, Work::FineTune(spec), &[(Role::Training, teacher)]);
            self.task_teachers.insert(task.clone(), job);
        }
    }

    /// Makes the spec of fine-tuning a network on a task from labels alone.
    fn fine_tuning(
        &self,
        study: &FineTuningStudy,
        tuned: &Tuned,
        task: &str,
        grid: Vec<FineTuneSettings>,
    ) -> FineTuneSpec {
        FineTuneSpec {
            space: tuned.space.clone(),
            method: tuned.method.to_string(),
            seed: tuned.seed,
            subnet: tuned.subnet.clone(),
            start: tuned.start,
            is_continued: tuned.is_continued,
            task: FineTuneTaskSpec {
                task: task.to_string(),
                pooling: study.pooling,
                dropout: study.dropout,
                attention_dropout: study.attention_dropout,
            },
            first_task: None,
            teacher_share: None,
            keeps_weights: false,
            grid,
            most_updates: study.most_updates,
            warmup: study.warmup,
            weight_decay: study.weight_decay,
            precision: self.experiment.profile.training.precision,
            selected_on: study.selected_on,
        }
    }
}
