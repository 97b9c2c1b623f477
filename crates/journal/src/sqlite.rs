//! A journal in an SQLite file.

mod lists;
mod pages;

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use jiff::{SignedDuration, Timestamp};
use machine::{HistoryEvent, Outcome};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde_json::Value;

use crate::{Done, Entry, ExecutionsOf, Header, HistoryPage, Journal, JournalError, Query, Record, Summary};

/// The version of the tables. A file with another is refused, never rewritten.
const FORMAT: u32 = 3;

/// The tables. The row id of a `step` is [`step_id`], so an execution's steps lie side by side; a key of two columns would
/// lie in a tree that reads whole neighbouring rows, and steps are large, to find the place of a new one. Its `events` are
/// JSON texts, one a line; `first_event` is the number of the first, or of the next when there are none.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS execution (
        number INTEGER PRIMARY KEY,
        arn TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        state_machine_arn TEXT NOT NULL,
        version_arn TEXT,
        alias_arn TEXT,
        map_run_arn TEXT,
        header TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'RUNNING',
        started_at INTEGER NOT NULL,
        stopped_at INTEGER,
        redrive_count INTEGER NOT NULL DEFAULT 0,
        redriven_at INTEGER,
        steps INTEGER NOT NULL DEFAULT 0,
        events INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX IF NOT EXISTS execution_of_machine ON execution (state_machine_arn);
    CREATE INDEX IF NOT EXISTS execution_of_version ON execution (version_arn) WHERE version_arn IS NOT NULL;
    CREATE INDEX IF NOT EXISTS execution_of_alias ON execution (alias_arn) WHERE alias_arn IS NOT NULL;
    CREATE INDEX IF NOT EXISTS execution_of_map_run ON execution (map_run_arn) WHERE map_run_arn IS NOT NULL;
    CREATE INDEX IF NOT EXISTS execution_running ON execution (number) WHERE status = 'RUNNING';
    CREATE TABLE IF NOT EXISTS step (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        input TEXT NOT NULL,
        first_event INTEGER NOT NULL,
        events TEXT NOT NULL
    );
";

/// Bytes of a page of a new file. Most of what is written are texts of many events: with larger pages there are fewer to
/// handle, and with much larger ones a small step writes a lot for nothing.
const PAGE_BYTES: u32 = 8_192;

/// KiB of pages that the writer keeps: what a large step writes, so that it is written once.
const CACHE_KIB: i32 = 16_384;

/// Bytes of the buffer for a step's events that are kept from one commit to the next.
const KEPT_BUFFER_BYTES: usize = 8 << 20;

/// The row id of a step: that of its execution, and its number in the lower half.
fn step_id(execution: i64, number: i64) -> i64 {
    execution << 32 | number
}

/// A batch on its way to the writer thread, and whom to tell.
type Batch = (Vec<Record>, Done);

/// A journal in an SQLite file: write-ahead log, one writer thread, and one commit for all batches that wait at the same
/// time. With `synchronous = NORMAL` a crash of the process loses nothing that was called back for.
#[derive(Debug)]
pub struct SqliteJournal {
    path: String,
    queue: Mutex<Option<Sender<Batch>>>,
    reader: Mutex<Connection>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl SqliteJournal {
    /// Opens the file, making it when it is not there.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let shown = path.display().to_string();
        let unusable =
            |reason: rusqlite::Error| JournalError::Unusable { path: shown.clone(), reason: reason.to_string() };
        let writer = Connection::open(path).map_err(unusable)?;
        writer.pragma_update(None, "page_size", PAGE_BYTES).map_err(unusable)?;
        writer.pragma_update(None, "cache_size", -CACHE_KIB).map_err(unusable)?;
        writer.pragma_update(None, "journal_mode", "WAL").map_err(unusable)?;
        writer.pragma_update(None, "synchronous", "NORMAL").map_err(unusable)?;
        writer.busy_timeout(std::time::Duration::from_secs(5)).map_err(unusable)?;
        check_format(&writer, &shown)?;
        writer.execute_batch(TABLES).map_err(unusable)?;
        writer.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?1)", [FORMAT.to_string()]).map_err(unusable)?;
        let reader = Connection::open(path).map_err(unusable)?;
        let (queue, waiting) = channel();
        let name = shown.clone();
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || write(writer, &waiting, &name))
            .map_err(|error| JournalError::Unusable { path: shown.clone(), reason: error.to_string() })?;
        Ok(Self {
            path: shown,
            queue: Mutex::new(Some(queue)),
            reader: Mutex::new(reader),
            writer: Mutex::new(Some(thread)),
        })
    }

    /// Writes what is waiting and closes the file. Batches that come later are refused.
    pub fn close(&self) {
        drop(lock(&self.queue).take());
        if let Some(thread) = lock(&self.writer).take() {
            // A writer that panicked has told its callers by dropping their calls.
            let _ = thread.join();
        }
    }

    fn unusable(&self, error: &rusqlite::Error) -> JournalError {
        JournalError::Unusable { path: self.path.clone(), reason: error.to_string() }
    }
}

