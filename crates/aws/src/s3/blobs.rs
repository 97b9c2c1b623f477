//! Files with the content of objects. Their names are random and say nothing of buckets and keys.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

/// The folder of files.
#[derive(Debug)]
pub(super) struct Blobs {
    folder: Folder,
    /// Files that are being read, with the number of readers and whether they are to be removed after the last.
    leased: Mutex<HashMap<String, (usize, bool)>>,
}

#[derive(Debug)]
enum Folder {
    /// Outlives the process: what is written is synced before anything refers to it.
    Durable(PathBuf),
    /// Made for the first file, for this user alone, removed at the end.
    Private(OnceLock<TempDir>),
}

impl Blobs {
    /// A folder that is there, or one that is made when it is needed.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        let folder = folder.map_or_else(|| Folder::Private(OnceLock::new()), Folder::Durable);
        Self { folder, leased: Mutex::default() }
    }

    fn folder(&self) -> io::Result<&Path> {
        match &self.folder {
            Folder::Durable(folder) => Ok(folder),
            Folder::Private(made) => {
                if made.get().is_none() {
                    // Of two that are made at the same time one stays; the other removes itself.
                    let _ = made.set(tempfile::Builder::new().prefix("batuta-s3-").tempdir()?);
                }
                made.get().map(TempDir::path).ok_or_else(|| io::Error::other("no folder"))
            }
        }
    }

    /// A new, empty file.
    pub(super) fn create(self: &Arc<Self>) -> io::Result<(File, Fresh)> {
        let name = uuid::Uuid::new_v4().simple().to_string();
        let file = OpenOptions::new().write(true).create_new(true).open(self.folder()?.join(&name))?;
        Ok((file, Fresh { name, blobs: Arc::clone(self), kept: false }))
    }

    /// Makes sure that a file's content and name survive a loss of power; nothing for a folder that doesn't.
    pub(super) fn sync(&self, file: &File) -> io::Result<()> {
        if let Folder::Durable(folder) = &self.folder {
            file.sync_data()?;
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Keeps a file from being removed while it is read.
    pub(super) fn lease(self: &Arc<Self>, name: String) -> Lease {
        let mut leased = self.leased.lock().unwrap_or_else(PoisonError::into_inner);
        leased.entry(name.clone()).or_default().0 += 1;
        Lease { name, blobs: Arc::clone(self) }
    }

    /// Removes a file, after its last reader.
    pub(super) fn remove(&self, name: &str) {
        let mut leased = self.leased.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, doomed)) = leased.get_mut(name) {
            *doomed = true;
            return;
        }
        drop(leased);
        self.unlink(name);
    }

    fn unlink(&self, name: &str) {
        // What can't be removed now is swept at the next start.
        if let Err(error) = self.folder().and_then(|folder| std::fs::remove_file(folder.join(name))) {
            tracing::warn!(%error, name, "a file of the object store can't be removed");
        }
    }

    /// Removes every file that nothing refers to: what a crash has left behind.
    pub(super) fn sweep(&self, known: impl Fn(&str) -> bool) -> io::Result<usize> {
        let mut removed = 0;
        for entry in std::fs::read_dir(self.folder()?)? {
            let entry = entry?;
            if entry.file_name().to_str().is_none_or(|name| !known(name)) && entry.file_type()?.is_file() {
                std::fs::remove_file(entry.path())?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// A file that nothing refers to yet. It is removed unless it is kept.
#[derive(Debug)]
pub(super) struct Fresh {
    name: String,
    blobs: Arc<Blobs>,
    kept: bool,
}

impl Fresh {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Something durable refers to it now.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if !self.kept {
            self.blobs.unlink(&self.name);
        }
    }
}

/// A file that is being read.
#[derive(Debug)]
pub(super) struct Lease {
    name: String,
    blobs: Arc<Blobs>,
}

impl Lease {
    /// Opens it.
    pub(super) fn open(&self) -> io::Result<File> {
        File::open(self.blobs.folder()?.join(&self.name))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut leased = self.blobs.leased.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((readers, doomed)) = leased.get_mut(&self.name) else { return };
        *readers -= 1;
        if *readers > 0 {
            return;
        }
        let doomed = *doomed;
        leased.remove(&self.name);
        drop(leased);
        if doomed {
            self.blobs.unlink(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn a_file_stays_while_it_is_read_and_goes_when_it_is_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = || std::fs::read_dir(folder.path()).expect("readable").count();
        let blobs = Arc::new(Blobs::new(Some(folder.path().to_owned())));
        let (_, fresh) = blobs.create().expect("a file");
        assert_eq!(files(), 1);
        drop(fresh);
        assert_eq!(files(), 0, "not kept");

        let (mut file, fresh) = blobs.create().expect("a file");
        file.write_all(b"content").expect("written");
        let name = fresh.name().to_owned();
        fresh.keep();
        let (one, two) = (blobs.lease(name.clone()), blobs.lease(name.clone()));
        blobs.remove(&name);
        drop(one);
        let mut text = String::new();
        two.open().expect("there").read_to_string(&mut text).expect("text");
        assert_eq!(text, "content");
        drop(two);
        assert_eq!(files(), 0, "removed after its last reader");
    }

    #[test]
    fn what_nothing_refers_to_is_swept() {
        let blobs = Arc::new(Blobs::new(None));
        let (_, known) = blobs.create().expect("a file");
        let (_, stray) = blobs.create().expect("a file");
        let name = known.name().to_owned();
        known.keep();
        stray.keep();
        assert_eq!(blobs.sweep(|other| other == name).expect("swept"), 1);
        assert!(blobs.lease(name).open().is_ok());
    }
}
