//! JSON text as a tree.

use std::collections::HashSet;

use diagnostic::Source;
use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions};

use super::places::Step;
use super::{DEEPEST, Data, Entry, Node, Place, Places};
use crate::codes;
use crate::problem::{Problem, Problems};

/// Strict JSON: the parser's extensions are all off.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads JSON; none when it has an error.
pub(super) fn read(source: &Source, places: &mut Places, problems: &Problems) -> Option<Node> {
    let parsed = match jsonc_parser::parse_to_ast(&source.text, &CollectOptions::default(), &STRICT) {
        Ok(parsed) => parsed,
        Err(error) => {
            let range = error.range();
            problems.add(
                Problem::error(codes::JSON_SYNTAX, Place::ROOT, format!("this is no JSON: {}", error.kind()))
                    .at(Some(range.start..range.end)),
            );
            return None;
        }
    };
    let Some(value) = parsed.value else {
        problems.add(Problem::error(codes::JSON_SYNTAX, Place::ROOT, "the template is empty").at(Some(0..0)));
        return None;
    };
    let range = value.range();
    places.set_span(Place::ROOT, range.start..range.end);
    Reader { places, problems }.node(value, Place::ROOT, 0)
}

struct Reader<'a> {
    places: &'a mut Places,
    problems: &'a Problems,
}

impl Reader<'_> {
    /// One value; none when it nests too deep. The recursion is bounded by [`DEEPEST`].
    fn node(&mut self, value: Value<'_>, place: Place, depth: usize) -> Option<Node> {
        if depth > DEEPEST {
            let message = format!("the template nests deeper than {DEEPEST} levels here");
            self.problems.add(Problem::error(codes::LIMIT, place, message));
            return None;
        }
        let data = match value {
            Value::NullKeyword(_) => Data::Null,
            Value::BooleanLit(literal) => Data::Boolean(literal.value),
            // A number that no 64 bits hold stays text, so that no digit is lost.
            Value::NumberLit(literal) => {
                serde_json::from_str(literal.value).map_or_else(|_| Data::Text(literal.value.to_owned()), Data::Number)
            }
            Value::StringLit(literal) => Data::Text(literal.value.into_owned()),
            Value::Array(array) => {
                let mut items = Vec::with_capacity(array.elements.len());
                for (index, element) in array.elements.into_iter().enumerate() {
                    let range = element.range();
                    let place = self.places.add(place, Step::Index(index), range.start..range.end);
                    items.push(self.node(element, place, depth + 1)?);
                }
                Data::List(items)
            }
            Value::Object(object) => {
                let mut entries = Vec::with_capacity(object.properties.len());
                let mut keys = HashSet::new();
                for property in object.properties {
                    let key_range = property.name.range();
                    let key = match property.name {
                        ObjectPropName::String(name) => name.value.into_owned(),
                        ObjectPropName::Word(name) => name.value.to_owned(),
                    };
                    let step = |key: &String| Step::Key(key.clone());
                    let key_place = self.places.add(place, step(&key), key_range.start..key_range.end);
                    let range = property.value.range();
                    let value_place = self.places.add(place, step(&key), range.start..range.end);
                    let value = self.node(property.value, value_place, depth + 1)?;
                    if keys.insert(key.clone()) {
                        entries.push(Entry { key, key_place, value });
                    } else {
                        self.problems.add(
                            Problem::error(
                                codes::DUPLICATE_KEY,
                                key_place,
                                format!("the key `{key}` stands twice in this map"),
                            )
                            .help("JSON would silently keep only one of the two; remove or rename one"),
                        );
                    }
                }
                Data::Map(entries)
            }
        };
        Some(Node::new(place, data))
    }
}
