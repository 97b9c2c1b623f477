//! A service's database: one `SQLite` file that one thread owns, or one in memory.
//!
//! Work that waits at the same time is carried out in one transaction, each piece in a savepoint of its own, and is
//! answered once that transaction is committed (group commit). The file is in write-ahead mode with `synchronous =
//! NORMAL`: a crash of the process loses nothing that was answered; a loss of power may lose the last transactions, and
//! leaves no half of one. A file belongs to one process at a time.

mod file;

use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

pub(crate) use file::connect;

use crate::error::{Error, ServiceError};

/// Pieces of work that one transaction carries out at most.
const BATCH: usize = 256;

/// What a file holds, and how it is known again.
#[derive(Debug)]
pub(crate) struct Format {
    /// What is in it, for sentences: `queues`.
    pub(crate) holds: &'static str,
    /// `SQLite`'s `application_id`, four letters.
    pub(crate) application: [u8; 4],
    /// The version of the tables. A file with another is refused, never rewritten.
    pub(crate) version: i64,
    /// The statements that make the tables.
    pub(crate) tables: &'static str,
}

/// Why work on a database failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The answer is an error reply.
    Refused(ServiceError),
    /// The database failed.
    Database(rusqlite::Error),
    /// No transaction could be begun, or what is there can't be understood, for this reason.
    Unavailable(String),
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// Tells whoever asked for a piece of work, once it is committed; or what kept that from happening.
type Settle = Box<dyn FnOnce(Result<(), String>) + Send>;
/// A piece of work, given the database or why there is none: whether it is done, and how to tell of it.
type Work = Box<dyn FnOnce(Result<&Connection, &str>) -> (bool, Settle) + Send>;

enum Job {
    Work(Work),
    /// Close the file, and tell when that is done.
    Close(oneshot::Sender<()>),
}

/// A database; see the module.
pub(crate) struct Database {
    holds: &'static str,
    place: Place,
}

enum Place {
    /// Work is carried out where it is asked for.
    Memory(Mutex<Option<Connection>>),
    /// Work is handed to the thread.
    File(Keeper),
}

/// The thread that has a file. Dropped, it has ended, and the file is nobody's.
struct Keeper {
    /// None: it is being dropped.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// False: it has ended.
    fn send(&self, job: Job) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.jobs.take());
        let thread = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id());
        if let Some(thread) = thread {
            // It may have panicked, which whoever asked it for something has heard.
            let _ = thread.join();
        }
    }
}

impl Database {
    /// Opens `file`, making it when it is not there; in memory without. Waits for the disk.
    ///
    /// # Errors
    /// [`Error::Data`], which names the file and what to do.
    pub(crate) fn open(file: Option<&Path>, format: &'static Format) -> Result<Self, Error> {
        Self::open_with(file, format, |_| Ok(())).map(|(database, ())| database)
    }