impl Drop for SqliteJournal {
    fn drop(&mut self) {
        self.close();
    }
}

/// The guarded values are whole after any panic: each is replaced with one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check_format(connection: &Connection, path: &str) -> Result<(), JournalError> {
    let unusable = |reason: rusqlite::Error| JournalError::Unusable { path: path.into(), reason: reason.to_string() };
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_master WHERE type = 'table'", [], |row| row.get(0))
        .map_err(unusable)?;
    if tables == 0 {
        return Ok(());
    }
    let found: Option<String> = connection
        .query_row("SELECT value FROM meta WHERE name = 'format'", [], |row| row.get(0))
        .optional()
        .unwrap_or_default();
    match found {
        Some(found) if found == FORMAT.to_string() => Ok(()),
        found => Err(JournalError::ForeignFormat {
            path: path.into(),
            found: found.unwrap_or_else(|| "unknown".into()),
            expected: FORMAT,
        }),
    }
}

/// The writer thread: takes all batches that wait, writes them in one transaction, calls back.
fn write(mut connection: Connection, waiting: &Receiver<Batch>, path: &str) {
    let mut buffer = Vec::new();
    while let Ok(first) = waiting.recv() {
        let mut batches = vec![first];
        batches.extend(waiting.try_iter());
        let (records, calls): (Vec<_>, Vec<_>) = batches.into_iter().unzip();
        let written = commit(&mut connection, &records, &mut buffer)
            .map_err(|error| JournalError::Unusable { path: path.into(), reason: error.to_string() });
        for done in calls {
            done(written.clone());
        }
    }
}

fn commit(connection: &mut Connection, batches: &[Vec<Record>], buffer: &mut Vec<u8>) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for record in batches.iter().flatten() {
        insert(&transaction, record, buffer)?;
    }
    buffer.clear();
    buffer.shrink_to(KEPT_BUFFER_BYTES);
    transaction.commit()
}

fn insert(transaction: &Transaction<'_>, record: &Record, buffer: &mut Vec<u8>) -> rusqlite::Result<()> {
    match record {
        Record::Begin(header) => {
            transaction
                .prepare_cached(
                    "INSERT INTO execution (arn, name, state_machine_arn, version_arn, alias_arn, map_run_arn, header,
                     started_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    &*header.execution_arn,
                    &*header.execution_name,
                    &*header.state_machine_arn,
                    header.origin.version_arn.as_deref(),
                    header.origin.alias_arn.as_deref(),
                    header.child_of.as_ref().map(|child_of| &*child_of.map_run_arn),
                    json(&**header)?,
                    header.started_at.as_microsecond()
                ])?;
        }
        Record::Step { execution_arn, input, at, events } => {
            let (number, steps, before): (i64, i64, i64) = transaction
                .prepare_cached("SELECT number, steps, events FROM execution WHERE arn = ?1")?
                .query_row([&**execution_arn], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let at = at.as_microsecond();
            transaction.prepare_cached("INSERT INTO step VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
                step_id(number, steps),
                at,
                json(input)?,
                before + 1,
                lines(events, buffer)?
            ])?;
            let sql = if steps == 0 {
                "UPDATE execution SET steps = 1, events = ?3, started_at = ?2 WHERE number = ?1"
            } else {
                "UPDATE execution SET steps = steps + 1, events = ?3 WHERE number = ?1 AND ?2 >= 0"
            };
            let after = before + events.len() as i64;
            transaction.prepare_cached(sql)?.execute(params![number, at, after])?;
        }
        Record::End { execution_arn, outcome, at } => {
            transaction
                .prepare_cached("UPDATE execution SET status = ?2, stopped_at = ?3 WHERE arn = ?1")?
                .execute(params![&**execution_arn, Outcome::status(outcome), at.as_microsecond()])?;
        }
        Record::Redrive { execution_arn, at } => {
            transaction
                .prepare_cached(
                    "UPDATE execution SET status = 'RUNNING', stopped_at = NULL, redrive_count = redrive_count + 1,
                     redriven_at = ?2 WHERE arn = ?1",
                )?
                .execute(params![&**execution_arn, at.as_microsecond()])?;
        }
        Record::Clock { ahead } => {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO meta VALUES ('clock', ?1)")?
                .execute([i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX).to_string()])?;
        }
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(unwritable)
}

