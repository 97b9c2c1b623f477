//! JSONata queries, on the crate `jsonata-core`.
//!
//! A query is compiled once. Only what it refers to is handed to it: of `$states.input.a.b`, nothing but `a.b` is converted.
//! It has no clock and no dice of its own: `$now`, `$millis`, `$random`, `$uuid` and `$shuffle` ask the [`Environment`].

mod analysis;
mod bounds;
mod dates;
mod functions;
mod messages;
mod syntax;
mod values;

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jsonata_core::ast::AstNode;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorOptions};
use jsonata_core::value::JValue;
use serde_json::Value;

use super::{Environment, EvalError, PathSyntaxError};
use analysis::Analysis;

/// The longest time that one evaluation may take, in milliseconds. AWS names no number; this stops what would never end.
const TIMEOUT_MILLIS: u64 = if cfg!(test) { 1_000 } else { 5_000 };

/// How deep an evaluation may nest. AWS counts to a hundred; what counts as a level differs a little, and with this bound
/// `1 + $f($x - 1)` recurses exactly as often as AWS was seen to allow (31 times).
const DEEPEST: usize = 99;

/// How many items a sequence may have, which is where AWS was seen to stop: `[1..873782]` is taken, one more is an error.
const LONGEST_SEQUENCE: usize = 873_782;

/// How large a value may be in bytes, about, which is where AWS was seen to stop.
const LARGEST_VALUE: usize = LONGEST_SEQUENCE * 8;

/// Bytes of stack for a query that may nest a value as often as it may do anything: jsonata-core drops values by recursion.
/// It is address space, and takes memory only as far as it is used.
const STACK_BYTES: usize = 512 << 20;

/// A compiled JSONata query. Copies share the compiled form.
#[derive(Clone)]
pub struct Jsonata {
    query: Arc<Query>,
}

struct Query {
    source: Box<str>,
    tree: AstNode,
    analysis: Analysis,
}

/// Why a query has no value.
enum Failure {
    /// It returned nothing.
    Undefined,
    /// It threw; the text is `T1006: …` or, for a bound, a sentence without a code.
    Thrown(String),
    /// It returned something that is no JSON.
    NotJson(&'static str),
}

impl Jsonata {
    /// Compiles a query, with or without its `{% … %}`.
    ///
    /// # Errors
    /// The sentence is JSONata's own without its code, as AWS reports it.
    pub fn compile(source: &str) -> Result<Self, PathSyntaxError> {
        let (inner, mut offset) = match source.strip_prefix("{%").and_then(|rest| rest.strip_suffix("%}")) {
            Some(inner) => (inner, 2),
            None => (source, 0),
        };
        offset += inner.len() - inner.trim_start().len();
        let inner = inner.trim();
        let mut tree = jsonata_core::parser::parse(inner).map_err(|error| {
            let (message, place) = syntax::explain(inner, &error.to_string());
            PathSyntaxError { message, offset: offset + place }
        })?;
        let analysis = Analysis::of(&mut tree);
        Ok(Self { query: Arc::new(Query { source: inner.into(), tree, analysis }) })
    }

    /// The query as written, without `{% … %}`, trimmed: as AWS repeats it in its sentences.
    pub fn source(&self) -> &str {
        &self.query.source
    }

    /// The names of the variables that the query refers to and does not bind itself, without dollar sign, sorted;
    /// `states` among them, functions not.
    pub fn variables(&self) -> &[Arc<str>] {
        &self.query.analysis.variables
    }

    /// The names that the query looks up in a context item that it does not have, in the order of the text. AWS refuses such
    /// a definition: "Reference to 'phone' at the top level is not supported."
    pub fn top_level_names(&self) -> &[Arc<str>] {
        &self.query.analysis.top_level_names
    }

    /// The query's value; `location` is the field, as a path inside the state such as `Output/result`.
    ///
    /// # Errors
    /// [`EvalError::Query`] when it returns nothing, throws, takes too long, or returns something that is no JSON.
    pub fn evaluate<E: Environment + ?Sized>(&self, env: &E, location: &str) -> Result<Value, EvalError> {
        self.evaluate_at(env, || location.to_owned())
    }

