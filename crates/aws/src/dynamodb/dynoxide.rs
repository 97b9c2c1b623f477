//! The table engine `dynoxide` (`SQLite`), the only file that knows it.
//!
//! Its typed calls are used directly instead of its HTTP server, so that there is one port, one Host check and no
//! second hop. What its server adds over them are the wordings for requests with members of a wrong JSON type, which
//! no SDK sends; the usual ones of these are worded here.

use std::path::Path;

use ::database::{Files, aside, look};
use dynoxide::{Database, DynoxideError};
use rusqlite::{Connection, OpenFlags};
use serde::de::DeserializeOwned;

use super::{TableFault, Tables};
use crate::error::Error;

const UNKNOWN_OPERATION: &str = "com.amazon.coral.service#UnknownOperationException";

/// Tables in memory or in one `SQLite` file.
pub(crate) struct Dynoxide(Database);

impl Dynoxide {
    /// Opens the tables in `file`, or new ones in memory. A write to a file is on the disk (`fsync`) when it is answered.
    ///
    /// # Errors
    /// [`Error::Data`], which names the file and what to do.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, Error> {
        let Some(file) = file else {
            return Database::memory()
                .map(Self)
                .map_err(|error| Error::Data { path: ":memory:".into(), reason: error.to_string() });
        };
        let unusable = |reason: String| Error::Data { path: file.to_owned(), reason };
        let path =
            file.to_str().ok_or_else(|| unusable("its path is not UTF-8: choose another data directory".into()))?;
        look(file)
            .and_then(|found| match found {
                Files::Some => known(file),
                Files::None => aside(file, |fresh| {
                    let fresh = fresh.to_str().ok_or("its path is not UTF-8")?;
                    Database::new(fresh).map(drop).map_err(|error| format!("it can't be made: {error}"))
                }),
            })
            .map_err(unusable)?;
        // It keeps a version of its own and refuses files of later ones.
        Database::new(path).map(Self).map_err(|error| unusable(error.to_string()))
    }
}

/// Whether the file is one that the engine has made: it would take any database for its own.
fn known(file: &Path) -> Result<(), String> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE);
    let marks: rusqlite::Result<i64> = connection.and_then(|connection| {
        connection
            .query_row("SELECT count(*) FROM sqlite_master WHERE name IN ('_config', '_tables')", [], |row| row.get(0))
    });
    match marks {
        Ok(2) => Ok(()),
        Ok(_) => {
            Err("it is a database, but not this program's tables: move it away, or choose another data directory"
                .into())
        }
        Err(error) => {
            Err(format!("it is damaged, or not this program's tables ({error}): put back a copy, or move it away"))
        }
    }
}

macro_rules! dispatch {
    ($database:expr, $operation:expr, $body:expr, { $($name:literal => $method:ident,)* }) => {
        match $operation {
            $($name => {
                let request = decode($operation, $body)?;
                let reply = $database.$method(request).map_err(|error| fault($operation, &error))?;
                encode(&reply)
            })*
            other => Err(TableFault::new(
                400,
                UNKNOWN_OPERATION,
                &format!("The DynamoDB operation {other} is not emulated here"),
            )),
        }
    };
}

