//! A journal in an SQLite file.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use machine::Outcome;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde_json::Value;

use crate::{Done, Entry, Header, Journal, JournalError, Record, Summary};

/// The version of the tables. A file with another is refused, never rewritten.
const FORMAT: u32 = 1;

/// The tables. `step` has no row id of its own: it is its primary key, so an execution's steps lie side by side.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS execution (
        number INTEGER PRIMARY KEY,
        arn TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        state_machine_arn TEXT NOT NULL,
        header TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'RUNNING',
        started_at INTEGER NOT NULL DEFAULT 0,
        stopped_at INTEGER,
        steps INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE IF NOT EXISTS step (
        execution INTEGER NOT NULL,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        input TEXT NOT NULL,
        events TEXT NOT NULL,
        PRIMARY KEY (execution, number)
    ) WITHOUT ROWID;
";

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
    while let Ok(first) = waiting.recv() {
        let mut batches = vec![first];
        batches.extend(waiting.try_iter());
        let (records, calls): (Vec<_>, Vec<_>) = batches.into_iter().unzip();
        let written = commit(&mut connection, &records)
            .map_err(|error| JournalError::Unusable { path: path.into(), reason: error.to_string() });
        for done in calls {
            done(written.clone());
        }
    }
}

fn commit(connection: &mut Connection, batches: &[Vec<Record>]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for record in batches.iter().flatten() {
        insert(&transaction, record)?;
    }
    transaction.commit()
}

fn insert(transaction: &Transaction<'_>, record: &Record) -> rusqlite::Result<()> {
    match record {
        Record::Begin(header) => {
            transaction
                .prepare_cached("INSERT INTO execution (arn, name, state_machine_arn, header) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![
                    &*header.execution_arn,
                    &*header.execution_name,
                    &*header.state_machine_arn,
                    json(&**header)?
                ])?;
        }
        Record::Step { execution_arn, input, at, events } => {
            let (number, steps): (i64, i64) = transaction
                .prepare_cached("SELECT number, steps FROM execution WHERE arn = ?1")?
                .query_row([&**execution_arn], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let at = at.as_microsecond();
            let events: Vec<Value> = events.iter().map(machine::HistoryEvent::to_wire).collect();
            transaction.prepare_cached("INSERT INTO step VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
                number,
                steps,
                at,
                json(input)?,
                json(&events)?
            ])?;
            let sql = if steps == 0 {
                "UPDATE execution SET steps = 1, started_at = ?2 WHERE number = ?1"
            } else {
                "UPDATE execution SET steps = steps + 1 WHERE number = ?1 AND ?2 >= 0"
            };
            transaction.prepare_cached(sql)?.execute(params![number, at])?;
        }
        Record::End { execution_arn, outcome, at } => {
            transaction
                .prepare_cached("UPDATE execution SET status = ?2, stopped_at = ?3 WHERE arn = ?1")?
                .execute(params![&**execution_arn, Outcome::status(outcome), at.as_microsecond()])?;
        }
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
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
                "SELECT at, input, events FROM step WHERE execution = (SELECT number FROM execution WHERE arn = ?1)
                 ORDER BY number",
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
                    events: serde_json::from_str(&events).map_err(|error| damaged(execution_arn, step, &error))?,
                })
            })
            .collect()
    }

    fn history(&self, execution_arn: &str) -> Result<Vec<Value>, JournalError> {
        Ok(self.entries(execution_arn)?.into_iter().flat_map(|entry| entry.events).collect())
    }

    fn summaries(&self) -> Result<Vec<Summary>, JournalError> {
        // The name of a state machine has no slash; children run `NAME/LABEL`.
        self.select("state_machine_arn NOT LIKE '%/%'", [])
    }

    fn children(&self, map_run_arn: &str) -> Result<Vec<Summary>, JournalError> {
        // `…:mapRun:NAME/LABEL:UUID` has children of `…:stateMachine:NAME/LABEL`, which is quicker to look at.
        let without_uuid = map_run_arn.rsplit_once(':').map_or(map_run_arn, |(arn, _)| arn);
        let state_machine_arn = without_uuid.replacen(":mapRun:", ":stateMachine:", 1);
        self.select(
            "state_machine_arn = ?1 AND json_extract(header, '$.child_of.map_run_arn') = ?2",
            [&*state_machine_arn, map_run_arn],
        )
    }
}

impl SqliteJournal {
    /// The executions for which that holds, newest first.
    fn select<const N: usize>(&self, condition: &str, values: [&str; N]) -> Result<Vec<Summary>, JournalError> {
        let sql = format!(
            "SELECT arn, name, state_machine_arn, status, started_at, stopped_at FROM execution WHERE {condition}
             ORDER BY number DESC"
        );
        let connection = lock(&self.reader);
        let mut statement = connection.prepare_cached(&sql).map_err(|error| self.unusable(&error))?;
        let rows = statement
            .query_map(rusqlite::params_from_iter(values), |row| {
                let started_at: i64 = row.get(4)?;
                let stopped_at: Option<i64> = row.get(5)?;
                Ok(Summary {
                    execution_arn: row.get::<_, String>(0)?.into(),
                    execution_name: row.get::<_, String>(1)?.into(),
                    state_machine_arn: row.get::<_, String>(2)?.into(),
                    status: row.get(3)?,
                    started_at: time(started_at).unwrap_or_default(),
                    stopped_at: stopped_at.and_then(time),
                })
            })
            .map_err(|error| self.unusable(&error))?;
        rows.collect::<rusqlite::Result<_>>().map_err(|error| self.unusable(&error))
    }
}

fn time(microseconds: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(microseconds).ok()
}

fn damaged(execution_arn: &str, step: u64, reason: &dyn std::fmt::Display) -> JournalError {
    JournalError::Damaged { execution: execution_arn.into(), step, reason: reason.to_string() }
}
