//! AWS's Query protocol: form-encoded requests that name their operation in `Action`, XML replies.
//!
//! Requests are turned into the same JSON members that in-process callers use, so that a service carries out both alike:
//! `Attributes.entry.1.key=a&Attributes.entry.1.value=b` becomes `{"Attributes": {"a": "b"}}` and `Ids.member.1=x`
//! becomes `{"Ids": ["x"]}`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::xml::Xml;
use crate::error::ServiceError;

/// More pairs than any operation takes; a form with more is refused unread.
const MAX_PAIRS: usize = 2_000;
/// Deeper than any operation's members nest.
const MAX_DEPTH: usize = 12;

/// How one service's replies are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    /// `xmlns` of the replies.
    pub(crate) namespace: &'static str,
    /// Members of replies that are maps, written as `entry` elements.
    pub(crate) maps: &'static [&'static str],
}

/// A request taken apart.
#[derive(Debug, PartialEq)]
pub(crate) struct QueryRequest {
    /// The operation, like `Publish`.
    pub(crate) action: String,
    /// The API's version, like `2010-03-31`; empty when not given.
    pub(crate) version: String,
    /// The operation's members.
    pub(crate) members: Value,
}

/// Why a form is no Query request.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    #[error("the request names no Action")]
    NoAction,
    #[error("the request has more than {MAX_PAIRS} parameters")]
    TooMany,
    #[error("the parameter {0} nests too deep")]
    TooDeep(String),
    #[error("the parameter {0} is given twice or is both a value and a structure")]
    Twice(String),
}

/// Reads a form (`a=b&c=d`), from a body or a query string.
pub(crate) fn parse(form: &str) -> Result<QueryRequest, QueryError> {
    let (mut action, mut version) = (String::new(), String::new());
    let mut root = Node::default();
    for (count, (name, value)) in pairs(form).enumerate() {
        if count >= MAX_PAIRS {
            return Err(QueryError::TooMany);
        }
        match &*name {
            "Action" => action = value.into_owned(),
            "Version" => version = value.into_owned(),
            _ => root.insert(&name, value.into_owned())?,
        }
    }
    if action.is_empty() {
        return Err(QueryError::NoAction);
    }
    let members = match root.into_value() {
        Value::Object(members) => Value::Object(members),
        _ => Value::Object(Map::new()),
    };
    Ok(QueryRequest { action, version, members })
}

/// The decoded name-value pairs of a form.
pub(crate) fn pairs(form: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// Percent-decoded text with `+` for a blank; bytes that aren't UTF-8 become U+FFFD.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let blanks = text.replace('+', " ");
    Cow::Owned(percent_encoding::percent_decode_str(&blanks).decode_utf8_lossy().into_owned())
}

/// The reply to a successful request. An `output` of `null` stands for an operation that answers nothing.
pub(crate) fn reply(dialect: Dialect, operation: &str, output: &Value, request_id: &str) -> String {
    let mut xml = Xml::default();
    let response = format!("{operation}Response");
    xml.open(&response, &format!(" xmlns=\"{}\"", dialect.namespace));
    if !output.is_null() {
        let result = format!("{operation}Result");
        xml.member(&result, output, dialect.maps);
    }
    xml.open("ResponseMetadata", "");
    xml.leaf("RequestId", request_id);
    xml.close("ResponseMetadata");
    xml.close(&response);
    xml.finish()
}

/// The reply to a request that failed.
pub(crate) fn error_reply(dialect: Dialect, error: &ServiceError) -> String {
    let mut xml = Xml::default();
    xml.open("ErrorResponse", &format!(" xmlns=\"{}\"", dialect.namespace));
    xml.open("Error", "");
    xml.leaf("Type", if error.status >= 500 { "Receiver" } else { "Sender" });
    xml.leaf("Code", &error.code);
    xml.leaf("Message", &error.message);
    xml.close("Error");
    xml.leaf("RequestId", &error.request_id);
    xml.close("ErrorResponse");
    xml.finish()
}

/// A dotted name's tree.
#[derive(Debug, Default)]
struct Node {
    value: Option<String>,
    children: BTreeMap<String, Node>,
}

