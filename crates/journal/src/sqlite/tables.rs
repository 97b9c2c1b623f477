//! What the file looks like.

use database::{Database, DatabaseError};
use rusqlite::Connection;

use crate::JournalError;

/// The version of the tables. A file with another is refused, never rewritten.
const FORMAT: u32 = 5;

/// What `arrival` and `execution` have of an execution behind its number and ARN: rows go over from one to the other as they are.
macro_rules! columns {
    () => {
        "
        name TEXT NOT NULL,
        state_machine_arn TEXT NOT NULL,
        version_arn TEXT,
        alias_arn TEXT,
        map_run_arn TEXT,
        definition INTEGER,
        input TEXT NOT NULL,
        header TEXT NOT NULL,
        status TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        stopped_at INTEGER,
        redrive_count INTEGER NOT NULL DEFAULT 0,
        redriven_at INTEGER
"
    };
}

/// The tables.
///
/// `step` holds what came of each input, in rows that lie side by side for each execution ([`row_id`]); a key of two
/// columns would lie in a tree that reads whole neighbouring rows, and these are large, to find the place of a new one.
/// The `events` of a row are JSON texts, one a line, from number `first_event` to `last_event`, which is one less when there
/// are none. A step of many events goes on in further rows, whose `input` is NULL. Nothing else is written for a step: what
/// its execution has come to is in its last row.
///
/// An execution begins in `arrival`, which has no index to be kept up and whose rows lie beside each other: to write one changes
/// one page, where `execution` has four. From there many go over together ([`super::arrivals`]).
///
/// A `document` is a large text that events show, as a JSON string; `placed` tells that a row's events stand for such.
const TABLES: &str = concat!(
    "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE execution (
        number INTEGER PRIMARY KEY,
        arn TEXT NOT NULL UNIQUE,
",
    columns!(),
    "    );
    CREATE TABLE arrival (
        number INTEGER PRIMARY KEY,
        arn TEXT NOT NULL,
",
    columns!(),
    "    );
    CREATE INDEX execution_of_machine ON execution (state_machine_arn);
    CREATE INDEX execution_of_version ON execution (version_arn) WHERE version_arn IS NOT NULL;
    CREATE INDEX execution_of_alias ON execution (alias_arn) WHERE alias_arn IS NOT NULL;
    CREATE INDEX execution_of_map_run ON execution (map_run_arn) WHERE map_run_arn IS NOT NULL;
    CREATE INDEX execution_running ON execution (number) WHERE status = 'RUNNING';
    CREATE TABLE definition (number INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE step (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        input TEXT,
        first_event INTEGER NOT NULL,
        last_event INTEGER NOT NULL,
        placed INTEGER NOT NULL,
        events TEXT NOT NULL
    );
    CREATE TABLE document (place INTEGER PRIMARY KEY, text TEXT NOT NULL);
"
);

/// Bytes of a page of a new file. Most of what is written are texts of many events: with larger pages there are fewer to
/// handle, and with much larger ones a small step writes a lot for nothing.
const PAGE_BYTES: u32 = 8_192;

/// KiB of pages that the writer keeps: what a large step writes, so that it is written once.
const CACHE_KIB: i32 = 16_384;

/// Statements that a connection keeps compiled: all that there are.
const STATEMENTS: usize = 48;

/// Pages of the write-ahead log, about, after which the writer itself carries over to the tables what is left of them: while it
/// goes on writing, nobody else comes to the end of the log, and so it would never begin anew.
const MOST_LOGGED_PAGES: u32 = 2_048;

/// The id of a row of `step`: its execution, and its number among the rows of that in the lower half.
pub(super) fn row_id(execution: i64, row: i64) -> i64 {
    execution << 32 | row
}

/// The ids of all rows of an execution, from and up to.
pub(super) fn row_ids(execution: i64) -> (i64, i64) {
    (row_id(execution, 0), row_id(execution + 1, 0) - 1)
}

/// The connection that writes. A file that is not there is made.
pub(super) fn open(path: &str) -> Result<Connection, JournalError> {
    let unusable = |reason: &dyn ToString| JournalError::Unusable { path: path.into(), reason: reason.to_string() };
    let database = Database { tables: TABLES, format: FORMAT, mark: "step", page_bytes: PAGE_BYTES };
    let connection = database.open(path).map_err(|error| match error {
        DatabaseError::Unusable(reason) => unusable(&reason),
        DatabaseError::Foreign(found) => JournalError::ForeignFormat { path: path.into(), found, expected: FORMAT },
    })?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(|error| unusable(&error))?;
    connection.pragma_update(None, "wal_autocheckpoint", MOST_LOGGED_PAGES).map_err(|error| unusable(&error))?;
    Ok(connection)
}
