//! A registry in an SQLite file.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use database::{Database, DatabaseError};
use rusqlite::{Connection, params};

use super::store::{Change, Kind, RegistryError, RegistryStore, Row};

/// The version of the tables. A file with another is refused, never rewritten.
const FORMAT: u32 = 1;

const TABLES: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE registry (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
";

/// Bytes of a page of a new file: SQLite's own choice.
const PAGE_BYTES: u32 = 4_096;

/// A registry in an SQLite file: write-ahead log, one transaction for each change of the API. With `synchronous = NORMAL` a
/// crash of the process loses nothing that was answered.
#[derive(Debug)]
pub struct SqliteRegistry {
    path: String,
    connection: Mutex<Connection>,
}

impl SqliteRegistry {
    /// Opens the file, making it when it is not there.
    pub fn open(path: &Path) -> Result<Self, RegistryError> {
        let path = path.display().to_string();
        let database = Database { tables: TABLES, format: FORMAT, mark: "registry", page_bytes: PAGE_BYTES };
        match database.open(&path) {
            Ok(connection) => Ok(Self { path, connection: Mutex::new(connection) }),
            Err(DatabaseError::Unusable(reason)) => Err(RegistryError::Unusable { path, reason }),
            Err(DatabaseError::Foreign(found)) => Err(RegistryError::ForeignFormat { path, found, expected: FORMAT }),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, RegistryError> {
        // A transaction that was not committed is rolled back, so the connection is whole after any panic.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection)
            .map_err(|error| RegistryError::Unusable { path: self.path.clone(), reason: error.to_string() })
    }
}

impl RegistryStore for SqliteRegistry {
    fn load(&self) -> Result<Vec<Row>, RegistryError> {
        let rows: Vec<(String, String, String)> = self.with(|connection| {
            let mut statement = connection.prepare("SELECT kind, key, value FROM registry")?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        })?;
        rows.into_iter()
            .map(|(kind, key, value)| match Kind::named(&kind) {
                Some(kind) => Ok(Row { kind, key, value }),
                None => Err(RegistryError::Damaged { kind: "entry", key, reason: format!("nothing is a {kind}") }),
            })
            .collect()
    }

    fn save(&self, changes: Vec<Change>) -> Result<(), RegistryError> {
        self.with(|connection| {
            let transaction = connection.transaction()?;
            for change in &changes {
                match change {
                    Change::Put(Row { kind, key, value }) => transaction
                        .prepare_cached("INSERT OR REPLACE INTO registry VALUES (?1, ?2, ?3)")?
                        .execute(params![kind.name(), key, value])?,
                    Change::Delete(kind, key) => transaction
                        .prepare_cached("DELETE FROM registry WHERE kind = ?1 AND key = ?2")?
                        .execute(params![kind.name(), key])?,
                };
            }
            transaction.commit()
        })
    }
}
