//! A text file of lines with tabs is taken out of an archive in an archive of sources.
//!
//! Both archives are read in memory. A member's name is only compared, never used as a path; sizes are bounded, whatever
//! an archive tells. Nothing of the package is run.

use crate::error::{Error, Result};
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::Path;

/// A member has at most so many bytes when unpacked.
const LARGEST: u64 = 64 << 20;
/// An archive has at most so many bytes when unpacked.
const LARGEST_ARCHIVE: u64 = 256 << 20;

/// Heads and contents of members are padded to blocks of this size.
const BLOCK: usize = 512;
/// The sum of a head's bytes stands here.
const SUM: std::ops::Range<usize> = 148..156;

/// Reads the UTF-8 text of `member` of the `.tar.gz` that is `archive` in the `.tar.gz` `file`.
pub fn text(file: &Path, archive: &str, member: &str) -> Result<String> {
    let bytes = std::fs::read(file).map_err(Error::io("read", file))?;
    let unpack = || {
        let inner = find(&bytes, archive)?;
        String::from_utf8(find(&inner, member)?).map_err(|e| format!("member {member}: {e}"))
    };
    unpack().map_err(|detail| Error::damaged(file, detail))
}

/// Unpacks one member of a `.tar.gz`.
fn find(bytes: &[u8], name: &str) -> std::result::Result<Vec<u8>, String> {
    let told = |e: std::io::Error| format!("member {name}: {e}");
    let mut archive = GzDecoder::new(bytes).take(LARGEST_ARCHIVE);
    loop {
        let mut head = [0; BLOCK];
        archive.read_exact(&mut head).map_err(told)?;
        let Some((found, size)) = member(&head)? else { return Err(format!("it has no member {name}")) };
        if found == name.as_bytes() {
            if size > LARGEST {
                return Err(format!("member {name}: it has more than {LARGEST} bytes"));
            }
            let mut content = vec![0; size as usize];
            archive.read_exact(&mut content).map_err(told)?;
            return Ok(content);
        }
        let blocks = size.div_ceil(BLOCK as u64);
        std::io::copy(&mut archive.by_ref().take(blocks * BLOCK as u64), &mut std::io::sink()).map_err(told)?;
    }
}

/// Reads the name and the size in the head of a member; `None` for the empty head that ends an archive. Of a name over
/// 100 bytes, the first part stands in another field.
fn member(head: &[u8; BLOCK]) -> std::result::Result<Option<(Vec<u8>, u64)>, String> {
    if head.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let field = |range: std::ops::Range<usize>| head[range].split(|byte| *byte == 0).next().unwrap_or_default();
    let number = |range: std::ops::Range<usize>| {
        let text = std::str::from_utf8(field(range)).unwrap_or_default();
        u64::from_str_radix(text.trim(), 8).map_err(|_| "it is no tar archive".to_string())
    };
    // The sum is taken with blanks in the place of the sum itself.
    let bytes = head.iter().enumerate().map(|(at, byte)| if SUM.contains(&at) { b' ' } else { *byte });
    if bytes.map(u64::from).sum::<u64>() != number(SUM)? {
        return Err("it is no tar archive".into());
    }
    let (name, prefix) = (field(0..100), field(345..500));
    let posix = &head[257..263] == b"ustar\0" && !prefix.is_empty();
    let name = if posix { [prefix, b"/", name].concat() } else { name.to_vec() };
    Ok(Some((name, number(124..136)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut packed = GzEncoder::new(vec![], Compression::fast());
        for (name, content) in members {
            let mut head = [0; BLOCK];
            head[..name.len()].copy_from_slice(name.as_bytes());
            head[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
            head[SUM].fill(b' ');
            let sum: u64 = head.iter().map(|byte| u64::from(*byte)).sum();
            head[SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            packed.write_all(&head).unwrap();
            packed.write_all(content).unwrap();
            packed.write_all(&vec![0; content.len().next_multiple_of(BLOCK) - content.len()]).unwrap();
        }
        packed.write_all(&[0; 2 * BLOCK]).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn a_member_is_found_by_its_exact_name_and_nothing_is_written() {
        let inner = archive(&[("../b.txt", b"no"), ("a/b.txt", "line\u{e9}".as_bytes())]);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.tar.gz");
        std::fs::write(&path, archive(&[("p/x", b""), ("p/in.tar.gz", &inner)])).unwrap();
        assert_eq!(text(&path, "p/in.tar.gz", "a/b.txt").unwrap(), "line\u{e9}");
        assert_eq!(text(&path, "p/in.tar.gz", "../b.txt").unwrap(), "no");
        for (outer, member) in [("p/in.tar.gz", "b.txt"), ("in.tar.gz", "a/b.txt"), ("p/x", "a/b.txt")] {
            let message = text(&path, outer, member).unwrap_err().to_string();
            assert!(message.contains("p.tar.gz is damaged"), "{message}");
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
