//! What follows from a condition: to find rules of a Choice state that never get their turn.
//!
//! Everything here errs on the safe side: a rule is called dead only when it certainly is.

use crate::model::{Comparison, Condition, Operand, Operator, Relation, Subject};

/// Whether the condition holds whatever the data.
pub(crate) fn always_holds(condition: &Condition) -> bool {
    match condition {
        Condition::Literal(value) => *value,
        Condition::Query(query) => query.source() == "true",
        Condition::And(parts) => parts.iter().all(always_holds),
        Condition::Or(parts) => parts.iter().any(always_holds) || are_exhaustive(parts.iter()),
        Condition::Not(inner) => never_holds(inner),
        Condition::Compare(_) => false,
    }
}

/// Whether the condition holds for no data.
pub(crate) fn never_holds(condition: &Condition) -> bool {
    match condition {
        Condition::Literal(value) => !*value,
        Condition::Query(query) => query.source() == "false",
        Condition::And(parts) => parts.iter().any(never_holds) || pairs(parts).any(|(a, b)| exclude(a, b)),
        Condition::Or(parts) => parts.iter().all(never_holds),
        Condition::Not(inner) => always_holds(inner),
        Condition::Compare(_) => false,
    }
}

/// Whether the second condition holds whenever the first does.
pub(crate) fn implies(first: &Condition, second: &Condition) -> bool {
    if is_same(first, second) {
        return true;
    }
    match (first, second) {
        (Condition::Or(parts), _) => parts.iter().all(|part| implies(part, second)),
        (_, Condition::And(parts)) => parts.iter().all(|part| implies(first, part)),
        (Condition::And(parts), _) if parts.iter().any(|part| implies(part, second)) => true,
        (_, Condition::Or(parts)) => parts.iter().any(|part| implies(first, part)),
        (Condition::Not(first), Condition::Not(second)) => implies(second, first),
        (_, Condition::Not(second)) => exclude(first, second),
        (Condition::Compare(first), Condition::Compare(second)) => comparison_implies(first, second),
        _ => false,
    }
}

/// Whether two of the conditions leave nothing over: one of them holds, whatever the data.
pub(crate) fn are_exhaustive<'c>(conditions: impl Iterator<Item = &'c Condition> + Clone) -> bool {
    let mut first = conditions;
    while let Some(condition) = first.next() {
        if first.clone().any(|other| are_opposite(condition, other)) {
            return true;
        }
    }
    false
}

fn are_opposite(a: &Condition, b: &Condition) -> bool {
    match (a, b) {
        (Condition::Not(a), b) | (b, Condition::Not(a)) if is_same(a, b) => true,
        (Condition::Compare(a), Condition::Compare(b)) => {
            a.variable == b.variable
                && test_of(&a.operator)
                    .zip(test_of(&b.operator))
                    .is_some_and(|((a, wanted), (b, also))| a == b && wanted != also)
        }
        _ => false,
    }
}

/// Whether two conditions are the same, and nothing in them is drawn anew each time.
fn is_same(a: &Condition, b: &Condition) -> bool {
    a == b && !is_random(a)
}

fn is_random(condition: &Condition) -> bool {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().any(is_random),
        Condition::Not(inner) => is_random(inner),
        Condition::Query(query) => ["$random", "$uuid", "$shuffle"].iter().any(|name| query.source().contains(name)),
        Condition::Compare(_) | Condition::Literal(_) => false,
    }
}

/// Whether the two can't hold at once.
fn exclude(a: &Condition, b: &Condition) -> bool {
    match (a, b) {
        (Condition::Not(a), b) | (b, Condition::Not(a)) => implies(b, a),
        (Condition::And(parts), other) | (other, Condition::And(parts)) => {
            parts.iter().any(|part| exclude(part, other))
        }
        (Condition::Or(parts), other) | (other, Condition::Or(parts)) => parts.iter().all(|part| exclude(part, other)),
        (Condition::Compare(a), Condition::Compare(b)) => a.variable == b.variable && operators_exclude(a, b),
        _ => never_holds(a) || never_holds(b),
    }
}

