//! Furnishes tables: made when absent, left alone when the same one is there, refused when another one is.

use serde_json::Value;

use super::DynamoDb;
use crate::error::Error;
use crate::service::Service;

impl DynamoDb {
    /// Makes the table that a `CreateTable` request describes, or finds it. Returns its ARN.
    pub(crate) async fn furnish(&self, request: Value) -> Result<String, Error> {
        let name = request.get("TableName").and_then(Value::as_str).unwrap_or_default().to_owned();
        let resource = format!("DynamoDB table {name}");
        let created = self.call("CreateTable", request.clone()).await;
        let description = match created {
            Ok(reply) => reply.output["TableDescription"].clone(),
            Err(error) if error.code == "ResourceInUseException" => {
                let described = self.call("DescribeTable", serde_json::json!({"TableName": name})).await;
                let reply = described.map_err(|source| Error::refused(resource.clone(), source))?;
                let existing = reply.output["Table"].clone();
                if let Some(difference) = difference(&request, &existing) {
                    return Err(Error::Conflict {
                        resource,
                        difference: difference.to_owned(),
                        cure: "give the table another name, or delete it (or the data directory) to start anew",
                    });
                }
                existing
            }
            Err(source) => return Err(Error::refused(resource, source)),
        };
        Ok(description["TableArn"].as_str().unwrap_or_default().to_owned())
    }
}

/// What in an existing table's description contradicts the request. Settings that can be changed in place (billing,
/// tags, class) don't matter.
fn difference(request: &Value, existing: &Value) -> Option<&'static str> {
    if keys(&request["KeySchema"]) != keys(&existing["KeySchema"]) {
        return Some("key schema");
    }
    // AWS demands that a request declares exactly the attributes that keys use, so the sets must be equal.
    if attributes(request) != attributes(existing) {
        return Some("attribute types");
    }
    let indexes =
        [("GlobalSecondaryIndexes", "global secondary indexes"), ("LocalSecondaryIndexes", "local secondary indexes")];
    indexes
        .into_iter()
        .find(|(member, _)| index_keys(request, member) != index_keys(existing, member))
        .map(|(_, name)| name)
}

type Keys = Vec<(String, String)>;

fn keys(schema: &Value) -> Keys {
    pairs(schema, "AttributeName", "KeyType")
}

fn attributes(table: &Value) -> Keys {
    pairs(&table["AttributeDefinitions"], "AttributeName", "AttributeType")
}

fn index_keys(table: &Value, member: &str) -> Vec<(String, Keys, String)> {
    let mut indexes: Vec<_> = table[member]
        .as_array()
        .into_iter()
        .flatten()
        .map(|index| {
            (text(&index["IndexName"]), keys(&index["KeySchema"]), text(&index["Projection"]["ProjectionType"]))
        })
        .collect();
    indexes.sort();
    indexes
}

fn pairs(list: &Value, name: &str, value: &str) -> Keys {
    let mut pairs: Keys =
        list.as_array().into_iter().flatten().map(|item| (text(&item[name]), text(&item[value]))).collect();
    pairs.sort();
    pairs
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
