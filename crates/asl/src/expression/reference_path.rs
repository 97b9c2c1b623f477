//! Reference paths: where `ResultPath` puts a result.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::jsonpath;
use super::{JsonPath, PathSyntaxError};

/// A path to exactly one place: only names and indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencePath {
    source: Arc<str>,
    way: Arc<[Place]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Field(Box<str>),
    Item(usize),
}

impl ReferencePath {
    /// Compiles a reference path such as `$.a.b[0]`; anything that could match more than one place is refused
    /// (<https://states-language.net/spec.html#ref-paths>: no `@`, `..`, `,`, `:`, `?` and `*`). So are the context object
    /// and variables, which nothing can be put into.
    ///
    /// # Errors
    /// With the place of the first character that does not belong.
    pub fn parse(source: &str) -> Result<Self, PathSyntaxError> {
        match source.strip_prefix('$') {
            None => return refuse("a reference path starts with '$'", 0),
            Some(rest) if rest.starts_with('$') => return refuse("a result can't be put into the context object", 1),
            Some(rest) if rest.starts_with(char::is_alphabetic) => {
                return refuse("a result can't be put into a variable; use Assign", 1);
            }
            Some(_) => {}
        }
        if let Some(offset) = unquoted(source, &['@', ',', ':', '?', '*']) {
            return refuse("a reference path leads to one place: '@', ',', ':', '?' and '*' can't be used", offset);
        }
        let way = JsonPath::parse(source)?
            .places()
            .map(|place| match place {
                jsonpath::Place::Name(name) => Ok(Place::Field(name.into())),
                jsonpath::Place::Index(index) => usize::try_from(index).map(Place::Item).or_else(|_| {
                    refuse("an index of a reference path can't be negative", source.find("[-").map_or(0, |at| at + 1))
                }),
                jsonpath::Place::Scan => refuse(
                    "a reference path leads to one place: '..' can't be used",
                    source.find("..").unwrap_or_default(),
                ),
                jsonpath::Place::Computed => refuse("a reference path has names and indexes only", 0),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { source: source.into(), way })
    }

    /// The path as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// `target` with `result` at this place. Objects that are missing on the way are made; an item of an array must be
    /// there.
    ///
    /// # Errors
    /// `Unable to apply step "x" to input {…}` with the whole target, when something on the way is neither an object nor
    /// (for an index) an array that is long enough. AWS reports it as the error `States.ReferencePathConflict`.
    pub fn put(&self, mut target: Value, result: Value) -> Result<Value, String> {
        if let Some(step) = self.conflict(&target) {
            return Err(unable_to_apply(&step, &target));
        }
        let mut place = &mut target;
        for (at, step) in self.way.iter().enumerate() {
            place = match step {
                Place::Field(name) => {
                    let made = if at + 1 < self.way.len() { Value::Object(Map::new()) } else { Value::Null };
                    let fields = place.as_object_mut().expect("conflict() has seen an object here");
                    fields.entry(&**name).or_insert(made)
                }
                Place::Item(index) => &mut place[*index],
            };
        }
        *place = result;
        Ok(target)
    }

    /// What AWS says when the path leads nowhere in a value, if it does: `Unable to apply step "x" to input {…}`, with the first
    /// step that can't be taken.
    pub fn leads_nowhere(&self, value: &Value) -> Option<String> {
        let mut place = value;
        for step in &*self.way {
            let (next, name) = match step {
                Place::Field(name) => (place.get(&**name), name.to_string()),
                Place::Item(index) => (place.get(index), index.to_string()),
            };
            match next {
                Some(next) => place = next,
                None => return Some(unable_to_apply(&name, value)),
            }
        }
        None
    }

    /// The first step that can't be taken.
    fn conflict(&self, target: &Value) -> Option<String> {
        let mut place = target;
        for (at, step) in self.way.iter().enumerate() {
            place = match (step, place) {
                (Place::Field(name), Value::Object(fields)) => match fields.get(&**name) {
                    Some(field) => field,
                    // From here on everything is made, which an array can't be.
                    None => {
                        return self.way[at + 1..].iter().find_map(|step| match step {
                            Place::Item(index) => Some(index.to_string()),
                            Place::Field(_) => None,
                        });
                    }
                },
                (Place::Item(index), Value::Array(items)) if *index < items.len() => &items[*index],
                (Place::Field(name), _) => return Some(name.to_string()),
                (Place::Item(index), _) => return Some(index.to_string()),
            };
        }
        None
    }
}

fn unable_to_apply(step: &str, input: &Value) -> String {
    format!("Unable to apply step \"{step}\" to input {input}")
}

/// The first of these characters outside of quotes.
fn unquoted(source: &str, characters: &[char]) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    source.char_indices().find_map(|(offset, character)| {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if source[..offset].trim_end().ends_with(['[', ',']) && matches!(character, '\'' | '"') => {
                quote = Some(character);
            }
            None => return characters.contains(&character).then_some(offset),
        }
        None
    })
}

