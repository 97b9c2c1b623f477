//! Intrinsic functions: `States.Format('…', $.x)` and its kin.
//!
//! Behaviour follows <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>, the recorded cases
//! named where they decide something, and where neither says anything what executions on AWS were seen to do (fractions
//! are cut off except by `States.MathAdd`, `States.ArrayUnique` answers in the order of a Java set, a wrong argument is
//! the error `States.Runtime` and not `States.IntrinsicFailure`).

mod array;
mod encoding;
mod format;
mod hash;
mod json;
mod math;
mod parse;
mod signature;
mod string;
mod uuid;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::{Absence, Environment, EvalError, PathExpr, PathSyntaxError, path};
use signature::Function;

pub(super) use hash::digest;
pub(super) use uuid::version_4;

/// A compiled call of an intrinsic function.
#[derive(Clone)]
pub struct Intrinsic {
    source: Arc<str>,
    call: Arc<Call>,
}

/// A call, at the top or as an argument.
#[derive(Debug)]
struct Call {
    function: Function,
    arguments: Box<[Argument]>,
}

/// What stands between the parentheses.
#[derive(Debug)]
enum Argument {
    Path(PathExpr),
    Literal(Value),
    Call(Call),
}

/// Why a call has no value; its text is what AWS writes after "had the following error: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Failure {
    /// An argument is of a type, or has a value, that the function does not take.
    #[error("Invalid arguments in {}", .0.name())]
    InvalidArguments(Function),
    /// `States.Format` has more or fewer arguments than places for them.
    #[error("Invalid arguments in States.Format: number of arguments do not match the occurrences of {{}}.")]
    Occurrences,
    /// The first argument of `States.Format` has a brace too much.
    #[error("Invalid template in States.Format: matching '{missing}' not found for '{found}'.")]
    Template { missing: char, found: char },
    /// A path leads nowhere; the context object's are shown with one dollar sign, and always with the state's input.
    #[error("The JsonPath argument for the field '{path}' could not be found in the input '{input}'")]
    Missing { path: String, input: String },
    /// A path can't be applied: Jayway's words.
    #[error("{0}")]
    Path(String),
}

impl Intrinsic {
    /// Compiles a call.
    ///
    /// # Errors
    /// With the place of the first character that does not belong; of the name if there is no such function or it takes
    /// another number of arguments.
    pub fn parse(source: &str) -> Result<Self, PathSyntaxError> {
        Ok(Self { source: source.into(), call: Arc::new(parse::call(source)?) })
    }

    /// The call as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The function's name with its `States.`.
    pub fn name(&self) -> &'static str {
        self.call.function.name()
    }

    /// The paths among the arguments, nested calls' included, in the order of the text.
    pub fn paths(&self) -> Vec<&PathExpr> {
        let mut paths = Vec::new();
        self.call.collect_paths(&mut paths);
        paths
    }

    /// The call's value.
    ///
    /// # Errors
    /// [`EvalError::Intrinsic`], which names the whole expression even when a nested call failed.
    pub fn evaluate<E: Environment + ?Sized>(&self, env: &E) -> Result<Value, EvalError> {
        self.call.evaluate(env).map_err(|failure| EvalError::Intrinsic {
            message: format!("The function '{}' had the following error: {failure}", self.source),
        })
    }
}

