//! What an error of a query says on AWS.
//!
//! AWS answers with the sentences of jsonata-js, as far as it was seen (floci's issues 2668, 2736 and 2737: `T0410`, `T0412`,
//! `T1006`, `D3086`, the bounds). jsonata-core has the same codes, and sentences of its own for some of them.

use super::functions::{NOT_A_FUNCTION, OWN};

pub(super) const MEMORY: &str = "Expression evaluation memory limit exceeded: Check for excessive memory usage";
pub(super) const STACK: &str = "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as \
                     tail-recursive. Depth=101 max=100";
pub(super) const TIMEOUT: &str = "Expression evaluation timeout: Check for infinite loop";

/// Codes whose sentence has nothing of the values in it.
const SENTENCES: &[(&str, &str)] = &[
    ("D3001", "Attempting to invoke string function on Infinity or NaN"),
    ("D3010", "Second argument of replace function cannot be an empty string"),
    ("D3020", "Third argument of split function must evaluate to a positive number"),
    ("D3080", "The picture string must only contain a maximum of two sub-pictures"),
    ("D3081", "The sub-picture must not contain more than one instance of the 'decimal-separator' character"),
    ("D3082", "The sub-picture must not contain more than one instance of the 'percent' character"),
    ("D3083", "The sub-picture must not contain more than one instance of the 'per-mille' character"),
    ("D3084", "The sub-picture must not contain both a 'percent' and a 'per-mille' character"),
    (
        "D3085",
        "The mantissa part of a sub-picture must contain at least one character that is either an 'optional digit \
         character' or a member of the 'decimal digit family'",
    ),
    (
        "D3086",
        "The sub-picture must not contain a passive character that is preceded by an active character and that is \
         followed by another active character",
    ),
    (
        "D3087",
        "The sub-picture must not contain a 'grouping-separator' character that appears adjacent to a \
         'decimal-separator' character",
    ),
    ("D3088", "The sub-picture must not contain a 'grouping-separator' at the end of the integer part"),
    ("D3089", "The sub-picture must not contain two adjacent instances of the 'grouping-separator' character"),
    (
        "D3090",
        "The integer part of the sub-picture must not contain a member of the 'decimal digit family' that is followed \
         by an instance of the 'optional digit character'",
    ),
    (
        "D3091",
        "The fractional part of the sub-picture must not contain an instance of the 'optional digit character' that is \
         followed by a member of the 'decimal digit family'",
    ),
    (
        "D3092",
        "A sub-picture that contains a 'percent' or 'per-mille' character must not contain a character treated as an \
         'exponent-separator'",
    ),
    (
        "D3093",
        "The exponent part of the sub-picture must comprise only of one or more characters that are members of the \
         'decimal digit family'",
    ),
    ("D3138", "The $single() function expected exactly 1 matching result.  Instead it matched more."),
    ("T2003", "The left side of the range operator (..) must evaluate to an integer"),
    ("T2004", "The right side of the range operator (..) must evaluate to an integer"),
];

/// What AWS says of an error, with its code; the bounds have none. `called` are the functions that the query names: the
/// error does not say which of them it comes from, so a sentence that names the function is jsonata-core's own where it could be
/// several.
pub(super) fn on_aws<'q>(code: Option<&str>, message: &str, called: impl Iterator<Item = &'q str>) -> String {
    let Some(code) = code else { return message.to_owned() };
    let text = message.strip_prefix(code).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(message);
    if let Some((_, sentence)) = SENTENCES.iter().find(|(known, _)| *known == code) {
        return format!("{code}: {sentence}");
    }
    let said = match code {
        "D1011" | "U1001" => return STACK.to_owned(),
        "D1012" => return TIMEOUT.to_owned(),
        "D2014" | "D2015" => return MEMORY.to_owned(),
        "T1006" => return NOT_A_FUNCTION.to_owned(),
        "T0410" | "T0412" => of_function(text, called),
        "T2001" | "T2002" => between(text, "side of the ", " operator")
            .map(|operator| text.replacen(&format!(" {operator} "), &format!(" \"{operator}\" "), 1)),
        "D3030" => {
            let value = between(text, "Cannot convert ", " to number");
            value.map(|value| format!("Unable to cast value to a number: {}", quoted(value)))
        }
        "D3100" => between(text, "got ", "").map(|radix| {
            format!("The radix of the formatBase function must be between 2 and 36.  It was given {radix}")
        }),
        "D3130" => Some(format!(
            "Formatting or parsing an integer as a sequence starting with {} is not supported by this implementation",
            serde_json::Value::from(text)
        )),
        _ => None,
    };
    format!("{code}: {}", said.as_deref().unwrap_or(text))
}

