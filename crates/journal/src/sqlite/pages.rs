//! Histories in pages: only the steps of a page are read, and no event is parsed.

use rusqlite::{Connection, OptionalExtension as _};

use super::step_id;
use crate::HistoryPage;

/// The events of a page.
pub(super) fn read(connection: &Connection, execution_arn: &str, page: HistoryPage) -> rusqlite::Result<Vec<String>> {
    let found: Option<(i64, i64, i64)> = connection
        .prepare_cached("SELECT number, steps, events FROM execution WHERE arn = ?1")?
        .query_row([execution_arn], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((execution, steps, last)) = found else { return Ok(Vec::new()) };
    let asked = i64::try_from(page.from).unwrap_or(i64::MAX);
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    // The numbers of the first and the last event of the page, in the order of the history.
    let (first, last) = if page.reverse {
        let last = asked.min(last);
        (last.saturating_sub(limit - 1).max(1), last)
    } else {
        let first = asked.max(1);
        (first, first.saturating_add(limit - 1).min(last))
    };
    if first > last {
        return Ok(Vec::new());
    }
    let mut step = step_of(connection, execution, steps, first)?;
    let mut events = Vec::with_capacity((last - first + 1) as usize);
    let mut statement = connection.prepare_cached("SELECT first_event, events FROM step WHERE id = ?1")?;
    while step < steps {
        let (mut number, lines): (i64, String) =
            statement.query_row([step_id(execution, step)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if number > last {
            break;
        }
        for line in lines.lines() {
            if (first..=last).contains(&number) {
                events.push(line.to_owned());
            }
            number += 1;
        }
        step += 1;
    }
    if page.reverse {
        events.reverse();
    }
    Ok(events)
}

/// The last step that begins with that event or an earlier one.
fn step_of(connection: &Connection, execution: i64, steps: i64, event: i64) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT first_event FROM step WHERE id = ?1")?;
    let (mut low, mut high) = (0, steps - 1);
    while low < high {
        let middle = (low + high + 1) / 2;
        let first: i64 = statement.query_row([step_id(execution, middle)], |row| row.get(0))?;
        if first <= event {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Ok(low)
}
