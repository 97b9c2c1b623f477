//! Names of members: Step Functions spells all of them in Pascal case, even where the service's API has camel case
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html>).

use serde_json::Value;

/// `putItem` is the API's `PutItem`.
pub(crate) fn pascal(name: &str) -> String {
    with_first(name, char::to_ascii_uppercase)
}

/// `TaskArn` is the API's `taskArn`.
pub(crate) fn camel(name: &str) -> String {
    with_first(name, char::to_ascii_lowercase)
}

fn with_first(name: &str, change: fn(&char) -> char) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| {
        let mut changed = String::with_capacity(name.len());
        changed.push(change(&first));
        changed.push_str(characters.as_str());
        changed
    })
}

/// The value with every member at every depth renamed.
pub(crate) fn renamed(value: Value, rename: fn(&str) -> String) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (rename(&name), renamed(value, rename))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| renamed(item, rename)).collect()),
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_renamed_at_every_depth_and_values_are_not() {
        let pascal_case = json!({"Tasks": [{"TaskArn": "taskArn", "Overrides": {"Cpu": "256"}}], "É": 1});
        let camel_case = json!({"tasks": [{"taskArn": "taskArn", "overrides": {"cpu": "256"}}], "É": 1});
        assert_eq!(renamed(pascal_case.clone(), camel), camel_case);
        assert_eq!(renamed(camel_case, pascal), pascal_case);
        assert_eq!(pascal(""), "");
    }
}