fn operators_exclude(a: &Comparison, b: &Comparison) -> bool {
    if let (Some((test, wanted)), Some((other, also))) = (test_of(&a.operator), test_of(&b.operator)) {
        // A value is of one type. A timestamp is a string, and null, number and boolean are none of it.
        let stringy = |test| matches!(test, Test::String | Test::Timestamp);
        let types = test != other && test != Test::Present && other != Test::Present;
        return if test == other {
            wanted != also
        } else {
            types && wanted && also && !(stringy(test) && stringy(other))
        };
    }
    if let (Some(range), Some(other)) = (Range::of(&a.operator), Range::of(&b.operator)) {
        return range.is_apart_from(&other);
    }
    match (equal_to(&a.operator), equal_to(&b.operator)) {
        (Some(value), Some(other)) => value != other,
        _ => false,
    }
}

fn comparison_implies(first: &Comparison, second: &Comparison) -> bool {
    if first.variable != second.variable {
        return false;
    }
    if let (Some(range), Some(other)) = (Range::of(&first.operator), Range::of(&second.operator)) {
        return range.is_within(&other);
    }
    // A comparison holds only for values of its subject's type.
    match (&first.operator, test_of(&second.operator)) {
        (Operator::Relation { .. }, Some((Test::Present, true))) => true,
        (Operator::Relation { subject, .. }, Some((test, true))) => match subject {
            Subject::String => test == Test::String,
            Subject::Numeric => test == Test::Numeric,
            Subject::Boolean => test == Test::Boolean,
            Subject::Timestamp => matches!(test, Test::Timestamp | Test::String),
        },
        (Operator::StringMatches(_), Some((test, true))) => matches!(test, Test::Present | Test::String),
        _ => false,
    }
}

/// What an operator that tests for a type tests for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Null,
    Present,
    Numeric,
    String,
    Boolean,
    Timestamp,
}

fn test_of(operator: &Operator) -> Option<(Test, bool)> {
    Some(match operator {
        Operator::IsNull(wanted) => (Test::Null, *wanted),
        Operator::IsPresent(wanted) => (Test::Present, *wanted),
        Operator::IsNumeric(wanted) => (Test::Numeric, *wanted),
        Operator::IsString(wanted) => (Test::String, *wanted),
        Operator::IsBoolean(wanted) => (Test::Boolean, *wanted),
        Operator::IsTimestamp(wanted) => (Test::Timestamp, *wanted),
        Operator::Relation { .. } | Operator::StringMatches(_) => return None,
    })
}

/// The text or truth value that an operator asks for.
fn equal_to(operator: &Operator) -> Option<&serde_json::Value> {
    match operator {
        Operator::Relation {
            subject: Subject::String | Subject::Boolean,
            relation: Relation::Equals,
            operand: Operand::Literal(value),
        } => Some(value),
        _ => None,
    }
}

/// The numbers for which a comparison holds.
struct Range {
    lowest: f64,
    highest: f64,
    with_lowest: bool,
    with_highest: bool,
}

impl Range {
    fn of(operator: &Operator) -> Option<Self> {
        let Operator::Relation { subject: Subject::Numeric, relation, operand: Operand::Literal(value) } = operator
        else {
            return None;
        };
        let value = value.as_f64()?;
        let below = |with_highest| Self { lowest: f64::NEG_INFINITY, highest: value, with_lowest: false, with_highest };
        let above = |with_lowest| Self { lowest: value, highest: f64::INFINITY, with_lowest, with_highest: false };
        Some(match relation {
            Relation::Equals => Self { lowest: value, highest: value, with_lowest: true, with_highest: true },
            Relation::LessThan => below(false),
            Relation::LessThanEquals => below(true),
            Relation::GreaterThan => above(false),
            Relation::GreaterThanEquals => above(true),
        })
    }

    fn is_within(&self, other: &Self) -> bool {
        let low = self.lowest > other.lowest
            || (bounds_equal(self.lowest, other.lowest) && (other.with_lowest || !self.with_lowest));
        let high = self.highest < other.highest
            || (bounds_equal(self.highest, other.highest) && (other.with_highest || !self.with_highest));
        low && high
    }

    fn is_apart_from(&self, other: &Self) -> bool {
        let below = |a: &Self, b: &Self| {
            a.highest < b.lowest || (bounds_equal(a.highest, b.lowest) && !(a.with_highest && b.with_lowest))
        };
        below(self, other) || below(other, self)
    }
}

/// Both come from literals and nothing is computed with them.
#[expect(clippy::float_cmp, reason = "the very same number is meant")]
fn bounds_equal(a: f64, b: f64) -> bool {
    a == b
}

fn pairs(parts: &[Condition]) -> impl Iterator<Item = (&Condition, &Condition)> {
    parts.iter().enumerate().flat_map(|(index, a)| parts[index + 1..].iter().map(move |b| (a, b)))
}
