//! A look at the files before SQLite has one. It takes a write-ahead log that it can't read for none, a log for ended where it
//! can't be read on, and a file of no length for a new one: what was in them would be gone without a word.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek as _};
use std::path::Path;

use crate::aside::beside;

/// Bytes of the log's header (<https://www.sqlite.org/fileformat2.html#the_write_ahead_log>).
const HEADER: usize = 32;

/// Bytes of the header of a frame, which a page follows.
const FRAME_HEADER: usize = 24;

/// What the header begins with; the last bit says in which order the bytes of a word are summed up.
const MAGIC: u32 = 0x377f_0682;

/// So many times, at most, a log is read that seems to be damaged: somebody may be writing to it.
const LOOKS: usize = 4;

/// What is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// No file.
    None,
    /// A file, and a log that is whole as far as can be seen, or none.
    Some,
}

/// Looks at a database file and its write-ahead log.
///
/// A crash of the process that wrote leaves a log that ends in the middle of a transaction, which is as good as none of it. A
/// log in which something that was committed follows what can't be read was changed by somebody else, or the machine lost power
/// while it was written.
///
/// # Errors
/// What is wrong with them, and what to do: the file is empty, or not there although its log is, or the log is damaged.
pub fn look(file: &Path) -> Result<Files, String> {
    let log = beside(file, "-wal");
    let told = |error: std::io::Error| format!("its write-ahead log can't be read: {error}");
    match std::fs::metadata(file) {
        Ok(file) if file.len() == 0 => {
            Err("it is empty, which it never is by itself: put back a copy, or, if nothing was in it, move it away"
                .into())
        }
        Ok(_) => match state(&log).map_err(told)? {
            State::None | State::Whole => Ok(Files::Some),
            State::Headless => {
                Err(format!("the beginning of its write-ahead log {} is damaged: put back a copy", log.display()))
            }
            State::Damaged { at } => Err(format!(
                "its write-ahead log is damaged at byte {at}, and what was written after that can't be read: put back a copy; \
                 or, to go on without it, cut the log there with `truncate -s {at} {}`",
                log.display()
            )),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => match state(&log).map_err(told)? {
            State::None => Ok(Files::None),
            _ => Err(format!("it is not there, yet its write-ahead log {} is: put it back", log.display())),
        },
        Err(error) => Err(error.to_string()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is no log, or one that nothing was written to.
    None,
    /// Nothing speaks against it.
    Whole,
    /// Its header can't be read.
    Headless,
    /// It can't be read from this byte on, and goes on.
    Damaged { at: u64 },
}

/// Reads a log, more than once if it seems to be damaged: what somebody is just writing is whole the next time, and if the log
/// was begun anew meanwhile, its header is another.
fn state(log: &Path) -> std::io::Result<State> {
    let mut seen = (State::None, None);
    for _ in 0..LOOKS {
        let mut file = match File::open(log) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::None),
            opened => opened?,
        };
        let Some(header) = fill::<HEADER>(&mut file)? else { return Ok(State::None) };
        let now = match Header::read(&header) {
            None => State::Headless,
            Some(header) => scan(&mut BufReader::with_capacity(1 << 17, &file), &header)?,
        };
        file.rewind()?;
        let header = fill::<HEADER>(&mut file)?;
        if now == State::Whole || seen == (now, header) {
            return Ok(now);
        }
        seen = (now, header);
    }
    // It changes all the time: it is in use, and whoever uses it has read it.
    Ok(State::Whole)
}

/// As many bytes; none when there are fewer left.
fn fill<const BYTES: usize>(from: &mut impl Read) -> std::io::Result<Option<[u8; BYTES]>> {
    let mut bytes = [0; BYTES];
    match from.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// A running sum over what a log holds.
type Sum = (u32, u32);

/// What the header of a log says.
struct Header {
    page: usize,
    /// The numbers that every frame of this log has; frames with others are left of an earlier one.
    salt: [u8; 8],
    sum: Sum,
    big_endian: bool,
}

impl Header {
    /// None: its sum is wrong.
    fn read(bytes: &[u8; HEADER]) -> Option<Self> {
        let magic = word(bytes, 0);
        if magic & !1 != MAGIC {
            return None;
        }
        let page = match word(bytes, 8) {
            1 => 65_536,
            page => page as usize,
        };
        let salt = std::array::from_fn(|at| bytes[16 + at]);
        let mut header = Self { page, salt, sum: (0, 0), big_endian: magic & 1 == 1 };
        header.sum = header.add((0, 0), &bytes[..24]);
        (header.sum == (word(bytes, 24), word(bytes, 28))).then_some(header)
    }

    fn add(&self, (mut first, mut second): Sum, bytes: &[u8]) -> Sum {
        for pair in bytes.chunks_exact(8) {
            let [one, other] = [word(pair, 0), word(pair, 4)];
            let [one, other] = if self.big_endian { [one, other] } else { [one.swap_bytes(), other.swap_bytes()] };
            first = first.wrapping_add(one).wrapping_add(second);
            second = second.wrapping_add(other).wrapping_add(first);
        }
        (first, second)
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Goes through the frames. Where the sum of one is wrong, the log ends for SQLite. What follows may be left of a transaction
/// that a crash cut short and that another one has overwritten in part: that has no frame that commits. If a frame commits and its
/// sum continues the one of its predecessor, the log once went on there.
fn scan(log: &mut impl Read, header: &Header) -> std::io::Result<State> {
    let mut page = vec![0; header.page];
    let mut sum = header.sum;
    let mut at = HEADER as u64;
    let mut bad = None;
    // What the sum before the next frame may be, once one was wrong: what is written in the frame before it, or what that comes to.
    let mut before: [Sum; 2] = [sum; 2];
    loop {
        let Some(frame) = fill::<FRAME_HEADER>(log)? else { return Ok(State::Whole) };
        match log.read_exact(&mut page) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(State::Whole),
            read => read?,
        }
        let is_of_this_log = frame[8..16] == header.salt;
        let written = (word(&frame, 16), word(&frame, 20));
        let comes_to = |sum| header.add(header.add(sum, &frame[..8]), &page);
        match bad {
            None => {
                let come_to = comes_to(sum);
                if is_of_this_log && come_to == written {
                    sum = written;
                } else {
                    bad = Some(at);
                    before = [written, come_to];
                }
            }
            Some(bad) => {
                let commits = word(&frame, 4) != 0;
                if is_of_this_log && commits && before.iter().any(|before| comes_to(*before) == written) {
                    return Ok(State::Damaged { at: bad });
                }
                before = [written; 2];
            }
        }
        at += (FRAME_HEADER + header.page) as u64;
    }
}
