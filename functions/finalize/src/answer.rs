use domain::Execution;
use domain::record::RecordId;
use serde::Serialize;

use crate::{BranchResult, Error};

/// The answer: the execution's output, and the message that `Notify` publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// `succeeded`; a report of `handle-error` says `failed` in the same place.
    pub status: &'static str,
    /// The record.
    pub id: RecordId,
    /// What was done, for a person.
    pub message: String,
    /// Where the record is kept as an object.
    pub object: Object,
    /// Where it is kept as an item.
    pub item: Item,
    /// What the API said.
    pub api: ApiReceipt,
    /// When all of that was done, RFC 3339.
    pub finished_at: String,
    /// The execution's name.
    pub execution: String,
}

/// An object in a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Object {
    /// The bucket's name.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The entity tag, without quotes.
    pub etag: String,
    /// The version that this execution has written.
    pub version_id: String,
}

/// An item in a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The table's name.
    pub table: String,
    /// The key.
    pub id: RecordId,
}

/// The API's receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiReceipt {
    /// The status of the answer.
    pub status_code: u16,
    /// What to ask for the record by.
    pub receipt: String,
}

/// Puts the results together when there is exactly one of each branch and all are about one record.
pub(crate) fn of(results: Vec<BranchResult>, execution: Execution) -> Result<Output, Error> {
    let (mut objects, mut items, mut receipts) = (Vec::new(), Vec::new(), Vec::new());
    for result in results {
        match result {
            BranchResult::WriteToS3 { bucket, key, etag, version_id } => {
                objects.push(Object { bucket, key, etag: etag.trim_matches('"').to_owned(), version_id });
            }
            BranchResult::WriteToDynamoDB { table, id } => items.push(Item { table, id }),
            BranchResult::CallApiGateway { status_code, response } => {
                receipts.push((response.id, ApiReceipt { status_code, receipt: response.receipt }));
            }
        }
    }
    let object = only("WriteToS3", objects)?;
    let item = only("WriteToDynamoDB", items)?;
    let (accepted, api) = only("CallApiGateway", receipts)?;
    if accepted != item.id || object.key != item.id.key() {
        let found = format!("the object is {}, the item {}, and the API accepted {accepted}", object.key, item.id);
        return Err(Error::Inconsistent(found));
    }
    Ok(Output {
        status: "succeeded",
        id: accepted,
        message: format!(
            "{} is kept as s3://{}/{} and in the table {}, and the API has accepted it (receipt {}).",
            item.id, object.bucket, object.key, item.table, api.receipt
        ),
        object,
        item,
        api,
        finished_at: execution.entered_at,
        execution: execution.name,
    })
}

/// The only result of a branch.
fn only<T>(state: &'static str, results: Vec<T>) -> Result<T, Error> {
    let count = results.len();
    let mut results = results.into_iter();
    match (results.next(), results.next()) {
        (Some(result), None) => Ok(result),
        _ => Err(Error::Count(state, count)),
    }
}
