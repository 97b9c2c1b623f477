//! Group commit: whoever finds nobody writing writes all that waits, at once.
//!
//! An append costs no change of threads as long as one commit follows another: the caller's thread writes. When somebody is
//! writing already, a batch waits, and is written together with all others that wait. Large batches are left to a thread of
//! the journal's own, so that no caller is held for long; another carries the write-ahead log over to the tables.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::arrivals::{self, Arrived};
use super::lock;
use super::records::{Records, Refusal};
use super::tables;
use crate::{Done, JournalError, Record};

/// A batch with more events than that is not written on the caller's thread.
const MOST_EVENTS_AT_ONCE: usize = 256;

/// How often a caller writes what came while it was writing, before it leaves the rest to the thread.
const MOST_TURNS: usize = 2;

/// Commits after which the log is carried over: about as many pages as make a few megabytes.
const CARRY_OVER_AFTER: u64 = 256;

/// A batch on its way, and whom to tell.
type Batch = (Vec<Record>, Done);

/// Writes batches in the order in which they come.
pub(super) struct Writer {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared {
    path: String,
    queue: Mutex<Queue>,
    /// There is something for the thread to do.
    wake: Condvar,
    file: Mutex<File>,
    /// The executions that began lately.
    arrived: Arrived,
    /// How much was committed: one for each commit, and one for each thousand events.
    committed: AtomicU64,
    /// Where the thread that carries over is told to; none when the journal is closed.
    carry_over: Mutex<Option<SyncSender<()>>>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Batch>,
    /// Whether the thread is to see to it.
    left_over: bool,
    closed: bool,
}

struct File {
    connection: Connection,
    records: Records,
}

impl Writer {
    /// Opens the file, and starts the threads.
    pub(super) fn open(path: &str) -> Result<Self, JournalError> {
        let (carry_over, told) = sync_channel(1);
        let mut file = File::open(path)?;
        let shared = Arc::new(Shared {
            path: path.to_owned(),
            queue: Mutex::default(),
            wake: Condvar::new(),
            arrived: file.records.arrivals().arrived().clone(),
            file: Mutex::new(file),
            committed: AtomicU64::new(0),
            carry_over: Mutex::new(Some(carry_over)),
        });
        let unusable =
            |reason: &dyn ToString| JournalError::Unusable { path: path.to_owned(), reason: reason.to_string() };
        let log = Connection::open(path).map_err(|error| unusable(&error))?;
        let start = |name: &str, work: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.into()).spawn(work).map_err(|error| unusable(&error))
        };
        let of_thread = shared.clone();
        let threads = vec![
            start("journal", Box::new(move || of_thread.write_what_is_left_over()))?,
            start("journal-log", Box::new(move || carry_over_when_told(&log, &told)))?,
        ];
        Ok(Self { shared, threads: Mutex::new(threads) })
    }

    /// Appends a batch, and calls back when it is written.
    pub(super) fn append(&self, batch: Vec<Record>, done: Done) {
        let events = |record: &Record| if let Record::Step { events, .. } = record { events.len() } else { 1 };
        let is_large = batch.iter().map(events).sum::<usize>() > MOST_EVENTS_AT_ONCE;
        let mut queue = lock(&self.shared.queue);
        if queue.closed {
            drop(queue);
            return done(Err(JournalError::Closed));
        }
        queue.waiting.push((batch, done));
        if queue.left_over {
            return;
        }
        if is_large {
            queue.left_over = true;
            drop(queue);
            return self.shared.wake.notify_one();
        }
        drop(queue);
        for _ in 0..MOST_TURNS {
            let file = match self.shared.file.try_lock() {
                Ok(file) => file,
                Err(TryLockError::Poisoned(error)) => error.into_inner(),
                // Whoever is writing looks at the queue afterwards.
                Err(TryLockError::WouldBlock) => return,
            };
            if !self.shared.turn(file) {
                return;
            }
        }
        lock(&self.shared.queue).left_over = true;
        self.shared.wake.notify_one();
    }

    /// Takes the executions that began lately to the others, so that they are found among them, if that is wanted of what
    /// there is.
    pub(super) fn settle(&self, is_wanted: impl Fn(&Arrived) -> bool) -> Result<(), JournalError> {
        if !is_wanted(&self.shared.arrived) {
            return Ok(());
        }
        let mut file = lock(&self.shared.file);
        // Somebody else may have done it meanwhile.
        if !is_wanted(&self.shared.arrived) {
            return Ok(());
        }
        file.transaction(&[], true).map_err(|refusal| refusal.of_file(&self.shared.path))
    }

    /// Writes what is waiting. Batches that come later are refused.
    pub(super) fn close(&self) {
        lock(&self.shared.queue).closed = true;
        self.shared.wake.notify_one();
        drop(lock(&self.shared.carry_over).take());
        for thread in lock(&self.threads).drain(..) {
            // A thread that panicked has told its callers by dropping their calls.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Writes all that waits, and tells whether there is more by now: who came meanwhile has left it to this turn.
    fn turn(&self, mut file: MutexGuard<'_, File>) -> bool {
        let waiting = std::mem::take(&mut lock(&self.queue).waiting);
        if waiting.is_empty() {
            drop(file);
            return !lock(&self.queue).waiting.is_empty();
        }
        let (batches, calls): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
        let results = file.commit(&batches);
        // Before anybody is called back: what they do next may be to append.
        drop(file);
        self.count(&batches);
        drop(batches);
        for (done, written) in calls.into_iter().zip(results) {
            done(written.map_err(|refusal| refusal.of_file(&self.path)));
        }
        !lock(&self.queue).waiting.is_empty()
    }

    /// Has the log carried over when much was committed.
    fn count(&self, batches: &[Vec<Record>]) {
        let events = |record: &Record| if let Record::Step { events, .. } = record { events.len() as u64 } else { 0 };
        let much = 1 + batches.iter().flatten().map(events).sum::<u64>() / 64;
        let before = self.committed.fetch_add(much, Ordering::Relaxed);
        if before / CARRY_OVER_AFTER != (before + much) / CARRY_OVER_AFTER
            && let Some(carry_over) = &*lock(&self.carry_over)
        {
            match carry_over.try_send(()) {
                // It is told already, or has ended.
                Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
            }
        }
    }

    /// The thread's work: what callers leave over, until the journal is closed.
    fn write_what_is_left_over(&self) {
        let mut queue = lock(&self.queue);
        loop {
            while !queue.left_over && !queue.closed {
                queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            queue.left_over = false;
            let closed = queue.closed;
            drop(queue);
            // A caller that is writing still looks at the queue afterwards, too; what it takes is not here any more.
            let more = self.turn(lock(&self.file));
            queue = lock(&self.queue);
            queue.left_over |= more;
            if closed && queue.waiting.is_empty() {
                return;
            }
        }
    }
}

impl File {
    /// Opens the file, and puts everything in its place.
    fn open(path: &str) -> Result<Self, JournalError> {
        let connection = tables::open(path)?;
        let records = Records::of(&connection).map_err(|error| Refusal::from(error).of_file(path))?;
        let mut file = Self { connection, records };
        if !file.records.arrivals().arrived().is_empty() {
            file.transaction(&[], true).map_err(|refusal| refusal.of_file(path))?;
        }
        Ok(file)
    }

    /// Writes the batches as one transaction. If that fails, each is tried by itself, so that one that can't be written
    /// takes no other with it.
    fn commit(&mut self, batches: &[Vec<Record>]) -> Vec<Result<(), Refusal>> {
        match self.transaction(batches, false) {
            Ok(()) => batches.iter().map(|_| Ok(())).collect(),
            Err(refusal) if batches.len() == 1 => vec![Err(refusal)],
            Err(_) => batches.iter().map(|batch| self.transaction(std::slice::from_ref(batch), false)).collect(),
        }
    }

    /// Writes the batches, and takes the arrivals to the other executions when there are many or `settle` says so.
    fn transaction(&mut self, batches: &[Vec<Record>], settle: bool) -> Result<(), Refusal> {
        let Self { connection, records } = self;
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let written = Self::write(connection, records, batches, settle);
        match &written {
            Ok(true) => records.arrivals().are_settled(),
            Ok(false) => {}
            Err(_) => {
                if !connection.is_autocommit() {
                    connection.prepare_cached("ROLLBACK")?.execute([])?;
                }
                records.forget(connection)?;
            }
        }
        written.map(drop)
    }

    /// Tells whether the arrivals went over.
    fn write(
        connection: &Connection,
        records: &mut Records,
        batches: &[Vec<Record>],
        settle: bool,
    ) -> Result<bool, Refusal> {
        records.arrivals().look_again(connection)?;
        batches.iter().try_for_each(|batch| records.write(connection, batch))?;
        let settle = settle || records.arrivals().are_many();
        if settle {
            arrivals::settle(connection)?;
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(settle)
    }
}

/// The work of the thread that carries the write-ahead log over to the tables. It waits for nobody and nobody waits for it;
/// what it can't do now is done the next time, or by the writer when the log grows long.
fn carry_over_when_told(connection: &Connection, told: &Receiver<()>) {
    while told.recv().is_ok() {
        let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }
}
