//! The executions that are cut.

pub(crate) mod maps;
pub(crate) mod states;
pub(crate) mod tasks;

use serde_json::{Map, Value, json};

pub(crate) const LAMBDA: &str = "arn:aws:states:::lambda:invoke";
pub(crate) const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";
pub(crate) const SEND: &str = "arn:aws:states:::sqs:sendMessage";
pub(crate) const ASK: &str = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
pub(crate) const JOB: &str = "arn:aws:states:::ecs:runTask.sync";

/// States that follow each other, the last of which ends the flow. One that says `Next` or `End`, or can't, is left alone.
pub(crate) fn chain(states: &[(&str, Value)]) -> Value {
    let mut made = Map::new();
    for (at, (name, state)) in states.iter().enumerate() {
        let mut state = state.clone();
        let kind = state["Type"].as_str().expect("a type");
        let goes_on = !["Choice", "Succeed", "Fail"].contains(&kind);
        if goes_on && state.get("Next").is_none() && state.get("End").is_none() {
            match states.get(at + 1) {
                Some((next, _)) => state["Next"] = json!(next),
                None => state["End"] = json!(true),
            }
        }
        made.insert((*name).to_owned(), state);
    }
    json!({"StartAt": states[0].0, "States": made})
}

/// The object with these fields, too.
pub(crate) fn with(object: Value, more: Value) -> Value {
    let (Value::Object(mut object), Value::Object(more)) = (object, more) else { panic!("these are objects") };
    object.extend(more);
    Value::Object(object)
}

pub(crate) fn task(resource: &str) -> Value {
    json!({"Type": "Task", "Resource": resource})
}

pub(crate) fn pass() -> Value {
    json!({"Type": "Pass"})
}

/// A definition whose query language is JSONata.
pub(crate) fn jsonata(definition: Value) -> Value {
    with(definition, json!({"QueryLanguage": "JSONata"}))
}