/// The events, one a line.
fn lines<'b>(events: &[HistoryEvent], buffer: &'b mut Vec<u8>) -> rusqlite::Result<&'b str> {
    buffer.clear();
    for event in events {
        if !buffer.is_empty() {
            buffer.push(b'\n');
        }
        serde_json::to_writer(&mut *buffer, event).map_err(unwritable)?;
    }
    std::str::from_utf8(buffer).map_err(unwritable)
}

fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

impl Journal for SqliteJournal {
    fn append(&self, batch: Vec<Record>, done: Done) {
        let queue = lock(&self.queue);
        match queue.as_ref() {
            None => {
                drop(queue);
                done(Err(JournalError::Closed));
            }
            Some(sender) => {
                // The writer ends only after the queue is taken away; if it panicked, the caller sees its call dropped.
                let _ = sender.send((batch, done));
            }
        }
    }

    fn header(&self, execution_arn: &str) -> Result<Option<Arc<Header>>, JournalError> {
        let found: Option<String> = lock(&self.reader)
            .prepare_cached("SELECT header FROM execution WHERE arn = ?1")
            .and_then(|mut statement| statement.query_row([execution_arn], |row| row.get(0)).optional())
            .map_err(|error| self.unusable(&error))?;
        found
            .map(|text| serde_json::from_str(&text).map(Arc::new))
            .transpose()
            .map_err(|error| damaged(execution_arn, 0, &error))
    }

    fn entries(&self, execution_arn: &str) -> Result<Vec<Entry>, JournalError> {
        let connection = lock(&self.reader);
        let rows: Vec<(i64, String, String)> = connection
            .prepare_cached(
                "SELECT step.at, input, step.events FROM step, execution WHERE arn = ?1
                 AND id >= execution.number << 32 AND id < (execution.number + 1) << 32 ORDER BY id",
            )
            .and_then(|mut statement| {
                statement
                    .query_map([execution_arn], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                    .collect::<rusqlite::Result<_>>()
            })
            .map_err(|error| self.unusable(&error))?;
        drop(connection);
        rows.into_iter()
            .enumerate()
            .map(|(number, (at, input, events))| {
                let step = number as u64;
                Ok(Entry {
                    input: serde_json::from_str(&input).map_err(|error| damaged(execution_arn, step, &error))?,
                    at: time(at).ok_or_else(|| damaged(execution_arn, step, &"its time is out of range"))?,
                    events: events
                        .lines()
                        .map(serde_json::from_str)
                        .collect::<Result<_, _>>()
                        .map_err(|error| damaged(execution_arn, step, &error))?,
                })
            })
            .collect()
    }

    fn history(&self, execution_arn: &str) -> Result<Vec<Value>, JournalError> {
        Ok(self.entries(execution_arn)?.into_iter().flat_map(|entry| entry.events).collect())
    }

    fn history_page(&self, execution_arn: &str, page: HistoryPage) -> Result<Vec<String>, JournalError> {
        let connection = lock(&self.reader);
        pages::read(&connection, execution_arn, page).map_err(|error| self.unusable(&error))
    }

    fn list(&self, query: &Query<'_>) -> Result<Vec<Summary>, JournalError> {
        let connection = lock(&self.reader);
        lists::list(&connection, query).map_err(|error| self.unusable(&error))
    }

    fn summary(&self, execution_arn: &str) -> Result<Option<Summary>, JournalError> {
        let connection = lock(&self.reader);
        lists::one(&connection, execution_arn).map_err(|error| self.unusable(&error))
    }

    fn summaries(&self) -> Result<Vec<Summary>, JournalError> {
        self.list(&Query::all(ExecutionsOf::Anybody))
    }

    fn children(&self, map_run_arn: &str) -> Result<Vec<Summary>, JournalError> {
        self.list(&Query::all(ExecutionsOf::MapRun(map_run_arn)))
    }

    fn running(&self) -> Result<Vec<Arc<str>>, JournalError> {
        lists::running(&lock(&self.reader)).map_err(|error| self.unusable(&error))
    }

    fn clock(&self) -> Result<SignedDuration, JournalError> {
        let found: Option<String> = lock(&self.reader)
            .query_row("SELECT value FROM meta WHERE name = 'clock'", [], |row| row.get(0))
            .optional()
            .map_err(|error| self.unusable(&error))?;
        let Some(found) = found else { return Ok(SignedDuration::ZERO) };
        let microseconds = found.parse().map_err(|error| JournalError::Unusable {
            path: self.path.clone(),
            reason: format!("its clock is ahead by {found:?} microseconds: {error}"),
        })?;
        Ok(SignedDuration::from_micros(microseconds))
    }
}

fn time(microseconds: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(microseconds).ok()
}

fn damaged(execution_arn: &str, step: u64, reason: &dyn std::fmt::Display) -> JournalError {
    JournalError::Damaged { execution: execution_arn.into(), step, reason: reason.to_string() }
}
