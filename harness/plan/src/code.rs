//! Looks up the code hash that enters a job's id. Programs that plan take the hashes at build time, all by the same
//! helper (`harness/plan/code-hash`).

use crate::track::Track;

/// Returns the hash of a track from the text that the build helper writes, `mt=<hash> ...`.
///
/// # Panics
/// Panics if the helper's table has no such track, which a test of the helper excludes.
pub fn hash_of(track: Track, hashes: &'static str) -> &'static str {
    let entries = hashes.split(' ').filter_map(|entry| entry.split_once('='));
    let found = entries.into_iter().find(|(name, _)| *name == track.name());
    found.expect("the build helper knows every track").1
}
