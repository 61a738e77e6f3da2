//! Rows of numbers of different lengths stand in one memory-mapped file.
//!
//! ```text
//! offset  bytes
//!  0       8    magic: "MOSPAIRS" for pairs, else "MOSROWS\0"
//!  8       4    version (1), u32
//! 12       4    what the rows are, four letters; zero for pairs
//! 16       8    items n, u64: an item is one row, a pair two, its source and its target
//! 24       8    numbers t, u64, of all rows
//! 32      32    SHA-256 of the file with these 32 bytes zero
//! 64   8(r+1)   offsets into the numbers, u64, for the r rows: row i is offsets[i]..offsets[i+1]
//! ...     2t    the numbers, u16
//! ```
//!
//! All numbers are little-endian. The file is never written in place.

use crate::error::{Error, Result};
use memmap2::Mmap;
use mos_base::files;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

#[cfg(target_endian = "big")]
compile_error!("rows are mapped as little-endian numbers");

const VERSION: u32 = 1;
const HEADER: usize = 64;
const HASH: std::ops::Range<usize> = 32..64;

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Token ids of pairs: of the source, then of the target.
    Pairs,
    /// Token ids of sequences.
    Sequences,
    /// Masked places of sequences.
    Masks,
    /// Labelled examples of a task.
    Examples,
}

impl Content {
    fn magic(self) -> &'static [u8; 8] {
        match self {
            Content::Pairs => b"MOSPAIRS",
            Content::Sequences | Content::Masks | Content::Examples => b"MOSROWS\0",
        }
    }

    /// Gives the rows of one item.
    fn rows_per_item(self) -> u64 {
        match self {
            Content::Pairs => 2,
            Content::Sequences | Content::Masks | Content::Examples => 1,
        }
    }

    fn letters(self) -> &'static [u8; 4] {
        match self {
            Content::Pairs => &[0; 4],
            Content::Sequences => b"SEQS",
            Content::Masks => b"MASK",
            Content::Examples => b"TASK",
        }
    }
}

/// Rows, mapped from their file.
#[derive(Debug)]
pub struct Rows {
    map: Mmap,
    rows: usize,
    numbers: usize,
}

/// A writer writes rows one by one, and needs no more memory for more of them.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    content: Content,
    /// The file itself; while rows are added, it ends with the offsets so far.
    file: BufWriter<File>,
    /// The numbers so far, which follow the offsets in the end.
    numbers_file: BufWriter<File>,
    rows: u64,
    numbers: u64,
}

impl Writer {
    /// Begins a file; a second one beside it holds the numbers until it is finished.
    pub fn create(path: &Path, content: Content) -> Result<Writer> {
        let create = |path: &Path| File::create(path).map(BufWriter::new).map_err(Error::io("create", path));
        let (file, numbers_file) = (create(path)?, create(&numbers_path(path))?);
        let mut writer = Writer { path: path.to_path_buf(), content, file, numbers_file, rows: 0, numbers: 0 };
        writer.put(&[0; HEADER])?;
        writer.put(&0u64.to_le_bytes())?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(Error::io("write", &self.path))
    }

    /// Adds a row.
    pub fn push(&mut self, row: &[u16]) -> Result<()> {
        for number in row {
            self.numbers_file.write_all(&number.to_le_bytes()).map_err(Error::io("write", &self.path))?;
        }
        self.numbers += row.len() as u64;
        self.rows += 1;
        self.put(&self.numbers.to_le_bytes())
    }

    /// Completes the file and syncs it.
    pub fn finish(mut self) -> Result<()> {
        let (numbers_path, path) = (numbers_path(&self.path), self.path.clone());
        self.numbers_file.flush().map_err(Error::io("write", &numbers_path))?;
        let mut numbers = File::open(&numbers_path).map_err(Error::io("open", &numbers_path))?;
        std::io::copy(&mut numbers, &mut self.file).map_err(Error::io("write", &path))?;
        let items = self.rows / self.content.rows_per_item();
        let mut header = Vec::with_capacity(HEADER);
        header.extend_from_slice(self.content.magic());
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(self.content.letters());
        header.extend_from_slice(&items.to_le_bytes());
        header.extend_from_slice(&self.numbers.to_le_bytes());
        let mut file = self.file.into_inner().map_err(|e| Error::io("write", &path)(e.into_error()))?;
        file.rewind().and_then(|()| file.write_all(&header)).map_err(Error::io("write", &path))?;
        let hash = files::digest_file(&path)?;
        file.write_all(&hash).and_then(|()| file.sync_all()).map_err(Error::io("write", &path))?;
        std::fs::remove_file(&numbers_path).map_err(Error::io("remove", &numbers_path))
    }
}

/// Tells where the numbers are kept while a file is being written.
fn numbers_path(path: &Path) -> PathBuf {
    path.with_extension("numbers")
}

