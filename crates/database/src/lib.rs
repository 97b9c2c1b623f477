//! SQLite files that outlive processes, however these end: what is no file of ours, of another version, or damaged, is never
//! taken for a new one.

mod aside;
mod log;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

pub use aside::aside;
pub use log::{Files, look};

/// What a file looks like.
#[derive(Debug, Clone, Copy)]
pub struct Database {
    /// What makes its tables. There must be one called `meta`, with the columns `name` and `value`.
    pub tables: &'static str,
    /// The version of the tables. A file with another is refused, never rewritten.
    pub format: u32,
    /// The name of a table that no other program's file has.
    pub mark: &'static str,
    /// Bytes of a page of a new file: a power of two from 512 to 65,536.
    pub page_bytes: u32,
}

/// Why a file can't be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// It can't be made or read, or is damaged.
    #[error("{0}")]
    Unusable(String),
    /// It is of another version, or of another program.
    #[error("it has format {0}")]
    Foreign(String),
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unusable(error.to_string())
    }
}

impl Database {
    /// Opens a file, making it when it is not there: with a write-ahead log, where a crash of the process loses nothing that
    /// was committed (`synchronous = NORMAL`).
    ///
    /// # Errors
    /// [`DatabaseError::Unusable`] also for what [`look`] refuses: SQLite would begin anew, or leave out what it can't read.
    pub fn open(&self, path: &str) -> Result<Connection, DatabaseError> {
        match look(Path::new(path)).map_err(DatabaseError::Unusable)? {
            Files::Some => {}
            Files::None => aside(Path::new(path), |fresh| self.make(fresh).map_err(|error| error.to_string()))
                .map_err(DatabaseError::Unusable)?,
        }
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        self.check_format(&connection)?;
        Ok(connection)
    }

    /// Makes a file with empty tables.
    fn make(&self, path: &Path) -> rusqlite::Result<()> {
        let connection = Connection::open(path)?;
        // It is nobody's yet.
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "page_size", self.page_bytes)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let Self { tables, format, .. } = self;
        connection
            .execute_batch(&format!("BEGIN; {tables} INSERT INTO meta VALUES ('format', '{format}'); COMMIT;"))?;
        connection.close().map_err(|(_, error)| error)
    }

    fn check_format(&self, connection: &Connection) -> Result<(), DatabaseError> {
        let is_ours = connection.table_exists(None, "meta")? && connection.table_exists(None, self.mark)?;
        let found: Option<String> = if is_ours {
            connection.query_row("SELECT value FROM meta WHERE name = 'format'", [], |row| row.get(0)).optional()?
        } else {
            None
        };
        match found {
            Some(found) if found == self.format.to_string() => Ok(()),
            found => Err(DatabaseError::Foreign(found.unwrap_or_else(|| "unknown".into()))),
        }
    }
}
