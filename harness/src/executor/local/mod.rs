//! Runs a job graph on worker processes of this machine.
//!
//! A job is done when its `job.json` says so and its outputs match their hashes; done jobs never run again. Workers
//! stop, at a checkpoint, when their standard input closes: this process closes it on Ctrl-C, and the kernel does so if
//! this process is killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mos_plan::files::folder::RunFolder;
use mos_plan::files::job::{JobFile, JobState};
use mos_plan::graph::{JobGraph, PlannedJob};
use mos_plan::order::{next_ready, priorities, simulate_wall};

use crate::system::interrupt;
use crate::system::ui::{Row, Ui};
use crate::worker::context::Progress;

/// How long a worker may take to save its progress before it is killed.
const GRACE: Duration = Duration::from_secs(300);

/// How to run a graph.
pub struct Options<'a> {
    /// The places for workers, one process each: the GPU that it sees, or none for the CPU.
    pub slots: Vec<Option<String>>,
    /// Estimated seconds of each job.
    pub seconds: Vec<f64>,
    /// The command that runs a job; the executor adds the pipes, and what the worker sees of GPUs.
    pub launch: &'a dyn Fn(&PlannedJob) -> Command,
}

/// What happened in one call.
#[derive(Debug, Default)]
pub struct Summary {
    /// Jobs finished by this call.
    pub finished: usize,
    /// Seconds of work of the attempts that this call saw end.
    pub work_seconds: f64,
    /// Whether a person (or the system) asked to stop.
    pub interrupted: bool,
    /// Jobs whose training diverged.
    pub diverged: Vec<usize>,
}

/// Runs every job that is not done.
///
/// # Errors
/// Fails if a job fails: the error names it and its log. Nothing finished is lost.
pub fn execute(graph: &JobGraph, folder: &RunFolder, options: &Options, done: Vec<bool>) -> Result<Summary> {
    if done.iter().all(|d| *d) {
        return Ok(Summary::default());
    }
    let ui = Ui::new(graph.jobs.len(), done.iter().filter(|d| **d).count());
    let (sender, receiver) = channel();
    let mut executor = Executor {
        priorities: priorities(graph, &options.seconds),
        waiting: done.iter().map(|d| !d).collect(),
        running: Vec::new(),
        summary: Summary::default(),
        estimated: 0.0,
        pace_seconds: 0.0,
        stopping: None,
        sender,
        receiver,
        graph,
        folder,
        options,
        done,
        ui,
    };
    let result = executor.run();
    executor.ui.close();
    result?;
    Ok(executor.summary)
}

struct Executor<'a> {
    graph: &'a JobGraph,
    folder: &'a RunFolder,
    options: &'a Options<'a>,
    priorities: Vec<f64>,
    waiting: Vec<bool>,
    done: Vec<bool>,
    running: Vec<Running>,
    summary: Summary,
    /// Estimated seconds of the jobs finished by this call.
    estimated: f64,
    /// Seconds that those jobs took.
    pace_seconds: f64,
    stopping: Option<Instant>,
    sender: Sender<(usize, Message)>,
    receiver: Receiver<(usize, Message)>,
    ui: Ui,
}

struct Running {
    job: usize,
    slot: usize,
    child: Child,
    row: Row,
    fraction: f64,
}

enum Message {
    Progress(Progress),
    /// Standard output has ended, so the worker is about to end as well.
    Closed,
}

