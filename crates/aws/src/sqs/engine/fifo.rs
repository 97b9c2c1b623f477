//! Which messages of a FIFO queue may be received: those of a message group in order, none while another of the group is
//! in flight, and as many of one group as there are before the next group's
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html>).

use std::collections::HashSet;

use rusqlite::{Connection, params};

/// The rows of up to `most` messages, in the order in which they are received.
pub(super) fn choose(database: &Connection, queue: i64, now: i64, most: usize) -> rusqlite::Result<Vec<i64>> {
    let mut settled: HashSet<String> = database
        .prepare_cached(
            "SELECT DISTINCT group_id FROM message WHERE queue = ?1 AND visible > ?2 AND receipt IS NOT NULL",
        )?
        .query_map(params![queue, now], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut chosen = Vec::new();
    let mut all = database
        .prepare_cached("SELECT group_id FROM message WHERE queue = ?1 AND sequence IS NOT NULL ORDER BY id")?;
    let mut rows = all.query([queue])?;
    while let Some(row) = rows.next()? {
        let group = row.get_ref(0)?.as_str()?;
        if settled.contains(group) {
            continue;
        }
        of_group(database, queue, group, now, most, &mut chosen)?;
        if chosen.len() == most {
            break;
        }
        settled.insert(group.to_owned());
    }
    Ok(chosen)
}

/// A group's messages up to the first that isn't visible yet: what comes after it waits for it.
fn of_group(
    database: &Connection,
    queue: i64,
    group: &str,
    now: i64,
    most: usize,
    chosen: &mut Vec<i64>,
) -> rusqlite::Result<()> {
    let mut messages = database.prepare_cached(
        "SELECT id, visible FROM message WHERE queue = ?1 AND group_id = ?2 AND sequence IS NOT NULL ORDER BY id",
    )?;
    let mut rows = messages.query(params![queue, group])?;
    while let Some(row) = rows.next()? {
        if chosen.len() == most || row.get::<_, i64>(1)? > now {
            break;
        }
        chosen.push(row.get(0)?);
    }
    Ok(())
}