impl Node {
    fn insert(&mut self, name: &str, value: String) -> Result<(), QueryError> {
        let mut node = self;
        for (depth, part) in name.split('.').enumerate() {
            if depth == MAX_DEPTH {
                return Err(QueryError::TooDeep(name.to_owned()));
            }
            node = node.children.entry(part.to_owned()).or_default();
            if node.value.is_some() {
                return Err(QueryError::Twice(name.to_owned()));
            }
        }
        if !node.children.is_empty() {
            return Err(QueryError::Twice(name.to_owned()));
        }
        node.value = Some(value);
        Ok(())
    }

    fn into_value(mut self) -> Value {
        if let Some(value) = self.value {
            return Value::String(value);
        }
        if self.children.len() == 1 {
            if let Some(list) = self.children.remove("member") {
                return Value::Array(list.numbered().into_iter().map(Node::into_value).collect());
            }
            if let Some(map) = self.children.remove("entry") {
                return Value::Object(map.numbered().into_iter().filter_map(Node::into_entry).collect());
            }
        }
        Value::Object(self.children.into_iter().map(|(name, node)| (name, node.into_value())).collect())
    }

    /// The children in the order of their numbers.
    fn numbered(self) -> Vec<Node> {
        let mut items: Vec<(u32, Node)> =
            self.children.into_iter().filter_map(|(number, node)| Some((number.parse().ok()?, node))).collect();
        items.sort_by_key(|(number, _)| *number);
        items.into_iter().map(|(_, node)| node).collect()
    }

    /// A map's entry; its members are called `key`/`value` or `Name`/`Value`, as the service's model has it.
    fn into_entry(mut self) -> Option<(String, Value)> {
        let key = self.children.remove("key").or_else(|| self.children.remove("Name"))?.value?;
        let value = self.children.remove("value").or_else(|| self.children.remove("Value"))?;
        Some((key, value.into_value()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SNS: Dialect = Dialect { namespace: "http://sns.amazonaws.com/doc/2010-03-31/", maps: &["Attributes"] };

    #[test]
    fn a_form_becomes_the_members_of_the_operation() {
        let request = parse(
            "Action=Publish&Version=2010-03-31&Message=a+b%26c&MessageAttributes.entry.1.Name=kind&\
             MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=x&\
             TagKeys.member.2=second&TagKeys.member.1=first&TagKeys.member.10=tenth",
        )
        .expect("a request");
        assert_eq!(request.action, "Publish");
        assert_eq!(request.version, "2010-03-31");
        assert_eq!(
            request.members,
            json!({"Message": "a b&c", "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}},
                   "TagKeys": ["first", "second", "tenth"]})
        );
    }

    #[test]
    fn forms_that_are_no_requests_are_refused() {
        assert_eq!(parse("Message=x"), Err(QueryError::NoAction));
        assert_eq!(parse("Action=A&a.b=1&a=2"), Err(QueryError::Twice("a".into())));
        assert_eq!(parse("Action=A&a=1&a.b=2"), Err(QueryError::Twice("a.b".into())));
        let deep = format!("Action=A&{}=1", ["a"; 20].join("."));
        assert!(matches!(parse(&deep), Err(QueryError::TooDeep(_))));
        let many = format!("Action=A{}", "&a=1".repeat(MAX_PAIRS + 1));
        assert!(matches!(parse(&many), Err(QueryError::Twice(_) | QueryError::TooMany)));
    }

    /// Content-Length of the recorded replies in `services/sns_task_service--publish_base-HelloWorld.json` (294) and
    /// --fifo_message_attribute-input_params1-False.json (352).
    #[test]
    fn a_publish_reply_is_as_long_as_recorded() {
        let id = "567910cd-659e-55d4-8ccb-5aaf14679dc0";
        assert_eq!(reply(SNS, "Publish", &json!({"MessageId": id}), id).len(), 294);
        let fifo = json!({"MessageId": id, "SequenceNumber": "10000000000000003000"});
        assert_eq!(reply(SNS, "Publish", &fifo, id).len(), 352);
    }

    #[test]
    fn an_error_reply_names_code_and_fault() {
        let mut error = ServiceError::new(404, "NotFound", "Topic does not exist");
        error.request_id = "id".into();
        assert_eq!(
            error_reply(SNS, &error),
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\n  <Error>\n    <Type>Sender</Type>\n    \
             <Code>NotFound</Code>\n    <Message>Topic does not exist</Message>\n  </Error>\n  \
             <RequestId>id</RequestId>\n</ErrorResponse>\n"
        );
    }
}
