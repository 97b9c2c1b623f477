//! The journal's files, cut and damaged anywhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use journal::{ExecutionsOf, HistoryPage, Journal, JournalError, MemoryJournal, Query, Record, SqliteJournal};
use tempfile::TempDir;

use crate::definitions::{maps, states, tasks};
use crate::recorder::{Recorder, write};
use crate::replay::{Case, Run};

/// Bytes of the write-ahead log's own header, and of that of a frame
/// (<https://www.sqlite.org/fileformat2.html#the_write_ahead_log>).
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// A journal as a crash leaves it: tables and log.
struct Left {
    folder: TempDir,
    tables: Vec<u8>,
    log: Vec<u8>,
    /// How long the log was after each batch.
    lengths: Vec<usize>,
}

fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

impl Left {
    /// What is left of a journal that took these batches, each for itself.
    fn by(batches: &[Vec<Record>]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("whole.db");
        let journal = SqliteJournal::open(&path).expect("opens");
        let mut lengths = Vec::new();
        for batch in batches {
            write(&journal, batch.clone());
            lengths.push(std::fs::metadata(log_of(&path)).expect("a log").len() as usize);
        }
        let (tables, log) = (std::fs::read(&path).expect("readable"), std::fs::read(log_of(&path)).expect("readable"));
        Self { folder, tables, log, lengths }
    }

    fn frame(&self) -> usize {
        FRAME_HEADER + u32::from_be_bytes(self.log[8..12].try_into().expect("four bytes")) as usize
    }

    /// Puts files there that hold this.
    fn put(&self, tables: &[u8], log: &[u8]) -> PathBuf {
        let path = self.folder.path().join("cut.db");
        for old in ["db", "db-wal", "db-shm"] {
            // Not all of them are there.
            let _ = std::fs::remove_file(path.with_extension(old));
        }
        std::fs::write(&path, tables).expect("written");
        std::fs::write(log_of(&path), log).expect("written");
        path
    }
}

/// Everything that a journal says.
fn told(journal: &dyn Journal) -> Result<Vec<String>, JournalError> {
    let mut told = vec![format!("{:?} {:?}", journal.clock()?, journal.running()?)];
    let mut known = journal.list(&Query::all(ExecutionsOf::Anybody))?;
    while let Some(summary) = known.pop() {
        let arn = summary.execution_arn.clone();
        let page = HistoryPage { from: u64::MAX, reverse: true, limit: 3 };
        told.push(format!("{summary:?} {:?} {:?}", journal.header(&arn)?, journal.history_page(&arn, page)?));
        told.push(format!("{:?}", journal.summary(&arn)?));
        for entry in journal.entries(&arn)? {
            for event in
                entry.events.iter().filter_map(|event| event["mapRunStartedEventDetails"]["mapRunArn"].as_str())
            {
                known.extend(journal.children(event)?);
            }
            told.push(format!("{:?} {:?} {:?}", entry.input, entry.at, entry.events));
        }
    }
    Ok(told)
}

/// What a journal says that holds exactly these batches.
fn told_of(batches: &[Vec<Record>]) -> Vec<String> {
    let memory = MemoryJournal::new();
    for batch in batches {
        write(&memory, batch.clone());
    }
    told(&memory).expect("memory can be read")
}

/// The cases whose journals are cut to the byte; each batch of others looks like one of theirs.
fn cases() -> Vec<Case> {
    let wanted =
        ["flow", "redrives", "many at once", "items of a CSV file, results to files", "children that are given up"];
    let all = states::cases().into_iter().chain(tasks::cases()).chain(maps::cases());
    all.filter(|case| wanted.contains(&case.name)).collect()
}

/// Opens what is left, which must be exactly the first batches of a run.
fn open(path: &Path, run: &Run, batches: usize, place: &str) -> SqliteJournal {
    let journal = SqliteJournal::open(path).unwrap_or_else(|error| panic!("{place}: {error}"));
    let told = told(&journal).unwrap_or_else(|error| panic!("{place}: {error}"));
    let expected = told_of(&run.batches[..batches]);
    for (told, expected) in told.iter().zip(&expected) {
        assert_eq!(told, expected, "{place}: not the first {batches} batches");
    }
    assert_eq!(told.len(), expected.len(), "{place}: not the first {batches} batches");
    journal
}

