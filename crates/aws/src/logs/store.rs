//! The database and the thread that owns it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::oneshot;

use super::writer::{Backlog, Line, LogWriter};
use super::{fault, now};
use crate::database::{self, Failure, Format};
use crate::error::{Error, ServiceError};

/// How many bytes of events are kept in memory, counted as [`EVENT_BYTES`] says.
const MEMORY_LIMIT: i64 = 64 * 1024 * 1024;
/// What AWS counts for an event besides its message.
pub(crate) const EVENT_BYTES: usize = 26;
/// Lines that are stored in one transaction at most.
const BATCH: usize = 1_000;
const DAY: i64 = 24 * 60 * 60 * 1000;

static FORMAT: Format = Format {
    holds: "log events",
    application: *b"BLog",
    version: 1,
    tables: "
CREATE TABLE log_group (
    name TEXT PRIMARY KEY, created INTEGER NOT NULL, retention INTEGER, kms_key TEXT, class TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE log_stream (
    id INTEGER PRIMARY KEY, log_group TEXT NOT NULL REFERENCES log_group(name) ON DELETE CASCADE, name TEXT NOT NULL,
    created INTEGER NOT NULL, first INTEGER, last INTEGER, ingested INTEGER, bytes INTEGER NOT NULL DEFAULT 0,
    UNIQUE (log_group, name)
);
CREATE TABLE log_event (
    id INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES log_stream(id) ON DELETE CASCADE,
    at INTEGER NOT NULL, ingested INTEGER NOT NULL, message TEXT NOT NULL
);
CREATE INDEX log_event_by_time ON log_event (stream, at, id);
",
};

/// Something to be done with the database.
pub(crate) type Work = Box<dyn FnOnce(&mut Connection) + Send>;

/// What the thread is asked to do.
pub(crate) enum Job {
    /// Store a line.
    Line(Line),
    /// Do something with the database.
    Work(Work),
    /// Close the database.
    Close,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Line(_) => "Line",
            Self::Work(_) => "Work",
            Self::Close => "Close",
        })
    }
}

/// The database, by way of its thread.
pub(crate) struct Store {
    sender: Sender<Job>,
    backlog: Arc<Backlog>,
}

impl Store {
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, Error> {
        let unusable = |reason: String| Error::Data { path: file.unwrap_or(Path::new(":memory:")).to_owned(), reason };
        let connection = prepare(file)?;
        expire(&connection).map_err(|error| unusable(error.to_string()))?;
        let (sender, jobs) = mpsc::channel();
        let backlog = Arc::new(Backlog::default());
        let keeper = Keeper {
            jobs,
            backlog: Arc::clone(&backlog),
            limit: file.is_none().then_some(MEMORY_LIMIT),
            streams: HashMap::new(),
        };
        std::thread::Builder::new()
            .name("cloudwatch-logs".to_owned())
            .spawn(move || keeper.run(connection))
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Self { sender, backlog })
    }

    pub(crate) fn writer(&self) -> LogWriter {
        LogWriter { sender: self.sender.clone(), backlog: Arc::clone(&self.backlog) }
    }

    /// Closes the database after everything that was written before. What is written later is lost.
    pub(crate) fn close(&self) {
        // It may be closed already.
        let _ = self.sender.send(Job::Close);
    }

    /// Carries out `work` after everything that was written before, in a transaction.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let (reply, answer) = oneshot::channel();
        let job = Job::Work(Box::new(move |connection| {
            let done = connection.transaction().map_err(Failure::from).and_then(|transaction| {
                let value = work(&transaction)?;
                transaction.commit()?;
                Ok(value)
            });
            // Who asked may have gone.
            let _ = reply.send(done);
        }));
        let gone = || ServiceError::new(500, "ServiceUnavailableException", "The log database is closed");
        self.sender.send(job).map_err(|_| gone())?;
        match answer.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Failure::Refused(error))) => Err(error),
            Ok(Err(Failure::Database(error))) => Err(failed(&error.to_string())),
            Ok(Err(Failure::Unavailable(reason))) => Err(failed(&reason)),
            Err(_) => Err(gone()),
        }
    }
}

fn failed(reason: &str) -> ServiceError {
    tracing::error!(reason, "the log database failed");
    ServiceError::new(500, "ServiceUnavailableException", format!("The log database failed: {reason}"))
}

