//! A server that speaks the hub's protocol as far as it is used: the API, the `resolve` address with its headers, and a
//! redirect to a store of bytes on another port, with ranges. Faults can be put in the way of requests.

use mos_datasets::storage;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An answer with this status, and more headers.
    Status(u16, &'static str),
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// Nothing more comes after so many bytes of the body.
    Hang(usize),
    /// A login page with status 200.
    Page,
    /// Other bytes of the same length.
    Wrong,
    /// The range is ignored: the whole comes.
    NoRanges,
    /// The range that comes begins one byte late.
    WrongStart,
    /// Another text with status 200, and not called a page.
    Text,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whether it came to the store.
    pub store: bool,
    /// All headers, in lower case.
    pub headers: String,
    /// Bytes of the body that were sent back.
    pub sent: usize,
}

#[derive(Default)]
struct State {
    /// `owner/name` -> commit, and path -> bytes.
    datasets: BTreeMap<String, (String, BTreeMap<String, Vec<u8>>)>,
    /// Faults for requests whose line holds the text; how often.
    faults: Vec<(String, Fault, usize)>,
    log: Vec<Request>,
}

/// The running server; its threads end with the test.
pub struct FakeHub {
    /// For `HF_ENDPOINT`.
    pub endpoint: String,
    state: Arc<Mutex<State>>,
}

impl FakeHub {
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

    /// The requests since the last call; faults are forgotten too.
    pub fn take_log(&self) -> Vec<Request> {
        let mut state = self.state.lock().unwrap();
        state.faults.clear();
        std::mem::take(&mut state.log)
    }
}

/// What is sent back.
struct Answer {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

fn answer(status: u16, headers: &str, body: &[u8]) -> Answer {
    Answer { status, headers: headers.to_string(), body: body.to_vec() }
}

fn serve(mut stream: TcpStream, store: bool, store_address: &str, state: &Mutex<State>) {
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let (line, headers) = head.split_once("\r\n").unwrap();
    let (line, headers) = (line.trim_end_matches(" HTTP/1.1").to_string(), headers.to_lowercase());
    let fault = {
        let mut state = state.lock().unwrap();
        let found = state.faults.iter_mut().find(|(part, _, times)| *times > 0 && line.contains(part.as_str()));
        found.map(|(_, fault, times)| {
            *times -= 1;
            fault.clone()
        })
    };
    let mut reply = respond(&line, &headers, store, store_address, &state.lock().unwrap(), &fault);
    match &fault {
        Some(Fault::Status(status, headers)) => reply = answer(*status, headers, b"{\"error\": \"no\"}"),
        Some(Fault::Page) => {
            reply = answer(200, "Content-Type: text/html\r\n", b"<!DOCTYPE html><html>Please log in</html>");
        }
        Some(Fault::Text) => reply = answer(200, "Content-Type: text/plain\r\n", b"quota exceeded"),
        Some(Fault::WrongStart) => {
            reply.headers = reply.headers.replace("bytes ", "bytes 1");
        }
        Some(Fault::Wrong) => reply.body.iter_mut().for_each(|byte| *byte ^= 1),
        _ => {}
    }
    let is_head = line.starts_with("HEAD");
    let shown = match &fault {
        Some(Fault::Cut(bytes) | Fault::Hang(bytes)) => (*bytes).min(reply.body.len()),
        _ => reply.body.len(),
    };
    let shown = if is_head { 0 } else { shown };
    state.lock().unwrap().log.push(Request { store, headers, sent: shown });
    let Answer { status, headers, body } = reply;
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body[..shown]));
    if let Some(Fault::Hang(_)) = fault {
        std::thread::sleep(Duration::from_secs(30));
    }
}

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
            Some((commit, files)) if revision == "main" || revision == commit => {
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
