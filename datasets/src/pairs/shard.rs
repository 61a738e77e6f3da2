//! A shard holds the token ids of one split's pairs in one memory-mapped file.
//!
//! ```text
//! offset  bytes
//!  0       8    magic "MOSPAIRS"
//!  8       4    version (1), u32
//! 12       4    zero
//! 16       8    pairs n, u64
//! 24       8    tokens t, u64, both sides
//! 32      32    SHA-256 of the file with these 32 bytes zero
//! 64   8(2n+1)  offsets into the tokens, u64: source of pair i is offsets[2i]..offsets[2i+1], its target is
//!               offsets[2i+1]..offsets[2i+2]
//! ...     2t    token ids, u16, without bos and eos
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
compile_error!("token shards are mapped as little-endian numbers");

const MAGIC: &[u8; 8] = b"MOSPAIRS";
const VERSION: u32 = 1;
const HEADER: usize = 64;
const HASH: std::ops::Range<usize> = 32..64;

/// This is the largest vocabulary that the ids of a shard can hold.
pub const MAX_VOCAB: usize = u16::MAX as usize;

/// A shard is the token ids of one split, mapped from its file.
#[derive(Debug)]
pub struct PairShard {
    map: Mmap,
    pairs: usize,
    tokens: usize,
}

/// A writer writes a shard pair by pair, and needs no more memory for a longer one.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    /// The shard itself; while pairs are added, it ends with the offsets so far.
    file: BufWriter<File>,
    /// The token ids so far, which follow the offsets in the end.
    ids: BufWriter<File>,
    pairs: u64,
    tokens: u64,
}

impl Writer {
    /// Begins a shard; a second file beside it holds the token ids until it is finished.
    pub fn create(path: &Path) -> Result<Writer> {
        let create = |path: &Path| File::create(path).map(BufWriter::new).map_err(Error::io("create", path));
        let (file, ids) = (create(path)?, create(&ids_path(path))?);
        let mut writer = Writer { path: path.to_path_buf(), file, ids, pairs: 0, tokens: 0 };
        writer.put(&[0; HEADER])?;
        writer.put(&0u64.to_le_bytes())?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(Error::io("write", &self.path))
    }

    /// Adds a pair of (source, target) ids, without bos and eos.
    pub fn push(&mut self, source: &[u16], target: &[u16]) -> Result<()> {
        for side in [source, target] {
            self.tokens += side.len() as u64;
            self.put(&self.tokens.to_le_bytes())?;
            for id in side {
                self.ids.write_all(&id.to_le_bytes()).map_err(Error::io("write", &self.path))?;
            }
        }
        self.pairs += 1;
        Ok(())
    }

    /// Completes the shard and syncs it.
    pub fn finish(mut self) -> Result<()> {
        let (ids_path, path) = (ids_path(&self.path), self.path.clone());
        self.ids.flush().map_err(Error::io("write", &ids_path))?;
        let mut ids = File::open(&ids_path).map_err(Error::io("open", &ids_path))?;
        std::io::copy(&mut ids, &mut self.file).map_err(Error::io("write", &path))?;
        let mut header = Vec::with_capacity(HEADER);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(&[0; 4]);
        header.extend_from_slice(&self.pairs.to_le_bytes());
        header.extend_from_slice(&self.tokens.to_le_bytes());
        let mut file = self.file.into_inner().map_err(|e| Error::io("write", &path)(e.into_error()))?;
        file.rewind().and_then(|()| file.write_all(&header)).map_err(Error::io("write", &path))?;
        let hash = files::digest_file(&path)?;
        file.write_all(&hash).and_then(|()| file.sync_all()).map_err(Error::io("write", &path))?;
        std::fs::remove_file(&ids_path).map_err(Error::io("remove", &ids_path))
    }
}

/// Tells where the token ids are kept while a shard is being written.
fn ids_path(path: &Path) -> PathBuf {
    path.with_extension("ids")
}

