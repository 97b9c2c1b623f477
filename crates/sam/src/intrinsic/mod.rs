//! Intrinsic functions, one file each: its form, and what it results in.

mod attribute;
mod availability_zones;
mod base64;
mod conditional;
mod find_in_map;
mod join;
mod logic;
mod reference;
mod refused;
mod select;
mod split;
mod substitute;

use std::fmt::Write as _;

use crate::codes;
use crate::evaluate::Evaluator;
use crate::expression::{Compiler, Expression, Form};
use crate::problem::Problem;
use crate::syntax::{Data, Node, Place};

pub(crate) use attribute::GetAtt;
pub(crate) use conditional::known as known_condition;
pub(crate) use logic::{decide, named as conditions_named_by};
pub(crate) use reference::Ref;

/// A function with its arguments.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Ref(Ref),
    GetAtt(GetAtt),
    Sub(substitute::Sub),
    Join(join::Join),
    Select(select::Select),
    Split(split::Split),
    If(conditional::If),
    FindInMap(find_in_map::FindInMap),
    Base64(base64::Base64),
    GetAzs(availability_zones::GetAzs),
    Logic(logic::Logic),
}

/// The functions that can be evaluated here.
const SUPPORTED: &[&str] = &[
    "Ref",
    "Fn::And",
    "Fn::Base64",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::Join",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
];

/// The function that a map with a single key calls, with its argument. `Condition` calls one only among conditions:
/// elsewhere it is a plain key, as in a policy statement.
pub(crate) fn called(node: &Node, in_conditions: bool) -> Option<(&str, &Node)> {
    let [entry] = node.entries() else { return None };
    let key = entry.key.as_str();
    let is_call = key == "Ref" || key.starts_with("Fn::") || (in_conditions && key == "Condition");
    is_call.then_some((key, &entry.value))
}

/// The expression of a call; what is wrong with it is reported.
pub(crate) fn compile(compiler: &Compiler<'_>, name: &str, argument: &Node, place: Place) -> Expression {
    let call = match name {
        "Ref" => Ref::compile(compiler, argument).map(Call::Ref),
        "Fn::GetAtt" => GetAtt::compile(compiler, argument).map(Call::GetAtt),
        "Fn::Sub" => substitute::Sub::compile(compiler, argument).map(Call::Sub),
        "Fn::Join" => join::Join::compile(compiler, argument).map(Call::Join),
        "Fn::Select" => select::Select::compile(compiler, argument).map(Call::Select),
        "Fn::Split" => split::Split::compile(compiler, argument).map(Call::Split),
        "Fn::If" => conditional::If::compile(compiler, argument).map(Call::If),
        "Fn::FindInMap" => find_in_map::FindInMap::compile(compiler, argument).map(Call::FindInMap),
        "Fn::Base64" => Some(Call::Base64(base64::Base64::compile(compiler, argument))),
        "Fn::GetAZs" => Some(Call::GetAzs(availability_zones::GetAzs::compile(compiler, argument))),
        "Condition" | "Fn::And" | "Fn::Equals" | "Fn::Not" | "Fn::Or" => {
            logic::Logic::compile(compiler, name, argument).map(Call::Logic)
        }
        _ => {
            refuse(compiler, name, place);
            // What stands inside is still checked, and the parameters it uses are used.
            compiler.compile(argument);
            None
        }
    };
    match call {
        Some(call) => Expression::new(place, Form::Call(Box::new(call))),
        None => Expression::unresolved(place),
    }
}

fn refuse(compiler: &Compiler<'_>, name: &str, place: Place) {
    if let Some(reason) = refused::reason(name) {
        compiler.problems.add(
            Problem::error(codes::UNSUPPORTED_FUNCTION, place, format!("`{name}` can't be evaluated here: {reason}"))
                .help(refused::HELP),
        );
        return;
    }
    let candidates = SUPPORTED.iter().copied().chain(refused::names());
    let help = compiler.problems.closest(name, candidates).map(|near| format!("did you mean `{near}`?"));
    compiler.problems.add(
        Problem::error(codes::INVALID_FUNCTION, place, format!("`{name}` is no function of CloudFormation"))
            .maybe_help(help),
    );
}

impl Call {
    /// The result; none is `AWS::NoValue`, which takes the value's place in a list or map away.
    pub(crate) fn evaluate(&self, evaluator: &Evaluator<'_>, place: Place) -> Option<Node> {
        match self {
            Self::Ref(call) => call.evaluate(evaluator, place),
            Self::If(call) => call.evaluate(evaluator, place),
            Self::GetAtt(call) => Some(call.evaluate(evaluator, place)),
            Self::Sub(call) => Some(call.evaluate(evaluator, place)),
            Self::Join(call) => Some(call.evaluate(evaluator, place)),
            Self::Select(call) => Some(call.evaluate(evaluator, place)),
            Self::Split(call) => Some(call.evaluate(evaluator, place)),
            Self::FindInMap(call) => Some(call.evaluate(evaluator, place)),
            Self::Base64(call) => Some(call.evaluate(evaluator, place)),
            Self::GetAzs(call) => Some(call.evaluate(evaluator, place)),
            Self::Logic(call) => Some(match call.evaluate(evaluator) {
                Some(holds) => Node::new(place, Data::Boolean(holds)),
                None => Node::unresolved(place),
            }),
        }
    }

    /// The resources that this refers to, of a conditional only the branch that is taken.
    pub(crate) fn references(&self, evaluator: &Evaluator<'_>, found: &mut dyn FnMut(&str, Place), place: Place) {
        let mut all = |expressions: &[&Expression]| {
            for expression in expressions {
                evaluator.references(expression, found);
            }
        };
        match self {
            Self::Ref(call) => call.references(found, place),
            Self::GetAtt(call) => {
                found(&call.resource, place);
                evaluator.references(&call.attribute, found);
            }
            Self::Sub(call) => call.references(evaluator, found, place),
            Self::If(call) => call.references(evaluator, found),
            Self::Join(call) => all(&[&call.items]),
            Self::Select(call) => all(&[&call.index, &call.items]),
            Self::Split(call) => all(&[&call.text]),
            Self::FindInMap(call) => all(&[&call.top, &call.second]),
            Self::Base64(call) => all(&[&call.text]),
            Self::GetAzs(call) => all(&[&call.region]),
            // Only conditions hold these, and conditions can't refer to resources.
            Self::Logic(_) => {}
        }
    }
}

/// The arguments of a function that takes a list of them, `counts` long.
fn arguments<'n>(
    compiler: &Compiler<'_>,
    name: &str,
    argument: &'n Node,
    counts: std::ops::RangeInclusive<usize>,
    form: &str,
) -> Option<&'n [Node]> {
    match &argument.data {
        Data::List(items) if counts.contains(&items.len()) => Some(items),
        Data::Unresolved => None,
        other => {
            let mut message = format!("`{name}` takes {form}, not ");
            match other {
                Data::List(items) => {
                    let _ = write!(message, "a list of {}", items.len());
                }
                _ => message.push_str(&argument.description()),
            }
            compiler.error(codes::INVALID_FUNCTION, argument.place, message);
            None
        }
    }
}

/// An argument that must be written as text.
fn literal<'n>(compiler: &Compiler<'_>, name: &str, what: &str, argument: &'n Node) -> Option<&'n str> {
    match &argument.data {
        Data::Text(text) => Some(text),
        Data::Unresolved => None,
        _ => {
            let message = format!("{what} of `{name}` must be text, not {}", argument.description());
            compiler.error(codes::INVALID_FUNCTION, argument.place, message);
            None
        }
    }
}