fn refuse<T>(message: &str, offset: usize) -> Result<T, PathSyntaxError> {
    Err(PathSyntaxError { message: message.to_owned(), offset })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_step_that_leads_nowhere_is_named() {
        let value = json!({"a": {"b": [1]}, "s": "text"});
        for (path, step) in [
            ("$.x", Some("x")),
            ("$.x.y", Some("x")),
            ("$.a.c", Some("c")),
            ("$.a.b[1]", Some("1")),
            ("$.s.t", Some("t")),
        ] {
            let told = ReferencePath::parse(path).expect(path).leads_nowhere(&value);
            assert_eq!(told, step.map(|step| format!("Unable to apply step \"{step}\" to input {value}")), "{path}");
        }
        for path in ["$", "$.a", "$.a.b[0]"] {
            assert_eq!(ReferencePath::parse(path).expect(path).leads_nowhere(&value), None, "{path}");
        }
    }

    #[test]
    fn a_result_is_put_where_the_path_says() {
        for (path, target, expected) in [
            ("$.r", json!({"a": 1}), json!({"a": 1, "r": "R"})),
            ("$.a", json!({"a": 1, "b": 2}), json!({"a": "R", "b": 2})),
            ("$.a.b.c", json!({"x": 1}), json!({"x": 1, "a": {"b": {"c": "R"}}})),
            ("$.a.b", json!({"a": {"c": 1}}), json!({"a": {"c": 1, "b": "R"}})),
            ("$.a[1]", json!({"a": [1, 2, 3]}), json!({"a": [1, "R", 3]})),
            ("$[1].payload", json!([{}, {"id": 7}]), json!([{}, {"id": 7, "payload": "R"}])),
            ("$['a b'].c-d", json!({}), json!({"a b": {"c-d": "R"}})),
            ("$['a,b?*']", json!({}), json!({"a,b?*": "R"})),
            ("$", json!({"a": 1}), json!("R")),
        ] {
            let put = ReferencePath::parse(path).expect(path).put(target, json!("R"));
            assert_eq!(put, Ok(expected), "{path}");
        }
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        for (path, target, message) in [
            ("$.x", json!([1, 2]), r#"Unable to apply step "x" to input [1,2]"#),
            ("$.x", json!("text"), r#"Unable to apply step "x" to input "text""#),
            ("$.a.b", json!({"a": "s"}), r#"Unable to apply step "b" to input {"a":"s"}"#),
            ("$.a.b", json!({"a": null}), r#"Unable to apply step "b" to input {"a":null}"#),
            ("$.a[3]", json!({"a": [1]}), r#"Unable to apply step "3" to input {"a":[1]}"#),
            ("$.a[0]", json!({"a": {}}), r#"Unable to apply step "0" to input {"a":{}}"#),
            ("$.a[0].b", json!({}), r#"Unable to apply step "0" to input {}"#),
        ] {
            let put = ReferencePath::parse(path).expect(path).put(target, json!("R"));
            assert_eq!(put, Err(message.to_owned()), "{path}");
        }
    }

    #[test]
    fn what_leads_to_many_places_is_refused_with_its_place() {
        for (path, offset) in [
            ("a", 0),
            ("$$.a", 1),
            ("$name", 1),
            ("$.a[*]", 4),
            ("$.*", 2),
            ("$..a", 1),
            ("$.a..b", 3),
            ("$.a[0,1]", 5),
            ("$['a','b']", 5),
            ("$.a[0:1]", 5),
            ("$.a[?(@.b)]", 4),
            ("$.a@b", 3),
            ("$.a[-1]", 4),
            ("$.a.length()", 0),
            ("$.a.", 4),
        ] {
            assert_eq!(ReferencePath::parse(path).expect_err(path).offset, offset, "{path}");
        }
    }
}
