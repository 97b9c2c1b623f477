//! The functions that Step Functions adds to JSONata, and those that must not have a clock or dice of their own.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-step-functions>;
//! errors and corner cases as AWS was seen to answer.

use std::cell::RefCell;
use std::rc::Rc;

use jsonata_core::evaluator::{Evaluator, EvaluatorError};
use jsonata_core::value::JValue;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::bounds::Meter;
use super::dates;
use crate::expression::{Environment, intrinsic, java};

/// JSONata's sentence for a call of something that is no function, which is what `$eval` is on AWS.
pub(super) const NOT_A_FUNCTION: &str = "T1006: Attempted to invoke a non-function";

/// The names that have to be registered when a query refers to them.
pub(super) const HOSTED: [&str; 9] =
    ["partition", "range", "hash", "random", "uuid", "parse", "eval", "millis", "shuffle"];

/// JSONata's own functions with their parameters (<https://docs.jsonata.org/embedding-extending#function-signature-syntax>).
pub(super) const OWN: &[(&str, &str)] = &[
    ("abs", "n-"),
    ("append", "xx"),
    ("assert", "bs?"),
    ("average", "a<n>"),
    ("base64decode", "s-"),
    ("base64encode", "s-"),
    ("boolean", "x-"),
    ("ceil", "n-"),
    ("clone", "(oa)-"),
    ("contains", "s-(sf)"),
    ("count", "a"),
    ("decodeUrl", "s-"),
    ("decodeUrlComponent", "s-"),
    ("distinct", "x"),
    ("each", "o-f"),
    ("encodeUrl", "s-"),
    ("encodeUrlComponent", "s-"),
    ("error", "s?"),
    ("exists", "x"),
    ("filter", "af"),
    ("floor", "n-"),
    ("formatBase", "n-n?"),
    ("formatInteger", "n-s"),
    ("formatNumber", "n-so?"),
    ("fromMillis", "n-s?s?"),
    ("join", "a<s>s?"),
    ("keys", "x-"),
    ("length", "s-"),
    ("lookup", "x-s"),
    ("lowercase", "s-"),
    ("map", "af"),
    ("match", "s-f<s:o>n?"),
    ("max", "a<n>"),
    ("merge", "a<o>"),
    ("min", "a<n>"),
    ("not", "x-"),
    ("now", "s?s?"),
    ("number", "(nsb)-"),
    ("pad", "s-ns?"),
    ("parseInteger", "s-s"),
    ("power", "n-n"),
    ("reduce", "afj?"),
    ("replace", "s-(sf)(sf)n?"),
    ("reverse", "a"),
    ("round", "n-n?"),
    ("shuffle", "a"),
    ("sift", "o-f?"),
    ("single", "af?"),
    ("sort", "af?"),
    ("split", "s-(sf)n?"),
    ("spread", "x-"),
    ("sqrt", "n-"),
    ("string", "x-b?"),
    ("substring", "s-nn?"),
    ("substringAfter", "s-s"),
    ("substringBefore", "s-s"),
    ("sum", "a<n>"),
    ("toMillis", "s-s?"),
    ("trim", "s-"),
    ("type", "x"),
    ("uppercase", "s-"),
    ("zip", "a+"),
];

/// Whether there is a function of that name.
pub(super) fn exists(name: &str) -> bool {
    HOSTED.contains(&name) || OWN.iter().any(|(own, _)| *own == name)
}

type Answer = Result<JValue, EvaluatorError>;

type HostFunction = Box<dyn Fn(&[JValue]) -> Answer>;

fn error<T>(message: impl Into<String>) -> Result<T, EvaluatorError> {
    Err(EvaluatorError::EvaluationError(message.into()))
}

fn too_large() -> EvaluatorError {
    EvaluatorError::EvaluationError("D2014: too large".to_owned())
}

fn mismatch<T>(function: &str, argument: usize) -> Result<T, EvaluatorError> {
    error(format!("T0410: Argument {argument} of function \"{function}\" does not match function signature"))
}

