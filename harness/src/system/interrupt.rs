//! Handles Ctrl-C (and SIGTERM, SIGHUP): the first signal asks the run to stop, the second insists.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context, Result};

static SIGNALS: AtomicUsize = AtomicUsize::new(0);

/// Exit status of a process that stopped because it was asked to.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Starts counting signals in the process that runs the executor.
pub fn count_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        SIGNALS.fetch_add(1, Ordering::SeqCst);
    })
    .context("could not catch Ctrl-C")
}

/// Returns the number of signals so far.
pub fn signals() -> usize {
    SIGNALS.load(Ordering::SeqCst)
}

/// Makes a worker's stop flag. It is set by a signal, or when the parent closes the worker's standard input, which the
/// kernel does for a parent that was killed.
pub fn worker_stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let by_signal = stop.clone();
    ctrlc::set_handler(move || by_signal.store(true, Ordering::SeqCst)).context("could not catch signals")?;
    let by_parent = stop.clone();
    std::thread::spawn(move || {
        // Nothing is ever written, so reading returns at the end of the pipe.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        by_parent.store(true, Ordering::SeqCst);
    });
    Ok(stop)
}
