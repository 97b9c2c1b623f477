//! The `Events` of functions and state machines, one file per kind of source.

pub(crate) mod api;
pub(crate) mod rule;
mod s3;
pub(crate) mod schedule;
mod sns;
pub(crate) mod sqs;

use crate::assembly::Assembly;
use crate::codes;
use crate::fields::Fields;
use crate::problem::Problem;
use crate::resource::Reader;
use crate::stack::Event;
use crate::syntax::{Data, Entry, Place};

/// What events invoke or start.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    Function { logical_id: String, arn: String },
    StateMachine { logical_id: String, arn: String },
}

impl Caller {
    fn logical_id(&self) -> &str {
        match self {
            Self::Function { logical_id, .. } | Self::StateMachine { logical_id, .. } => logical_id,
        }
    }

    /// What SAM calls the service in the ids of rules' targets.
    fn service(&self) -> &'static str {
        match self {
            Self::Function { .. } => "Lambda",
            Self::StateMachine { .. } => "StepFunctions",
        }
    }

    fn arn(&self) -> &str {
        match self {
            Self::Function { arn, .. } | Self::StateMachine { arn, .. } => arn,
        }
    }
}

/// One event while it is read.
pub(crate) struct Reading<'a> {
    pub(crate) caller: &'a Caller,
    /// Its key in `Events`.
    pub(crate) name: &'a str,
    /// Where the key stands.
    pub(crate) place: Place,
    pub(crate) fields: Fields<'a>,
    pub(crate) reader: &'a Reader<'a>,
}

impl Reading<'_> {
    /// The logical id of what SAM generates for it.
    fn logical_id(&self) -> String {
        format!("{}{}", self.caller.logical_id(), self.name)
    }
}

/// The sources of functions (SAM's page "`EventSource`" of functions).
const FUNCTION_SOURCES: &[&str] = &[
    "AlexaSkill",
    "Api",
    "CloudWatchEvent",
    "CloudWatchLogs",
    "Cognito",
    "DocumentDB",
    "DynamoDB",
    "EventBridgeRule",
    "HttpApi",
    "IoTRule",
    "Kinesis",
    "MQ",
    "MSK",
    "S3",
    "SNS",
    "SQS",
    "Schedule",
    "ScheduleV2",
    "SelfManagedKafka",
];

/// The sources of state machines (SAM's page "`EventSource`" of state machines).
const STATE_MACHINE_SOURCES: &[&str] = &["Api", "CloudWatchEvent", "EventBridgeRule", "Schedule", "ScheduleV2"];

/// Reads all events of a resource, and puts into the stack what they ask for.
pub(crate) fn read(reader: &Reader<'_>, caller: &Caller, assembly: &mut Assembly<'_>) -> Vec<Event> {
    let Some(events) = reader.fields().map("Events") else { return Vec::new() };
    events.entries.iter().filter_map(|entry| read_one(reader, caller, entry, assembly)).collect()
}

fn read_one(reader: &Reader<'_>, caller: &Caller, entry: &Entry, assembly: &mut Assembly<'_>) -> Option<Event> {
    let Entry { key, key_place, value } = entry;
    let what = format!("the event `{key}`");
    let event = Fields::of(value, &what, reader.problems())?;
    let type_name = event.needed_text("Type")?;
    let sources = match caller {
        Caller::Function { .. } => FUNCTION_SOURCES,
        Caller::StateMachine { .. } => STATE_MACHINE_SOURCES,
    };
    if !sources.contains(&type_name.as_str()) {
        let place = event.get("Type").map_or(*key_place, |node| node.place);
        let help = reader
            .problems()
            .closest(&type_name, sources.iter().copied())
            .map_or_else(|| format!("the types are {}", sources.join(", ")), |near| format!("did you mean `{near}`?"));
        let message = format!("{what} has the type `{type_name}`, which there isn't");
        reader.problems().add(Problem::error(codes::INVALID_VALUE, place, message).help(help));
        return None;
    }
    let empty: &[Entry] = &[];
    let fields = match event.get("Properties").map(|node| &node.data) {
        // SAM lets an HttpApi event without properties take every request.
        None if type_name == "HttpApi" => Fields { entries: empty, ..event },
        None => {
            event.missing("Properties");
            return None;
        }
        Some(Data::Unresolved) => return None,
        Some(_) => event.map("Properties").map(|fields| Fields { what: &what, ..fields })?,
    };
    let reading = Reading { caller, name: key, place: *key_place, fields, reader };
    let source = match type_name.as_str() {
        "Api" | "HttpApi" => api::read(&reading, type_name == "HttpApi", assembly),
        "SQS" => sqs::read(&reading, assembly),
        "SNS" => sns::read(&reading, assembly),
        "S3" => s3::read(&reading, assembly),
        "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => rule::read(&reading, type_name == "Schedule", assembly),
        "ScheduleV2" => schedule::read(&reading, assembly),
        _ => {
            reader.problems().add(Problem::warning(
                codes::EVENT_UNSUPPORTED,
                *key_place,
                format!("a local run doesn't deliver events of the type {type_name}"),
            ));
            let source = ["Stream", "Broker", "Cluster", "LogGroupName", "UserPool"];
            source.into_iter().find_map(|name| reading.fields.get(name)?.scalar_text())
        }
    };
    Some(Event { name: key.clone(), span: assembly.span(*key_place), type_name, source: source.unwrap_or_default() })
}
