//! Tags: CloudFormation's short forms (`!Ref`, `!Sub`, …) become their long forms, YAML's own tags set a scalar's type.

use saphyr_parser::Tag;

use super::{Data, Entry, Node, Place, scalar};
use crate::codes;
use crate::problem::{Problem, Problems};

/// What a tag asks for.
pub(super) enum Meaning {
    /// No tag, or one that says what is so anyway.
    Plain,
    /// `! x` and `!!str x`: text, whatever it looks like.
    Text,
    Integer,
    Float,
    Boolean,
    Null,
    /// A short form, with the key of its long form.
    Function(String),
}

/// The short forms. `Condition` and `Ref` have no `Fn::` in their long form.
const FUNCTIONS: &[&str] = &[
    "Ref",
    "Condition",
    "Base64",
    "Cidr",
    "And",
    "Equals",
    "If",
    "Not",
    "Or",
    "FindInMap",
    "ForEach",
    "GetAtt",
    "GetAZs",
    "GetStackOutput",
    "ImportValue",
    "Join",
    "Length",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// Reads a tag; one that means nothing here is reported and otherwise ignored.
pub(super) fn meaning(tag: Option<&Tag>, place: Place, problems: &Problems) -> Meaning {
    let Some(tag) = tag else { return Meaning::Plain };
    if tag.is_yaml_core_schema() {
        return match tag.suffix.as_str() {
            "str" => Meaning::Text,
            "int" => Meaning::Integer,
            "float" => Meaning::Float,
            "bool" => Meaning::Boolean,
            "null" => Meaning::Null,
            "map" | "seq" => Meaning::Plain,
            other => {
                // "Template formats: YAML": binary, omap, pairs, set and timestamp tags are not supported.
                problems.add(Problem::error(
                    codes::UNKNOWN_TAG,
                    place,
                    format!("CloudFormation doesn't support the YAML tag `!!{other}`"),
                ));
                Meaning::Plain
            }
        };
    }
    if tag.handle.is_empty() && tag.suffix == "!" {
        return Meaning::Text;
    }
    if tag.handle == "!" {
        if FUNCTIONS.contains(&tag.suffix.as_str()) {
            return Meaning::Function(match tag.suffix.as_str() {
                "Ref" | "Condition" => tag.suffix.clone(),
                _ => format!("Fn::{}", tag.suffix),
            });
        }
        let help =
            problems.closest(&tag.suffix, FUNCTIONS.iter().copied()).map(|near| format!("did you mean `!{near}`?"));
        problems.add(
            Problem::error(codes::UNKNOWN_TAG, place, format!("`!{}` is no function of CloudFormation", tag.suffix))
                .maybe_help(help.or_else(|| Some("quote the value if it is text that begins with `!`".into()))),
        );
        return Meaning::Plain;
    }
    problems.add(Problem::error(codes::UNKNOWN_TAG, place, format!("CloudFormation doesn't support the tag `{tag}`")));
    Meaning::Plain
}

/// A plain scalar under its tag.
pub(super) fn scalar(meaning: &Meaning, text: &str, place: Place, problems: &Problems) -> Data {
    let typed = match meaning {
        // As the SAM CLI reads it: the argument of a short form is text, even one that looks like a number or is empty.
        Meaning::Text | Meaning::Function(_) => Some(Data::Text(text.to_owned())),
        Meaning::Integer | Meaning::Float => scalar::number(text),
        Meaning::Boolean => match scalar::plain(text).0 {
            Data::Boolean(boolean) => Some(Data::Boolean(boolean)),
            _ => None,
        },
        Meaning::Null => matches!(scalar::plain(text).0, Data::Null).then_some(Data::Null),
        Meaning::Plain => {
            let (data, note) = scalar::plain(text);
            if let Some(note) = note {
                problems.add(
                    Problem::warning(codes::AMBIGUOUS_SCALAR, place, note)
                        .help("quote it if it is meant as text, or write the value it has"),
                );
            }
            Some(data)
        }
    };
    typed.unwrap_or_else(|| {
        problems.add(Problem::error(
            codes::WRONG_TYPE,
            place,
            format!("{} isn't of the type that its tag states", super::shown(text)),
        ));
        Data::Unresolved
    })
}

/// Wraps a value in the long form of its tag's function.
pub(super) fn wrap(meaning: Meaning, node: Node) -> Node {
    match meaning {
        Meaning::Function(key) => {
            let place = node.place;
            Node::new(place, Data::Map(vec![Entry { key, key_place: place, value: node }]))
        }
        _ => node,
    }
}
