//! Executions in lists.

use std::sync::Arc;

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::time;
use crate::{ExecutionsOf, Query, Summary};

const COLUMNS: &str = "number, arn, name, state_machine_arn, version_arn, alias_arn, map_run_arn, status, started_at,
    stopped_at, redrive_count, redriven_at";

/// The executions that are asked for, newest first.
pub(super) fn list(connection: &Connection, query: &Query<'_>) -> rusqlite::Result<Vec<Summary>> {
    let (whose, arn) = match query.of {
        ExecutionsOf::Anybody => ("map_run_arn IS NULL", None),
        ExecutionsOf::StateMachine(arn) => ("state_machine_arn = ?", Some(arn)),
        ExecutionsOf::Version(arn) => ("version_arn = ?", Some(arn)),
        ExecutionsOf::Alias(arn) => ("alias_arn = ?", Some(arn)),
        ExecutionsOf::MapRun(arn) => ("map_run_arn = ?", Some(arn)),
    };
    let mut sql = format!("SELECT {COLUMNS} FROM execution WHERE {whose}");
    let before = query.before.map(|number| i64::try_from(number).unwrap_or(i64::MAX));
    let mut values: Vec<&dyn ToSql> = arn.iter().map(|arn| arn as &dyn ToSql).collect();
    if let Some(status) = &query.status {
        values.push(status);
        sql.push_str(" AND status = ?");
    }
    match query.redriven {
        None => {}
        Some(true) => sql.push_str(" AND redrive_count > 0"),
        Some(false) => sql.push_str(" AND redrive_count = 0"),
    }
    if let Some(before) = &before {
        values.push(before);
        sql.push_str(" AND number < ?");
    }
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    values.push(&limit);
    sql.push_str(" ORDER BY number DESC LIMIT ?");
    connection.prepare_cached(&sql)?.query_map(&*values, summary)?.collect()
}

/// The ARNs of those that run, oldest first.
pub(super) fn running(connection: &Connection) -> rusqlite::Result<Vec<Arc<str>>> {
    connection
        .prepare_cached("SELECT arn FROM execution WHERE status = 'RUNNING' ORDER BY number")?
        .query_map([], |row| Ok(row.get::<_, String>(0)?.into()))?
        .collect()
}

/// The execution with that ARN.
pub(super) fn one(connection: &Connection, execution_arn: &str) -> rusqlite::Result<Option<Summary>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM execution WHERE arn = ?1"))?
        .query_row([execution_arn], summary)
        .optional()
}

fn summary(row: &Row<'_>) -> rusqlite::Result<Summary> {
    let text = |index| row.get::<_, Option<String>>(index).map(|text| text.map(Into::into));
    Ok(Summary {
        number: row.get::<_, i64>(0)? as u64,
        execution_arn: row.get::<_, String>(1)?.into(),
        execution_name: row.get::<_, String>(2)?.into(),
        state_machine_arn: row.get::<_, String>(3)?.into(),
        version_arn: text(4)?,
        alias_arn: text(5)?,
        map_run_arn: text(6)?,
        status: row.get(7)?,
        started_at: time(row.get(8)?).unwrap_or_default(),
        stopped_at: row.get::<_, Option<i64>>(9)?.and_then(time),
        redrive_count: row.get::<_, i64>(10)? as u64,
        redriven_at: row.get::<_, Option<i64>>(11)?.and_then(time),
    })
}
