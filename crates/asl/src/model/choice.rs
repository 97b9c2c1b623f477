//! Choice states.

use super::StateIndex;
use crate::expression::{Jsonata, PathExpr, Template};

/// A Choice state.
#[derive(Debug)]
pub struct Choice {
    /// `Choices`, in order: the first that holds is taken.
    pub rules: Vec<Rule>,
    /// `Default`. None: no rule holding is the error `States.Runtime`.
    pub default: Option<StateIndex>,
}

/// One entry of `Choices`.
#[derive(Debug)]
pub struct Rule {
    /// When it holds.
    pub condition: Condition,
    /// `Next`.
    pub next: StateIndex,
    /// `Comment`.
    pub comment: Option<String>,
    /// `Assign`.
    pub assign: Option<Template>,
    /// `Output` (JSONata only).
    pub output: Option<Template>,
}

/// What a rule tests.
#[derive(Debug, PartialEq)]
pub enum Condition {
    /// `And`: all of them.
    And(Vec<Condition>),
    /// `Or`: one of them at least.
    Or(Vec<Condition>),
    /// `Not`.
    Not(Box<Condition>),
    /// A `Variable` with one comparison operator.
    Compare(Box<Comparison>),
    /// `Condition: "{% … %}"`.
    Query(Jsonata),
    /// `Condition: true` or `false`.
    Literal(bool),
}

/// A `Variable` with one comparison operator.
#[derive(Debug, PartialEq)]
pub struct Comparison {
    /// `Variable`.
    pub variable: PathExpr,
    /// The operator with what it compares to.
    pub operator: Operator,
}

/// A comparison operator of the JSONPath form.
#[derive(Debug, PartialEq)]
pub enum Operator {
    /// `StringEquals` … `TimestampGreaterThanEqualsPath`: false when either side is not of the subject's type.
    Relation {
        /// Of which type both sides must be.
        subject: Subject,
        /// How they must stand to each other. `Boolean` knows only [`Relation::Equals`].
        relation: Relation,
        /// The right side.
        operand: Operand,
    },
    /// `StringMatches`: `*` stands for any run of characters, `\*` for a star and `\\` for a backslash.
    StringMatches(Box<str>),
    /// `IsNull`.
    IsNull(bool),
    /// `IsPresent`.
    IsPresent(bool),
    /// `IsNumeric`.
    IsNumeric(bool),
    /// `IsString`.
    IsString(bool),
    /// `IsBoolean`.
    IsBoolean(bool),
    /// `IsTimestamp`.
    IsTimestamp(bool),
}

/// The type that a comparison is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// `String…`
    String,
    /// `Numeric…`
    Numeric,
    /// `Boolean…`
    Boolean,
    /// `Timestamp…`
    Timestamp,
}

/// How the two sides of a comparison must stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `…Equals`
    Equals,
    /// `…LessThan`
    LessThan,
    /// `…GreaterThan`
    GreaterThan,
    /// `…LessThanEquals`
    LessThanEquals,
    /// `…GreaterThanEquals`
    GreaterThanEquals,
}

/// The right side of a comparison.
#[derive(Debug, PartialEq)]
pub enum Operand {
    /// Written down (a string, number or boolean, as the subject asks).
    Literal(serde_json::Value),
    /// The `…Path` form.
    Path(PathExpr),
}
