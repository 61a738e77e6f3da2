//! This server speaks the hub's protocol as far as it is used: the API, the `resolve` address with its headers, and a
//! redirect to a store of bytes on another port, which knows ranges. Faults can be put in the way of requests.

use mos_datasets::storage;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// These revisions of every dataset are at its commit, as requests spell them.
const MOVING: [&str; 2] = ["main", "refs%2Fconvert%2Fparquet"];

/// A fault says what goes wrong with a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The answer has this status, and more headers.
    Status(u16, &'static str),
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// Nothing more comes after so many bytes of the body.
    Hang(usize),
    /// The answer is a login page with status 200.
    Page,
    /// Other bytes of the same length come.
    Wrong,
    /// The range is ignored, and the whole file comes.
    NoRanges,
    /// The range that comes begins one byte late.
    WrongStart,
    /// The answer is another text with status 200, which is not called a page.
    Text,
    /// As a mirror does, the answer sends on to the same path at this address, and says nothing else.
    SendOn(String),
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whether the request came to the store.
    pub store: bool,
    /// The request's headers, in lower case.
    pub headers: String,
    /// How many bytes of the body were sent back.
    pub sent: usize,
}

#[derive(Default)]
struct State {
    /// The commit of each dataset `owner/name`, and the bytes of each of its paths.
    datasets: BTreeMap<String, (String, BTreeMap<String, Vec<u8>>)>,
    /// Each fault is a text that a request's line must hold, what goes wrong then, and how often.
    faults: Vec<(String, Fault, usize)>,
    log: Vec<Request>,
}

/// The running server; its threads end with the test.
pub struct FakeHub {
    /// The address for `HF_ENDPOINT`.
    pub endpoint: String,
    state: Arc<Mutex<State>>,
}

impl FakeHub {
    /// Starts the hub and its store.
    pub fn start() -> FakeHub {
        let state = Arc::new(Mutex::new(State::default()));
        let listen = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (hub, store) = (listen(), listen());
        let address = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let (endpoint, store_address) = (address(&hub), address(&store));
        for (listener, is_store) in [(hub, false), (store, true)] {
            let (state, store_address) = (Arc::clone(&state), store_address.clone());
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let (state, store_address) = (Arc::clone(&state), store_address.clone());
                    std::thread::spawn(move || serve(stream, is_store, &store_address, &state));
                }
            });
        }
        FakeHub { endpoint, state }
    }

    /// Puts a dataset at a commit.
    pub fn put(&self, dataset: &str, commit: &str, files: &[(&str, Vec<u8>)]) {
        let files = files.iter().map(|(path, bytes)| (path.to_string(), bytes.clone())).collect();
        self.state.lock().unwrap().datasets.insert(dataset.to_string(), (commit.to_string(), files));
    }

    /// Puts a fault in the way of the next `times` requests whose line holds `part`.
    pub fn fault(&self, part: &str, fault: Fault, times: usize) {
        self.state.lock().unwrap().faults.push((part.to_string(), fault, times));
    }

    /// Takes the requests since the last call, and forgets all faults.
    pub fn take_log(&self) -> Vec<Request> {
        let mut state = self.state.lock().unwrap();
        state.faults.clear();
        std::mem::take(&mut state.log)
    }
}

/// A proxy that leads every tunnel to one address.
pub struct FakeProxy {
    /// The address for `HTTP_PROXY`.
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeProxy {
    /// Starts a proxy whose tunnels all end at `to`.
    pub fn start(to: &str) -> FakeProxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (asked, to) = (Arc::new(Mutex::new(vec![])), to.to_string());
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for mut near in listener.incoming().flatten() {
                let Some((line, _)) = read_head(&mut near) else { continue };
                log.lock().unwrap().push(line);
                let mut far = TcpStream::connect(&to).unwrap();
                near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
                let (mut near_end, mut far_end) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                std::thread::spawn(move || std::io::copy(&mut near_end, &mut far_end));
                std::thread::spawn(move || std::io::copy(&mut far, &mut near));
            }
        });
        FakeProxy { address, asked }
    }

    /// Takes the first lines of the requests since the last call.
    pub fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// An answer before it is sent.
struct Answer {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

fn answer(status: u16, headers: &str, body: &[u8]) -> Answer {
    Answer { status, headers: headers.to_string(), body: body.to_vec() }
}

/// Reads one request, and answers it as the next fault for it says.
fn serve(mut stream: TcpStream, store: bool, store_address: &str, state: &Mutex<State>) {
    let Some((line, headers)) = read_head(&mut stream) else { return };
    let fault = state.lock().unwrap().next_fault(&line);
    let reply = respond(&line, &headers, store, store_address, &state.lock().unwrap(), &fault);
    let Answer { status, headers: sent_headers, body } = distort(reply, &fault, &line);
    let shown = match &fault {
        _ if line.starts_with("HEAD") => 0,
        Some(Fault::Cut(bytes) | Fault::Hang(bytes)) => (*bytes).min(body.len()),
        _ => body.len(),
    };
    state.lock().unwrap().log.push(Request { store, headers, sent: shown });
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\n{sent_headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body[..shown]));
    if let Some(Fault::Hang(_)) = fault {
        std::thread::sleep(Duration::from_secs(30));
    }
}

