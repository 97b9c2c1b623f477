//! A journal in an SQLite file.

mod arrivals;
mod headers;
mod lists;
mod pages;
mod places;
mod records;
mod tables;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _};
use serde_json::Value;

use crate::{Done, Entry, ExecutionsOf, Header, HistoryPage, Journal, JournalError, Query, Record, Summary};

use headers::Definitions;
use places::Filling;
use writer::Writer;

/// A journal in an SQLite file: write-ahead log, and one commit for all batches that wait at the same time. With
/// `synchronous = NORMAL` a crash of the process loses nothing that was called back for.
///
/// It writes on the thread that appends, unless somebody is writing already or there is a lot.
pub struct SqliteJournal {
    path: String,
    writer: Writer,
    reader: Mutex<Reader>,
}

struct Reader {
    connection: Connection,
    definitions: Definitions,
}

impl SqliteJournal {
    /// Opens the file, making it when it is not there.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let path = path.display().to_string();
        let writer = Writer::open(&path)?;
        let connection = Connection::open(&path)
            .map_err(|error| JournalError::Unusable { path: path.clone(), reason: error.to_string() })?;
        Ok(Self { path, writer, reader: Mutex::new(Reader { connection, definitions: Definitions::default() }) })
    }

    /// Writes what is waiting and closes the file. Batches that come later are refused.
    pub fn close(&self) {
        self.writer.close();
    }

    /// To be called before an execution is looked for.
    fn look_for(&self, execution_arn: &str) -> Result<(), JournalError> {
        self.writer.settle(|arrivals| arrivals.number(execution_arn).is_some())
    }

    /// To be called before all executions are looked at.
    fn look_at_all(&self) -> Result<(), JournalError> {
        self.writer.settle(|arrivals| !arrivals.is_empty())
    }

    fn unusable(&self, error: &rusqlite::Error) -> JournalError {
        JournalError::Unusable { path: self.path.clone(), reason: error.to_string() }
    }
}

impl std::fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteJournal").field("path", &self.path).finish_non_exhaustive()
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

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(unwritable)
}

fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

impl Journal for SqliteJournal {
    fn append(&self, batch: Vec<Record>, done: Done) {
        self.writer.append(batch, done);
    }

    fn header(&self, execution_arn: &str) -> Result<Option<Arc<Header>>, JournalError> {
        self.look_for(execution_arn)?;
        let Reader { connection, definitions } = &mut *lock(&self.reader);
        let found = headers::read(connection, execution_arn, definitions).map_err(|error| self.unusable(&error))?;
        found.transpose().map(|header| header.map(Arc::new)).map_err(|reason| damaged(execution_arn, 0, &reason))
    }

    fn entries(&self, execution_arn: &str) -> Result<Vec<Entry>, JournalError> {
        self.look_for(execution_arn)?;
        let rows = self.rows(execution_arn).map_err(|error| self.unusable(&error))?;
        let mut entries: Vec<Entry> = Vec::with_capacity(rows.len());
        for StepRow { at, input, events } in rows {
            let step = entries.len() as u64;
            if let Some(input) = input {
                entries.push(Entry {
                    input: serde_json::from_str(&input).map_err(|error| damaged(execution_arn, step, &error))?,
                    at: time(at).ok_or_else(|| damaged(execution_arn, step, &"its time is out of range"))?,
                    events: Vec::new(),
                });
            }
            let missing = || damaged(execution_arn, step, &"its first row is missing");
            let entry = entries.last_mut().ok_or_else(missing)?;
            for line in events.lines() {
                entry.events.push(serde_json::from_str(line).map_err(|error| damaged(execution_arn, step, &error))?);
            }
        }
        Ok(entries)
    }

    fn history(&self, execution_arn: &str) -> Result<Vec<Value>, JournalError> {
        Ok(self.entries(execution_arn)?.into_iter().flat_map(|entry| entry.events).collect())
    }

    fn history_page(&self, execution_arn: &str, page: HistoryPage) -> Result<Vec<String>, JournalError> {
        self.look_for(execution_arn)?;
        let Reader { connection, .. } = &*lock(&self.reader);
        pages::read(connection, execution_arn, page).map_err(|error| self.unusable(&error))
    }

    fn list(&self, query: &Query<'_>) -> Result<Vec<Summary>, JournalError> {
        self.look_at_all()?;
        let Reader { connection, .. } = &*lock(&self.reader);
        lists::list(connection, query).map_err(|error| self.unusable(&error))
    }

    fn summary(&self, execution_arn: &str) -> Result<Option<Summary>, JournalError> {
        self.look_for(execution_arn)?;
        let Reader { connection, .. } = &*lock(&self.reader);
        lists::one(connection, execution_arn).map_err(|error| self.unusable(&error))
    }

    fn summaries(&self) -> Result<Vec<Summary>, JournalError> {
        self.list(&Query::all(ExecutionsOf::Anybody))
    }

    fn children(&self, map_run_arn: &str) -> Result<Vec<Summary>, JournalError> {
        self.list(&Query::all(ExecutionsOf::MapRun(map_run_arn)))
    }

    fn running(&self) -> Result<Vec<Arc<str>>, JournalError> {
        self.look_at_all()?;
        lists::running(&lock(&self.reader).connection).map_err(|error| self.unusable(&error))
    }

    fn clock(&self) -> Result<SignedDuration, JournalError> {
        let found: Option<String> = lock(&self.reader)
            .connection
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

/// A row of a step.
struct StepRow {
    at: i64,
    /// None: the row goes on with the events of the one before.
    input: Option<String>,
    events: String,
}

impl SqliteJournal {
    /// The rows of an execution's steps, in order.
    fn rows(&self, execution_arn: &str) -> rusqlite::Result<Vec<StepRow>> {
        let Reader { connection, .. } = &*lock(&self.reader);
        let mut filling = Filling::new(connection);
        let mut statement = connection.prepare_cached(
            "SELECT at, step.input, placed, events FROM step, execution WHERE arn = ?1
             AND id >= execution.number << 32 AND id < (execution.number + 1) << 32 ORDER BY id",
        )?;
        let mut rows = statement.query([execution_arn])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let events: String = row.get(3)?;
            let events = if row.get(2)? { filling.fill(&events)? } else { events };
            found.push(StepRow { at: row.get(0)?, input: row.get(1)?, events });
        }
        Ok(found)
    }
}

fn time(microseconds: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(microseconds).ok()
}

fn damaged(execution_arn: &str, step: u64, reason: &dyn std::fmt::Display) -> JournalError {
    JournalError::Damaged { execution: execution_arn.into(), step, reason: reason.to_string() }
}