impl Tables for Dynoxide {
    fn execute(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, TableFault> {
        dispatch!(self.0, operation, body, {
            "GetItem" => get_item,
            "PutItem" => put_item,
            "UpdateItem" => update_item,
            "DeleteItem" => delete_item,
            "Query" => query,
            "Scan" => scan,
            "BatchGetItem" => batch_get_item,
            "BatchWriteItem" => batch_write_item,
            "TransactGetItems" => transact_get_items,
            "TransactWriteItems" => transact_write_items,
            "ExecuteStatement" => execute_statement,
            "BatchExecuteStatement" => batch_execute_statement,
            "ExecuteTransaction" => execute_transaction,
            "CreateTable" => create_table,
            "DescribeTable" => describe_table,
            "UpdateTable" => update_table,
            "DeleteTable" => delete_table,
            "ListTables" => list_tables,
            "UpdateTimeToLive" => update_time_to_live,
            "DescribeTimeToLive" => describe_time_to_live,
            "TagResource" => tag_resource,
            "UntagResource" => untag_resource,
            "ListTagsOfResource" => list_tags_of_resource,
            "ListStreams" => list_streams,
            "DescribeStream" => describe_stream,
            "GetShardIterator" => get_shard_iterator,
            "GetRecords" => get_records,
        })
    }
}

fn encode<T: serde::Serialize>(reply: &T) -> Result<Vec<u8>, TableFault> {
    serde_json::to_vec(reply)
        .map_err(|e| TableFault::new(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", &e.to_string()))
}

/// Reads a request. The engine's readers mark what kind of error theirs is by a prefix of the message.
fn decode<T: DeserializeOwned>(operation: &str, body: &[u8]) -> Result<T, TableFault> {
    let error = match serde_json::from_slice(body) {
        Ok(request) => return Ok(request),
        Err(error) => error,
    };
    if error.is_syntax() || error.is_eof() {
        return Err(fault(operation, &DynoxideError::SerializationException(String::new())));
    }
    let text = error.to_string();
    let message = without_position(&text);
    let marked = |marker| message.strip_prefix(marker).map(str::to_owned);
    let error = if let Some(message) = marked("VALIDATION_REQUEST:") {
        DynoxideError::EnvelopedValidation(message)
    } else if let Some(message) = marked("VALIDATION:").or_else(|| marked("VALIDATION_AS_READ:")) {
        DynoxideError::ValidationException(message)
    } else if let Some(message) = marked("SERIALIZATION:").or_else(|| marked("SERIALIZATION_AS_READ:")) {
        DynoxideError::SerializationException(message)
    } else if let Some(member) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        DynoxideError::ValidationException(missing(member))
    } else if message.contains("Supplied AttributeValue") {
        DynoxideError::ValidationException(message.to_owned())
    } else if message.contains("empty AttributeValue") {
        DynoxideError::ValidationException(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes".into(),
        )
    } else if message.contains("invalid type: null") || message.contains("unknown variant") {
        DynoxideError::ValidationException(message.to_owned())
    } else {
        DynoxideError::SerializationException(mistyped(message))
    };
    Err(fault(operation, &error))
}

/// AWS's sentence for a required member that is absent or null, as recorded in
/// `error_handling/task_service_dynamodb--invalid_param.json`.
fn missing(member: &str) -> String {
    let mut letters = member.chars();
    let camel: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
    format!(
        "1 validation error detected: Value null at '{camel}' failed to satisfy constraint: Member must not be null"
    )
}

/// `DynamoDB`'s sentence for a member of a wrong JSON type, from `invalid type: integer `23`, expected a string`.
fn mistyped(message: &str) -> String {
    let Some((found, expected)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    else {
        return message.to_owned();
    };
    let target = match expected {
        "a string" => "String",
        "a boolean" => "Boolean",
        "i64" | "u64" => "Long",
        _ => return "Unexpected value type in payload".to_owned(),
    };
    let source = match found.split_once(' ').map_or(found, |(kind, _)| kind) {
        "integer" => "NUMBER_VALUE",
        "floating" => "DECIMAL_VALUE",
        "string" => "STRING_VALUE",
        "boolean" if found.contains("true") => "TRUE_VALUE",
        "boolean" => "FALSE_VALUE",
        "map" => return "Start of structure or map found where not expected".to_owned(),
        _ => return "Unexpected field type".to_owned(),
    };
    format!("{source} cannot be converted to {target}")
}

fn without_position(message: &str) -> &str {
    match message.rfind(" at line ") {
        Some(at) if message[at..].contains(" column ") => &message[..at],
        _ => message,
    }
}

/// The engine's error as a reply. Validation errors of single-item writes are counted by AWS ("1 validation error
/// detected"), those of other operations are not.
fn fault(operation: &str, error: &DynoxideError) -> TableFault {
    let counted = matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem");
    let restated = match error {
        DynoxideError::EnvelopedValidation(message) if counted => {
            DynoxideError::ValidationException(format!("1 validation error detected: {message}"))
        }
        DynoxideError::EnvelopedValidation(message) => DynoxideError::ValidationException(message.clone()),
        _ => {
            return TableFault {
                status: error.status_code(),
                kind: error.error_type().to_owned(),
                message: error.to_string(),
                body: error.to_json().into_bytes(),
            };
        }
    };
    fault(operation, &restated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_members_are_worded_as_dynamodb_does() {
        assert_eq!(
            mistyped("invalid type: integer `23`, expected a string"),
            "NUMBER_VALUE cannot be converted to String"
        );
        assert_eq!(
            mistyped("invalid type: boolean `true`, expected a string"),
            "TRUE_VALUE cannot be converted to String"
        );
        assert_eq!(
            mistyped("invalid type: map, expected a string"),
            "Start of structure or map found where not expected"
        );
        assert_eq!(
            missing("TableName"),
            "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null"
        );
    }

    #[test]
    fn only_a_position_is_cut_off() {
        assert_eq!(without_position("bad at line 1 column 7"), "bad");
        assert_eq!(without_position("look at line 9"), "look at line 9");
    }
}
