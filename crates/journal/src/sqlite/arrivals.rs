//! Executions that began lately, and are not among the others yet.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::{Connection, OptionalExtension as _};

use super::lock;

/// So many wait, at most: their rows go over to the tree of all executions and its indexes in one piece of work.
const MOST: usize = 128;

/// The numbers of the executions in the table `arrival`, or about to be, by ARN. Whoever looks for one sees them without
/// waiting for what is being written.
#[derive(Clone, Default)]
pub(super) struct Arrived(Arc<Mutex<HashMap<Arc<str>, i64>>>);

impl Arrived {
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, i64>> {
        lock(&self.0)
    }

    /// The number of one of them.
    pub(super) fn number(&self, execution_arn: &str) -> Option<i64> {
        self.lock().get(execution_arn).copied()
    }

    /// Whether there is any.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

/// The table `arrival`, and the number of the next execution.
#[derive(Default)]
pub(super) struct Arrivals {
    arrived: Arrived,
    next: i64,
    /// What `PRAGMA data_version` said when the file was looked at: another number tells that somebody else wrote since.
    version: i64,
}

impl Arrivals {
    /// Of a file that was just opened.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut arrivals = Self::default();
        arrivals.look(connection)?;
        Ok(arrivals)
    }

    /// Takes note of what others have written, inside a transaction: two runs may share a file, and whoever reads it opens
    /// it and settles what has arrived.
    pub(super) fn look_again(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if version(connection)? == self.version { Ok(()) } else { self.look(connection) }
    }

    /// Takes note of what the file has.
    pub(super) fn look(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let numbers = connection
            .prepare_cached("SELECT arn, number FROM arrival")?
            .query_map([], |row| Ok((row.get::<_, String>(0)?.into(), row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let last = |table: &str| {
            connection.query_row(&format!("SELECT ifnull(max(number), 0) FROM {table}"), [], |row| row.get::<_, i64>(0))
        };
        self.next = last("execution")?.max(last("arrival")?) + 1;
        self.version = version(connection)?;
        *self.arrived.lock() = numbers;
        Ok(())
    }

    /// Who has arrived.
    pub(super) fn arrived(&self) -> &Arrived {
        &self.arrived
    }

    /// The number for a new execution; none: there is one of that ARN.
    pub(super) fn add(&mut self, connection: &Connection, execution_arn: &Arc<str>) -> rusqlite::Result<Option<i64>> {
        let is_settled = connection
            .prepare_cached("SELECT 1 FROM execution WHERE arn = ?1")?
            .query_row([&**execution_arn], |_| Ok(()))
            .optional()?
            .is_some();
        match self.arrived.lock().entry(execution_arn.clone()) {
            Entry::Vacant(free) if !is_settled => {
                let number = self.next;
                self.next += 1;
                free.insert(number);
                Ok(Some(number))
            }
            _ => Ok(None),
        }
    }

    /// Whether there are so many that they are to go over with the next commit.
    pub(super) fn are_many(&self) -> bool {
        self.arrived.lock().len() >= MOST
    }

    /// What was settled is in the file.
    pub(super) fn are_settled(&mut self) {
        self.arrived.lock().clear();
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// Takes all arrivals over to the other executions, inside a transaction.
pub(super) fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT INTO execution SELECT * FROM arrival ORDER BY number")?.execute([])?;
    connection.prepare_cached("DELETE FROM arrival")?.execute([])?;
    Ok(())
}
