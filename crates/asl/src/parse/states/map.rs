//! Map.

use std::sync::Arc;

use crate::check::query::Scope;
use crate::check::{fields, names, sentences};
use crate::codes;
use crate::expression::Template;
use crate::model::{Batcher, Distributed, Flow, Map, QueryLanguage};
use crate::parse::expression::{Limits, PathKind, number, path, result_path, template};
use crate::parse::flow::{FlowKind, broken, parse_flow};
use crate::parse::state::StateContext;
use crate::parse::{Context, Object, catch, item_reader, result_writer, retry};

const PROCESSORS: [&str; 2] = ["ItemProcessor", "Iterator"];

/// The fields that only a distributed Map can act on. AWS takes the tolerated failures of an inline one as well, and
/// ignores them: recorded in `base_evaluate_expressions--base_map-TOLERATED_FAILURE_PERCENTAGE`.
const DISTRIBUTED_ONLY: [&str; 4] = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"];

/// How a Map state's items are processed.
struct Processor {
    flow: Arc<Flow>,
    distributed: bool,
    express: bool,
}

pub(super) fn parse(context: &mut Context<'_>, state: &mut StateContext<'_, '_>) -> Map {
    let object = state.object;
    let language = state.language;
    object.exactly_one(context, &PROCESSORS);
    object.at_most_one(context, &["ItemSelector", "Parameters"]);
    let processor = processor(context, &object);
    let distributed = distributed(context, &object, &processor, language);
    let legacy_parameters = object.has("Parameters");
    let selector = if legacy_parameters { "Parameters" } else { "ItemSelector" };
    Map {
        processor: processor.flow,
        items_path: path(context, &object, "ItemsPath", PathKind::Reference),
        items: items(context, &object, language),
        item_selector: template(context, &object, selector, language, Scope::State),
        legacy_parameters,
        max_concurrency: number(
            context,
            &object,
            "MaxConcurrency",
            Some("MaxConcurrencyPath"),
            Limits::Integer(0, u64::MAX),
            language,
        ),
        distributed,
        result_selector: template(context, &object, "ResultSelector", QueryLanguage::JsonPath, Scope::State),
        result_path: result_path(context, &object),
        retry: retry::parse(context, &object),
        catch: catch::parse(context, state),
    }
}

/// `Items`: a list, or a query for one.
fn items(context: &mut Context<'_>, object: &Object<'_>, language: QueryLanguage) -> Option<Template> {
    if language == QueryLanguage::JsonPath {
        return None;
    }
    template(context, object, "Items", language, Scope::State)
}

/// `ItemProcessor`, or `Iterator` as it was called first.
fn processor(context: &mut Context<'_>, map: &Object<'_>) -> Processor {
    let field = PROCESSORS.into_iter().find(|field| map.has(field)).unwrap_or(PROCESSORS[0]);
    let place = map.place.field(field);
    let none = |place| Processor { flow: Arc::new(broken(place)), distributed: false, express: false };
    let Some(property) = map.get(field) else { return none(&place) };
    let Some(object) = Object::of(context, &place, &property.value) else { return none(&place) };
    object.allow(context, "a processor", fields::PROCESSOR, None);
    object.string(context, "Comment");
    let (distributed, express) = config(context, &object);
    Processor { flow: Arc::new(parse_flow(context, &object, FlowKind::Inner)), distributed, express }
}

