//! What is known of buckets, objects and uploads: an SQLite database. Content of up to [`INLINE`] bytes is in it, too;
//! more is in a file of its own.
//!
//! Durability, with a data directory: a file is synced before the transaction that refers to it is committed, and a file
//! is removed after the transaction that forgets it. The database is in write-ahead mode with `synchronous = NORMAL`: a
//! crash of the process loses nothing that was answered; a loss of power may lose the last transactions but leaves no
//! half of one. Files that nothing refers to are removed at the start.

use std::collections::HashSet;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use s3s::{S3Error, S3Result};

use super::blobs::{Blobs, Fresh};
use super::content::{Content, Kept, Segment};
use super::fault;
use crate::database::{self, Format};
use crate::error::Error;

/// The largest content that is kept in the database, in bytes. Below some dozens of KiB SQLite reads and writes faster
/// than the file system (<https://sqlite.org/intern-v-extern-blob.html>).
pub(super) const INLINE: usize = 32 * 1024;

/// `object.id` grows with every version, so it tells which is newer. A key's newest version has `latest` 1.
/// Keys are compared by their bytes, as S3 does: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html>.
static FORMAT: Format = Format {
    holds: "buckets",
    application: *b"BS3 ",
    version: 1,
    tables: "
    CREATE TABLE bucket (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, versioning TEXT
    );
    CREATE TABLE blob (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, name TEXT UNIQUE, bytes BLOB);
    CREATE TABLE object (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        bucket INTEGER NOT NULL REFERENCES bucket (id),
        key TEXT NOT NULL,
        version TEXT NOT NULL,
        latest INTEGER NOT NULL,
        marker INTEGER NOT NULL,
        size INTEGER NOT NULL,
        etag TEXT NOT NULL,
        modified INTEGER NOT NULL,
        class TEXT NOT NULL,
        sum TEXT,
        head TEXT NOT NULL,
        tags TEXT NOT NULL,
        blob INTEGER
    );
    CREATE UNIQUE INDEX object_version ON object (bucket, key, version);
    CREATE UNIQUE INDEX object_latest ON object (bucket, key) WHERE latest = 1;
    CREATE TABLE object_part (
        object INTEGER NOT NULL REFERENCES object (id),
        number INTEGER NOT NULL,
        size INTEGER NOT NULL,
        sum TEXT NOT NULL,
        blob INTEGER NOT NULL,
        PRIMARY KEY (object, number)
    ) WITHOUT ROWID;
    CREATE TABLE upload (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        bucket INTEGER NOT NULL REFERENCES bucket (id),
        key TEXT NOT NULL,
        name TEXT NOT NULL UNIQUE,
        started INTEGER NOT NULL,
        class TEXT NOT NULL,
        algorithm TEXT,
        composite INTEGER NOT NULL,
        head TEXT NOT NULL,
        tags TEXT NOT NULL
    );
    CREATE INDEX upload_key ON upload (bucket, key, name);
    CREATE TABLE upload_part (
        upload INTEGER NOT NULL REFERENCES upload (id),
        number INTEGER NOT NULL,
        size INTEGER NOT NULL,
        etag TEXT NOT NULL,
        modified INTEGER NOT NULL,
        sum TEXT NOT NULL,
        blob INTEGER NOT NULL,
        PRIMARY KEY (upload, number)
    ) WITHOUT ROWID;
",
};

/// The database and the files.
#[derive(Debug)]
pub(super) struct Store {
    connection: Mutex<Connection>,
    blobs: Arc<Blobs>,
}

impl Store {
    /// Opens the store in `folder`, making it when it is not there; in memory without.
    ///
    /// # Errors
    /// [`Error::Data`], which names the folder or the file and what to do.
    pub(super) fn open(folder: Option<&Path>) -> Result<Self, Error> {
        let Some(folder) = folder else {
            let connection = Mutex::new(database::connect(None, &FORMAT)?);
            return Ok(Self { connection, blobs: Arc::new(Blobs::new(None)) });
        };
        let unusable = |reason: String| Error::Data { path: folder.to_owned(), reason };
        let blobs = folder.join("blobs");
        std::fs::create_dir_all(&blobs).map_err(|error| unusable(error.to_string()))?;
        let connection = Mutex::new(database::connect(Some(&folder.join("s3.sqlite")), &FORMAT)?);
        let store = Self { connection, blobs: Arc::new(Blobs::new(Some(blobs))) };
        store.sweep().map_err(|error| unusable(error.to_string()))?;
        Ok(store)
    }