/// Reads the first line of a request, and its headers in lower case; `None` when the connection ends before.
fn read_head(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let (line, headers) = head.split_once("\r\n").unwrap();
    Some((line.trim_end_matches(" HTTP/1.1").to_string(), headers.to_lowercase()))
}

impl State {
    /// Takes the first fault that is meant for a request with this line.
    fn next_fault(&mut self, line: &str) -> Option<Fault> {
        let found = self.faults.iter_mut().find(|(part, _, times)| *times > 0 && line.contains(part.as_str()));
        found.map(|(_, fault, times)| {
            *times -= 1;
            fault.clone()
        })
    }
}

/// Changes an answer as a fault does.
fn distort(mut reply: Answer, fault: &Option<Fault>, line: &str) -> Answer {
    match fault {
        Some(Fault::SendOn(to)) => answer(308, &format!("Location: {to}{}\r\n", line.split(' ').nth(1).unwrap()), b""),
        Some(Fault::Status(status, headers)) => answer(*status, headers, b"{\"error\": \"no\"}"),
        Some(Fault::Page) => answer(200, "Content-Type: text/html\r\n", b"<!DOCTYPE html><html>Please log in</html>"),
        Some(Fault::Text) => answer(200, "Content-Type: text/plain\r\n", b"quota exceeded"),
        Some(Fault::WrongStart) => Answer { headers: reply.headers.replace("bytes ", "bytes 1"), ..reply },
        Some(Fault::Wrong) => {
            reply.body.iter_mut().for_each(|byte| *byte ^= 1);
            reply
        }
        Some(Fault::Cut(_) | Fault::Hang(_) | Fault::NoRanges) | None => reply,
    }
}

/// Makes the answer to a request that no fault is in the way of.
fn respond(
    line: &str,
    headers: &str,
    store: bool,
    store_address: &str,
    state: &State,
    fault: &Option<Fault>,
) -> Answer {
    let path = line.split(' ').nth(1).unwrap();
    let missing = || answer(404, "", b"{\"error\": \"not found\"}");
    if store {
        let hash = path.trim_start_matches('/').split('?').next().unwrap();
        let mut blobs = state.datasets.values().flat_map(|(_, files)| files.values());
        return match blobs.find(|bytes| storage::sha256(bytes) == hash) {
            Some(bytes) => ranged(bytes, headers, matches!(fault, Some(Fault::NoRanges))),
            None => missing(),
        };
    }
    let parts: Vec<&str> = path.trim_start_matches('/').splitn(6, '/').collect();
    let dataset = |owner: &str, name: &str| state.datasets.get(&format!("{owner}/{name}"));
    match parts[..] {
        ["api", "datasets", owner, name, "revision", revision] => match dataset(owner, name) {
            Some((commit, files)) if MOVING.contains(&revision) || revision == commit => {
                let siblings: Vec<_> = files.keys().map(|path| serde_json::json!({"rfilename": path})).collect();
                let info = serde_json::json!({"id": format!("{owner}/{name}"), "sha": commit, "siblings": siblings});
                answer(200, "Content-Type: application/json\r\n", info.to_string().as_bytes())
            }
            _ => missing(),
        },
        ["datasets", owner, name, "resolve", revision, file] => match dataset(owner, name) {
            Some((commit, files)) if revision == commit && files.contains_key(file) => {
                let (hash, size) = (storage::sha256(&files[file]), files[file].len());
                let headers = format!(
                    "Location: {store_address}/{hash}?Signature=s\r\nX-Repo-Commit: {commit}\r\n\
                     X-Linked-Etag: \"{hash}\"\r\nX-Linked-Size: {size}\r\nETag: \"git\"\r\nX-Xet-Hash: {hash}\r\n"
                );
                answer(302, &headers, b"")
            }
            _ => missing(),
        },
        _ => missing(),
    }
}

/// Gives the bytes that a request's range asks for, or all of them.
fn ranged(bytes: &[u8], headers: &str, whole: bool) -> Answer {
    let range = headers.lines().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
    match range {
        Some(from) if !whole && from < bytes.len() => {
            let (last, size) = (bytes.len() - 1, bytes.len());
            answer(206, &format!("ETag: \"s3\"\r\nContent-Range: bytes {from}-{last}/{size}\r\n"), &bytes[from..])
        }
        Some(_) if !whole => answer(416, "", b""),
        _ => answer(200, "ETag: \"s3\"\r\n", bytes),
    }
}
