//! Tells what libtorch knows of itself and `tch` has no word for: how many operators it was asked for, on how many of them
//! the host had to wait, and how much device memory it took at its peak.
//!
//! The C++ beside it is a counter behind libtorch's own hook (`at::RecordFunction`), so that operators inside of operators
//! and those of the backward pass are counted, too.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tch::Device;

unsafe extern "C" {
    fn mos_observe_start() -> u64;
    fn mos_observe_stop(handle: u64);
    fn mos_observe_calls() -> i64;
    fn mos_observe_waits() -> i64;
    fn mos_observe_peak_device_memory() -> i64;
}

/// Held by the one counter that runs.
static RUNNING: Mutex<()> = Mutex::new(());

/// Counts operators from its making to its drop. One counts at a time, and counts the operators of all threads.
#[derive(Debug)]
pub struct Counter {
    handle: u64,
    _running: MutexGuard<'static, ()>,
}

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Operators, those inside of operators included.
    pub calls: u64,
    /// Those of them whose answer the host waits for.
    pub waits: u64,
}

impl Counter {
    /// Starts counting from 0; waits for another counter to end.
    pub fn start() -> Counter {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the hook is a function that lives as long as the program and touches atomic counters alone.
        let handle = unsafe { mos_observe_start() };
        Counter { handle, _running: running }
    }

    /// Returns what was counted so far.
    pub fn so_far(&self) -> Calls {
        // SAFETY: both read an atomic counter.
        let (calls, waits) = unsafe { (mos_observe_calls(), mos_observe_waits()) };
        Calls { calls: calls.max(0) as u64, waits: waits.max(0) as u64 }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        // SAFETY: the handle is that of the hook which `start` set.
        unsafe { mos_observe_stop(self.handle) }
    }
}

/// Returns the bytes of a GPU that were allocated at this process's peak; none on a CPU, or where libtorch does not tell.
pub fn peak_device_memory(device: Device) -> Option<u64> {
    if !device.is_cuda() {
        return None;
    }
    // SAFETY: it reads statistics, and exceptions end within.
    u64::try_from(unsafe { mos_observe_peak_device_memory() }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Kind, Tensor};

    #[test]
    fn operators_and_waits_are_counted_while_a_counter_runs() {
        let x = Tensor::ones([3], (Kind::Float, Device::Cpu));
        let counter = Counter::start();
        let before = counter.so_far();
        let y = &x + &x;
        assert_eq!(counter.so_far(), Calls { calls: before.calls + 1, waits: before.waits });
        let _ = y.double_value(&[0]);
        assert!(counter.so_far().waits > before.waits);
        let then = counter.so_far();
        drop(counter);
        let _ = &x + &x;
        assert_eq!(Counter::start().so_far(), Calls::default());
        assert!(then.calls > before.calls);
    }

    #[test]
    fn a_cpu_has_no_device_memory() {
        assert_eq!(peak_device_memory(Device::Cpu), None);
    }
}