    fn sweep(&self) -> Result<(), Box<dyn std::error::Error>> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let known: HashSet<String> = connection
            .prepare("SELECT name FROM blob WHERE name IS NOT NULL")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let removed = self.blobs.sweep(|name| known.contains(name))?;
        if removed > 0 {
            tracing::info!(removed, "files that a crash had left behind were removed from the object store");
        }
        Ok(())
    }

    /// The files, for content that is on its way in.
    pub(super) fn blobs(&self) -> &Arc<Blobs> {
        &self.blobs
    }

    /// Reads, off the async workers: SQLite may wait for the disk.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&View<'_>) -> S3Result<T> + Send + 'static,
    ) -> S3Result<T> {
        let store = Arc::clone(self);
        let reading = tokio::task::spawn_blocking(move || {
            let connection = store.connection.lock().unwrap_or_else(PoisonError::into_inner);
            read(&View { connection: &connection, blobs: &store.blobs })
        });
        reading.await.map_err(fault::internal)?
    }

    /// Changes all or nothing: what `change` does is undone when it fails.
    pub(super) async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        change: impl FnOnce(&mut Change<'_>) -> S3Result<T> + Send + 'static,
    ) -> S3Result<T> {
        let store = Arc::clone(self);
        let writing = tokio::task::spawn_blocking(move || {
            let (done, doomed) = {
                let mut connection = store.connection.lock().unwrap_or_else(PoisonError::into_inner);
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(database)?;
                let mut open = Change { transaction, fresh: Vec::new(), doomed: Vec::new() };
                let done = change(&mut open)?;
                let Change { transaction, fresh, doomed } = open;
                transaction.commit().map_err(database)?;
                fresh.into_iter().for_each(Fresh::keep);
                (done, doomed)
            };
            for name in doomed {
                store.blobs.remove(&name);
            }
            Ok(done)
        });
        writing.await.map_err(fault::internal)?
    }
}

/// The database failed.
pub(super) fn database(error: rusqlite::Error) -> S3Error {
    fault::internal(error)
}

/// A look at the database; nothing changes meanwhile.
pub(super) struct View<'a> {
    connection: &'a Connection,
    blobs: &'a Arc<Blobs>,
}

impl Deref for View<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl View<'_> {
    /// A piece of content, ready to be read after the view has ended.
    pub(super) fn segment(&self, blob: i64) -> S3Result<Segment> {
        let mut statement =
            self.prepare_cached("SELECT size, name, bytes FROM blob WHERE id = ?1").map_err(database)?;
        let (size, name, bytes): (u64, Option<String>, Option<Vec<u8>>) =
            statement.query_row([blob], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(database)?;
        Ok(match name {
            Some(name) => Segment::file(self.blobs.lease(name), size),
            None => Segment::inline(bytes.unwrap_or_default()),
        })
    }
}

/// A change under way.
pub(super) struct Change<'a> {
    transaction: Transaction<'a>,
    fresh: Vec<Fresh>,
    doomed: Vec<String>,
}

impl Deref for Change<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl Change<'_> {
    /// Keeps content. Returns the identifier of its row.
    pub(super) fn keep(&mut self, content: Content) -> S3Result<i64> {
        let size = content.size;
        {
            let mut insert = self
                .transaction
                .prepare_cached("INSERT INTO blob (size, name, bytes) VALUES (?1, ?2, ?3)")
                .map_err(database)?;
            match content.kept {
                Kept::Inline(bytes) => insert.execute((size, None::<String>, Some(bytes))).map_err(database)?,
                Kept::File(fresh) => {
                    let done = insert.execute((size, Some(fresh.name()), None::<Vec<u8>>)).map_err(database)?;
                    self.fresh.push(fresh);
                    done
                }
            };
        }
        Ok(self.transaction.last_insert_rowid())
    }

    /// Forgets content. Its file goes when the change is committed.
    pub(super) fn forget(&mut self, blob: i64) -> S3Result<()> {
        let name: Option<Option<String>> = self
            .transaction
            .prepare_cached("DELETE FROM blob WHERE id = ?1 RETURNING name")
            .and_then(|mut delete| delete.query_row([blob], |row| row.get(0)).optional())
            .map_err(database)?;
        self.doomed.extend(name.flatten());
        Ok(())
    }
}
