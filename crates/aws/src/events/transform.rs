//! What a target gets of an event: all of it, a constant, a part (`InputPath`), or what `InputTransformer` makes of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a target gets.
#[derive(Debug)]
pub(super) enum Input {
    /// The event.
    Event,
    /// This text.
    Constant(String),
    /// A part of the event.
    Part(Path),
    /// A template's pieces.
    Template(Vec<Piece>),
}

/// `InputTransformer` as it is given.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Given {
    #[serde(default)]
    input_paths_map: BTreeMap<String, String>,
    input_template: String,
}

/// A piece of a template.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    /// A value, and whether it stands within quotes.
    Slot(Slot, bool),
}

/// What a placeholder stands for.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    Part(Path),
    RuleArn,
    RuleName,
    IngestionTime,
    /// The event without its detail.
    Event,
    /// The whole event.
    EventJson,
}

/// What a template may say besides the event.
pub(super) struct Context<'a> {
    pub(super) rule_name: &'a str,
    pub(super) rule_arn: &'a str,
    pub(super) ingested: Timestamp,
}

impl Input {
    /// Reads what a target says of its input; the error says what is wrong.
    pub(super) fn read(
        constant: Option<String>,
        path: Option<String>,
        transformer: Option<Given>,
    ) -> Result<Self, String> {
        match (constant, path, transformer) {
            (None, None, None) => Ok(Self::Event),
            (Some(text), None, None) => {
                serde_json::from_str::<Value>(&text)
                    .map_err(|_| "Parameter Input is not valid JSON text.".to_owned())?;
                Ok(Self::Constant(text))
            }
            (None, Some(path), None) => Path::parse(&path).map(Self::Part),
            (None, None, Some(given)) => template(&given).map(Self::Template),
            _ => Err("Only one of Input, InputPath, or InputTransformer must be provided for a target.".to_owned()),
        }
    }

    /// The text that a target gets of an event.
    pub(super) fn of(&self, event: &Value, context: &Context<'_>) -> Result<String, String> {
        match self {
            Self::Event => Ok(event.to_string()),
            Self::Constant(text) => Ok(text.clone()),
            Self::Part(path) => {
                let part = path.of(event).ok_or_else(|| format!("InputPath {} selects nothing", path.text))?;
                Ok(part.to_string())
            }
            Self::Template(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(piece) => text.push_str(piece),
                        Piece::Slot(slot, quoted) => put(&mut text, slot.value(event, context).as_deref(), *quoted),
                    }
                }
                Ok(text)
            }
        }
    }
}

/// Writes a value into a template: as JSON, and within quotes as a part of their text. What the event doesn't have is
/// nothing within quotes (recorded: `test_events_inputs.snapshot.json`).
fn put(text: &mut String, value: Option<&Value>, quoted: bool) {
    let Some(value) = value else {
        text.push_str(if quoted { "" } else { "null" });
        return;
    };
    let json = value.to_string();
    match (quoted, value) {
        (false, _) => text.push_str(&json),
        (true, Value::String(_)) => text.push_str(&json[1..json.len() - 1]),
        (true, _) => {
            let escaped = Value::from(json).to_string();
            text.push_str(&escaped[1..escaped.len() - 1]);
        }
    }
}

impl Slot {
    fn value<'a>(&self, event: &'a Value, context: &Context<'_>) -> Option<Cow<'a, Value>> {
        Some(match self {
            Self::Part(path) => Cow::Borrowed(path.of(event)?),
            Self::RuleArn => Cow::Owned(context.rule_arn.into()),
            Self::RuleName => Cow::Owned(context.rule_name.into()),
            Self::IngestionTime => Cow::Owned(json!(context.ingested.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
            Self::Event => {
                let mut event = event.clone();
                event.as_object_mut().map(|members| members.remove("detail"));
                Cow::Owned(event)
            }
            Self::EventJson => Cow::Borrowed(event),
        })
    }
}

/// Cuts a template into its pieces.
fn template(given: &Given) -> Result<Vec<Piece>, String> {
    let mut paths = BTreeMap::new();
    for (name, path) in &given.input_paths_map {
        paths.insert(name.as_str(), Path::parse(path)?);
    }
    let (mut pieces, mut text, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = given.input_template.as_str();
    while let Some(letter) = rest.chars().next() {
        let placeholder = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let is_name =
            |name: &str| name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) && !name.is_empty();
        if let Some((name, after)) = placeholder.filter(|(name, _)| is_name(name)) {
            let slot = match name {
                "aws.events.rule-arn" => Slot::RuleArn,
                "aws.events.rule-name" => Slot::RuleName,
                "aws.events.event.ingestion-time" => Slot::IngestionTime,
                "aws.events.event" => Slot::Event,
                "aws.events.event.json" => Slot::EventJson,
                name => match paths.get(name) {
                    Some(path) => Slot::Part(path.clone()),
                    None => {
                        return Err(format!(
                            "Invalid placeholder <{name}> in InputTemplate: InputPathsMap doesn't have it."
                        ));
                    }
                },
            };
            pieces.push(Piece::Text(std::mem::take(&mut text)));
            pieces.push(Piece::Slot(slot, quoted));
            rest = after;
            continue;
        }
        let mut taken = letter.len_utf8();
        match letter {
            '"' => quoted = !quoted,
            // What is escaped changes nothing.
            '\\' => taken += rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => {}
        }
        text.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    pieces.push(Piece::Text(text));
    Ok(pieces)
}

/// A path into an event: `$.detail.items[0]['a b']`.
#[derive(Debug, Clone)]
pub(super) struct Path {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Member(String),
    Index(usize),
}

impl Path {
    fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("Invalid JSON path {text}: it must be like $.detail.name, $.resources[0] or $['a']");
        let mut rest = text.strip_prefix('$').ok_or_else(bad)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let name = &after[..end];
                if name.is_empty() || name == "*" {
                    return Err(bad());
                }
                steps.push(Step::Member(name.to_owned()));
                rest = &after[end..];
            } else {
                let (inner, after) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or_else(bad)?;
                let name = |quote| inner.strip_prefix(quote).and_then(|inner: &str| inner.strip_suffix(quote));
                steps.push(match name('\'').or_else(|| name('"')) {
                    Some(name) => Step::Member(name.to_owned()),
                    None => Step::Index(inner.parse().map_err(|_| bad())?),
                });
                rest = after;
            }
        }
        Ok(Self { text: text.to_owned(), steps })
    }

