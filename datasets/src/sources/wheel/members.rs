//! Small members of a zip file are read into memory. The file as a whole is pinned by its SHA-256, so that its members
//! need no pins of their own. Their names are only compared, never used as paths.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

/// A member has at most so many bytes when unpacked.
const LARGEST: u64 = 64 << 20;

/// Reads the UTF-8 text of one member.
pub fn text(archive: &Path, name: &str) -> Result<String> {
    read(archive, &mut open(archive)?, name)
}

/// Reads the UTF-8 texts of all members whose names begin with `folder` and end with `extension`, by name. What stands
/// between the two is given with each text.
pub fn texts(archive: &Path, folder: &str, extension: &str) -> Result<Vec<(String, String)>> {
    let mut zip = open(archive)?;
    let between = |name: &str| Some(name.strip_prefix(folder)?.strip_suffix(extension)?.to_string());
    // A name that cannot be read is not one of those that are looked for.
    let mut names: Vec<String> = zip.file_names().flatten().filter_map(|name| between(&name)).collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let text = read(archive, &mut zip, &format!("{folder}{name}{extension}"))?;
            Ok((name, text))
        })
        .collect()
}

fn open(archive: &Path) -> Result<ZipArchive<BufReader<File>>> {
    let file = File::open(archive).map_err(Error::io("open", archive))?;
    ZipArchive::new(BufReader::new(file)).map_err(|e| Error::damaged(archive, e.to_string()))
}

fn read(archive: &Path, zip: &mut ZipArchive<BufReader<File>>, name: &str) -> Result<String> {
    let damaged = |detail: String| Error::damaged(archive, format!("member {name}: {detail}"));
    let member = zip.by_name(name).map_err(|e: ZipError| damaged(e.to_string()))?;
    let mut text = String::new();
    // At most one byte more than allowed is read, whatever size the archive tells.
    member.take(LARGEST + 1).read_to_string(&mut text).map_err(|e| damaged(e.to_string()))?;
    if text.len() as u64 > LARGEST {
        return Err(damaged(format!("it has more than {LARGEST} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};

    #[test]
    fn members_are_found_by_name_in_order() {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in [("a/t/2.txt", "two"), ("a/t/1.txt", "one"), ("a/t/1.csv", "no"), ("b/t/3.txt", "no")] {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.zip");
        std::fs::write(&path, writer.finish().unwrap().into_inner()).unwrap();
        let found = texts(&path, "a/t/", ".txt").unwrap();
        assert_eq!(found, [("1".to_string(), "one".to_string()), ("2".to_string(), "two".to_string())]);
        assert_eq!(text(&path, "b/t/3.txt").unwrap(), "no");
        assert!(text(&path, "c").unwrap_err().to_string().contains("a.zip is damaged: member c"));
        std::fs::write(&path, "no zip").unwrap();
        assert!(texts(&path, "a/t/", ".txt").is_err());
    }
}
