//! Asks `nvidia-smi`, which tells of NVIDIA's GPUs. Depends on std only: `xtask` includes this file.
//!
//! A wedged driver or a GPU that fell off the bus lets it hang for ever, and a driver that was updated under a running
//! kernel lets it fail: the caller gets an answer in any case.

use std::io::{ErrorKind, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// With many GPUs and a driver that must wake them, an answer takes seconds; one that takes longer never comes.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// So often it is looked whether the program has ended.
const PAUSE: Duration = Duration::from_millis(10);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// There is no such program.
    Absent,
    /// It failed, or never answered; the text is one line that says how.
    Trouble(String),
}

/// Asks with these arguments, and gives what the program says on standard output.
///
/// # Errors
/// Says why there is no answer, in the program's own words where it has any.
pub fn ask(arguments: &[&str], patience: Duration) -> Result<String, Silence> {
    let mut command = Command::new("nvidia-smi");
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Silence::Absent,
        _ => Silence::Trouble(format!("nvidia-smi cannot be started: {error}")),
    })?;
    let deadline = Instant::now() + patience;
    let (said, complained) = (listen(child.stdout.take()), listen(child.stderr.take()));
    let silent =
        || Silence::Trouble(format!("nvidia-smi did not answer in {} s; reboot if it goes on", patience.as_secs()));
    let status = wait(&mut child, deadline).ok_or_else(silent)?;
    let rest = || deadline.saturating_duration_since(Instant::now()).max(PAUSE);
    let said = said.recv_timeout(rest()).map_err(|_| silent())?;
    if status.success() {
        return Ok(said);
    }
    let complained = complained.recv_timeout(rest()).unwrap_or_default();
    Err(Silence::Trouble(reason(&said, &complained, status)))
}

/// Reads a stream to its end in a thread of its own, for a child that nobody may wait for.
fn listen(stream: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        send.send(String::from_utf8_lossy(&bytes).into_owned())
    });
    receive
}

/// Waits for the end of a child; `None` if it does not come in time. A child that hangs in the kernel cannot be killed, so
/// that nobody waits for it to die.
fn wait(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().ok()? {
            return Some(status);
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Puts the program's own reason in one line; it complains on standard output as often as on standard error.
fn reason(said: &str, complained: &str, status: ExitStatus) -> String {
    let lines = said.lines().chain(complained.lines()).map(str::trim);
    let Some(line) = lines.into_iter().find(|line| !line.is_empty()) else {
        return format!("nvidia-smi fails without a word ({status})");
    };
    let way_out = if line.contains("version mismatch") {
        "; the driver was updated under a running kernel: reboot"
    } else if line.contains("communicate with the NVIDIA driver") {
        "; the driver is not loaded: install it, or reboot"
    } else {
        ""
    };
    format!("nvidia-smi fails: {line}{way_out}")
}
