//! SQLite files that outlive processes, however these end: what is no file of ours, of another version, or damaged, is never
//! taken for a new one.

mod log;

use std::io::ErrorKind;

use rusqlite::{Connection, OptionalExtension as _};

use log::Files;

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
    /// [`DatabaseError::Unusable`] also when the file is empty, or its log is there without it: SQLite would begin anew.
    pub fn open(&self, path: &str) -> Result<Connection, DatabaseError> {
        match log::look(path).map_err(DatabaseError::Unusable)? {
            Files::Some => {}
            Files::None => self.make(path).map_err(DatabaseError::Unusable)?,
        }
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        self.check_format(&connection)?;
        Ok(connection)
    }

    /// Makes a file with empty tables. It is there as a whole or not at all, whatever ends this process, and if another
    /// process makes it at the same time, one of them does.
    fn make(&self, path: &str) -> Result<(), String> {
        let unfinished = format!("{path}.new-{}", std::process::id());
        // What a process of the same number left.
        let _ = std::fs::remove_file(&unfinished);
        let made = Connection::open(&unfinished).and_then(|connection| {
            // It is nobody's yet.
            connection.pragma_update(None, "synchronous", "OFF")?;
            connection.pragma_update(None, "page_size", self.page_bytes)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            let Self { tables, format, .. } = self;
            connection
                .execute_batch(&format!("BEGIN; {tables} INSERT INTO meta VALUES ('format', '{format}'); COMMIT;"))?;
            connection.close().map_err(|(_, error)| error)
        });
        made.map_err(|error| error.to_string())?;
        // Unlike a renaming, a link never takes the place of a file that is there.
        let linked = match std::fs::hard_link(&unfinished, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            // Not every file system has them.
            Err(_) if !std::path::Path::new(path).exists() => std::fs::rename(&unfinished, path),
            linked => linked,
        };
        // It may have been renamed.
        let _ = std::fs::remove_file(&unfinished);
        linked.map_err(|error| error.to_string())
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
