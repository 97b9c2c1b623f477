//! The cloud's doors to `CloudWatch` Logs.

use std::path::PathBuf;

use super::Cloud;
use crate::error::Error;
use crate::logs::{LogWriter, Logs};
use crate::place::Place;

impl Cloud {
    /// Makes a log group, or finds it, and sets how many days its events are kept; `None` leaves that as it is.
    ///
    /// # Errors
    /// [`Error::Refused`] when the name or the number of days is not one that `CloudWatch` Logs takes.
    pub async fn create_log_group(&self, name: &str, retention_in_days: Option<u32>) -> Result<(), Error> {
        self.shared.logs.furnish(name, retention_in_days).await
    }

    /// The door for log lines of this process. It may outlive the cloud.
    pub fn log_writer(&self) -> LogWriter {
        self.shared.logs.writer()
    }
}

/// Opens the log events, in a file of the data directory or in memory.
pub(super) async fn open(data: Option<PathBuf>, place: Place) -> Result<Logs, Error> {
    let path = data.clone().unwrap_or_default();
    let opening = tokio::task::spawn_blocking(move || {
        let Some(directory) = data else {
            return Logs::open(place, None);
        };
        std::fs::create_dir_all(&directory).map_err(|e| e.to_string())?;
        Logs::open(place, Some(&directory.join("logs.sqlite")))
    });
    let opened = opening.await.unwrap_or_else(|panic| Err(panic.to_string()));
    opened.map_err(|reason| Error::Data { path, reason })
}
