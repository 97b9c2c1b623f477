//! Paths in fields of their own.

use super::Fault;
use crate::check::sentences;
use crate::codes;
use crate::expression::{PathExpr, PathSyntaxError, ReferencePath, Root};
use crate::model::{PathField, ResultPath};
use crate::parse::{Context, NodeValue, Object, Place, Property};

/// Which paths a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::parse) enum PathKind {
    /// Any path.
    Any,
    /// A path to one place: names and indexes only.
    Reference,
    /// As `Reference`, where AWS has another sentence for a missing `$`: the fields of a Choice rule.
    Rule,
}

/// A path in a field of its own.
pub(in crate::parse) fn path(
    context: &mut Context<'_>,
    object: &Object<'_>,
    field: &str,
    kind: PathKind,
) -> Option<PathExpr> {
    let property = object.get(field)?;
    let source = object.string(context, field)?;
    let place = object.place.field(field);
    let fault = |context: &mut Context<'_>, error: PathSyntaxError| {
        let message = match kind {
            PathKind::Rule if !source.starts_with('$') => sentences::REFERENCE_PATH_WITHOUT_DOLLAR,
            PathKind::Rule => sentences::NOT_A_REFERENCE_PATH,
            PathKind::Reference if source.starts_with('$') => sentences::NOT_A_REFERENCE_PATH,
            PathKind::Any | PathKind::Reference => sentences::NOT_A_PATH,
        };
        Fault {
            code: codes::SCHEMA_VALIDATION_FAILED,
            pointer: place.to_string(),
            node: &property.value,
            offset: error.offset,
            message: message.to_owned(),
            help: Some(error.message),
        }
        .report(context);
    };
    let path = match PathExpr::parse(source) {
        Ok(path) => path,
        Err(error) => {
            fault(context, error);
            return None;
        }
    };
    if kind != PathKind::Any
        && let Err(error) = reference(source, path.root())
    {
        fault(context, error);
        return None;
    }
    note_variable(context, &place, property, &path);
    Some(path)
}

/// Whether a path is a reference path behind its root.
fn reference(source: &str, root: &Root) -> Result<(), PathSyntaxError> {
    let skipped = match root {
        Root::Input => 0,
        Root::Context => 1,
        Root::Variable(name) => name.len(),
    };
    // `$$.a` and `$name.a` are checked as `$.a`.
    let behind = source.get(1 + skipped..).unwrap_or_default();
    match ReferencePath::parse(&format!("${behind}")) {
        Ok(_) => Ok(()),
        Err(error) => Err(PathSyntaxError { offset: error.offset + skipped, ..error }),
    }
}

/// Takes note of a path that starts with a variable, or refuses it when variables are switched off.
pub(super) fn note_variable(context: &mut Context<'_>, place: &Place<'_>, property: &Property, path: &PathExpr) {
    let Root::Variable(name) = path.root() else { return };
    if !context.options.features.variables {
        context.unsupported("A workflow variable", place, property.value.span.clone());
    }
    context.note_reference(name, place.to_string(), property.value.span.clone());
}

/// `InputPath` or `OutputPath`.
pub(in crate::parse) fn path_field(context: &mut Context<'_>, object: &Object<'_>, field: &str) -> PathField {
    match object.get(field).map(|property| &property.value.value) {
        None => PathField::Whole,
        Some(NodeValue::Null) => PathField::Null,
        Some(NodeValue::String(text)) if &**text == "$" => PathField::Whole,
        Some(_) => path(context, object, field, PathKind::Any).map_or(PathField::Whole, PathField::Path),
    }
}

/// `ResultPath`.
pub(in crate::parse) fn result_path(context: &mut Context<'_>, object: &Object<'_>) -> ResultPath {
    const FIELD: &str = "ResultPath";
    let Some(property) = object.get(FIELD) else { return ResultPath::Whole };
    match &property.value.value {
        NodeValue::Null => ResultPath::Discard,
        NodeValue::String(text) if &**text == "$" => ResultPath::Whole,
        NodeValue::String(text) => match ReferencePath::parse(text) {
            Ok(path) => ResultPath::At(path),
            Err(error) => {
                let message =
                    if text.starts_with('$') { sentences::NOT_A_REFERENCE_PATH } else { sentences::NOT_A_PATH };
                Fault {
                    code: codes::SCHEMA_VALIDATION_FAILED,
                    pointer: object.place.field(FIELD).to_string(),
                    node: &property.value,
                    offset: error.offset,
                    message: message.to_owned(),
                    help: Some(error.message),
                }
                .report(context);
                ResultPath::Whole
            }
        },
        _ => {
            object.string(context, FIELD);
            ResultPath::Whole
        }
    }
}
