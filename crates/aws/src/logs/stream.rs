//! Log streams: `CreateLogStream`, `DeleteLogStream`, `DescribeLogStreams`.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Logs, fault, group, now};
use crate::database::Failure;
use crate::error::ServiceError;
use crate::wire::json::page;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Name {
    log_group_name: String,
    log_stream_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Describe {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name_prefix: Option<String>,
    order_by: Option<String>,
    #[serde(default)]
    descending: bool,
    limit: Option<i64>,
    next_token: Option<String>,
}

/// The stream's identifier; group and stream must be there.
pub(super) fn find(database: &Connection, group: &str, stream: &str) -> Result<i64, Failure> {
    let mut find = database.prepare_cached("SELECT id FROM log_stream WHERE log_group = ?1 AND name = ?2")?;
    if let Some(id) = find.query_row(params![group, stream], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    group::find(database, group)?;
    Err(fault::no_such_stream().into())
}

impl Logs {
    pub(super) async fn create_log_stream(&self, request: Name) -> Result<Value, ServiceError> {
        let (group, stream) = (request.log_group_name, request.log_stream_name);
        if stream.len() > 512 {
            return Err(fault::invalid(
                "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
            ));
        }
        if stream.is_empty() || stream.contains([':', '*']) {
            return Err(fault::invalid(format!(
                "1 validation error detected: Value '{stream}' at 'logStreamName' failed to satisfy constraint: Member must \
                 satisfy regular expression pattern: [^:*]*"
            )));
        }
        self.store
            .with(move |database| {
                group::find(database, &group)?;
                let made = database.execute(
                    "INSERT OR IGNORE INTO log_stream (log_group, name, created) VALUES (?1, ?2, ?3)",
                    params![group, stream, now()],
                )?;
                if made == 0 { Err(fault::stream_exists().into()) } else { Ok(json!({})) }
            })
            .await
    }

    pub(super) async fn delete_log_stream(&self, request: Name) -> Result<Value, ServiceError> {
        self.store
            .with(move |database| {
                let id = find(database, &request.log_group_name, &request.log_stream_name)?;
                database.execute("DELETE FROM log_stream WHERE id = ?1", params![id])?;
                Ok(json!({}))
            })
            .await
    }

    pub(super) async fn describe_log_streams(&self, request: Describe) -> Result<Value, ServiceError> {
        let group = self.group_name(request.log_group_name, request.log_group_identifier)?;
        let limit = fault::limit(request.limit, 50)?;
        let prefix = request.log_stream_name_prefix;
        let by_time = match request.order_by.as_deref() {
            None | Some("LogStreamName") => false,
            Some("LastEventTime") if prefix.is_some() => {
                return Err(fault::invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
            }
            Some("LastEventTime") => true,
            Some(other) => {
                return Err(fault::invalid(format!(
                    "1 validation error detected: Value '{other}' at 'orderBy' failed to satisfy constraint: Member must \
                     satisfy enum value set: [LogStreamName, LastEventTime]"
                )));
            }
        };
        let (place, descending) = (self.place.clone(), request.descending);
        let streams: Vec<Value> = self
            .store
            .with(move |database| {
                group::find(database, &group)?;
                let column = if by_time { "coalesce(last, 0)" } else { "name" };
                let direction = if descending { "DESC" } else { "ASC" };
                let mut list = database.prepare(&format!(
                    "SELECT name, created, first, last, ingested FROM log_stream WHERE log_group = ?1 ORDER BY {column} {direction}, id"
                ))?;
                let mut rows = list.query(params![group])?;
                let mut streams = Vec::new();
                while let Some(row) = rows.next()? {
                    let name: String = row.get(0)?;
                    if prefix.as_ref().is_some_and(|prefix| !name.starts_with(prefix)) {
                        continue;
                    }
                    let arn = place.arn("logs", &format!("log-group:{group}:log-stream:{name}"));
                    let mut stream = json!({"logStreamName": name, "creationTime": row.get::<_, i64>(1)?});
                    let times = ["firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime"];
                    for (index, member) in times.into_iter().enumerate() {
                        if let Some(time) = row.get::<_, Option<i64>>(index + 2)? {
                            stream[member] = time.into();
                        }
                    }
                    stream["arn"] = arn.into();
                    // AWS has counted no bytes for streams since 2019.
                    stream["storedBytes"] = 0.into();
                    streams.push(stream);
                }
                Ok(streams)
            })
            .await?;
        let (streams, next) = page(streams, request.next_token.as_deref(), limit, fault::bad_token)?;
        let mut output = json!({"logStreams": streams});
        if let Some(next) = next {
            output["nextToken"] = next.into();
        }
        Ok(output)
    }
}
