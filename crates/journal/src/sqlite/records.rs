//! Records as rows.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use machine::{HistoryEvent, Input};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::arrivals::Arrivals;
use super::headers::{self, Definitions};
use super::places::{Giving, Remembered};
use super::tables::{row_id, row_ids};
use super::{json, unwritable};
use crate::{Header, JournalError, Record};

/// Events of a row, at most, so that reading a page of a history does not mean to read much more.
const EVENTS_PER_ROW: usize = 512;

/// Bytes of the buffer for events that are kept from one record to the next.
const KEPT_BUFFER_BYTES: usize = 1 << 20;

/// So many executions are remembered, at most; others are looked up.
const MOST_REMEMBERED: usize = 16_384;

/// Why a batch was not written.
#[derive(Debug)]
pub(super) enum Refusal {
    /// There is an execution of that ARN.
    Exists(Arc<str>),
    /// The file can't be written.
    Unusable(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unusable(error)
    }
}

impl Refusal {
    pub(super) fn of_file(self, path: &str) -> JournalError {
        match self {
            Self::Exists(execution) => JournalError::Exists { execution: execution.to_string() },
            Self::Unusable(error) => JournalError::Unusable { path: path.to_owned(), reason: error.to_string() },
        }
    }
}

/// Where an execution's next step goes.
#[derive(Clone, Copy)]
struct Next {
    /// The execution's number.
    number: i64,
    row: i64,
    /// Its last event so far.
    last_event: i64,
    /// When it started, as far as is on record; none: no longer of interest.
    started_at: Option<i64>,
}

/// Writes records into the tables, and remembers what the next ones need.
#[derive(Default)]
pub(super) struct Records {
    arrivals: Arrivals,
    executions: HashMap<Arc<str>, Next>,
    documents: Remembered,
    definitions: Definitions,
    buffer: Vec<u8>,
}

