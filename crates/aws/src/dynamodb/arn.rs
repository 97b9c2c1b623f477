//! Table ARNs. The engine knows tables by name and writes ARNs of a made-up region; callers use this cloud's.

use bytes::Bytes;
use serde_json::Value;

use crate::place::Place;

/// Prefix of the ARNs that the engine writes.
const ENGINE: &str = "arn:aws:dynamodb:dynoxide:000000000000:";

/// Operations whose replies hold ARNs and no user data.
const DESCRIBING: [&str; 6] =
    ["CreateTable", "DeleteTable", "DescribeTable", "UpdateTable", "ListStreams", "DescribeStream"];

/// Replaces table ARNs by table names where the API takes either, since the engine takes names only.
pub(crate) fn names_for_arns(body: Bytes, place: &Place) -> Bytes {
    // Nearly no request names a table by ARN, and looking for the text is far cheaper than parsing.
    let prefix = place.arn("dynamodb", "table/");
    if !contains(&body, prefix.as_bytes()) {
        return body;
    }
    let Ok(mut request) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    let name_of = |arn: &str| arn.strip_prefix(&prefix).filter(|name| !name.contains('/')).map(str::to_owned);
    let Some(members) = request.as_object_mut() else {
        return body;
    };
    if let Some(name) = members.get("TableName").and_then(Value::as_str).and_then(name_of) {
        members.insert("TableName".into(), name.into());
    }
    if let Some(Value::Object(tables)) = members.get_mut("RequestItems") {
        *tables = std::mem::take(tables)
            .into_iter()
            .map(|(table, items)| (name_of(&table).unwrap_or(table), items))
            .collect();
    }
    let actions = members.get_mut("TransactItems").and_then(Value::as_array_mut).into_iter().flatten();
    for action in actions.filter_map(Value::as_object_mut).flat_map(serde_json::Map::values_mut) {
        if let Some(name) = action.get("TableName").and_then(Value::as_str).and_then(name_of) {
            action["TableName"] = name.into();
        }
    }
    request.to_string().into()
}

/// Replaces the engine's ARNs by this cloud's.
pub(crate) fn our_arns(operation: &str, reply: Vec<u8>, place: &Place) -> Vec<u8> {
    if operation == "GetRecords" {
        return our_region(&reply, place).unwrap_or(reply);
    }
    if !DESCRIBING.contains(&operation) {
        return reply;
    }
    match String::from_utf8(reply) {
        Ok(text) => text.replace(ENGINE, &place.arn("dynamodb", "")).into_bytes(),
        Err(not_text) => not_text.into_bytes(),
    }
}

/// Stream records name the region beside user data.
fn our_region(reply: &[u8], place: &Place) -> Option<Vec<u8>> {
    let mut reply: Value = serde_json::from_slice(reply).ok()?;
    for record in reply.get_mut("Records")?.as_array_mut()? {
        record["awsRegion"] = Value::from(place.region.as_str());
    }
    Some(reply.to_string().into_bytes())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn place() -> Place {
        Place { region: "eu-west-1".into(), account: "123456789012".into() }
    }

    fn named(request: &Value) -> Value {
        let body = names_for_arns(request.to_string().into(), &place());
        serde_json::from_slice(&body).expect("JSON")
    }

    #[test]
    fn a_table_may_be_named_by_its_arn() {
        let arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders";
        assert_eq!(
            named(&json!({"TableName": arn, "Item": {"a": {"S": arn}}})),
            json!({"TableName": "orders", "Item": {"a": {"S": arn}}})
        );
        assert_eq!(
            named(&json!({"RequestItems": {arn: [], "other": []}})),
            json!({"RequestItems": {"orders": [], "other": []}})
        );
        assert_eq!(
            named(&json!({"TransactItems": [{"Put": {"TableName": arn}}, {"Delete": {"TableName": "x"}}]})),
            json!({"TransactItems": [{"Put": {"TableName": "orders"}}, {"Delete": {"TableName": "x"}}]})
        );
        let foreign = json!({"TableName": "arn:aws:dynamodb:eu-west-1:999999999999:table/orders"});
        assert_eq!(named(&foreign), foreign);
    }

    #[test]
    fn descriptions_hold_this_clouds_arns() {
        let reply = format!("{{\"TableArn\":\"{ENGINE}table/orders\"}}").into_bytes();
        assert_eq!(
            our_arns("DescribeTable", reply.clone(), &place()),
            b"{\"TableArn\":\"arn:aws:dynamodb:eu-west-1:123456789012:table/orders\"}"
        );
        assert_eq!(our_arns("GetItem", reply.clone(), &place()), reply, "items are left alone");
    }
}
