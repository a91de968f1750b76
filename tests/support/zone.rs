//! Time zones of a test's own.

use std::fs;
use std::path::Path;

/// Writes the zone file at `path` by RFC 9636, in one step: the time of Greenwich, then each offset in seconds from its
/// instant on, and after the last of them as `rule` says, such as `LMT-3` for three hours after Greenwich.
pub fn write_zone(path: &Path, changes: &[(i64, i32)], rule: &str) {
    let count = |count: usize| u32::try_from(count).unwrap().to_be_bytes();
    let kinds = 1 + changes.len();
    let header = |changes: usize, kinds: usize| {
        let counts = [0, 0, 0, changes, kinds, 4].map(count).concat();
        [b"TZif2".as_slice(), &[0; 15], &counts].concat()
    };
    let kind = |offset: i32| [offset.to_be_bytes().as_slice(), &[0, 0]].concat();
    let mut bytes = [header(0, 1), kind(0), b"LMT\0".to_vec(), header(changes.len(), kinds)].concat();
    bytes.extend(changes.iter().flat_map(|(at, _)| at.to_be_bytes()));
    bytes.extend((1..kinds).map(|index| u8::try_from(index).unwrap()));
    bytes.extend(kind(0));
    bytes.extend(changes.iter().flat_map(|(_, offset)| kind(*offset)));
    bytes.extend(format!("LMT\0\n{rule}\n").into_bytes());
    let new = path.with_extension("new");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, path).unwrap();
}