    /// Opens it as [`Database::open`] does, and reads something of it before anybody else can.
    ///
    /// # Errors
    /// [`Error::Data`], which names the file and what to do.
    pub(crate) fn open_with<T>(
        file: Option<&Path>,
        format: &'static Format,
        read: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<(Self, T), Error> {
        let connection = connect(file, format)?;
        let value = read(&connection).map_err(|failure| {
            let reason = match failure {
                Failure::Refused(error) => error.to_string(),
                Failure::Database(error) => error.to_string(),
                Failure::Unavailable(reason) => reason,
            };
            let reason = format!("it can't be read ({reason}): put back a copy, or move it away");
            Error::Data { path: file.unwrap_or(Path::new(":memory:")).to_owned(), reason }
        })?;
        let Some(file) = file else {
            let place = Place::Memory(Mutex::new(Some(connection)));
            return Ok((Self { holds: format.holds, place }, value));
        };
        let (sender, jobs) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name(format.holds.to_owned())
            .spawn(move || keep(connection, &jobs))
            .map_err(|error| Error::Data { path: file.to_owned(), reason: error.to_string() })?;
        let keeper = Keeper { jobs: Some(sender), thread: Some(thread) };
        Ok((Self { holds: format.holds, place: Place::File(keeper) }, value))
    }

    /// Carries out `work`: all of it, or nothing when it fails. Durable when this returns.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, ServiceError> {
        match &self.place {
            Place::Memory(connection) => match &mut *connection.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(connection) => at_once(connection, work).map_err(|failure| self.fault(failure)),
                None => Err(self.broken("it is closed")),
            },
            Place::File(keeper) => {
                let (reply, answer) = oneshot::channel();
                let job = Job::Work(Box::new(move |connection| {
                    let done = match connection {
                        Ok(connection) => work(connection),
                        Err(reason) => Err(Failure::Unavailable(reason.to_owned())),
                    };
                    let kept = done.is_ok();
                    let settle = move |committed: Result<(), String>| {
                        // Who asked may have gone.
                        let _ = reply.send((done, committed));
                    };
                    (kept, Box::new(settle) as Settle)
                }));
                let closed = || self.broken("it is closed");
                if !keeper.send(job) {
                    return Err(closed());
                }
                match answer.await.map_err(|_| closed())? {
                    (Ok(value), Ok(())) => Ok(value),
                    (Ok(_), Err(reason)) => Err(self.broken(&reason)),
                    (Err(failure), _) => Err(self.fault(failure)),
                }
            }
        }
    }

    /// Closes it after everything that was asked for before; what is asked for later is refused.
    pub(crate) async fn close(&self) {
        match &self.place {
            Place::Memory(connection) => drop(connection.lock().unwrap_or_else(PoisonError::into_inner).take()),
            Place::File(keeper) => {
                let (done, closed) = oneshot::channel();
                if keeper.send(Job::Close(done)) {
                    // The thread has ended either way.
                    let _ = closed.await;
                }
            }
        }
    }

    fn fault(&self, failure: Failure) -> ServiceError {
        match failure {
            Failure::Refused(error) => error,
            Failure::Database(error) => self.broken(&error.to_string()),
            Failure::Unavailable(reason) => self.broken(&reason),
        }
    }

    fn broken(&self, reason: &str) -> ServiceError {
        tracing::error!(database = self.holds, reason, "a database failed");
        ServiceError::new(500, "InternalError", format!("The database of the {} failed: {reason}", self.holds))
    }
}

/// Work in a transaction of its own.
fn at_once<T>(connection: &mut Connection, work: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, Failure> {
    let transaction = connection.transaction()?;
    let value = work(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

/// The thread: carries out what it is asked for until it is told to close, or nobody can ask any more.
fn keep(connection: Connection, jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Close(done) => {
                drop(connection);
                // Who asked may have gone.
                let _ = done.send(());
                return;
            }
            Job::Work(first) => {
                if let Some(done) = batch(&connection, first, jobs) {
                    drop(connection);
                    let _ = done.send(());
                    return;
                }
            }
        }
    }
}

/// Carries out a piece of work and those that wait behind it in one transaction. Hands back the wish to close, if it came
/// upon it.
fn batch(connection: &Connection, first: Work, jobs: &Receiver<Job>) -> Option<oneshot::Sender<()>> {
    let mut settles: Vec<Settle> = Vec::new();
    let mut next = Some(first);
    let mut close = None;
    let mut outcome = connection.execute_batch("BEGIN IMMEDIATE");
    while let Some(work) = next.take() {
        match &outcome {
            Ok(()) => outcome = piece(connection, work, &mut settles),
            Err(error) => settles.push(work(Err(&error.to_string())).1),
        }
        if outcome.is_ok() && settles.len() < BATCH {
            match jobs.try_recv() {
                Ok(Job::Work(work)) => next = Some(work),
                Ok(Job::Close(done)) => close = Some(done),
                Err(_) => {}
            }
        }
    }
    let committed = outcome.and_then(|()| connection.execute_batch("COMMIT"));
    if committed.is_err() && !connection.is_autocommit() {
        // It may have been rolled back already, which is as good.
        let _ = connection.execute_batch("ROLLBACK");
    }
    let committed = committed.map_err(|error| error.to_string());
    for settle in settles {
        settle(committed.clone());
    }
    close
}

/// One piece of work in a savepoint. An error is one of the whole transaction.
fn piece(connection: &Connection, work: Work, settles: &mut Vec<Settle>) -> rusqlite::Result<()> {
    connection.prepare_cached("SAVEPOINT piece")?.execute([])?;
    let (kept, settle) = work(Ok(connection));
    settles.push(settle);
    // Some failures, like a full disk, undo the whole transaction.
    if connection.is_autocommit() {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK),
            Some("the transaction was rolled back".to_owned()),
        ));
    }
    if !kept {
        connection.prepare_cached("ROLLBACK TO piece")?.execute([])?;
    }
    connection.prepare_cached("RELEASE piece")?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests;
