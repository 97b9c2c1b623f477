//! The functions of the `Conditions` section: `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not`, and `Condition`, which names
//! another condition.

use crate::codes;
use crate::evaluate::Evaluator;
use crate::expression::{Compiler, Expression, Form};
use crate::syntax::{Data, Node, Place};

use super::Call;

#[derive(Debug, Clone)]
pub(crate) enum Logic {
    Equals(Expression, Expression),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Expression),
    Condition(String),
}

impl Logic {
    pub(super) fn compile(compiler: &Compiler<'_>, name: &str, argument: &Node) -> Option<Self> {
        if !compiler.in_conditions {
            compiler.error(
                codes::INVALID_FUNCTION,
                argument.place,
                format!(
                    "`{name}` belongs into the `Conditions` section; name the condition there and use it by `Fn::If`"
                ),
            );
            return None;
        }
        // A condition is itself a list of conditions for And and Or (2 to 10, "Condition functions").
        let conditions = |counts, form| {
            let arguments = super::arguments(compiler, name, argument, counts, form)?;
            Some(arguments.iter().map(|argument| compiler.compile(argument)).collect::<Vec<_>>())
        };
        match name {
            "Condition" => {
                let condition = super::literal(compiler, name, "the name", argument)?;
                super::conditional::known(compiler, condition, argument.place)
                    .then(|| Self::Condition(condition.to_owned()))
            }
            "Fn::Equals" => {
                let [left, right] = conditions(2..=2, "a list of two values")?.try_into().ok()?;
                Some(Self::Equals(left, right))
            }
            "Fn::And" => Some(Self::And(conditions(2..=10, "a list of 2 to 10 conditions")?)),
            "Fn::Or" => Some(Self::Or(conditions(2..=10, "a list of 2 to 10 conditions")?)),
            _ => {
                let [condition] = conditions(1..=1, "a list of one condition")?.try_into().ok()?;
                Some(Self::Not(condition))
            }
        }
    }

    /// Whether the condition holds; none when it can't be found out.
    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>) -> Option<bool> {
        match self {
            Self::Equals(left, right) => {
                let (left, right) = (evaluator.evaluate(left)?, evaluator.evaluate(right)?);
                if left.has_unresolved() || right.has_unresolved() {
                    return None;
                }
                // CloudFormation compares text: the number 1 equals the text "1".
                match (left.scalar_text(), right.scalar_text()) {
                    (Some(left), Some(right)) => Some(left == right),
                    _ => Some(left.to_json() == right.to_json()),
                }
            }
            Self::And(conditions) => all(evaluator, conditions)?.into_iter().reduce(|a, b| a && b),
            Self::Or(conditions) => all(evaluator, conditions)?.into_iter().reduce(|a, b| a || b),
            Self::Not(condition) => decide(evaluator, condition).map(|holds| !holds),
            Self::Condition(name) => evaluator.condition(name),
        }
    }

    /// The conditions that this names, for finding circles.
    pub(crate) fn named<'a>(&'a self, found: &mut Vec<(&'a str, Place)>, place: Place) {
        match self {
            Self::Condition(name) => found.push((name, place)),
            Self::And(conditions) | Self::Or(conditions) => {
                for condition in conditions {
                    named(condition, found);
                }
            }
            Self::Not(condition) => named(condition, found),
            Self::Equals(left, right) => {
                named(left, found);
                named(right, found);
            }
        }
    }
}

/// The conditions that a condition names.
pub(crate) fn named<'a>(condition: &'a Expression, found: &mut Vec<(&'a str, Place)>) {
    if let Form::Call(call) = &condition.form
        && let Call::Logic(logic) = &**call
    {
        logic.named(found, condition.place);
    }
}

fn all(evaluator: &Evaluator<'_>, conditions: &[Expression]) -> Option<Vec<bool>> {
    conditions.iter().map(|condition| decide(evaluator, condition)).collect()
}

/// Whether an expression of the `Conditions` section holds; what is no condition is reported.
pub(crate) fn decide(evaluator: &Evaluator<'_>, condition: &Expression) -> Option<bool> {
    let node = evaluator.evaluate(condition)?;
    match &node.data {
        Data::Boolean(holds) => Some(*holds),
        Data::Unresolved => None,
        _ => {
            evaluator.fail(
                condition.place,
                format!(
                    "a condition is made of `Fn::Equals`, `Fn::And`, `Fn::Or` and `Fn::Not`, not of {}",
                    node.description()
                ),
            );
            None
        }
    }
}