impl Rows {
    /// Maps a file. Its structure is always checked, and with `verify` its SHA-256 too.
    pub fn open(path: &Path, content: Content, verify: bool) -> Result<Rows> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        // SAFETY: the crate never changes the file in place (it is written under another name and renamed), which is
        // what the mapping needs; a foreign program that truncates a mapped file is outside what any mapping survives.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io("map", path))?;
        let damaged = |detail: &str| Error::damaged(path, detail);
        if map.len() < HEADER || &map[..8] != content.magic() || &map[12..16] != content.letters() {
            return Err(damaged("it does not start like such a file"));
        }
        if map[8..12] != VERSION.to_le_bytes() {
            return Err(damaged("it has another version of the format"));
        }
        let number = |at: usize| u64::from_le_bytes(map[at..at + 8].try_into().expect("8 bytes"));
        let (items, numbers) = (number(16), number(24));
        let rows = u128::from(items) * u128::from(content.rows_per_item());
        let expected = HEADER as u128 + 8 * (rows + 1) + 2 * u128::from(numbers);
        if map.len() as u128 != expected {
            return Err(damaged(&format!("it has {} bytes where its header tells {expected}", map.len())));
        }
        let rows = Rows { map, rows: rows as usize, numbers: numbers as usize };
        if verify && !rows.hash_matches() {
            return Err(damaged("its SHA-256 is not the one in its header"));
        }
        rows.check_offsets().map_err(damaged)?;
        Ok(rows)
    }

    /// Tells whether the file has the hash that its header tells.
    fn hash_matches(&self) -> bool {
        let mut hasher = Sha256::new();
        hasher.update(&self.map[..HASH.start]);
        hasher.update([0; 32]);
        hasher.update(&self.map[HASH.end..]);
        hasher.finalize()[..] == self.map[HASH]
    }

    /// Refuses offsets by which a row would be read outside the numbers.
    fn check_offsets(&self) -> std::result::Result<(), &'static str> {
        let offsets = self.offsets();
        let ordered = offsets.windows(2).all(|w| w[0] <= w[1]);
        if !ordered || offsets[0] != 0 || offsets[offsets.len() - 1] != self.numbers as u64 {
            return Err("its offsets are out of order");
        }
        Ok(())
    }

    fn offsets(&self) -> &[u64] {
        let bytes = &self.map[HEADER..HEADER + 8 * (self.rows + 1)];
        // SAFETY: any bytes are a valid u64.
        let (head, offsets, tail) = unsafe { bytes.align_to::<u64>() };
        // A mapping starts on a page, and the lengths of the header and of the offsets are multiples of 8.
        assert!(head.is_empty() && tail.is_empty(), "nothing is cut off the offsets");
        offsets
    }

    /// Gives the numbers of all rows, one row after another.
    pub fn numbers(&self) -> &[u16] {
        let bytes = &self.map[HEADER + 8 * (self.rows + 1)..];
        // SAFETY: any bytes are a valid u16.
        let (head, numbers, tail) = unsafe { bytes.align_to::<u16>() };
        // The length of what stands before is a multiple of 8, and that of the numbers a multiple of 2.
        assert!(head.is_empty() && tail.is_empty(), "nothing is cut off the numbers");
        numbers
    }

    /// Counts the rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Gives row `i`. Panics when `i >= len()`.
    pub fn row(&self, i: usize) -> &[u16] {
        let offsets = &self.offsets()[i..i + 2];
        &self.numbers()[offsets[0] as usize..offsets[1] as usize]
    }
}

/// Writes a file with these rows.
#[cfg(test)]
pub(crate) fn write(path: &Path, content: Content, rows: &[Vec<u16>]) -> Result<()> {
    let mut writer = Writer::create(path, content)?;
    rows.iter().try_for_each(|row| writer.push(row))?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stored(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.shard");
        std::fs::write(&path, bytes).unwrap();
        (dir, path)
    }

    fn encode(rows: &[Vec<u16>]) -> Vec<u8> {
        let (dir, path) = stored(&[]);
        write(&path, Content::Sequences, rows).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no second file is left");
        std::fs::read(path).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            rows in proptest::collection::vec(proptest::collection::vec(any::<u16>(), 0..9), 0..20)
        ) {
            let (_dir, path) = stored(&encode(&rows));
            let read = Rows::open(&path, Content::Sequences, true).unwrap();
            prop_assert_eq!(read.len(), rows.len());
            prop_assert_eq!(read.numbers(), &rows.concat()[..]);
            for (i, row) in rows.iter().enumerate() {
                prop_assert_eq!(read.row(i), &row[..]);
            }
            prop_assert!(Rows::open(&path, Content::Masks, true).is_err());
        }
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_seen() {
        let good = encode(&[vec![5, 6], vec![7], vec![], vec![8, 9, 10]]);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            let (_dir, path) = stored(&bad);
            let message = Rows::open(&path, Content::Sequences, true).unwrap_err().to_string();
            assert!(message.contains("x.shard"), "{message}");
            // Without the hash a wrong file may pass, but reading it must not go out of bounds.
            if let Ok(rows) = Rows::open(&path, Content::Sequences, false) {
                let read: usize = (0..rows.len()).map(|i| rows.row(i).len()).sum();
                assert!(read <= good.len());
            }
            let (_dir, path) = stored(&good[..at]);
            assert!(Rows::open(&path, Content::Sequences, false).is_err(), "truncated at {at}");
        }
    }
}
