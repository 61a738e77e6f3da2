//! Wheels (zip archives) are hashed here, and the members that an install needs are extracted.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use zip::ZipArchive;
use zip::read::ZipFile;

/// An extracted file.
#[derive(Clone, Debug, PartialEq)]
pub struct Extracted {
    /// Where the file stands in the install.
    pub path: String,
    /// The file's size in bytes.
    pub size: u64,
    /// The file's SHA-256 in hex.
    pub sha256: String,
}

/// No file of the pinned wheels is larger; an archive that claims more is not one of them.
const LARGEST_FILE: u64 = 4 << 30;

/// Computes the SHA-256 of a file, in hex.
pub fn hash_file(path: &Path) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    copy_hashed(&mut file, &mut std::io::sink())
        .map(|(_, sha256)| sha256)
        .with_context(|| format!("cannot read {}", path.display()))
}

/// Extracts from `wheel` the members that `place` gives a place, below `into`.
pub fn extract(wheel: &Path, into: &Path, place: fn(&str) -> Option<String>) -> Result<Vec<Extracted>> {
    let at = || format!("in {}", wheel.display());
    let file = File::open(wheel).with_context(|| format!("cannot open {}", wheel.display()))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).with_context(at)?;
    let mut extracted = Vec::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).with_context(at)?;
        if member.is_dir() {
            continue;
        }
        let name = member.name().with_context(at)?.into_owned();
        // A wheel with one path out of its folder is no wheel to take anything from.
        if !stays_inside(&name) || member.is_symlink() {
            bail!(
                "{}: member {name:?} leaves the archive's folder or is a link; nothing is taken from it",
                wheel.display()
            );
        }
        if let Some(path) = place(&name) {
            extracted.push(
                extract_member(&mut member, path, into).with_context(|| format!("member {name}")).with_context(at)?,
            );
        }
    }
    Ok(extracted)
}

/// Tells whether a name is a relative path of plain names.
fn stays_inside(name: &str) -> bool {
    Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

fn extract_member<R: Read>(member: &mut ZipFile<'_, R>, path: String, into: &Path) -> Result<Extracted> {
    let promised = member.size();
    if promised > LARGEST_FILE {
        bail!("claims {promised} bytes");
    }
    let target = into.join(&path);
    fs::create_dir_all(target.parent().context("has no folder")?)?;
    let mode = if member.unix_mode().is_some_and(|mode| mode & 0o100 != 0) { 0o755 } else { 0o644 };
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&target)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let (size, sha256) = copy_hashed(&mut member.take(promised + 1), &mut out)?;
    out.flush()?;
    if size != promised {
        bail!("holds {size} bytes, its header says {promised}");
    }
    Ok(Extracted { path, size, sha256 })
}

fn copy_hashed(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut size = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        size += read as u64;
    }
    Ok((size, hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    /// Writes a zip archive with these members.
    pub fn fake_wheel(path: &Path, members: &[(&str, &str)]) {
        let mut writer = ZipWriter::new(File::create(path).unwrap());
        for (name, content) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
    }

    /// Gives [`hash_file`] to tests.
    pub fn sha256(path: &Path) -> String {
        hash_file(path).unwrap()
    }

    fn keep(name: &str) -> Option<String> {
        name.ends_with(".so").then(|| format!("lib/{}", name.rsplit('/').next().unwrap()))
    }

    #[test]
    fn only_placed_members_are_extracted_with_their_hash() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("a.whl");
        fake_wheel(&wheel, &[("torch/lib/a.so", "abc"), ("torch/a.py", "no")]);
        let out = folder.path().join("out");
        let extracted = extract(&wheel, &out, keep).unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(extracted, [Extracted { path: "lib/a.so".into(), size: 3, sha256: abc.into() }]);
        assert_eq!(fs::read_to_string(out.join("lib/a.so")).unwrap(), "abc");
        assert_eq!(hash_file(&out.join("lib/a.so")).unwrap(), abc);
    }

    #[test]
    fn a_path_out_of_the_folder_is_refused_even_if_not_wanted() {
        let folder = tempfile::tempdir().unwrap();
        for escape in ["../outside.so", "torch/../../outside.so", "/outside.so", "../not-wanted.txt"] {
            let wheel = folder.path().join("a.whl");
            fake_wheel(&wheel, &[(escape, "abc")]);
            let error = extract(&wheel, &folder.path().join("out"), keep).unwrap_err().to_string();
            assert!(error.contains("leaves the archive's folder"), "{escape}: {error}");
            assert!(!folder.path().join("outside.so").exists());
        }
    }

    #[test]
    fn a_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("a.whl");
        let mut writer = ZipWriter::new(File::create(&wheel).unwrap());
        writer.add_symlink("torch/lib/a.so", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        writer.finish().unwrap();
        assert!(extract(&wheel, &folder.path().join("out"), keep).unwrap_err().to_string().contains("is a link"));
    }

    #[test]
    fn a_truncated_wheel_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("a.whl");
        fake_wheel(&wheel, &[("torch/lib/a.so", &"abc".repeat(1000))]);
        let bytes = fs::read(&wheel).unwrap();
        fs::write(&wheel, &bytes[..bytes.len() / 2]).unwrap();
        let error = format!("{:#}", extract(&wheel, &folder.path().join("out"), keep).unwrap_err());
        assert!(error.contains("a.whl"), "{error}");
    }
}
