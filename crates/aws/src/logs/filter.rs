//! `FilterLogEvents`: all streams of a group, in the order of time.

use rusqlite::{OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::get::{MAX_BYTES, MAX_EVENTS};
use super::pattern::Pattern;
use super::store::{EVENT_BYTES, event_id, parse_event_id};
use super::{Logs, fault, group, stream};
use crate::error::ServiceError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    filter_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

impl Logs {
    pub(super) async fn filter_log_events(&self, request: Request) -> Result<Value, ServiceError> {
        let limit = fault::limit(request.limit, MAX_EVENTS)?;
        let (at, id) = request.next_token.as_deref().map_or(Ok((0, 0)), parse_event_id)?;
        if request.log_stream_names.is_some() && request.log_stream_name_prefix.is_some() {
            return Err(fault::invalid("LogStreamName prefix and LogStreamNames are mutually exclusive parameters."));
        }
        let group = self.group_name(request.log_group_name, request.log_group_identifier)?;
        let pattern = Pattern::parse(request.filter_pattern.as_deref().unwrap_or_default()).map_err(fault::invalid)?;
        let (start, end) = (request.start_time.unwrap_or(0), request.end_time.unwrap_or(i64::MAX));
        self.store
            .with(move |database| {
                group::find(database, &group)?;
                let streams: Vec<i64> = if let Some(names) = &request.log_stream_names {
                    names.iter().map(|name| stream::find(database, &group, name)).collect::<Result<_, _>>()?
                } else {
                    let prefix = request.log_stream_name_prefix.unwrap_or_default();
                    let mut list = database.prepare_cached(
                        "SELECT id FROM log_stream WHERE log_group = ?1 AND substr(name, 1, length(?2)) = ?2",
                    )?;
                    list.query_map(params![group, prefix], |row| row.get(0))?.collect::<Result<_, _>>()?
                };
                let mut list = database.prepare_cached(
                    "SELECT e.at, e.id, e.ingested, e.message, e.stream FROM log_event e
                     WHERE e.stream IN (SELECT value FROM json_each(?1)) AND e.at >= ?2 AND e.at <= ?3
                        AND (e.at, e.id) > (?4, ?5) ORDER BY e.at, e.id",
                )?;
                let mut name_of = database.prepare_cached("SELECT name FROM log_stream WHERE id = ?1")?;
                let mut rows = list.query(params![json!(streams).to_string(), start, end, at, id])?;
                let (mut events, mut bytes, mut next) = (Vec::new(), 0, None);
                let mut named: Option<(i64, String)> = None;
                let mut seen = (at, id);
                while let Some(row) = rows.next()? {
                    if events.len() == limit || bytes > MAX_BYTES {
                        next = Some(event_id(seen.0, seen.1));
                        break;
                    }
                    seen = (row.get(0)?, row.get(1)?);
                    let message: String = row.get(3)?;
                    if !pattern.matches(&message) {
                        continue;
                    }
                    let stream: i64 = row.get(4)?;
                    if named.as_ref().is_none_or(|(known, _)| *known != stream) {
                        let name = name_of.query_row(params![stream], |row| row.get(0)).optional()?;
                        named = Some((stream, name.unwrap_or_default()));
                    }
                    let name = named.as_ref().map(|(_, name)| name.as_str());
                    bytes += message.len() + EVENT_BYTES;
                    events.push(json!({
                        "logStreamName": name,
                        "timestamp": seen.0,
                        "message": message,
                        "ingestionTime": row.get::<_, i64>(2)?,
                        "eventId": event_id(seen.0, seen.1),
                    }));
                }
                let mut output = json!({"events": events, "searchedLogStreams": []});
                if let Some(next) = next {
                    output["nextToken"] = next.into();
                }
                Ok(output)
            })
            .await
    }
}
