//! A registry in an SQLite file.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::store::{Change, Kind, RegistryError, RegistryStore, Row};

/// The version of the tables. A file with another is refused, never rewritten.
const FORMAT: u32 = 1;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS registry (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
";

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
        let shown = path.display().to_string();
        let unusable =
            |reason: rusqlite::Error| RegistryError::Unusable { path: shown.clone(), reason: reason.to_string() };
        let connection = Connection::open(path).map_err(unusable)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(unusable)?;
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(unusable)?;
        check_format(&connection, &shown)?;
        connection.execute_batch(TABLES).map_err(unusable)?;
        connection
            .execute("INSERT OR IGNORE INTO meta VALUES ('format', ?1)", [FORMAT.to_string()])
            .map_err(unusable)?;
        Ok(Self { path: shown, connection: Mutex::new(connection) })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, RegistryError> {
        // A transaction that was not committed is rolled back, so the connection is whole after any panic.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection)
            .map_err(|error| RegistryError::Unusable { path: self.path.clone(), reason: error.to_string() })
    }
}

fn check_format(connection: &Connection, path: &str) -> Result<(), RegistryError> {
    let unusable = |reason: rusqlite::Error| RegistryError::Unusable { path: path.into(), reason: reason.to_string() };
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
    let is_registry = connection.table_exists(None, "registry").map_err(unusable)?;
    match found {
        Some(found) if is_registry && found == FORMAT.to_string() => Ok(()),
        found => Err(RegistryError::ForeignFormat {
            path: path.into(),
            found: found.filter(|_| is_registry).unwrap_or_else(|| "unknown".into()),
            expected: FORMAT,
        }),
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
