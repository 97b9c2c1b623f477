//! Write-ahead logs as crashes leave them, and as nobody should find them.

use std::path::{Path, PathBuf};

use database::{Database, Files, look};
use rusqlite::Connection;

const TABLES: &str = "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL); CREATE TABLE row (text TEXT);";
const KIND: Database = Database { tables: TABLES, format: 1, mark: "row", page_bytes: 1_024 };
const LOG_HEADER: usize = 32;
const FRAME: usize = 24 + 1_024;

fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

/// Puts a copy of a database and its log, while it is open, where nobody has it open.
fn copy(from: &Path, to: &Path) -> Vec<u8> {
    // What SQLite shares between processes is made anew from the log.
    let _ = std::fs::remove_file(to.with_extension("db-shm"));
    std::fs::copy(from, to).expect("copied");
    std::fs::copy(log_of(from), log_of(to)).expect("copied");
    std::fs::read(log_of(to)).expect("readable")
}

fn rows(path: &Path) -> i64 {
    let connection = KIND.open(path.to_str().expect("UTF-8")).expect("opens");
    connection.query_row("SELECT count(*) FROM row", [], |row| row.get(0)).expect("readable")
}

fn insert(connection: &Connection, rows: usize) {
    connection.execute_batch("BEGIN").expect("begun");
    for _ in 0..rows {
        connection.execute("INSERT INTO row VALUES (?1)", ["x".repeat(600)]).expect("inserted");
    }
    connection.execute_batch("COMMIT").expect("committed");
}

#[test]
fn what_can_not_be_read_is_told_of_when_something_committed_follows_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, other) = (folder.path().join("one.db"), folder.path().join("other.db"));
    let connection = KIND.open(path.to_str().expect("UTF-8")).expect("opens");
    let mut lengths = Vec::new();
    for _ in 0..6 {
        insert(&connection, 1);
        lengths.push(std::fs::metadata(log_of(&path)).expect("a log").len() as usize);
    }
    let whole = copy(&path, &other);
    assert_eq!((look(&other), whole.len()), (Ok(Files::Some), lengths[5]));
    let last = whole.len() - FRAME;
    for at in LOG_HEADER..whole.len() {
        let frame = (at - LOG_HEADER) / FRAME * FRAME + LOG_HEADER;
        // Its page, the pages there are, its salt, its sum, the first and the last of its page.
        if !matches!(at - frame, 3 | 7 | 9 | 17 | 24 | 1_047) {
            continue;
        }
        let mut log = whole.clone();
        log[at] ^= 0x10;
        std::fs::write(log_of(&other), &log).expect("written");
        let found = look(&other);
        if frame >= last {
            // A crash while it was written looks the same.
            assert_eq!(found, Ok(Files::Some), "byte {at}");
            continue;
        }
        let error = found.expect_err("it is damaged");
        assert!(error.contains(&format!("damaged at byte {frame},")), "byte {at}: {error}");
        assert!(error.contains(&format!("`truncate -s {frame} ")), "{error}");
        let said = KIND.open(other.to_str().expect("UTF-8")).expect_err("it is refused");
        assert_eq!(said.to_string(), error);
        assert_eq!(std::fs::read(log_of(&other)).expect("there"), log, "it is left alone");
        // What it advises works.
        std::fs::write(log_of(&other), &log[..frame]).expect("written");
        let before = lengths.iter().filter(|length| **length <= frame).count();
        assert_eq!(rows(&other), before as i64, "byte {at}");
        copy(&path, &other);
    }
}

/// A transaction that was cut short, and others that have overwritten the beginning of what it left.
#[test]
fn what_a_crash_has_left_behind_is_no_damage() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, other) = (folder.path().join("one.db"), folder.path().join("other.db"));
    let connection = KIND.open(path.to_str().expect("UTF-8")).expect("opens");
    insert(&connection, 1);
    let before = std::fs::metadata(log_of(&path)).expect("a log").len() as usize;
    insert(&connection, 20);
    let whole = std::fs::read(log_of(&path)).expect("readable");
    // Each frame that the process may have died in, and some bytes of the next one's head.
    for cut in (before..whole.len()).step_by(FRAME).flat_map(|at| [at, at + 8, at + 24, at + 500]) {
        copy(&path, &other);
        std::fs::write(log_of(&other), &whole[..cut.min(whole.len() - 1)]).expect("written");
        assert_eq!(look(&other), Ok(Files::Some), "cut at {cut}");
        let again = KIND.open(other.to_str().expect("UTF-8")).expect("opens");
        insert(&again, 2);
        let third = folder.path().join("third.db");
        let log = copy(&other, &third);
        assert_eq!(look(&third), Ok(Files::Some), "cut at {cut}, and written to: {} bytes", log.len());
        assert_eq!(rows(&third), 3, "cut at {cut}");
    }
}

#[test]
fn a_log_that_was_begun_anew_ends_where_the_old_one_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, other) = (folder.path().join("one.db"), folder.path().join("other.db"));
    let connection = KIND.open(path.to_str().expect("UTF-8")).expect("opens");
    insert(&connection, 20);
    let length = std::fs::metadata(log_of(&path)).expect("a log").len();
    connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).expect("carried over");
    insert(&connection, 1);
    assert_eq!(copy(&path, &other).len() as u64, length, "most of it is the old one");
    assert_eq!(look(&other), Ok(Files::Some));
    assert_eq!(rows(&other), 21);
}

#[test]
fn nobody_is_disturbed_who_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("one.db");
    let connection = KIND.open(path.to_str().expect("UTF-8")).expect("opens");
    connection.pragma_update(None, "wal_autocheckpoint", 20).expect("set");
    let writes = std::thread::spawn(move || (0..500).for_each(|at| insert(&connection, at % 7 + 1)));
    while !writes.is_finished() {
        assert_eq!(look(&path), Ok(Files::Some));
    }
    writes.join().expect("it wrote");
}

#[test]
fn an_empty_file_and_a_lone_log_are_no_new_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("one.db");
    assert_eq!(look(&path), Ok(Files::None));
    let connection = KIND.open(path.to_str().expect("UTF-8")).expect("opens");
    insert(&connection, 1);
    let other = folder.path().join("other.db");
    let log = copy(&path, &other);
    std::fs::write(&other, "").expect("written");
    assert!(look(&other).expect_err("refused").starts_with("it is empty"));
    std::fs::remove_file(&other).expect("removed");
    assert!(look(&other).expect_err("refused").contains("it is not there, yet its write-ahead log"));
    for at in 0..LOG_HEADER {
        let mut log = log.clone();
        log[at] ^= 1;
        copy(&path, &other);
        std::fs::write(log_of(&other), log).expect("written");
        assert!(look(&other).expect_err("refused").contains("the beginning of its write-ahead log"), "byte {at}");
    }
}
