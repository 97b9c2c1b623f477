//! Reading an object's fields, with AWS's sentence for each that is not as it should be.

use std::ops::Range;

use diagnostic::closest;

use super::{Context, Node, NodeValue, Place, Property};
use crate::check::fields::Field;
use crate::check::sentences;
use crate::model::QueryLanguage;

/// An object of the document with its place.
#[derive(Clone, Copy)]
pub(crate) struct Object<'d> {
    pub(crate) node: &'d Node,
    pub(crate) place: &'d Place<'d>,
    properties: &'d [Property],
}

impl<'d> Object<'d> {
    /// The node as an object; anything else is reported.
    pub(crate) fn of(context: &mut Context<'_>, place: &'d Place<'d>, node: &'d Node) -> Option<Self> {
        if let NodeValue::Object(properties) = &node.value {
            return Some(Self { node, place, properties });
        }
        context.schema(place, node.span.clone(), sentences::expected_type("OBJECT"));
        None
    }

    pub(crate) fn properties(&self) -> &'d [Property] {
        self.properties
    }

    pub(crate) fn get(&self, field: &str) -> Option<&'d Property> {
        self.properties.iter().find(|property| &*property.key == field)
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.get(field).is_some()
    }

    /// Where to point when something is missing in the object: its opening brace.
    pub(crate) fn opening(&self) -> Range<usize> {
        self.node.span.start..self.node.span.start + 1
    }

    /// Reports fields that the object can't have: unknown ones, and with a language those of the other one.
    pub(crate) fn allow(
        &self,
        context: &mut Context<'_>,
        what: &str,
        known: &[Field],
        language: Option<QueryLanguage>,
    ) {
        for property in self.properties {
            let key = &*property.key;
            let Some(field) = known.iter().find(|field| field.name == key) else {
                let names = known.iter().map(|field| field.name);
                let help = match closest(key, names.clone()) {
                    Some(near) => format!("did you mean '{near}'?"),
                    None => format!("{what} may have: {}", names.collect::<Vec<_>>().join(", ")),
                };
                context.schema(self.place, property.key_span.clone(), sentences::unsupported_field(key)).set_help(help);
                continue;
            };
            if let (Some(only), Some(language)) = (field.only, language)
                && only != language
            {
                let message = sentences::other_language(language_name(language), key, language_name(only));
                context.schema(self.place, property.key_span.clone(), message).set_help_if(counterpart(key));
            }
        }
    }

    /// Reports the fields that are not there.
    pub(crate) fn require(&self, context: &mut Context<'_>, fields: &[&str]) {
        let missing: Vec<&str> = fields.iter().copied().filter(|field| !self.has(field)).collect();
        if !missing.is_empty() {
            context.schema(self.place, self.opening(), sentences::required(&missing));
        }
    }

    /// Reports when more than one of the fields is there.
    pub(crate) fn at_most_one(&self, context: &mut Context<'_>, fields: &[&str]) -> bool {
        let mut present = self.properties.iter().filter(|property| fields.contains(&&*property.key));
        if let (Some(_), Some(second)) = (present.next(), present.next()) {
            context.schema(self.place, second.key_span.clone(), sentences::only_one(fields));
            return false;
        }
        true
    }

    /// Reports when not exactly one of the fields is there.
    pub(crate) fn exactly_one(&self, context: &mut Context<'_>, fields: &[&str]) -> bool {
        if !fields.iter().any(|field| self.has(field)) {
            context.schema(self.place, self.opening(), sentences::one_needed(fields));
            return false;
        }
        self.at_most_one(context, fields)
    }

    /// The field's string.
    pub(crate) fn string(&self, context: &mut Context<'_>, field: &str) -> Option<&'d str> {
        let property = self.get(field)?;
        let text = property.value.as_str();
        if text.is_none() {
            context.schema(&self.place.field(field), property.value.span.clone(), sentences::expected_type("STRING"));
        }
        text
    }

    /// The field's boolean.
    pub(crate) fn boolean(&self, context: &mut Context<'_>, field: &str) -> Option<bool> {
        let property = self.get(field)?;
        if let NodeValue::Bool(value) = property.value.value {
            return Some(value);
        }
        context.schema(&self.place.field(field), property.value.span.clone(), sentences::expected_type("BOOLEAN"));
        None
    }

    /// The field's array.
    pub(crate) fn array(&self, context: &mut Context<'_>, field: &str) -> Option<&'d [Node]> {
        let property = self.get(field)?;
        if let NodeValue::Array(items) = &property.value.value {
            return Some(items);
        }
        context.schema(&self.place.field(field), property.value.span.clone(), sentences::expected_type("ARRAY"));
        None
    }

    /// The field's string, when it is one of these.
    pub(crate) fn word(&self, context: &mut Context<'_>, field: &str, words: &[&'static str]) -> Option<&'static str> {
        let text = self.string(context, field)?;
        let word = words.iter().copied().find(|word| *word == text);
        if word.is_none()
            && let Some(property) = self.get(field)
        {
            let near = closest(text, words.iter().copied()).filter(|_| words.len() > 1);
            let help = near.map(|near| format!("did you mean '{near}'?"));
            context
                .schema(&self.place.field(field), property.value.span.clone(), sentences::one_of(words))
                .set_help_if(help);
        }
        word
    }

    /// The field's whole number, when it lies within the limits.
    pub(crate) fn integer(&self, context: &mut Context<'_>, field: &str, minimum: u64, maximum: u64) -> Option<u64> {
        let property = self.get(field)?;
        integer(context, &self.place.field(field), &property.value, minimum, maximum)
    }
}

/// The node's whole number, when it lies within the limits.
pub(crate) fn integer(
    context: &mut Context<'_>,
    place: &Place<'_>,
    node: &Node,
    minimum: u64,
    maximum: u64,
) -> Option<u64> {
    let message = match &node.value {
        NodeValue::Number(number) if number.is_i64() || number.is_u64() => match number.as_u64() {
            Some(value) if value > maximum => sentences::maximum(maximum),
            Some(value) if value >= minimum => return Some(value),
            _ => sentences::minimum(minimum),
        },
        _ => sentences::EXPECTED_INTEGER.to_owned(),
    };
    let is_placeholder = context.is_opaque(node);
    context
        .schema(place, node.span.clone(), message)
        .set_help_if(is_placeholder.then(|| "a substitution puts in a text, never a number".to_owned()));
    None
}

/// The name of a language as a definition has it.
pub(crate) fn language_name(language: QueryLanguage) -> &'static str {
    match language {
        QueryLanguage::JsonPath => "JSONPath",
        QueryLanguage::Jsonata => "JSONata",
    }
}

/// What to write in the other language for the same thing.
fn counterpart(field: &str) -> Option<String> {
    Some(match field {
        "Parameters" => "use 'Arguments'".to_owned(),
        "Arguments" => "use 'Parameters'".to_owned(),
        "InputPath" => "use '$states.input' where the input is needed".to_owned(),
        "OutputPath" | "ResultSelector" | "ResultPath" | "Result" => "use 'Output'".to_owned(),
        "Output" => "use 'ResultSelector', 'ResultPath' and 'OutputPath'".to_owned(),
        "ItemsPath" => "use 'Items'".to_owned(),
        "Items" => "use 'ItemsPath'".to_owned(),
        "Variable" => "use 'Condition'".to_owned(),
        "Condition" => "use 'Variable' with a comparison operator such as 'StringEquals'".to_owned(),
        other => format!("use '{}' with a query {{% … %}}", other.strip_suffix("Path")?),
    })
}
