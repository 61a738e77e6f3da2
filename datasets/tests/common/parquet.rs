//! These are small Parquet files in the layout of the WMT sets, made from the default corpus.

use mos_datasets::{Corpus, PrepareOptions, Split, prepare, registry};
use polars_core::prelude::*;
use polars_io::prelude::*;
use std::sync::LazyLock;

/// A pair is an English and a German sentence, of which `None` is a null.
pub type Pair = (Option<String>, Option<String>);

/// The pairs of each split of the default corpus stand here as plain text.
pub static BIBLE: LazyLock<[Vec<Pair>; 3]> = LazyLock::new(|| {
    let entry = registry::find(registry::DEFAULT).unwrap();
    let cache = crate::corpora::lasting_cache();
    let folder = prepare::prepare_in(&cache, entry, &PrepareOptions::default(), &|_| {}).unwrap();
    let corpus = Corpus::open(&folder, false).unwrap();
    Split::ALL.map(|split| {
        let (sources, targets) = (corpus.sources(split).unwrap(), corpus.references(split).unwrap());
        sources.into_iter().map(Some).zip(targets.into_iter().map(Some)).collect()
    })
});

/// Makes the bytes of a file with these pairs in a struct column, in row groups of 500.
pub fn file(column: &str, fields: [&str; 2], pairs: &[Pair]) -> Vec<u8> {
    let side = |name: &str, side: fn(&Pair) -> Option<&str>| {
        Series::new(name.into(), pairs.iter().map(side).collect::<Vec<Option<&str>>>())
    };
    let sides = [side(fields[0], |p| p.1.as_deref()), side(fields[1], |p| p.0.as_deref())];
    let column = StructChunked::from_series(column.into(), pairs.len(), sides.iter()).unwrap().into_series();
    let mut frame = DataFrame::new(pairs.len(), vec![column.into()]).unwrap();
    let mut bytes = vec![];
    let writer = ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Uncompressed);
    writer.with_row_group_size(Some(500)).finish(&mut frame).unwrap();
    bytes
}

/// Makes the bytes of a file with these pairs, in the layout that the hub has.
pub fn good(pairs: &[Pair]) -> Vec<u8> {
    file("translation", ["de", "en"], pairs)
}