/// What stands between two texts; up to the end if the second is empty.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    if after.is_empty() { Some(rest) } else { rest.split_once(after).map(|(found, _)| found) }
}

/// `'x'` as a JSON string; other values are written as in JSON.
fn quoted(value: &str) -> String {
    match value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(text) => serde_json::Value::from(text).to_string(),
        None => value.to_owned(),
    }
}

/// A parameter: what it takes, and how often.
struct Parameter {
    /// `n`, `(sf)`, `a<n>`; of a function `f` alone.
    kind: &'static str,
    optional: bool,
    many: bool,
}

fn parameters(mut written: &'static str) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    while let Some(first) = written.chars().next() {
        let mut end = if first == '(' { written.find(')').map_or(written.len(), |at| at + 1) } else { 1 };
        if written[end..].starts_with('<') {
            end += written[end..].find('>').map_or(0, |at| at + 1);
        }
        let (kind, rest) = written.split_at(end);
        let kind = if kind.starts_with('f') { "f" } else { kind };
        let (optional, many) = (rest.starts_with(['-', '?']), rest.starts_with('+'));
        written = if optional || many { &rest[1..] } else { rest };
        parameters.push(Parameter { kind, optional, many });
    }
    parameters
}

/// How JSONata writes what jsonata-core names in English, `(String or Function)`.
fn kind_of(expected: &str) -> Option<String> {
    if let Some(choices) = expected.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        let kinds: Option<String> = choices.split(" or ").map(kind_of).collect();
        return Some(format!("({})", kinds?));
    }
    let kind = match expected.split('<').next().unwrap_or(expected) {
        "Number" => "n",
        "String" => "s",
        "Boolean" => "b",
        "Object" => "o",
        "Array" => "a",
        "Function" => "f",
        _ => return None,
    };
    Some(kind.to_owned())
}

/// An argument that is none for its function: too many, too few, of another type.
fn of_function<'q>(text: &str, called: impl Iterator<Item = &'q str>) -> Option<String> {
    let known = called.filter_map(|name| OWN.iter().find(|(known, _)| *known == name));
    let mut found = known.filter_map(|(name, written)| {
        let parameters = parameters(written);
        if let Some(counts) = text.strip_prefix("Argument count mismatch: expected ") {
            let got: usize = counts.split_once(", got ")?.1.parse().ok()?;
            let least = parameters.iter().filter(|parameter| !parameter.optional).count();
            let is_endless = parameters.iter().any(|parameter| parameter.many);
            return match got {
                _ if got > parameters.len() && !is_endless => Some((*name, parameters.len() + 1, None)),
                _ if got < least => Some((*name, got + 1, None)),
                _ => None,
            };
        }
        let (at, rest) = text.strip_prefix("Argument ")?.split_once(' ')?;
        let at: usize = at.parse().ok()?;
        // A parameter that is left out shifts the arguments: the second may want the first.
        let wants = |kind: &str| parameters.iter().skip(at.saturating_sub(1)).any(|parameter| parameter.kind == kind);
        if let Some(of) = rest.strip_prefix("of function ") {
            let of = of.split(' ').next()?.trim_matches(['$', '"']);
            let members = rest.split_once(" must be an array of ").and_then(|(_, members)| kind_of(members));
            return (of == *name).then_some((*name, at, members));
        }
        if let Some(members) = rest.strip_prefix("must be an array of ") {
            let members = kind_of(members)?;
            return wants(&format!("a<{members}>")).then_some((*name, at, Some(members)));
        }
        wants(&kind_of(rest.strip_prefix("must be ")?)?).then_some((*name, at, None))
    });
    let (name, at, members) = found.next()?;
    if found.next().is_some() {
        return None;
    }
    Some(match members.as_deref() {
        None => format!("Argument {at} of function \"{name}\" does not match function signature"),
        Some(members) => {
            let plural = match members {
                "n" => "numbers",
                "s" => "strings",
                "b" => "booleans",
                "o" => "objects",
                "a" => "arrays",
                _ => "functions",
            };
            format!("Argument {at} of function \"{name}\" must be an array of \"{plural}\"")
        }
    })
}
