//! The one pinned member of a zip file is taken out here.
//!
//! The member's name is only looked up, never used as a path, so that an archive cannot write outside the place that
//! the caller names; its size is bounded before it is unpacked and its SHA-256 is checked after.

use super::spec::Member;
use crate::error::{Error, Result};
use mos_base::files;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

/// Unpacks `member` of the zip file `archive` to the file `out`. On an error, `out` is removed.
pub fn extract(archive: &Path, member: &Member, out: &Path) -> Result<()> {
    let result = unpack(archive, member, out);
    if result.is_err() {
        // The error that matters is already at hand; a leftover is in the caller's scratch folder anyway.
        let _ = std::fs::remove_file(out);
    }
    result
}

fn unpack(archive: &Path, member: &Member, out: &Path) -> Result<()> {
    let file = File::open(archive).map_err(Error::io("open", archive))?;
    let zip_error = |e: zip::result::ZipError| Error::damaged(archive, format!("member {}: {e}", member.path));
    let mut zip = zip::ZipArchive::new(BufReader::new(file)).map_err(zip_error)?;
    let entry = zip.by_name(&member.path).map_err(zip_error)?;
    if entry.size() != member.bytes {
        let detail = format!("member {} has {} bytes, expected {}", member.path, entry.size(), member.bytes);
        return Err(Error::damaged(archive, detail));
    }
    let mut target = File::create(out).map_err(Error::io("create", out))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    // At most one byte more than expected is read, so that an archive that lies about the size cannot fill the disk.
    let mut entry = entry.take(member.bytes + 1);
    loop {
        let n = entry.read(&mut buffer).map_err(|e| Error::damaged(archive, format!("member {}: {e}", member.path)))?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
        target.write_all(&buffer[..n]).map_err(Error::io("write", out))?;
    }
    let found = files::hex(&hasher.finalize());
    if found != member.sha256 {
        let detail = format!("member {} has SHA-256 {found}, expected {}", member.path, member.sha256);
        return Err(Error::damaged(archive, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn make_zip(dir: &Path, name: &str, content: &[u8]) -> std::path::PathBuf {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
        let path = dir.join("a.zip");
        std::fs::write(&path, writer.finish().unwrap().into_inner()).unwrap();
        path
    }

    fn member(path: &str, content: &[u8]) -> Member {
        Member { path: path.into(), bytes: content.len() as u64, sha256: files::sha256(content) }
    }

    #[test]
    fn the_pinned_member_comes_out() {
        let dir = tempfile::tempdir().unwrap();
        let zip = make_zip(dir.path(), "../../escape.txt", b"some text");
        let out = dir.path().join("out");
        extract(&zip, &member("../../escape.txt", b"some text"), &out).unwrap();
        assert_eq!(std::fs::read(&out).unwrap(), b"some text");
        assert!(!dir.path().join("../../escape.txt").exists());
    }

    #[test]
    fn a_wrong_size_hash_or_name_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let zip = make_zip(dir.path(), "a/b.txt", b"some text");
        let out = dir.path().join("out");
        for (wrong, word) in [
            (member("a/b.txt", b"some texts"), "9 bytes, expected 10"),
            (member("a/b.txt", b"some tent"), "SHA-256"),
            (member("a/c.txt", b"some text"), "a/c.txt"),
        ] {
            let message = extract(&zip, &wrong, &out).unwrap_err().to_string();
            assert!(message.contains(word) && message.contains("a.zip"), "{message}");
            assert!(!out.exists());
        }
    }

    #[test]
    fn a_flipped_or_missing_byte_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0..5000u32).flat_map(|i| i.to_le_bytes()).collect();
        let zip = make_zip(dir.path(), "m", &content);
        let good = std::fs::read(&zip).unwrap();
        let mut flipped = good.clone();
        flipped[good.len() / 2] ^= 1;
        for bad in [&flipped[..], &good[..good.len() - 7], &good[..100], &[]] {
            std::fs::write(&zip, bad).unwrap();
            assert!(extract(&zip, &member("m", &content), &dir.path().join("out")).is_err());
        }
    }
}