impl Executor<'_> {
    fn run(&mut self) -> Result<()> {
        let result = self.drive();
        if result.is_err() {
            self.stop_workers();
            while !self.running.is_empty() {
                // The first failure is the one that is reported.
                let _ = self.step(Duration::from_millis(200));
            }
        }
        result
    }

    fn drive(&mut self) -> Result<()> {
        loop {
            if self.stopping.is_none() {
                while self.running.len() < self.options.slots.len() && !self.is_alone() {
                    let Some(job) = self.next() else { break };
                    self.start(job)?;
                }
            }
            if self.running.is_empty() {
                return Ok(());
            }
            self.step(Duration::from_millis(200))?;
            if interrupt::signals() > 0 && !self.summary.interrupted {
                self.summary.interrupted = true;
                self.ui.say("stopping: jobs save their progress (press Ctrl-C again to stop at once)");
                self.stop_workers();
            }
        }
    }

    /// Returns a place where no worker is. Nobody asks while all are taken.
    fn free_slot(&self) -> usize {
        let taken = |slot: &usize| self.running.iter().any(|running| running.slot == *slot);
        (0..self.options.slots.len()).find(|slot| !taken(slot)).expect("a worker starts where one is free")
    }

    /// Says whether the job that runs wants the machine for itself.
    fn is_alone(&self) -> bool {
        self.running.iter().any(|r| self.graph.jobs[r.job].spec.is_exclusive())
    }

    /// Picks the job to start next. One that wants the machine for itself goes before all others as soon as it is
    /// ready, and nothing else starts until the machine is free for it.
    fn next(&self) -> Option<usize> {
        let ready = |exclusive: bool| {
            let of_kind = |i: usize| self.graph.jobs[i].spec.is_exclusive() == exclusive;
            let waiting: Vec<bool> = (0..self.waiting.len()).map(|i| self.waiting[i] && of_kind(i)).collect();
            next_ready(self.graph, &self.priorities, &waiting, &self.done)
        };
        match ready(true) {
            Some(job) => self.running.is_empty().then_some(job),
            None => ready(false),
        }
    }

    /// Waits for the next message of a worker and acts on it.
    fn step(&mut self, patience: Duration) -> Result<()> {
        let insist = interrupt::signals() > 1 || self.stopping.is_some_and(|since| since.elapsed() > GRACE);
        if insist {
            for running in &mut self.running {
                // Checkpoints are written whole or not at all: a killed worker loses what came after the last one.
                let _ = running.child.kill();
            }
        }
        match self.receiver.recv_timeout(patience) {
            Ok((job, Message::Progress(Progress { done, total, note }))) => {
                if let Some(running) = self.running.iter_mut().find(|r| r.job == job) {
                    running.fraction = done as f64 / total.max(1) as f64;
                    self.ui.progress(&running.row, done, total, &note);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Ok((job, Message::Closed)) => {
                if let Some(position) = self.running.iter().position(|r| r.job == job) {
                    let running = self.running.swap_remove(position);
                    self.end(running)?;
                }
            }
            Err(RecvTimeoutError::Disconnected) => bail!("the workers' channel closed"),
        }
        self.ui.left(self.left());
        Ok(())
    }

    fn start(&mut self, job: usize) -> Result<()> {
        let planned = &self.graph.jobs[job];
        let dir = self.folder.job_dir(&planned.id);
        let mut file = self.folder.job(&planned.id)?.unwrap_or_else(|| JobFile::new(&planned.spec));
        if file.state == JobState::Finished && !file.cleaned.is_empty() {
            // Its weights were cleaned away and are needed again, so it starts anew.
            std::fs::remove_dir_all(&dir).with_context(|| format!("could not remove {}", dir.display()))?;
            file = JobFile::new(&planned.spec);
        }
        self.waiting[job] = false;
        if file.state == JobState::Finished {
            // A worker that outlived a killed parent has finished it since we looked.
            file.verify(&dir)?;
            self.done[job] = true;
            return Ok(());
        }
        file.state = JobState::Running;
        file.attempts += 1;
        file.error = None;
        file.write(&dir)?;
        let log_path = dir.join("log.txt");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&log_path);
        let log = log.with_context(|| format!("could not open {}", log_path.display()))?;
        let mut command = (self.options.launch)(planned);
        let slot = self.free_slot();
        if let Some(gpu) = &self.options.slots[slot] {
            // An index is the one that nvidia-smi shows.
            command.env("CUDA_VISIBLE_DEVICES", gpu).env("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().with_context(|| format!("could not start {:?}", command.get_program()))?;
        self.listen(job, &mut child);
        let row = self.ui.start(&planned.label, file.attempts);
        self.running.push(Running { job, slot, child, row, fraction: 0.0 });
        Ok(())
    }

    fn listen(&self, job: usize, child: &mut Child) {
        let out = child.stdout.take().expect("standard output is a pipe");
        let events = self.sender.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(|line| line.ok()) {
                // A stray line (libtorch prints some) is not ours and is passed over.
                if let Ok(progress) = serde_json::from_str(&line) {
                    let _ = events.send((job, Message::Progress(progress)));
                }
            }
            let _ = events.send((job, Message::Closed));
        });
    }

    fn end(&mut self, mut running: Running) -> Result<()> {
        let planned = &self.graph.jobs[running.job];
        let status = running.child.wait().with_context(|| format!("waiting for {}", planned.label))?;
        let file = self.folder.job(&planned.id)?.with_context(|| format!("{}: job.json is gone", planned.label))?;
        let seconds = file.work_seconds.unwrap_or(0.0);
        match file.state {
            JobState::Finished if status.success() => {
                self.done[running.job] = true;
                self.summary.finished += 1;
                // A job that has the machine for itself is the work of all workers.
                let occupied = if planned.spec.is_exclusive() { self.options.slots.len() as f64 } else { 1.0 };
                self.summary.work_seconds += seconds * occupied;
                self.pace_seconds += seconds;
                self.estimated += self.options.seconds[running.job];
                let how = match &file.void {
                    _ if file.diverged => {
                        self.summary.diverged.push(running.job);
                        format!("DIVERGED ({seconds:.1} s)")
                    }
                    Some(reason) => format!("void   ({reason})"),
                    None => format!("done   ({seconds:.1} s)"),
                };
                self.ui.end(running.row, &how, true, self.left());
            }
            JobState::Interrupted => {
                // We asked, or somebody outside did: either way the run is meant to stop.
                self.ui.end(running.row, "saved ", false, self.left());
                self.summary.interrupted |= self.stopping.is_none();
                self.stop_workers();
            }
            JobState::Running if interrupt::signals() > 0 => self.ui.end(running.row, "killed", false, self.left()),
            state => {
                self.ui.end(running.row, "FAILED", false, self.left());
                self.fail(&file, state, status)?;
            }
        }
        Ok(())
    }

    fn fail(&self, file: &JobFile, state: JobState, status: ExitStatus) -> Result<()> {
        let reason = match (&file.error, state) {
            (Some(error), JobState::Failed) => error.clone(),
            _ => format!("its process ended early ({status}; out of memory?)"),
        };
        let log = self.folder.job_dir(&file.id).join("log.txt");
        bail!(
            "job {} ({}) failed: {reason} (log: {}). What is finished is kept: run the same command again to go on",
            file.id,
            file.label,
            log.display()
        );
    }

    fn stop_workers(&mut self) {
        self.stopping.get_or_insert_with(Instant::now);
        for running in &mut self.running {
            drop(running.child.stdin.take());
        }
    }

    /// Estimates the time to the end, corrected by how well the estimates held so far.
    fn left(&self) -> Duration {
        let pace = if self.estimated > 0.0 { self.pace_seconds / self.estimated } else { 1.0 };
        let mut seconds: Vec<f64> = self.options.seconds.iter().map(|s| s * pace).collect();
        for running in &self.running {
            seconds[running.job] *= 1.0 - running.fraction.clamp(0.0, 1.0);
        }
        Duration::from_secs_f64(simulate_wall(self.graph, &seconds, &self.done, self.options.slots.len()).max(0.0))
    }
}

#[cfg(test)]
mod tests;
