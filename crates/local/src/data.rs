//! The folder that keeps what outlives a process: `--data DIR`.
//!
//! `journal.db` has the executions, `registry.db` the state machines and activities, `services/` tables, objects, queues and
//! logs, `runs.db` the executions of `batuta run`. `lock` is held by the one server that uses the folder.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a folder may hold that this program made.
const OURS: [&str; 5] = ["journal.db", "runs.db", "registry.db", "services", "lock"];

/// How long somebody else's lock may last until it counts as that of a server that runs.
const PATIENCE: Duration = Duration::from_secs(1);

/// A data folder, held by this process until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    lock: File,
}

/// Why a data folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It can't be made, read or written.
    #[error("the data folder {} can't be used: {error}", path.display())]
    Unusable {
        /// The folder, or the file in it.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Another server has it.
    #[error("the data folder {} is in use by another batuta{holder}", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
        /// Which, as far as it said.
        holder: String,
    },
    /// It has files that this program did not make.
    #[error("{} is not a data folder of batuta: it has {found}", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// One of them.
        found: String,
    },
}

impl DataFolder {
    /// Takes a folder, making it when it is not there.
    ///
    /// # Errors
    /// [`DataError::InUse`] when another process has it, [`DataError::Foreign`] when it is full of other things.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let unusable = |error| DataError::Unusable { path: path.to_owned(), error };
        std::fs::create_dir_all(path).map_err(unusable)?;
        let entries: Vec<String> = std::fs::read_dir(path)
            .map_err(unusable)?
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect();
        let is_ours = |name: &String| OURS.iter().any(|ours| name.starts_with(ours));
        if let Some(found) = entries.iter().find(|name| !is_ours(name))
            && !entries.iter().any(is_ours)
        {
            return Err(DataError::Foreign { path: path.to_owned(), found: found.clone() });
        }
        let mut options = File::options();
        let lock_path = path.join("lock");
        let unusable = |error| DataError::Unusable { path: lock_path.clone(), error };
        let mut lock =
            options.read(true).write(true).create(true).truncate(false).open(&lock_path).map_err(unusable)?;
        let began = Instant::now();
        let locked = loop {
            match lock.try_lock() {
                // A process that was killed while it started another may live on in that one for a moment.
                Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => std::thread::sleep(PATIENCE / 50),
                locked => break locked,
            }
        };
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who it is helps, and is no reason to fail.
                let _ = lock.read_to_string(&mut holder);
                let holder = holder.trim();
                let holder = if holder.is_empty() { String::new() } else { format!(" ({holder})") };
                return Err(DataError::InUse { path: path.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        lock.set_len(0).map_err(unusable)?;
        writeln!(lock, "process {}", std::process::id()).map_err(unusable)?;
        Ok(Self { path: path.to_owned(), lock })
    }

    /// Says where this process can be reached, to whoever tries to take the folder, too.
    pub fn announce(&self, endpoint: &str) {
        let mut lock = &self.lock;
        // Only a help for people.
        let _ = lock.rewind().and_then(|()| writeln!(lock, "process {}, {endpoint}", std::process::id()));
    }

    /// The journal of the server's executions.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal.db")
    }

    /// The registry of state machines and activities.
    pub fn registry(&self) -> PathBuf {
        self.path.join("registry.db")
    }

    /// The folder of the services.
    pub fn services(&self) -> PathBuf {
        self.path.join("services")
    }
}