impl PairShard {
    /// Maps a shard. Its structure is always checked, and with `verify` its SHA-256 too.
    pub fn open(path: &Path, verify: bool) -> Result<PairShard> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        // SAFETY: the crate never changes a shard in place (it is written under another name and renamed), which is
        // what the mapping needs; a foreign program that truncates a mapped file is outside what any mapping survives.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io("map", path))?;
        let damaged = |detail: &str| Error::damaged(path, detail);
        if map.len() < HEADER || &map[..8] != MAGIC {
            return Err(damaged("it does not start like a token shard"));
        }
        if map[8..12] != VERSION.to_le_bytes() {
            return Err(damaged("it has another version of the format"));
        }
        let number = |at: usize| u64::from_le_bytes(map[at..at + 8].try_into().expect("8 bytes"));
        let (pairs, tokens) = (number(16), number(24));
        let expected = HEADER as u128 + 8 * (2 * u128::from(pairs) + 1) + 2 * u128::from(tokens);
        if map.len() as u128 != expected {
            return Err(damaged(&format!("it has {} bytes where its header tells {expected}", map.len())));
        }
        let shard = PairShard { map, pairs: pairs as usize, tokens: tokens as usize };
        if verify && !shard.hash_matches() {
            return Err(damaged("its SHA-256 is not the one in its header"));
        }
        shard.check_offsets().map_err(damaged)?;
        Ok(shard)
    }

    /// Tells whether the file has the hash that its header tells.
    fn hash_matches(&self) -> bool {
        let mut hasher = Sha256::new();
        hasher.update(&self.map[..HASH.start]);
        hasher.update([0; 32]);
        hasher.update(&self.map[HASH.end..]);
        hasher.finalize()[..] == self.map[HASH]
    }

    /// Refuses offsets by which a pair would be read outside the ids.
    fn check_offsets(&self) -> std::result::Result<(), &'static str> {
        let offsets = self.offsets();
        let ordered = offsets.windows(2).all(|w| w[0] <= w[1]);
        if !ordered || offsets[0] != 0 || offsets[offsets.len() - 1] != self.tokens as u64 {
            return Err("its offsets are out of order");
        }
        Ok(())
    }

    fn offsets(&self) -> &[u64] {
        let bytes = &self.map[HEADER..HEADER + 8 * (2 * self.pairs + 1)];
        // SAFETY: any bytes are a valid u64.
        let (head, offsets, tail) = unsafe { bytes.align_to::<u64>() };
        // A mapping starts on a page, and the lengths of the header and of the offsets are multiples of 8.
        assert!(head.is_empty() && tail.is_empty(), "nothing is cut off the offsets");
        offsets
    }

    fn ids(&self) -> &[u16] {
        let bytes = &self.map[HEADER + 8 * (2 * self.pairs + 1)..];
        // SAFETY: any bytes are a valid u16.
        let (head, ids, tail) = unsafe { bytes.align_to::<u16>() };
        // The length of what stands before is a multiple of 8, and that of the ids a multiple of 2.
        assert!(head.is_empty() && tail.is_empty(), "nothing is cut off the ids");
        ids
    }

    /// Gives the ids of the source (0) or the target (1) of pair `i`.
    fn side(&self, i: usize, target: usize) -> &[u16] {
        let at = 2 * i + target;
        let offsets = self.offsets();
        &self.ids()[offsets[at] as usize..offsets[at + 1] as usize]
    }

    /// Counts the pairs.
    pub fn len(&self) -> usize {
        self.pairs
    }

    /// Tells whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.pairs == 0
    }

    /// Gives the source ids of pair `i`, without bos and eos. Panics when `i >= len()`.
    pub fn source(&self, i: usize) -> &[u16] {
        self.side(i, 0)
    }

    /// Gives the target ids of pair `i`, without bos and eos. Panics when `i >= len()`.
    pub fn target(&self, i: usize) -> &[u16] {
        self.side(i, 1)
    }

    /// Gives the lengths of the source and the target of pair `i`, eos included. Panics when `i >= len()`.
    pub fn lengths(&self, i: usize) -> (usize, usize) {
        let offsets = &self.offsets()[2 * i..2 * i + 3];
        let length = |side: usize| (offsets[side + 1] - offsets[side]) as usize + 1;
        (length(0), length(1))
    }

    /// Gives the largest id in the shard, for a check against the vocabulary.
    pub fn largest_id(&self) -> Option<u16> {
        self.ids().iter().copied().max()
    }
}

/// Writes a shard with these pairs of (source, target) ids and syncs it.
#[cfg(test)]
pub(crate) fn write(path: &Path, pairs: &[(Vec<u16>, Vec<u16>)]) -> Result<()> {
    let mut writer = Writer::create(path)?;
    pairs.iter().try_for_each(|(source, target)| writer.push(source, target))?;
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

    fn encode(pairs: &[(Vec<u16>, Vec<u16>)]) -> Vec<u8> {
        let (dir, path) = stored(&[]);
        write(&path, pairs).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no file of ids is left");
        std::fs::read(path).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(pairs in proptest::collection::vec(
            (proptest::collection::vec(any::<u16>(), 0..9), proptest::collection::vec(any::<u16>(), 0..9)), 0..20)
        ) {
            let (_dir, path) = stored(&encode(&pairs));
            let shard = PairShard::open(&path, true).unwrap();
            prop_assert_eq!(shard.len(), pairs.len());
            for (i, (source, target)) in pairs.iter().enumerate() {
                prop_assert_eq!(shard.source(i), &source[..]);
                prop_assert_eq!(shard.target(i), &target[..]);
                prop_assert_eq!(shard.lengths(i), (source.len() + 1, target.len() + 1));
            }
        }
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_seen() {
        let good = encode(&[(vec![5, 6], vec![7]), (vec![], vec![8, 9, 10])]);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            let (_dir, path) = stored(&bad);
            let message = PairShard::open(&path, true).unwrap_err().to_string();
            assert!(message.contains("x.shard"), "{message}");
            // Without the hash a wrong shard may pass, but reading it must not go out of bounds.
            if let Ok(shard) = PairShard::open(&path, false) {
                let read: usize = (0..shard.len()).map(|i| shard.source(i).len() + shard.target(i).len()).sum();
                assert!(read <= good.len());
            }
            let (_dir, path) = stored(&good[..at]);
            assert!(PairShard::open(&path, false).is_err(), "truncated at {at}");
        }
    }
}
