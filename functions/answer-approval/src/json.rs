use serde_json::{Map, Value, json};

use crate::{Ask, Reply};

/// The output of the approved task: `{"decision": "approved"}`, with `by` and `comment` when they were given.
pub(crate) fn approval(ask: &Ask) -> String {
    let mut output = Map::from_iter([("decision".to_owned(), Value::from("approved"))]);
    let said = [("by", &ask.by), ("comment", &ask.comment)];
    output.extend(said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?.into()))));
    Value::Object(output).to_string()
}

/// The reply for a program.
pub(crate) fn body(reply: &Reply) -> String {
    let status = reply.word();
    match reply {
        Reply::Confirm(ask) => json!({
            "status": status,
            "decision": ask.decision.as_str(),
            "execution": ask.execution,
            "state": ask.state,
            "message": "Nothing is decided yet. Send the same as a POST to decide.",
        }),
        Reply::Answered(_) => json!({"status": status, "message": "The decision has been passed on."}),
        Reply::Refused(refusal) => {
            json!({"status": status, "message": format!("{}. {}", refusal.title(), refusal.advice())})
        }
    }
    .to_string()
}