fn prepare(file: Option<&Path>) -> Result<Connection, Error> {
    let connection = database::connect(file, &FORMAT)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(|error| Error::Data {
        path: file.unwrap_or(Path::new(":memory:")).to_owned(),
        reason: error.to_string(),
    })?;
    Ok(connection)
}

/// Removes what its group's retention doesn't keep any more.
pub(crate) fn expire(connection: &Connection) -> rusqlite::Result<()> {
    let removed = connection.execute(
        "DELETE FROM log_event WHERE id IN (
            SELECT e.id FROM log_event e JOIN log_stream s ON s.id = e.stream JOIN log_group g ON g.name = s.log_group
            WHERE g.retention IS NOT NULL AND e.at < ?1 - g.retention * ?2)",
        params![now(), DAY],
    )?;
    if removed > 0 { count_bytes(connection) } else { Ok(()) }
}

fn count_bytes(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE log_stream SET bytes = (
            SELECT coalesce(sum(octet_length(message) + ?1), 0) FROM log_event WHERE stream = log_stream.id)",
        params![EVENT_BYTES],
    )?;
    Ok(())
}

/// A stream's identifier; group and stream are made when they aren't there.
pub(crate) fn stream_id(connection: &Connection, group: &str, stream: &str) -> rusqlite::Result<i64> {
    let mut find = connection.prepare_cached("SELECT id FROM log_stream WHERE log_group = ?1 AND name = ?2")?;
    if let Some(id) = find.query_row(params![group, stream], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    connection
        .execute("INSERT OR IGNORE INTO log_group VALUES (?1, ?2, NULL, NULL, 'STANDARD')", params![group, now()])?;
    connection.execute(
        "INSERT INTO log_stream (log_group, name, created) VALUES (?1, ?2, ?3)",
        params![group, stream, now()],
    )?;
    Ok(connection.last_insert_rowid())
}

/// What is added to a stream.
pub(crate) struct Addition {
    pub(crate) stream: i64,
    first: i64,
    last: i64,
    bytes: i64,
}

impl Addition {
    pub(crate) fn new(stream: i64) -> Self {
        Self { stream, first: i64::MAX, last: i64::MIN, bytes: 0 }
    }

    /// Adds an event.
    pub(crate) fn event(&mut self, connection: &Connection, at: i64, now: i64, message: &str) -> rusqlite::Result<()> {
        connection
            .prepare_cached("INSERT INTO log_event (stream, at, ingested, message) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![self.stream, at, now, message])?;
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        self.bytes += (message.len() + EVENT_BYTES) as i64;
        Ok(())
    }

    /// Writes down what the stream now holds.
    pub(crate) fn settle(&self, connection: &Connection, now: i64) -> rusqlite::Result<()> {
        if self.bytes > 0 {
            connection
                .prepare_cached(
                    "UPDATE log_stream SET first = min(coalesce(first, ?2), ?2), last = max(coalesce(last, ?3), ?3),
                        ingested = ?4, bytes = bytes + ?5 WHERE id = ?1",
                )?
                .execute(params![self.stream, self.first, self.last, now, self.bytes])?;
        }
        Ok(())
    }
}

/// The thread's own.
struct Keeper {
    jobs: Receiver<Job>,
    backlog: Arc<Backlog>,
    /// How many bytes of events are kept.
    limit: Option<i64>,
    /// The streams of the batch, by group and stream joined and the length of the group's name.
    streams: HashMap<(Box<str>, usize), Addition>,
}

impl Keeper {
    fn run(mut self, mut connection: Connection) {
        let mut next = None;
        // A batch hands back what it came upon behind its lines.
        while let Some(job) = next.take().or_else(|| self.jobs.recv().ok()) {
            match job {
                Job::Work(work) => work(&mut connection),
                Job::Line(line) => next = self.batch(&mut connection, line),
                Job::Close => return,
            }
        }
    }

    /// Stores a line and those that wait behind it, up to another job, which is handed back.
    fn batch(&mut self, connection: &mut Connection, first: Line) -> Option<Job> {
        let (mut lines, mut next) = (vec![first], None);
        while lines.len() < BATCH {
            match self.jobs.try_recv() {
                Ok(Job::Line(line)) => lines.push(line),
                other => {
                    next = other.ok();
                    break;
                }
            }
        }
        if let Err(error) = self.store(connection, &lines) {
            tracing::error!(%error, lines = lines.len(), "log lines could not be stored");
        }
        for line in &lines {
            self.backlog.settle(line);
        }
        let lost = self.backlog.take_lost();
        if lost > 0 {
            tracing::warn!(lost, "log lines came faster than they could be stored");
        }
        next
    }

    fn store(&mut self, connection: &mut Connection, lines: &[Line]) -> rusqlite::Result<()> {
        let transaction = connection.transaction()?;
        let now = now();
        self.streams.clear();
        for line in lines {
            let (place, group) = line.place();
            let key = (Box::from(place), group);
            let addition = match self.streams.entry(key) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(Addition::new(stream_id(&transaction, line.group(), line.stream())?))
                }
            };
            addition.event(&transaction, line.at, now, line.message())?;
        }
        for addition in self.streams.values() {
            addition.settle(&transaction, now)?;
        }
        if let Some(limit) = self.limit {
            make_room(&transaction, limit)?;
        }
        transaction.commit()
    }
}