/// `ProcessorConfig`: whether the Map is distributed, and whether its children are Express executions.
fn config(context: &mut Context<'_>, processor: &Object<'_>) -> (bool, bool) {
    let place = processor.place.field("ProcessorConfig");
    let Some(property) = processor.get("ProcessorConfig") else { return (false, false) };
    let Some(object) = Object::of(context, &place, &property.value) else { return (false, false) };
    let mode = object.word(context, "Mode", &["INLINE", "DISTRIBUTED"]);
    let distributed = mode == Some("DISTRIBUTED");
    let known = if mode == Some("INLINE") { fields::INLINE_CONFIG } else { fields::PROCESSOR_CONFIG };
    object.allow(context, "the configuration", known, None);
    if distributed {
        object.require(context, &["ExecutionType"]);
        if let Some(mode) = object.get("Mode") {
            if context.options.express {
                context.schema(&place.field("Mode"), mode.value.span.clone(), sentences::EXPRESS_DISTRIBUTED);
            }
            if !context.options.features.distributed_map {
                context.unsupported("A distributed Map", &place.field("Mode"), mode.value.span.clone());
            }
        }
    }
    let kind = object.word(context, "ExecutionType", &["STANDARD", "EXPRESS"]);
    (distributed, kind == Some("EXPRESS"))
}

/// What only a distributed Map has.
fn distributed(
    context: &mut Context<'_>,
    object: &Object<'_>,
    processor: &Processor,
    language: QueryLanguage,
) -> Option<Box<Distributed>> {
    let distributed = Distributed {
        express: processor.express,
        label: label(context, object),
        item_reader: item_reader::parse(context, object, language),
        item_batcher: batcher(context, object, language),
        result_writer: result_writer::parse(context, object, language),
        tolerated_failure_count: number(
            context,
            object,
            "ToleratedFailureCount",
            Some("ToleratedFailureCountPath"),
            Limits::Integer(0, u64::MAX),
            language,
        ),
        tolerated_failure_percentage: number(
            context,
            object,
            "ToleratedFailurePercentage",
            Some("ToleratedFailurePercentagePath"),
            Limits::Decimal(0.0, 100.0),
            language,
        ),
    };
    if processor.distributed {
        return Some(Box::new(distributed));
    }
    for field in DISTRIBUTED_ONLY {
        if let Some(property) = object.get(field) {
            context
                .schema(object.place, property.key_span.clone(), sentences::unsupported_field(field))
                .set_help("only a distributed Map has it: set 'ProcessorConfig.Mode' to 'DISTRIBUTED'");
        }
    }
    None
}

/// `Label`, unique in the whole definition.
fn label(context: &mut Context<'_>, object: &Object<'_>) -> Option<String> {
    const FIELD: &str = "Label";
    let property = object.get(FIELD)?;
    let label = object.string(context, FIELD)?;
    let place = object.place.field(FIELD);
    let span = property.value.span.clone();
    if context.is_opaque(&property.value) {
        return Some(label.to_owned());
    }
    if let Some(fault) = names::label_fault(label) {
        context.error(codes::INVALID_LABEL_NAME, &place, span, fault);
    } else if !context.labels.insert(label.into()) {
        context.error(codes::DUPLICATE_LABEL_NAME, &place, span, sentences::duplicate_label(label));
    }
    Some(label.to_owned())
}

/// `ItemBatcher`.
fn batcher(context: &mut Context<'_>, map: &Object<'_>, language: QueryLanguage) -> Option<Batcher> {
    const ITEMS: (&str, &str) = ("MaxItemsPerBatch", "MaxItemsPerBatchPath");
    const BYTES: (&str, &str) = ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath");
    let property = map.get("ItemBatcher")?;
    let place = map.place.field("ItemBatcher");
    let object = Object::of(context, &place, &property.value)?;
    object.allow(context, "an ItemBatcher", fields::ITEM_BATCHER, Some(language));
    // "You must specify at least one of the two"
    // (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html>).
    let limits = [ITEMS.0, ITEMS.1, BYTES.0, BYTES.1];
    if !limits.iter().any(|field| object.has(field)) {
        context.schema(&place, object.opening(), sentences::one_needed(&limits));
    }
    Some(Batcher {
        batch_input: template(context, &object, "BatchInput", language, Scope::State),
        max_items: number(context, &object, ITEMS.0, Some(ITEMS.1), Limits::Integer(0, u64::MAX), language),
        max_bytes: number(context, &object, BYTES.0, Some(BYTES.1), Limits::Integer(0, 262_144), language),
    })
}
