//! Functions at the end of a path.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Number, Value};

use super::evaluate::Walk;
use super::parse::{End, Parser};
use super::{PathSyntaxError, Step};

/// A call of a function.
#[derive(Debug)]
pub(super) struct Function {
    kind: Kind,
    arguments: Vec<Argument>,
}

#[derive(Debug)]
enum Argument {
    Json(Value),
    /// A path from the root of the document.
    Path {
        steps: Vec<Step>,
        definite: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Average,
    StandardDeviation,
    Sum,
    Minimum,
    Maximum,
    Concatenate,
    Length,
    Size,
    Append,
    Keys,
    First,
    Last,
    Index,
}

const KINDS: [(&str, Kind); 13] = [
    ("avg", Kind::Average),
    ("stddev", Kind::StandardDeviation),
    ("sum", Kind::Sum),
    ("min", Kind::Minimum),
    ("max", Kind::Maximum),
    ("concat", Kind::Concatenate),
    ("length", Kind::Length),
    ("size", Kind::Size),
    ("append", Kind::Append),
    ("keys", Kind::Keys),
    ("first", Kind::First),
    ("last", Kind::Last),
    ("index", Kind::Index),
];

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = KINDS.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(name, _)| name);
        write!(f, "{name}{}", if self.arguments.is_empty() { "()" } else { "(...)" })
    }
}

impl Function {
    /// The call whose name starts at `start`; the parser stands after its opening parenthesis.
    pub(super) fn parse(parser: &mut Parser<'_>, start: usize) -> Result<Self, PathSyntaxError> {
        let open = parser.at - 1;
        let name = &parser.text[start..open];
        let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == name) else {
            let names = KINDS.iter().map(|(known, _)| *known);
            let hint =
                diagnostic::closest(name, names).map(|near| format!("; did you mean {near}()?")).unwrap_or_default();
            return Err(PathSyntaxError {
                message: format!("there is no JSONPath function '{name}'{hint}"),
                offset: start,
            });
        };
        let mut arguments = Vec::new();
        parser.skip_blanks();
        while !parser.take(")") {
            arguments.push(parser.deeper(|parser| argument(parser, open))?);
            parser.skip_blanks();
            if parser.take(",") {
                parser.skip_blanks();
            } else if parser.peek() != Some(')') {
                return parser.error("expected ',' or ')' after an argument");
            }
        }
        if *kind == Kind::Index && arguments.len() != 1 {
            return Err(PathSyntaxError { message: "index() takes one argument, the index".to_owned(), offset: start });
        }
        Ok(Self { kind: *kind, arguments })
    }

    /// Whether it counts something, and so looks into what a scan finds.
    pub(super) fn counts(&self) -> bool {
        matches!(self.kind, Kind::Length | Kind::Size)
    }

    /// The function's value for `model` in the document `root`; the error is Jayway's sentence.
    pub(super) fn apply<'v>(&self, model: &'v Value, root: &Value) -> Result<Cow<'v, Value>, String> {
        let items = model.as_array().map(Vec::as_slice);
        let owned = match self.kind {
            Kind::Average | Kind::StandardDeviation | Kind::Sum | Kind::Minimum | Kind::Maximum => {
                let arguments = self.arguments(root)?;
                let numbers = items.unwrap_or_default().iter().chain(&arguments);
                self.aggregate(&numbers.filter_map(Value::as_f64).collect::<Vec<f64>>())?
            }
            Kind::Concatenate => {
                let arguments = self.arguments(root)?;
                let texts = items.unwrap_or_default().iter().chain(&arguments).filter_map(Value::as_str);
                Value::String(texts.collect())
            }
            Kind::Length | Kind::Size => match model {
                Value::Array(items) => Value::from(items.len()),
                Value::Object(fields) => Value::from(fields.len()),
                _ => Value::Null,
            },
            Kind::Append => match items {
                Some(items) => Value::Array(items.iter().cloned().chain(self.arguments(root)?).collect()),
                None => return Ok(Cow::Borrowed(model)),
            },
            Kind::Keys => match model {
                Value::Object(fields) => fields.keys().cloned().map(Value::String).collect(),
                _ => Value::Null,
            },
            Kind::First => return item(model, 0),
            Kind::Last => return item(model, -1),
            Kind::Index => {
                let index = self.arguments(root)?.first().and_then(Value::as_f64);
                let index = index.ok_or("The index of the function index() is not a number")?;
                return item(model, index as i64);
            }
        };
        Ok(Cow::Owned(owned))
    }

    /// The arguments' values, arrays taken apart.
    fn arguments(&self, root: &Value) -> Result<Vec<Value>, String> {
        let mut values = Vec::new();
        for argument in &self.arguments {
            let value = match argument {
                Argument::Json(value) => value.clone(),
                Argument::Path { steps, definite } => {
                    let walk = Walk::new(steps, root);
                    let found = if *definite { walk.one(root) } else { walk.all(root) };
                    found.map_err(|missing| missing.reason)?.into_owned()
                }
            };
            match value {
                Value::Array(items) => values.extend(items),
                value => values.push(value),
            }
        }
        Ok(values)
    }

    fn aggregate(&self, numbers: &[f64]) -> Result<Value, String> {
        if numbers.is_empty() {
            return Err("Aggregation function attempted to calculate value using empty array".to_owned());
        }
        let count = numbers.len() as f64;
        let sum: f64 = numbers.iter().sum();
        let result = match self.kind {
            Kind::Average => sum / count,
            Kind::StandardDeviation => {
                let squares: f64 = numbers.iter().map(|number| number * number).sum();
                (squares / count - sum * sum / count / count).sqrt()
            }
            Kind::Minimum => numbers.iter().copied().fold(f64::INFINITY, f64::min),
            Kind::Maximum => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            _ => sum,
        };
        Ok(Number::from_f64(result).map_or(Value::Null, Value::Number))
    }
}

fn item(model: &Value, index: i64) -> Result<Cow<'_, Value>, String> {
    let items = model.as_array().ok_or("Aggregation function attempted to calculate value using empty array")?;
    let length = items.len();
    let place = if index < 0 { index + length as i64 } else { index };
    usize::try_from(place).ok().and_then(|place| items.get(place)).map(Cow::Borrowed).ok_or_else(|| match index {
        0.. => format!("Index {index} out of bounds for length {length}"),
        _ => format!("Target index:{index} larger than object count:{length}"),
    })
}

fn argument(parser: &mut Parser<'_>, open: usize) -> Result<Argument, PathSyntaxError> {
    match parser.peek() {
        Some('$') => {
            parser.at += 1;
            let steps = parser.steps(End::Argument)?;
            let last = steps.len().saturating_sub(1);
            let definite = steps.iter().enumerate().all(|(at, step)| step.is_definite(at == last));
            Ok(Argument::Path { steps, definite })
        }
        None => {
            parser.at = open;
            parser.error("'(' is never closed")
        }
        // Jayway reads over an argument in single quotes.
        Some('\'') => parser.error("write texts in double quotes here"),
        Some(_) => parser.json_value().map(Argument::Json),
    }
}