impl Call {
    fn collect_paths<'c>(&'c self, paths: &mut Vec<&'c PathExpr>) {
        for argument in &self.arguments {
            match argument {
                Argument::Path(path) => paths.push(path),
                Argument::Call(call) => call.collect_paths(paths),
                Argument::Literal(_) => {}
            }
        }
    }

    fn evaluate<E: Environment + ?Sized>(&self, env: &E) -> Result<Value, Failure> {
        let given = Given { function: self.function, arguments: &self.arguments, env };
        match self.function {
            Function::Array => array::array(&given),
            Function::ArrayPartition => array::partition(&given),
            Function::ArrayContains => array::contains(&given),
            Function::ArrayRange => array::range(&given),
            Function::ArrayGetItem => array::get_item(&given),
            Function::ArrayLength => array::length(&given),
            Function::ArrayUnique => array::unique(&given),
            Function::Base64Encode => encoding::encode(&given),
            Function::Base64Decode => encoding::decode(&given),
            Function::Hash => hash::hash(&given),
            Function::JsonMerge => json::merge(&given),
            Function::StringToJson => json::from_string(&given),
            Function::JsonToString => json::to_string(&given),
            Function::MathRandom => math::random(&given),
            Function::MathAdd => math::add(&given),
            Function::StringSplit => string::split(&given),
            Function::Format => format::format(&given),
            Function::Uuid => Ok(Value::String(version_4(env.random_bits(), env.random_bits()))),
        }
    }
}

/// The arguments of one call, evaluated as they are asked for.
struct Given<'g, E: ?Sized> {
    function: Function,
    arguments: &'g [Argument],
    env: &'g E,
}

impl<'g, E: Environment + ?Sized> Given<'g, E> {
    /// The call can't be made with these arguments.
    fn invalid(&self) -> Failure {
        Failure::InvalidArguments(self.function)
    }

    fn len(&self) -> usize {
        self.arguments.len()
    }

    /// The value of an argument.
    fn value(&self, at: usize) -> Result<Cow<'g, Value>, Failure> {
        match self.arguments.get(at).ok_or_else(|| self.invalid())? {
            Argument::Literal(value) => Ok(Cow::Borrowed(value)),
            Argument::Call(call) => call.evaluate(self.env).map(Cow::Owned),
            Argument::Path(path) => path.find(self.env).map_err(|missing| match missing.absence {
                Absence::NotApplicable => Failure::Path(missing.reason),
                Absence::Missing | Absence::OutOfRange => {
                    let shown = if *path.root() == path::Root::Context { &path.source()[1..] } else { path.source() };
                    Failure::Missing { path: shown.to_owned(), input: self.env.input().to_string() }
                }
            }),
        }
    }

    /// Whether an argument is written as a call of that function.
    fn is_call_of(&self, at: usize, function: Function) -> bool {
        matches!(self.arguments.get(at), Some(Argument::Call(call)) if call.function == function)
    }

    fn array(&self, at: usize) -> Result<Cow<'g, [Value]>, Failure> {
        match self.value(at)? {
            Cow::Borrowed(Value::Array(items)) => Ok(Cow::Borrowed(items)),
            Cow::Owned(Value::Array(items)) => Ok(Cow::Owned(items)),
            _ => Err(self.invalid()),
        }
    }

    fn text(&self, at: usize) -> Result<Cow<'g, str>, Failure> {
        match self.value(at)? {
            Cow::Borrowed(Value::String(text)) => Ok(Cow::Borrowed(text)),
            Cow::Owned(Value::String(text)) => Ok(Cow::Owned(text)),
            _ => Err(self.invalid()),
        }
    }

    /// A text of ten thousand characters at the most, which is what AWS encodes, decodes and hashes.
    fn short_text(&self, at: usize) -> Result<Cow<'g, str>, Failure> {
        let text = self.text(at)?;
        if is_short(&text) { Ok(text) } else { Err(self.invalid()) }
    }

    /// A number without its fraction.
    fn integer(&self, at: usize) -> Result<i64, Failure> {
        match &*self.value(at)? {
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Ok(integer),
                (None, Some(double)) if double.abs() < 9.2e18 => Ok(double.trunc() as i64),
                _ => Err(self.invalid()),
            },
            _ => Err(self.invalid()),
        }
    }
}

/// Whether a text keeps to the limit of ten thousand characters.
fn is_short(text: &str) -> bool {
    text.len() <= 10_000 || text.encode_utf16().count() <= 10_000
}

impl PartialEq for Intrinsic {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Intrinsic {}

impl fmt::Debug for Intrinsic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Intrinsic").field(&self.source).finish()
    }
}

#[cfg(test)]
mod tests;
