//! Opening a database file: it is this program's, of a version that it reads, whole as far as can be seen, and nobody
//! else's; or the reason says which of these it isn't, and what to do.

use std::path::Path;
use std::time::Duration;

use ::database::{Files, aside, look};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::Format;
use crate::error::Error;

/// Opens `file`, making it when it is not there; in memory without.
///
/// # Errors
/// [`Error::Data`], which names the file and what to do. The file is as it was then.
pub(crate) fn connect(file: Option<&Path>, format: &Format) -> Result<Connection, Error> {
    let Some(file) = file else {
        return in_memory(format).map_err(|error| Error::Data { path: ":memory:".into(), reason: error.to_string() });
    };
    open(file, format).map_err(|reason| Error::Data { path: file.to_owned(), reason })
}

fn in_memory(format: &Format) -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(format.tables)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Statements that are kept prepared.
const STATEMENTS: usize = 64;

fn open(file: &Path, format: &Format) -> Result<Connection, String> {
    if std::fs::metadata(file).is_ok_and(|found| !found.is_file()) {
        return Err("it is no file: move it away, or choose another data directory".to_owned());
    }
    match look(file)? {
        Files::None => make(file, format)?,
        Files::Some => {}
    }
    let tell = |error: rusqlite::Error| sentence(&error, format);
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(tell)?;
    connection.busy_timeout(Duration::from_millis(250)).map_err(tell)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(tell)?;
    let number = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let application = number("application_id").map_err(tell)?;
    if application != i64::from(u32::from_be_bytes(format.application)) {
        return Err(format!(
            "it is a database, but not this program's {}: move it away, or choose another data directory",
            format.holds
        ));
    }
    let version = number("user_version").map_err(tell)?;
    if version != format.version {
        return Err(format!(
            "it has format {version}, and this program reads format {}: use the program that wrote it, move it away, or \
             choose another data directory",
            format.version
        ));
    }
    connection.pragma_update(None, "journal_mode", "WAL").map_err(tell)?;
    connection.pragma_update(None, "synchronous", "NORMAL").map_err(tell)?;
    connection.execute_batch("BEGIN EXCLUSIVE; COMMIT").map_err(tell)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn make(file: &Path, format: &Format) -> Result<(), String> {
    let made = aside(file, |fresh| {
        let connection = Connection::open(fresh).map_err(|error| error.to_string())?;
        let application = u32::from_be_bytes(format.application);
        // It is nobody's yet, and waiting for the disk a few times for each file is most of a first start.
        let statements = format!(
            "PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; BEGIN; PRAGMA application_id = {application}; PRAGMA user_version = {}; {} COMMIT;",
            format.version, format.tables
        );
        connection.execute_batch(&statements).map_err(|error| error.to_string())?;
        connection.close().map_err(|(_, error)| error.to_string())
    });
    made.map_err(|error| format!("it can't be made: {error}"))
}

/// The database's error, and what to do.
fn sentence(error: &rusqlite::Error, format: &Format) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process uses it: end that process, or choose another data directory".to_owned()
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            format!("it is damaged, or not this program's {} ({error}): put back a copy, or move it away", format.holds)
        }
        _ => error.to_string(),
    }
}
