//! `GetLogEvents`: one stream, page by page in either direction.

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::store::{EVENT_BYTES, event_id, parse_event_id};
use super::{Logs, fault, stream};
use crate::error::ServiceError;

/// The most events, and about the most bytes, of a page (API reference).
pub(super) const MAX_EVENTS: usize = 10_000;
pub(super) const MAX_BYTES: usize = 1_048_576;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Get {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: String,
    start_time: Option<i64>,
    end_time: Option<i64>,
    next_token: Option<String>,
    limit: Option<i64>,
    #[serde(default)]
    start_from_head: bool,
}

/// Where a page begins, and which way it goes.
#[derive(Clone, Copy)]
enum From {
    After((i64, i64)),
    Before((i64, i64)),
}

impl From {
    fn read(request: &Get) -> Result<Self, ServiceError> {
        let Some(token) = &request.next_token else {
            let head = Self::After((0, 0));
            return Ok(if request.start_from_head { head } else { Self::Before((i64::MAX, i64::MAX)) });
        };
        let (direction, rest) = token.split_once('/').ok_or_else(fault::bad_token)?;
        let position = parse_event_id(rest.strip_suffix("/s").ok_or_else(fault::bad_token)?)?;
        match direction {
            "f" => Ok(Self::After(position)),
            "b" => Ok(Self::Before(position)),
            _ => Err(fault::bad_token()),
        }
    }
}

impl Logs {
    pub(super) async fn get_log_events(&self, request: Get) -> Result<Value, ServiceError> {
        let from = From::read(&request)?;
        let limit = fault::limit(request.limit, MAX_EVENTS)?;
        let group = self.group_name(request.log_group_name, request.log_group_identifier)?;
        let (start, end) = (request.start_time.unwrap_or(0), request.end_time.unwrap_or(i64::MAX));
        self.store
            .with(move |database| {
                let stream = stream::find(database, &group, &request.log_stream_name)?;
                let (relation, direction, (at, id)) = match from {
                    From::After(position) => (">", "ASC", position),
                    From::Before(position) => ("<", "DESC", position),
                };
                let mut list = database.prepare_cached(&format!(
                    "SELECT at, id, ingested, message FROM log_event
                     WHERE stream = ?1 AND at >= ?2 AND at < ?3 AND (at, id) {relation} (?4, ?5)
                     ORDER BY at {direction}, id {direction} LIMIT ?6"
                ))?;
                let mut rows = list.query(params![stream, start, end, at, id, limit])?;
                let (mut events, mut positions, mut bytes) = (Vec::new(), Vec::new(), 0);
                while let Some(row) = rows.next()? {
                    let (at, message): (i64, String) = (row.get(0)?, row.get(3)?);
                    bytes += message.len() + EVENT_BYTES;
                    if bytes > MAX_BYTES && !events.is_empty() {
                        break;
                    }
                    positions.push(event_id(at, row.get(1)?));
                    events.push(json!({"timestamp": at, "message": message, "ingestionTime": row.get::<_, i64>(2)?}));
                }
                if matches!(from, From::Before(_)) {
                    events.reverse();
                    positions.reverse();
                }
                // An empty page ends where it began; one of an empty stream, at the stream's beginning.
                let here = if (at, id) == (i64::MAX, i64::MAX) { event_id(0, 0) } else { event_id(at, id) };
                let (first, last) = (positions.first().unwrap_or(&here), positions.last().unwrap_or(&here));
                Ok(json!({
                    "events": events,
                    "nextForwardToken": format!("f/{last}/s"),
                    "nextBackwardToken": format!("b/{first}/s"),
                }))
            })
            .await
    }
}
