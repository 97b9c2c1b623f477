//! The cloud's doors to `CloudWatch` Logs.

use super::Cloud;
use crate::error::Error;
use crate::logs::LogWriter;

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