    /// As [`Self::evaluate`], with the location only made when it is needed.
    pub(super) fn evaluate_at<E: Environment + ?Sized>(
        &self,
        env: &E,
        location: impl FnOnce() -> String,
    ) -> Result<Value, EvalError> {
        self.run(env).map_err(|failure| {
            let location = location();
            let subject = format!("The JSONata expression '{}' specified for the field '{location}'", self.source());
            // `assign_reference_variables--undefined_reference-*.json`, `math_operations_jsonata--math_random_seeded.json`
            let message = match failure {
                Failure::Undefined => format!("{subject} returned nothing (undefined)."),
                Failure::Thrown(thrown) => {
                    let separator = if has_code(&thrown) { "." } else { ":" };
                    format!("{subject} threw an error during evaluation{separator} {thrown}")
                }
                Failure::NotJson(kind) => {
                    format!("{subject} returned an unexpected result type. Expected a JSON value, but was '{kind}'.")
                }
            };
            EvalError::Query { message, location }
        })
    }

    /// The query's value on a document, which `$` and `$$` stand for: as JSONata is used outside of a state machine, whose
    /// queries have none. None, as the document and as the value: nothing (undefined).
    ///
    /// # Errors
    /// What JSONata threw, with its code where it has one (`T2001: …`), or what the result is that is no JSON.
    pub fn evaluate_document<E: Environment + ?Sized>(
        &self,
        document: Option<&Value>,
        env: &E,
    ) -> Result<Option<Value>, String> {
        match self.run_on(&document.map_or(JValue::Undefined, values::to_jsonata), env) {
            Ok(value) => Ok(Some(value)),
            Err(Failure::Undefined) => Ok(None),
            Err(Failure::Thrown(thrown)) => Err(thrown),
            Err(Failure::NotJson(kind)) => Err(format!("the result is a {kind}")),
        }
    }

    fn run<E: Environment + ?Sized>(&self, env: &E) -> Result<Value, Failure> {
        self.run_on(&JValue::Undefined, env)
    }

    fn run_on<E: Environment + ?Sized>(&self, document: &JValue, env: &E) -> Result<Value, Failure> {
        if self.query.analysis.may_nest {
            stacker::grow(STACK_BYTES, || self.run_here(document, env))
        } else {
            self.run_here(document, env)
        }
    }

    /// The functions that the query names, among other things that it refers to.
    fn called(&self) -> impl Iterator<Item = &str> {
        self.query.analysis.references.iter().map(|(name, _)| &**name)
    }

    fn run_here<E: Environment + ?Sized>(&self, document: &JValue, env: &E) -> Result<Value, Failure> {
        let Query { tree, analysis, .. } = &*self.query;
        let mut context = Context::new();
        if let Some(states) = analysis.states(env) {
            context.bind("states".to_owned(), states);
        }
        for (name, needs) in &analysis.references {
            if let Some(value) = env.variable(name) {
                context.bind(name.to_string(), values::project(value, needs));
            }
        }
        let options = EvaluatorOptions {
            timeout_ms: Some(TIMEOUT_MILLIS),
            max_stack_depth: Some(DEEPEST),
            max_sequence_length: Some(LONGEST_SEQUENCE),
            ..EvaluatorOptions::default()
        };
        let mut evaluator = Evaluator::with_options(context, options);
        functions::register(&mut evaluator, &analysis.functions, env);
        // What the evaluator may have left half done is dropped with it; the tree is only read.
        let evaluated = catch_unwind(AssertUnwindSafe(|| evaluator.evaluate(tree, document)));
        let value = evaluated
            .map_err(|panic| Failure::Thrown(failed(&*panic)))?
            .map_err(|error| Failure::Thrown(messages::on_aws(error.code(), error.message(), self.called())))?;
        match values::from_jsonata(&value, LARGEST_VALUE) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(Failure::Undefined),
            Err(values::NotJson::Kind(kind)) => Err(Failure::NotJson(kind)),
            Err(values::NotJson::TooLarge) => Err(Failure::Thrown(messages::MEMORY.to_owned())),
            Err(values::NotJson::TooDeep) => Err(Failure::Thrown(too_deep())),
        }
    }
}

/// In our own words: how deep a value may be nested on AWS is documented nowhere.
fn too_deep() -> String {
    format!("The value is nested more than {} deep", values::DEEPEST)
}

/// A fault of jsonata-core, in our own words: `$substring('a', 1, 1e300)` adds what has no sum, say.
fn failed(panic: &dyn Any) -> String {
    let message = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("The evaluator failed: {}", message.unwrap_or("for no known reason"))
}

/// Whether a message starts with a code such as `T1006`.
fn has_code(message: &str) -> bool {
    matches!(message.as_bytes(), [letter, a, b, c, d, b':', ..]
        if letter.is_ascii_uppercase() && [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()))
}

impl PartialEq for Jsonata {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

impl Eq for Jsonata {}

impl fmt::Debug for Jsonata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Jsonata").field(&self.query.source).finish()
    }
}

#[cfg(test)]
mod tests;
