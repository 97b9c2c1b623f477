//! What becomes of a received message: it is deleted, or its visibility timeout is changed.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::queue::Queue;
use super::receipt::Receipt;
use super::{Engine, failed, read};
use crate::database::Failure;
use crate::error::ServiceError;
use crate::sqs::fault::{fault, invalid};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delete {
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeVisibility {
    receipt_handle: String,
    visibility_timeout: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<T> {
    entries: Vec<Entry<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<T> {
    id: String,
    #[serde(flatten)]
    of: T,
}

impl Engine {
    pub(super) async fn delete_message(
        &self,
        queue: String,
        members: Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        let Delete { receipt_handle } = read(members)?;
        self.delete_one(queue, receipt_handle).await
    }

    pub(super) async fn delete_one(&self, queue: String, handle: String) -> Result<Value, ServiceError> {
        Receipt::parse(&handle)?;
        self.settle(queue, move |database, queue, now| delete(database, queue, &handle, now).map(|()| json!({}))).await
    }

    pub(super) async fn delete_batch(&self, queue: String, members: Map<String, Value>) -> Result<Value, ServiceError> {
        let Batch { entries } = read::<Batch<Delete>>(members)?;
        self.settle(queue, move |database, queue, now| {
            each(entries, |of| delete(database, queue, &of.receipt_handle, now))
        })
        .await
    }

    pub(super) async fn change_visibility(
        &self,
        queue: String,
        members: Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        let of: ChangeVisibility = read(members)?;
        Receipt::parse(&of.receipt_handle)?;
        self.settle(queue, move |database, queue, now| change(database, queue, &of, now).map(|()| json!({}))).await
    }

    pub(super) async fn change_visibility_batch(
        &self,
        queue: String,
        members: Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        let Batch { entries } = read::<Batch<ChangeVisibility>>(members)?;
        self.settle(queue, move |database, queue, now| each(entries, |of| change(database, queue, of, now))).await
    }

    async fn settle(
        &self,
        queue: String,
        settle: impl FnOnce(&Connection, &Queue, i64) -> Result<Value, Failure> + Send + 'static,
    ) -> Result<Value, ServiceError> {
        let (name, now) = (queue.clone(), self.clock.now());
        let done = self.database.with(move |database| settle(database, &Queue::find(database, &name)?, now)).await?;
        // A message group may be free now, or a message visible.
        self.waiters.wake(&queue);
        Ok(done)
    }
}

/// Entries that are refused fail alone.
fn each<T>(entries: Vec<Entry<T>>, mut settle: impl FnMut(&T) -> Result<(), Failure>) -> Result<Value, Failure> {
    let (mut successful, mut refused) = (Vec::new(), Vec::new());
    for Entry { id, of } in entries {
        match settle(&of) {
            Ok(()) => successful.push(json!({"Id": id})),
            Err(Failure::Refused(error)) => refused.push(failed(&id, &error)),
            Err(failure) => return Err(failure),
        }
    }
    Ok(json!({"Successful": successful, "Failed": refused}))
}

/// When the message of a receipt becomes visible, and whether the receipt is its latest; none when it is gone.
fn found(database: &Connection, queue: &Queue, receipt: &Receipt) -> rusqlite::Result<Option<(i64, bool)>> {
    database
        .prepare_cached("SELECT visible, receipt FROM message WHERE id = ?1 AND queue = ?2 AND uuid = ?3")?
        .query_row(params![receipt.id, queue.id, receipt.uuid], |row| {
            Ok((row.get(0)?, row.get::<_, Option<i64>>(1)? == Some(receipt.nonce)))
        })
        .optional()
}

/// Deletes a message by its latest receipt. By an older one nothing is deleted, since somebody else works on the message; that
/// is a success all the same in a standard queue, and an error in a FIFO queue, where the latest serves until its visibility
/// timeout ends only (recorded in `LocalStack`'s snapshot `test_fifo_delete_message_with_expired_receipt_handle`).
fn delete(database: &Connection, queue: &Queue, handle: &str, now: i64) -> Result<(), Failure> {
    let receipt = Receipt::parse(handle)?;
    let Some((visible, latest)) = found(database, queue, &receipt)? else { return Ok(()) };
    if queue.fifo && (!latest || visible <= now) {
        return Err(invalid("ReceiptHandle", handle, "The receipt handle has expired.").into());
    }
    if latest {
        database.prepare_cached("DELETE FROM message WHERE id = ?1")?.execute([receipt.id])?;
    }
    Ok(())
}

fn change(database: &Connection, queue: &Queue, of: &ChangeVisibility, now: i64) -> Result<(), Failure> {
    let receipt = Receipt::parse(&of.receipt_handle)?;
    if !found(database, queue, &receipt)?.is_some_and(|(visible, latest)| latest && visible > now) {
        return Err(fault(
            "AWS.SimpleQueueService.MessageNotInflight",
            "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for \
             visibility timeout change.",
        )
        .into());
    }
    database
        .prepare_cached("UPDATE message SET visible = ?2 WHERE id = ?1")?
        .execute(params![receipt.id, now + of.visibility_timeout * 1000])?;
    Ok(())
}