/// Removes the oldest events when all of them take more than `limit` bytes, down to nine tenths of it.
fn make_room(connection: &Connection, limit: i64) -> rusqlite::Result<()> {
    let total: i64 = connection.query_row("SELECT coalesce(sum(bytes), 0) FROM log_stream", [], |row| row.get(0))?;
    if total <= limit {
        return Ok(());
    }
    let mut excess = total - limit / 10 * 9;
    let mut oldest = connection.prepare("SELECT id, octet_length(message) + ?1 FROM log_event ORDER BY id")?;
    let mut rows = oldest.query(params![EVENT_BYTES])?;
    let mut last = 0;
    while excess > 0 {
        let Some(row) = rows.next()? else { break };
        last = row.get(0)?;
        excess -= row.get::<_, i64>(1)?;
    }
    connection.execute("DELETE FROM log_event WHERE id <= ?1", params![last])?;
    count_bytes(connection)
}

/// Where an event stands in time: 56 digits that sort as the events do, which are its identifier too.
pub(crate) fn event_id(at: i64, id: i64) -> String {
    format!("3{at:013}{id:042}")
}

/// What [`event_id`] was made of.
pub(crate) fn parse_event_id(text: &str) -> Result<(i64, i64), ServiceError> {
    let parsed = || {
        let digits = text.strip_prefix('3').filter(|digits| digits.len() == 55 && digits.is_ascii())?;
        Some((digits[..13].parse().ok()?, digits[13..].parse().ok()?))
    };
    parsed().ok_or_else(fault::bad_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_events_go_when_memory_is_full() {
        let connection = prepare(None).expect("a database");
        let stream = stream_id(&connection, "g", "s").expect("a stream");
        let mut addition = Addition::new(stream);
        for at in 0..10 {
            addition.event(&connection, at, at, &"x".repeat(74)).expect("stored");
        }
        addition.settle(&connection, 9).expect("settled");
        make_room(&connection, 1000).expect("enough room");
        let left = |connection: &Connection| -> (i64, i64) {
            connection
                .query_row("SELECT count(*), min(at) FROM log_event", [], |row| Ok((row.get(0)?, row.get(1)?)))
                .expect("a row")
        };
        assert_eq!(left(&connection), (10, 0));
        make_room(&connection, 800).expect("room is made");
        assert_eq!(left(&connection), (7, 3), "720 bytes are the most");
        let bytes: i64 = connection.query_row("SELECT bytes FROM log_stream", [], |row| row.get(0)).expect("a row");
        assert_eq!(bytes, 700);
    }

    #[test]
    fn an_event_id_is_fifty_six_digits_that_sort_like_time() {
        let id = event_id(1_795_000_000_000, 7);
        assert_eq!(id.len(), 56);
        assert_eq!(parse_event_id(&id).expect("its own"), (1_795_000_000_000, 7));
        assert!(event_id(1_795_000_000_000, 8) > id && event_id(1_795_000_000_001, 1) > id);
        for other in ["", "3", "f/3", &id[1..], &id.replace('7', "x")] {
            assert!(parse_event_id(other).is_err(), "{other}");
        }
    }
}
