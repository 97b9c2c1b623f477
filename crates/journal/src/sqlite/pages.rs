//! Histories in pages: only the rows of a page are read, and no event is parsed.

use rusqlite::{Connection, OptionalExtension as _};

use super::places::Filling;
use super::tables::{row_id, row_ids};
use crate::HistoryPage;

/// The events of a page.
pub(super) fn read(connection: &Connection, execution_arn: &str, page: HistoryPage) -> rusqlite::Result<Vec<String>> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT number FROM execution WHERE arn = ?1")?
        .query_row([execution_arn], |row| row.get(0))
        .optional()?;
    let Some(execution) = found else { return Ok(Vec::new()) };
    let (first_id, last_id) = row_ids(execution);
    let found: Option<(i64, i64)> = connection
        .prepare_cached("SELECT id, last_event FROM step WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1")?
        .query_row([first_id, last_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((last_id, last)) = found else { return Ok(Vec::new()) };
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
    let row = row_of(connection, execution, last_id - first_id, first)?;
    let mut events = Vec::with_capacity((last - first + 1) as usize);
    let mut filling = Filling::new(connection);
    let mut statement = connection
        .prepare_cached("SELECT first_event, placed, events FROM step WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
    let mut rows = statement.query([row_id(execution, row), last_id])?;
    while let Some(row) = rows.next()? {
        let first_of_row: i64 = row.get(0)?;
        if first_of_row > last {
            break;
        }
        let placed: bool = row.get(1)?;
        for (number, line) in (first_of_row..=last).zip(row.get_ref(2)?.as_str()?.lines()) {
            if number >= first {
                events.push(if placed { filling.fill(line)? } else { line.to_owned() });
            }
        }
    }
    if page.reverse {
        events.reverse();
    }
    Ok(events)
}

/// The last row that begins with that event or an earlier one, of those up to `last`.
fn row_of(connection: &Connection, execution: i64, last: i64, event: i64) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT first_event FROM step WHERE id = ?1")?;
    let (mut low, mut high) = (0, last);
    // Many ask for the end.
    let mut middle = last;
    while low < high {
        let first: i64 = statement.query_row([row_id(execution, middle)], |row| row.get(0))?;
        if first <= event {
            low = middle;
        } else {
            high = middle - 1;
        }
        middle = (low + high + 1) / 2;
    }
    Ok(low)
}
