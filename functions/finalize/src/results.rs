use domain::record::RecordId;
use serde::Deserialize;

/// What came of one branch, as the `ResultSelector` of its state forms it. `state` says which branch it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "state")]
pub enum BranchResult {
    /// The record was stored as an object.
    WriteToS3 {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
        /// The object's entity tag, in the quotes that it has in HTTP.
        etag: String,
        /// Which version of the object it is.
        version_id: String,
    },
    /// The record was stored as an item.
    WriteToDynamoDB {
        /// The table's name.
        table: String,
        /// The item's key.
        id: RecordId,
    },
    /// The API took the record.
    CallApiGateway {
        /// The status of the answer, 200 to 299: Step Functions fails the state for any other one.
        status_code: u16,
        /// The answer's body.
        response: ApiResponse,
    },
}

/// What `process-api` answers when it accepts a record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ApiResponse {
    /// Nothing else counts as a success.
    pub status: Accepted,
    /// The record.
    pub id: RecordId,
    /// What to ask for it by.
    pub receipt: String,
}

/// `"accepted"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accepted {
    /// `"accepted"`.
    Accepted,
}