#[test]
fn a_log_that_is_cut_anywhere_holds_whole_batches() {
    let cases = cases();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let run = case.run();
        let left = Left::by(&run.batches);
        let frame = left.frame();
        let mut gone_on = 0;
        for start in (LOG_HEADER..left.log.len()).step_by(frame) {
            for cut in [start, start + 1, start + FRAME_HEADER, start + frame / 2, start + frame - 1] {
                let place = format!("{} cut at byte {cut} of {}", case.name, left.log.len());
                let batches = left.lengths.iter().filter(|length| **length <= cut).count();
                let journal = open(&left.put(&left.tables, &left.log[..cut]), &run, batches, &place);
                // From each batch on, once: what is there is the same however much of the next is.
                if cut % frame != LOG_HEADER && batches > gone_on && batches < run.batches.len() {
                    gone_on = batches;
                    let recorder = Recorder::around(Arc::new(journal), run.batches[..batches].to_vec());
                    run.must_be(&case.run_on(recorder, Some(&run)), batches, &place);
                }
            }
        }
        assert_eq!(gone_on, run.batches.len() - 1, "{}: it went on from every batch", case.name);
    }
}

#[test]
fn a_log_with_a_changed_byte_is_refused_or_holds_whole_batches() {
    let case = &cases()[0];
    let run = case.run();
    let left = Left::by(&run.batches);
    let frame = left.frame();
    let last = left.log.len() - frame;
    for start in (LOG_HEADER..left.log.len()).step_by(frame) {
        // Its page number, its salt, its sum, its page.
        for at in [start + 3, start + 9, start + 17, start + FRAME_HEADER + 100, start + frame - 1] {
            let mut log = left.log.clone();
            log[at] ^= 0x10;
            let path = left.put(&left.tables, &log);
            let place = format!("byte {at} of {}", log.len());
            if start < last {
                // What was written follows: it may not be left out without a word.
                let error = SqliteJournal::open(&path).map(drop).expect_err(&place).to_string();
                assert!(error.contains("cut.db") && error.contains(&format!("damaged at byte {start},")), "{error}");
                std::fs::write(log_of(&path), &log[..start]).expect("it is cut as the error says");
            }
            let batches = left.lengths.iter().filter(|length| **length <= start).count();
            open(&path, &run, batches, &place);
        }
    }
}

#[test]
fn a_log_that_can_not_be_read_at_all_is_no_empty_journal() {
    let run = cases()[0].run();
    let left = Left::by(&run.batches);
    let refused = |path: &Path, place: &str| match SqliteJournal::open(path) {
        Ok(_) => panic!("{place}: it was opened"),
        Err(error) => assert!(error.to_string().contains("cut.db"), "{place}: {error}"),
    };
    for at in 0..LOG_HEADER {
        let mut log = left.log.clone();
        log[at] ^= 0x10;
        let path = left.put(&left.tables, &log);
        refused(&path, &format!("byte {at}"));
        assert_eq!(std::fs::read(log_of(&path)).expect("still there"), log, "it is left alone");
    }
    let path = left.put(b"", &left.log);
    refused(&path, "tables of no length");
    assert_eq!(std::fs::read(log_of(&path)).expect("still there"), left.log, "it is left alone");
    std::fs::remove_file(&path).expect("removed");
    refused(&path, "no tables");
    assert_eq!(std::fs::read(log_of(&path)).expect("still there"), left.log, "it is left alone");
}

#[test]
fn damaged_tables_are_told_of() {
    let many = maps::cases().into_iter().find(|case| case.name == "many items").expect("it is there");
    for case in cases().into_iter().chain([many]) {
        damage(&case);
    }
}

/// Damages each page of the tables that a case leaves.
fn damage(case: &Case) {
    let left = Left::by(&case.run().batches);
    let path = left.put(&left.tables, &left.log);
    let whole = told(&SqliteJournal::open(&path).expect("opens")).expect("readable");
    // It was closed, and all of it is in the tables.
    assert!(!log_of(&path).exists());
    let tables = std::fs::read(&path).expect("readable");
    let page = left.frame() - FRAME_HEADER;
    let mut damages: Vec<(String, Vec<u8>)> = Vec::new();
    for at in (0..tables.len()).step_by(page) {
        let number = at / page + 1;
        damages.push((format!("cut before page {number}"), tables[..at].to_vec()));
        damages.push((format!("cut inside page {number}"), tables[..at + page / 2].to_vec()));
        for (how, byte) in [("zero", 0), ("ones", 0xff)] {
            let mut damaged = tables.clone();
            damaged[at..at + page].fill(byte);
            damages.push((format!("page {number} is all {how}"), damaged));
        }
    }
    for length in [16, 100] {
        let mut damaged = tables.clone();
        damaged[..length].fill(b'x');
        damages.push((format!("its first {length} bytes are something else"), damaged));
    }
    let mut noticed = 0;
    for (damage, tables) in damages {
        let path = left.put(&tables, b"");
        match SqliteJournal::open(&path).and_then(|journal| told(&journal)) {
            Ok(told) => assert_eq!(told, whole, "{}: {damage}: it says something else", case.name),
            Err(error) => {
                noticed += 1;
                let says = error.to_string();
                assert!(says.contains("cut.db") || says.contains("arn:"), "{}: {damage}: {says}", case.name);
            }
        }
    }
    assert!(noticed > 0, "{}", case.name);
}
