//! The real program is set up to talk to the fake hub.

use crate::fake::{FakeHub, Request};
use crate::mos_data::mos_data;
use crate::parquet::{BIBLE, Pair, good};
use mos_e2e::stderr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The commit that the registry pins for `wmt/wmt14`.
pub const COMMIT: &str = "b199e406369ec1b7634206d3ded5ba45de2fe696";
pub const TRAIN: [&str; 2] = ["de-en/train-00000-of-00002.parquet", "de-en/train-00001-of-00002.parquet"];
pub const VALID: &str = "de-en/validation-00000-of-00001.parquet";
pub const TEST: &str = "de-en/test-00000-of-00001.parquet";

/// A server, and a folder for the harness's cache and the hub's.
pub struct Setup {
    pub hub: FakeHub,
    pub dir: TempDir,
}

impl Setup {
    pub fn new() -> Setup {
        Setup { hub: FakeHub::start(), dir: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap() }
    }

    /// Makes a setup whose hub has `wmt/wmt14`, with 2,000 training pairs in two files, and 200 each of valid and test.
    pub fn with_text() -> Setup {
        let setup = Setup::new();
        let [train, valid, test] = &*BIBLE;
        setup.put([&train[..1000], &train[1000..2000]], &valid[..200], &test[..200]);
        setup
    }

    /// Puts `wmt/wmt14` on the hub.
    pub fn put(&self, train: [&[Pair]; 2], valid: &[Pair], test: &[Pair]) {
        let [first, second] = train.map(good);
        let files = [(TRAIN[0], first), (TRAIN[1], second), (VALID, good(valid)), (TEST, good(test))];
        self.hub.put("wmt/wmt14", COMMIT, &files);
    }

    /// Makes the command `mos-data data ARGS`, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = mos_data(&self.dir.path().join("mos"), args);
        for name in ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN_PATH", "HF_HUB_OFFLINE", "HF_TOKEN"] {
            command.env_remove(name);
        }
        command.env("HF_ENDPOINT", &self.hub.endpoint).env("HF_HOME", self.dir.path().join("hf"));
        command.env("NO_PROXY", "127.0.0.1");
        command
    }

    /// Runs `mos-data data ARGS` to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Gives the one line on standard error of a command that must fail.
    pub fn failure(&self, command: &mut Command) -> String {
        let output = command.output().unwrap();
        assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let said = stderr(&output);
        let errors: Vec<&str> = said.lines().filter(|l| !l.starts_with("data: ")).collect();
        assert_eq!(errors.len(), 1, "{said}");
        errors[0].to_string()
    }

    /// Tells where the hub's cache keeps a file of `wmt/wmt14`.
    pub fn snapshot(&self, path: &str) -> PathBuf {
        self.dir.path().join("hf/hub/datasets--wmt--wmt14/snapshots").join(COMMIT).join(path)
    }

    /// Finds the one file that a download has left unfinished, and its size.
    pub fn unfinished(&self) -> Option<(PathBuf, u64)> {
        let blobs = std::fs::read_dir(self.dir.path().join("hf/hub/datasets--wmt--wmt14/blobs")).ok()?;
        let mut paths = blobs.map(|item| item.unwrap().path());
        let path = paths.find(|path| path.extension().is_some_and(|e| e == "mos-incomplete"))?;
        let size = std::fs::metadata(&path).ok()?.len();
        Some((path, size))
    }
}

/// Finds the place from which a request asks for a file's bytes.
pub fn range(request: &Request) -> Option<usize> {
    request.headers.lines().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok())
}

/// Counts how many bytes the store sent in all.
pub fn sent(log: &[Request]) -> usize {
    log.iter().filter(|r| r.store).map(|r| r.sent).sum()
}

/// Gives the size of a file.
pub fn size(path: &Path) -> usize {
    std::fs::metadata(path).unwrap().len() as usize
}
