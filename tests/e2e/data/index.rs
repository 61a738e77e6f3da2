//! This server stands for a package index: one page of links, and the file that the link leads to.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// The running server; its thread ends with the test.
pub struct FakeIndex {
    /// The address for `PIP_INDEX_URL`.
    pub address: String,
    /// The lines of the requests so far.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl FakeIndex {
    /// Starts an index that knows the package `page`, whose page links to `file` with these bytes.
    pub fn start(page: &str, file: &str, bytes: &[u8]) -> FakeIndex {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/root/simple", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(vec![]));
        let (page, bytes, log) = (page.to_string(), bytes.to_vec(), Arc::clone(&asked));
        let link = format!("<html><a href=\"../../packages/{file}#sha256=0\">{file}</a></html>");
        let place = format!("/root/packages/{file}");
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 4096];
                let read = stream.read(&mut request).unwrap_or(0);
                let line = String::from_utf8_lossy(&request[..read]).lines().next().unwrap_or_default().to_string();
                let asked = line.split(' ').nth(1).unwrap_or_default().to_string();
                log.lock().unwrap().push(asked.clone());
                let (status, body) = match asked.as_str() {
                    path if path == format!("/root/simple/{page}/") => ("200 OK", link.as_bytes()),
                    path if path == place => ("200 OK", &bytes[..]),
                    _ => ("404 Not Found", &b""[..]),
                };
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
            }
        });
        FakeIndex { address, asked }
    }
}
