//! A look at the files before SQLite has one: it takes a write-ahead log that it can't read for none, and a file of no length
//! for a new one, and what was in them would be gone without a word.

use std::fs::File;
use std::io::{ErrorKind, Read as _};

/// Bytes of the log's header (<https://www.sqlite.org/fileformat2.html#the_write_ahead_log>).
const HEADER: usize = 32;

/// What the header begins with; the last bit says in which order the bytes of a word are summed up.
const MAGIC: u32 = 0x377f_0682;

/// What is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Files {
    /// No file.
    None,
    /// A file, and a log that is whole at its beginning, or none.
    Some,
}

/// Looks at a file and its log; the error says what is wrong with them.
pub(super) fn look(path: &str) -> Result<Files, String> {
    let log = header_of_log(&format!("{path}-wal")).map_err(|error| format!("its write-ahead log: {error}"))?;
    match std::fs::metadata(path) {
        Ok(file) if file.len() == 0 => {
            Err("it is empty, which it never is by itself: if nothing was in it, move it away".into())
        }
        Ok(_) => match log {
            Some(header) if !is_whole(&header) => {
                Err(format!("the beginning of its write-ahead log {path}-wal is damaged"))
            }
            _ => Ok(Files::Some),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => match log {
            Some(_) => Err(format!("it is not there, yet its write-ahead log {path}-wal is")),
            None => Ok(Files::None),
        },
        Err(error) => Err(error.to_string()),
    }
}

/// The header of the log; none when there is no log, or one that nothing was written to.
fn header_of_log(path: &str) -> std::io::Result<Option<[u8; HEADER]>> {
    let mut header = [0; HEADER];
    match File::open(path).and_then(|mut file| file.read_exact(&mut header)) {
        Ok(()) => Ok(Some(header)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the header's sum is right.
fn is_whole(header: &[u8; HEADER]) -> bool {
    let big = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let magic = big(0);
    if magic & !1 != MAGIC {
        return false;
    }
    let (mut first, mut second) = (0_u32, 0_u32);
    for at in (0..24).step_by(8) {
        let [one, other] = [at, at + 4].map(|at| if magic & 1 == 1 { big(at) } else { big(at).swap_bytes() });
        first = first.wrapping_add(one).wrapping_add(second);
        second = second.wrapping_add(other).wrapping_add(first);
    }
    (first, second) == (big(24), big(28))
}
