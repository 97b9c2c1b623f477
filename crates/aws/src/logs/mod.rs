//! `CloudWatch` Logs: groups, streams and events in one `SQLite` database, in a file or in memory.
//!
//! One thread owns the database. Lines that this process writes ([`LogWriter`]) are handed to it without waiting and
//! stored in batches; operations of the API are carried out between two batches, so that a reader sees every line that was
//! written before it asked. Metric filters, subscription filters, queries and export are refused by name.

mod fault;
mod filter;
mod get;
mod group;
mod pattern;
mod put;
mod store;
mod stream;
mod writer;

use std::path::Path;

use async_trait::async_trait;
use serde_json::Value;

use crate::error::{Error, ServiceError};
use crate::place::Place;
use crate::wire::json::{self, Operations};
use store::Store;
pub use writer::LogWriter;

/// The service.
pub(crate) struct Logs {
    place: Place,
    store: Store,
}

impl Logs {
    /// Opens the events in a file, or in memory, where the oldest go when they take more than 64 MiB. Waits for the disk.
    pub(crate) fn open(place: Place, file: Option<&Path>) -> Result<Self, Error> {
        Ok(Self { place, store: Store::open(file)? })
    }

    /// The door for lines of this process.
    pub(crate) fn writer(&self) -> LogWriter {
        self.store.writer()
    }

    /// Stores everything written so far and closes the database.
    pub(crate) async fn close(&self) {
        if let Err(error) = self.store.with(|_| Ok(())).await {
            tracing::warn!(%error, "the last log lines may be lost");
        }
        self.store.close();
    }

    /// Makes a group, or finds it, and sets how many days its events are kept.
    pub(crate) async fn furnish(&self, name: &str, retention_in_days: Option<u32>) -> Result<(), Error> {
        let refused = |source| Error::refused(format!("log group {name}"), source);
        let request = serde_json::json!({"logGroupName": name});
        match self.execute("CreateLogGroup", request).await {
            Err(error) if error.code != "ResourceAlreadyExistsException" => return Err(refused(error)),
            _ => {}
        }
        if let Some(days) = retention_in_days {
            let request = serde_json::json!({"logGroupName": name, "retentionInDays": days});
            self.execute("PutRetentionPolicy", request).await.map_err(refused)?;
        }
        Ok(())
    }

    /// Whether there is a group of that name.
    pub(crate) async fn has_group(&self, name: &str) -> bool {
        let name = name.to_owned();
        self.store.with(move |database| group::find(database, &name)).await.is_ok()
    }

    /// The name of a group that is given by name or by ARN.
    fn group_name(&self, name: Option<String>, identifier: Option<String>) -> Result<String, ServiceError> {
        match (name, identifier) {
            (Some(_), Some(_)) => Err(fault::both_name_and_identifier()),
            (None, None) => Err(fault::missing("logGroupName")),
            (Some(name), None) => Ok(name),
            (None, Some(identifier)) => {
                let resource = self.place.resource("logs", &identifier);
                let name = resource.map(|resource| resource.strip_prefix("log-group:").unwrap_or(resource));
                Ok(name.map_or(identifier.as_str(), |name| name.strip_suffix(":*").unwrap_or(name)).to_owned())
            }
        }
    }
}

#[async_trait]
impl Operations for Logs {
    const NAME: &'static str = "logs";
    const PREFIX: &'static str = "Logs_20140328";

    async fn execute(&self, operation: &str, request: Value) -> Result<Value, ServiceError> {
        match operation {
            "CreateLogGroup" => self.create_log_group(json::read(request)?).await,
            "DeleteLogGroup" => self.delete_log_group(json::read(request)?).await,
            "DescribeLogGroups" => self.describe_log_groups(json::read(request)?).await,
            "PutRetentionPolicy" => self.put_retention_policy(json::read(request)?).await,
            "DeleteRetentionPolicy" => self.delete_retention_policy(json::read(request)?).await,
            "CreateLogStream" => self.create_log_stream(json::read(request)?).await,
            "DeleteLogStream" => self.delete_log_stream(json::read(request)?).await,
            "DescribeLogStreams" => self.describe_log_streams(json::read(request)?).await,
            "PutLogEvents" => self.put_log_events(json::read(request)?).await,
            "GetLogEvents" => self.get_log_events(json::read(request)?).await,
            "FilterLogEvents" => self.filter_log_events(json::read(request)?).await,
            _ => Err(json::no_such_operation("CloudWatch Logs", operation)),
        }
    }
}

/// The present, in milliseconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests;
