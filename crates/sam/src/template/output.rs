//! The `Outputs` section.

use super::resource::named_condition;
use crate::codes;
use crate::expression::{Compiler, Expression};
use crate::problem::Problem;
use crate::syntax::{Data, Entry, Place};

/// One output before its evaluation.
pub(crate) struct OutputDeclaration {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) value: Expression,
    pub(crate) description: Option<String>,
    pub(crate) export_name: Option<Expression>,
    pub(crate) condition: Option<(String, Place)>,
}

/// Reads the section.
pub(super) fn read(compiler: &Compiler<'_>, entries: &[Entry]) -> Vec<OutputDeclaration> {
    entries.iter().filter_map(|entry| declaration(compiler, entry)).collect()
}

fn declaration(compiler: &Compiler<'_>, entry: &Entry) -> Option<OutputDeclaration> {
    const FIELDS: &[&str] = &["Condition", "Description", "Export", "Value"];
    let Entry { key, key_place, value } = entry;
    let Data::Map(fields) = &value.data else {
        if value.data != Data::Unresolved {
            let message = format!("the output `{key}` must be a map, not {}", value.description());
            compiler.error(codes::WRONG_TYPE, value.place, message);
        }
        return None;
    };
    for field in fields.iter().filter(|field| !FIELDS.contains(&field.key.as_str())) {
        let help =
            compiler.problems.closest(&field.key, FIELDS.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let message = format!("outputs have no property `{}`", field.key);
        compiler.problems.add(Problem::error(codes::UNKNOWN_PROPERTY, field.key_place, message).maybe_help(help));
    }
    let Some(output) = value.get("Value") else {
        compiler.error(codes::MISSING_PROPERTY, *key_place, format!("the output `{key}` has no `Value`"));
        return None;
    };
    let export_name = value.get("Export").and_then(|export| {
        let name = export.get("Name");
        if name.is_none() {
            compiler.error(
                codes::WRONG_TYPE,
                export.place,
                format!("`Export` of the output `{key}` must be a map with `Name`"),
            );
        }
        name
    });
    Some(OutputDeclaration {
        name: key.clone(),
        place: *key_place,
        value: compiler.compile(output),
        description: value.get("Description").and_then(crate::syntax::Node::scalar_text),
        export_name: export_name.map(|name| compiler.compile(name)),
        condition: value.get("Condition").and_then(|node| named_condition(compiler, node)),
    })
}