impl Records {
    /// Of a file that was just opened.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self { arrivals: Arrivals::of(connection)?, ..Self::default() })
    }

    /// The executions that began lately.
    pub(super) fn arrivals(&mut self) -> &mut Arrivals {
        &mut self.arrivals
    }

    /// Writes a batch, inside a transaction.
    pub(super) fn write(&mut self, connection: &Connection, batch: &[Record]) -> Result<(), Refusal> {
        // Short executions begin and end in one batch: then nothing is written to be changed at once.
        let whole = match (batch.first(), batch.last()) {
            (Some(Record::Begin(header)), Some(Record::End { execution_arn, outcome, at })) => {
                (header.execution_arn == *execution_arn).then(|| (outcome.status(), at.as_microsecond()))
            }
            _ => None,
        };
        for (index, record) in batch.iter().enumerate() {
            match record {
                Record::Begin(header) => self.begin(connection, header, whole.filter(|_| index == 0))?,
                Record::Step { execution_arn, input, at, events } => {
                    self.step(connection, execution_arn, input, *at, events)?;
                }
                Record::End { execution_arn, outcome, at } => {
                    self.executions.remove(execution_arn);
                    if whole.is_none() {
                        let status = outcome.status();
                        let at = at.as_microsecond();
                        if let Some(number) = self.arrivals.arrived().number(execution_arn) {
                            connection
                                .prepare_cached("UPDATE arrival SET status = ?2, stopped_at = ?3 WHERE number = ?1")?
                                .execute(params![number, status, at])?;
                        } else {
                            connection
                                .prepare_cached("UPDATE execution SET status = ?2, stopped_at = ?3 WHERE arn = ?1")?
                                .execute(params![&**execution_arn, status, at])?;
                        }
                    }
                }
                Record::Redrive { execution_arn, at } => {
                    let sql = if self.arrivals.arrived().number(execution_arn).is_some() {
                        "UPDATE arrival SET status = 'RUNNING', stopped_at = NULL, redrive_count = redrive_count + 1,
                         redriven_at = ?2 WHERE arn = ?1"
                    } else {
                        "UPDATE execution SET status = 'RUNNING', stopped_at = NULL, redrive_count = redrive_count + 1,
                         redriven_at = ?2 WHERE arn = ?1"
                    };
                    connection.prepare_cached(sql)?.execute(params![&**execution_arn, at.as_microsecond()])?;
                }
                Record::Clock { ahead } => {
                    connection
                        .prepare_cached("INSERT OR REPLACE INTO meta VALUES ('clock', ?1)")?
                        .execute([i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX).to_string()])?;
                }
            }
        }
        Ok(())
    }

    /// Forgets what a transaction wrote that came to nothing, and looks at what the file has.
    pub(super) fn forget(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        *self = Self { arrivals: std::mem::take(&mut self.arrivals), ..Self::default() };
        self.arrivals.look(connection)
    }

    /// The first row of an execution, which is over already if `end` tells its status and when.
    fn begin(&mut self, connection: &Connection, header: &Header, end: Option<(&str, i64)>) -> Result<(), Refusal> {
        let number = self.arrivals.add(connection, &header.execution_arn)?;
        let number = number.ok_or_else(|| Refusal::Exists(header.execution_arn.clone()))?;
        let places = Giving::new(connection, &mut self.documents);
        let (definition, input, rest) = headers::columns(connection, header, &mut self.definitions, &places)?;
        let (status, stopped_at) = end.map_or(("RUNNING", None), |(status, at)| (status, Some(at)));
        let started_at = header.started_at.as_microsecond();
        connection
            .prepare_cached(
                "INSERT INTO arrival (number, arn, name, state_machine_arn, version_arn, alias_arn, map_run_arn,
                 definition, input, header, status, started_at, stopped_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                number,
                &*header.execution_arn,
                &*header.execution_name,
                &*header.state_machine_arn,
                header.origin.version_arn.as_deref(),
                header.origin.alias_arn.as_deref(),
                header.child_of.as_ref().map(|child_of| &*child_of.map_run_arn),
                definition,
                input,
                rest,
                status,
                started_at,
                stopped_at,
            ])?;
        self.remember(&header.execution_arn, Next { number, row: 0, last_event: 0, started_at: Some(started_at) });
        Ok(())
    }

    fn remember(&mut self, execution_arn: &Arc<str>, next: Next) {
        if self.executions.len() >= MOST_REMEMBERED {
            self.executions.clear();
        }
        self.executions.insert(execution_arn.clone(), next);
    }

    fn step(
        &mut self,
        connection: &Connection,
        execution_arn: &Arc<str>,
        input: &Input,
        at: Timestamp,
        events: &[HistoryEvent],
    ) -> rusqlite::Result<()> {
        let mut next = match self.executions.get(execution_arn) {
            Some(next) => *next,
            None => look_up(connection, execution_arn, self.arrivals.arrived().number(execution_arn))?,
        };
        let at = at.as_microsecond();
        if next.started_at.take().is_some_and(|started_at| started_at != at) {
            let sql = if self.arrivals.arrived().number(execution_arn).is_some() {
                "UPDATE arrival SET started_at = ?2 WHERE number = ?1"
            } else {
                "UPDATE execution SET started_at = ?2 WHERE number = ?1"
            };
            connection.prepare_cached(sql)?.execute(params![next.number, at])?;
        }
        let mut insert = connection.prepare_cached("INSERT INTO step VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        let mut input = Some(json(input)?);
        let places = Giving::new(connection, &mut self.documents);
        let (first, rest) = events.split_at(events.len().min(EVENTS_PER_ROW));
        for events in std::iter::once(first).chain(rest.chunks(EVENTS_PER_ROW)) {
            let lines = lines(events, &places, &mut self.buffer)?;
            let placed = places.take_given()?;
            let first_event = next.last_event + 1;
            next.last_event += events.len() as i64;
            insert.execute(params![
                row_id(next.number, next.row),
                at,
                input.take(),
                first_event,
                next.last_event,
                placed,
                lines
            ])?;
            next.row += 1;
        }
        self.buffer.clear();
        self.buffer.shrink_to(KEPT_BUFFER_BYTES);
        self.remember(execution_arn, next);
        Ok(())
    }
}

/// Where the next step of an execution goes, by what is in the file.
fn look_up(connection: &Connection, execution_arn: &str, arrival: Option<i64>) -> rusqlite::Result<Next> {
    let place = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (number, started_at): (i64, i64) = match arrival {
        Some(number) => connection
            .prepare_cached("SELECT number, started_at FROM arrival WHERE number = ?1")?
            .query_row([number], place)?,
        None => connection
            .prepare_cached("SELECT number, started_at FROM execution WHERE arn = ?1")?
            .query_row([execution_arn], place)?,
    };
    let (first, last) = row_ids(number);
    let found: Option<(i64, i64)> = connection
        .prepare_cached("SELECT id, last_event FROM step WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1")?
        .query_row([first, last], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(match found {
        None => Next { number, row: 0, last_event: 0, started_at: Some(started_at) },
        Some((id, last_event)) => Next { number, row: id - first + 1, last_event, started_at: None },
    })
}

/// The events, one a line.
fn lines<'b>(events: &[HistoryEvent], places: &Giving<'_>, buffer: &'b mut Vec<u8>) -> rusqlite::Result<&'b str> {
    buffer.clear();
    for event in events {
        if !buffer.is_empty() {
            buffer.push(b'\n');
        }
        serde_json::to_writer(&mut *buffer, &event.with_places(places)).map_err(unwritable)?;
    }
    std::str::from_utf8(buffer).map_err(unwritable)
}