    fn of<'a>(&self, event: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(event, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Index(index) => value.get(index),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Value {
        json!({"id": "e1", "detail-type": "customerCreated", "resources": ["r0"],
            "detail": {"command": "say \"hi\"", "count": 3, "payload": {"acc_id": "0a"}}})
    }

    fn input(given: Value) -> Result<Input, String> {
        let mut given = given;
        let transformer = given["transformer"].take();
        let transformer = (!transformer.is_null()).then(|| serde_json::from_value(transformer).expect("a transformer"));
        let text = |member: &str| given[member].as_str().map(str::to_owned);
        Input::read(text("input"), text("path"), transformer)
    }

    fn of(given: Value) -> Result<String, String> {
        let ingested = "2026-11-21T11:28:41.5Z".parse().expect("a time");
        let context = Context { rule_name: "r", rule_arn: "arn:r", ingested };
        input(given).expect("an input").of(&event(), &context)
    }

    #[test]
    fn a_target_gets_all_a_part_or_a_constant() {
        assert_eq!(of(json!({})), Ok(event().to_string()));
        assert_eq!(of(json!({"input": "{\"a\": 1}"})), Ok("{\"a\": 1}".to_owned()));
        for (path, expected) in [
            ("$.detail.payload", "{\"acc_id\":\"0a\"}"),
            ("$.detail.payload.acc_id", "\"0a\""),
            ("$.resources[0]", "\"r0\""),
            ("$['detail-type']", "\"customerCreated\""),
            ("$.detail-type", "\"customerCreated\""),
        ] {
            assert_eq!(of(json!({"path": path})), Ok(expected.to_owned()), "{path}");
        }
        assert!(of(json!({"path": "$.none"})).is_err());
        for wrong in [
            json!({"path": "detail"}),
            json!({"path": "$.a[*]"}),
            json!({"path": "$."}),
            json!({"input": "x"}),
            json!({"input": "1", "path": "$"}),
        ] {
            assert!(input(wrong.clone()).is_err(), "{wrong}");
        }
    }

    /// The first two as recorded in `test_events_inputs.snapshot.json`, the others after the guide's examples.
    #[test]
    fn a_template_is_filled() {
        let paths = json!({"type": "$.detail-type", "command": "$.detail.command", "none": "$.detail.none", "n": "$.detail.count", "p": "$.detail.payload"});
        for (template, expected) in [
            ("\"Event of <type> type\"", "\"Event of customerCreated type\""),
            ("\"info <none>\"", "\"info \""),
            ("{\"c\": <command>, \"n\": <n>, \"x\": <none>}", "{\"c\": \"say \\\"hi\\\"\", \"n\": 3, \"x\": null}"),
            ("{\"c\": \"<command>: <n>\", \"p\": <p>}", "{\"c\": \"say \\\"hi\\\": 3\", \"p\": {\"acc_id\":\"0a\"}}"),
            ("\"p is <p>\"", "\"p is {\\\"acc_id\\\":\\\"0a\\\"}\""),
            ("\"a \\\" <n>\" <n> < 5", "\"a \\\" 3\" 3 < 5"),
            (
                "{\"r\": <aws.events.rule-name>, \"a\": \"<aws.events.rule-arn>\", \"t\": <aws.events.event.ingestion-time>}",
                "{\"r\": \"r\", \"a\": \"arn:r\", \"t\": \"2026-11-21T11:28:41Z\"}",
            ),
            ("<aws.events.event>", "{\"id\":\"e1\",\"detail-type\":\"customerCreated\",\"resources\":[\"r0\"]}"),
        ] {
            let given = json!({"transformer": {"InputPathsMap": paths, "InputTemplate": template}});
            assert_eq!(of(given), Ok(expected.to_owned()), "{template}");
        }
        let whole = of(json!({"transformer": {"InputTemplate": "{\"e\": <aws.events.event.json>}"}}));
        assert_eq!(whole, Ok(format!("{{\"e\": {}}}", event())));
        let unknown = input(json!({"transformer": {"InputTemplate": "<other>"}})).expect_err("unknown");
        assert!(unknown.contains("<other>"), "{unknown}");
    }
}