/// Registers those of [`HOSTED`] that are named.
pub(super) fn register<E: Environment + ?Sized>(evaluator: &mut Evaluator, names: &[&'static str], env: &E) {
    let is_random = |name: &&str| matches!(*name, "random" | "uuid" | "shuffle");
    let dice = names.iter().any(is_random).then(|| {
        let seeds = [env.random_bits(), env.random_bits()];
        Rc::new(RefCell::new(Dice(seeds)))
    });
    let meter = Rc::new(Meter::default());
    let reads_clock = |name: &&str| matches!(*name, "millis" | dates::TEXT | dates::PICTURE);
    let now = if names.iter().any(reads_clock) { env.now_millis() } else { 0 };
    for name in names {
        let dice = dice.clone().unwrap_or_default();
        let function: HostFunction = match *name {
            "partition" => Box::new(partition),
            "range" => Box::new(range),
            "hash" => Box::new(hash),
            "parse" => Box::new(parse),
            "eval" => Box::new(|_| error(NOT_A_FUNCTION)),
            "millis" => Box::new(move |_| Ok(JValue::Number(now as f64))),
            "random" => Box::new(move |arguments| random(arguments, &dice)),
            "shuffle" => Box::new(move |arguments| shuffle(arguments, &dice)),
            "uuid" => Box::new(move |arguments| uuid(arguments, &dice)),
            part @ (dates::TEXT | dates::PICTURE) => {
                Box::new(move |arguments| Ok(dates::complete(part, arguments, now)))
            }
            weight => {
                let meter = meter.clone();
                // The code is that of a sequence that is too long: both come to AWS's sentence about memory.
                Box::new(move |arguments| meter.weigh(weight, arguments).ok_or_else(too_large))
            }
        };
        let registered = evaluator.register_fn_override(*name, move |arguments: &[JValue]| function(arguments));
        registered.expect("none of these is among the functions that jsonata-core compiles itself");
    }
}

/// Random bits for one evaluation, stretched from what the environment drew (splitmix64, one stream for each half of an
/// identifier).
#[derive(Default)]
struct Dice([u64; 2]);

impl Dice {
    fn bits(&mut self, stream: usize) -> u64 {
        let state = &mut self.0[stream];
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = *state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }
}

/// An argument that is given and not undefined.
fn argument(arguments: &[JValue], at: usize) -> Option<&JValue> {
    arguments.get(at).filter(|value| !value.is_undefined())
}

fn no_more_than(count: usize, arguments: &[JValue], function: &str) -> Result<(), EvaluatorError> {
    if argument(arguments, count).is_some() { mismatch(function, count + 1) } else { Ok(()) }
}

/// A number without its fraction.
fn integer(value: Option<&JValue>, function: &str, argument: usize) -> Result<i64, EvaluatorError> {
    match value {
        Some(JValue::Number(double)) => Ok(*double as i64),
        _ => mismatch(function, argument),
    }
}

/// `$partition(array, size)`.
fn partition(arguments: &[JValue]) -> Answer {
    no_more_than(2, arguments, "partition")?;
    let items = match argument(arguments, 0) {
        None => return Ok(JValue::Undefined),
        Some(JValue::Array(items)) => items,
        Some(_) => return error("T0412: Argument 1 of function \"partition\" must be an array of undefined"),
    };
    let size = match argument(arguments, 1) {
        None => items.len() as i64,
        size => integer(size, "partition", 2)?,
    };
    match usize::try_from(size) {
        Err(_) => error("D3137: Second argument must be zero or greater"),
        Ok(0) => Ok(JValue::Undefined),
        Ok(_) if items.is_empty() => Ok(JValue::Undefined),
        Ok(size) => Ok(JValue::array(items.chunks(size).map(|chunk| JValue::array(chunk.to_vec())).collect())),
    }
}

/// `$range(first, last, step)`, the last number in it when the steps lead there.
fn range(arguments: &[JValue]) -> Answer {
    no_more_than(3, arguments, "range")?;
    let first = integer(argument(arguments, 0), "range", 1)?;
    let last = integer(argument(arguments, 1), "range", 2)?;
    let step = match argument(arguments, 2) {
        None => return Ok(JValue::Undefined),
        step => integer(step, "range", 3)?,
    };
    if step == 0 || (step > 0 && first > last) || (step < 0 && first < last) {
        return Ok(JValue::Undefined);
    }
    if first == last {
        return Ok(JValue::Number(first as f64));
    }
    let count = (i128::from(last) - i128::from(first)) / i128::from(step);
    if count >= super::LONGEST_SEQUENCE as i128 {
        return error("D2014: too many items");
    }
    let number = |taken: i128| JValue::Number((i128::from(first) + taken * i128::from(step)) as f64);
    Ok(JValue::array((0..=count).map(number).collect()))
}

/// `$hash(text, algorithm)`.
fn hash(arguments: &[JValue]) -> Answer {
    no_more_than(2, arguments, "hash")?;
    let Some(JValue::String(text)) = argument(arguments, 0) else { return mismatch("hash", 1) };
    let algorithm = match argument(arguments, 1) {
        None => return Ok(JValue::Undefined),
        Some(JValue::String(algorithm)) => algorithm,
        Some(_) => return mismatch("hash", 2),
    };
    match intrinsic::digest(text, algorithm) {
        Some(digest) => Ok(JValue::string(digest)),
        None => {
            error(format!("D3137: Hash algorithm '{algorithm}' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5"))
        }
    }
}

/// `$random()` or `$random(seed)`, from zero up to but not including one.
fn random(arguments: &[JValue], dice: &RefCell<Dice>) -> Answer {
    no_more_than(1, arguments, "random")?;
    Ok(JValue::Number(match argument(arguments, 0) {
        None => (dice.borrow_mut().bits(0) >> 11) as f64 / (1u64 << 53) as f64,
        seed => java::Random::new(integer(seed, "random", 1)?).double(),
    }))
}

/// `$uuid()`.
fn uuid(arguments: &[JValue], dice: &RefCell<Dice>) -> Answer {
    no_more_than(0, arguments, "uuid")?;
    let mut dice = dice.borrow_mut();
    Ok(JValue::string(intrinsic::version_4(dice.bits(0), dice.bits(1))))
}

/// `$shuffle(array)`.
fn shuffle(arguments: &[JValue], dice: &RefCell<Dice>) -> Answer {
    no_more_than(1, arguments, "shuffle")?;
    let mut items = match argument(arguments, 0) {
        None => return Ok(JValue::Undefined),
        Some(JValue::Array(items)) => items.to_vec(),
        Some(item) => vec![item.clone()],
    };
    let mut dice = dice.borrow_mut();
    for at in (1..items.len()).rev() {
        let other = ((u128::from(dice.bits(0)) * (at as u128 + 1)) >> 64) as usize;
        items.swap(at, other);
    }
    Ok(JValue::array(items))
}

/// `$parse(text)`: one JSON value, with no field named twice.
fn parse(arguments: &[JValue]) -> Answer {
    no_more_than(1, arguments, "parse")?;
    match argument(arguments, 0) {
        None => Ok(JValue::Undefined),
        Some(JValue::String(text)) => match serde_json::from_str(text) {
            Ok(Parsed(value)) => Ok(value),
            Err(_) => error("D3137: Invalid JSON"),
        },
        Some(_) => mismatch("parse", 1),
    }
}

/// A JSON value that names no field twice.
struct Parsed(JValue);

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ParsedVisitor).map(Parsed)
    }
}

struct ParsedVisitor;

impl<'de> Visitor<'de> for ParsedVisitor {
    type Value = JValue;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<JValue, E> {
        Ok(JValue::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<JValue, E> {
        Ok(JValue::Bool(truth))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<JValue, E> {
        Ok(JValue::Number(integer as f64))
    }

    fn visit_u64<E>(self, integer: u64) -> Result<JValue, E> {
        Ok(JValue::Number(integer as f64))
    }

    fn visit_f64<E>(self, double: f64) -> Result<JValue, E> {
        Ok(JValue::Number(double))
    }

    fn visit_str<E>(self, text: &str) -> Result<JValue, E> {
        Ok(JValue::string(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<JValue, A::Error> {
        let mut array = Vec::new();
        while let Some(Parsed(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(JValue::array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<JValue, A::Error> {
        let mut names = std::collections::HashSet::new();
        let mut object = Vec::new();
        while let Some((name, Parsed(field))) = fields.next_entry::<String, Parsed>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom("a field is named twice"));
            }
            object.push((name, field));
        }
        Ok(super::values::object(object.into_iter()))
    }
}
