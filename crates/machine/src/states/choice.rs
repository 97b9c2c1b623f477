//! Choice states.

use std::cmp::Ordering;

use asl::expression::PathExpr;
use asl::graph::EdgeKind;
use asl::model::{
    Choice, Comparison, Condition, Operand, Operator, QueryLanguage, Relation, Rule, State, Subject, Transition,
};
use serde_json::{Number, Value};

use crate::context::View;
use crate::execution::Execution;
use crate::failure::{Failure, name};
use crate::flow::Exit;
use crate::scope::ScopeId;
use crate::{sentences, timestamp};

impl Execution {
    pub(crate) fn choose(&mut self, scope: ScopeId, state: &State, choice: &Choice) -> Result<(), Failure> {
        let input = self.scopes[scope].effective.clone();
        let view = View::new(self, scope, input.value());
        let mut taken: Option<(usize, &Rule)> = None;
        for (index, rule) in choice.rules.iter().enumerate() {
            if holds(&rule.condition, &view)? {
                taken = Some((index, rule));
                break;
            }
        }
        let edge = taken.map_or(EdgeKind::Default, |(index, _)| EdgeKind::Choice(index));
        let taken = taken.map(|(_, rule)| rule);
        let Some(next) = taken.map(|rule| rule.next).or(choice.default) else {
            return Err(Failure::new(name::RUNTIME, sentences::NO_CHOICE_MATCHED));
        };
        // A rule that is taken brings its own `Output` and `Assign`; the state's own go with its `Default`.
        let (output_template, assign) = match taken {
            Some(rule) => (rule.output.as_ref(), rule.assign.as_ref()),
            None => (state.output.as_ref(), state.assign.as_ref()),
        };
        let (output, assigned) = match state.query_language {
            QueryLanguage::JsonPath => {
                let assigned = self.assigned_jsonpath(scope, assign, &input)?;
                (self.select(scope, &state.output_path, &input)?, assigned)
            }
            QueryLanguage::Jsonata => self.query_output(scope, output_template, assign, None, None, input)?,
        };
        self.exit(scope, Exit { transition: Transition::Next(next), output, assigned, state })?;
        self.took(state, edge);
        Ok(())
    }
}

fn holds(condition: &Condition, view: &View<'_>) -> Result<bool, Failure> {
    match condition {
        Condition::And(parts) => {
            for part in parts {
                if !holds(part, view)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Condition::Or(parts) => {
            for part in parts {
                if holds(part, view)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Condition::Not(part) => Ok(!holds(part, view)?),
        Condition::Literal(value) => Ok(*value),
        Condition::Query(query) => match query.evaluate(view, "Condition")? {
            Value::Bool(value) => Ok(value),
            other => Err(Failure::query(
                sentences::unexpected_type(query.source(), "Condition", "boolean", &other),
                Some("Condition"),
            )),
        },
        Condition::Compare(comparison) => compare(comparison, view),
    }
}

fn compare(comparison: &Comparison, view: &View<'_>) -> Result<bool, Failure> {
    let path = &comparison.variable;
    if let Operator::IsPresent(wanted) = comparison.operator {
        return Ok(path.evaluate(view).is_ok() == wanted);
    }
    let missing = |path: &PathExpr| Failure::runtime(sentences::choice_path_missing(path.source()));
    let value = path.evaluate(view).map_err(|_| missing(path))?;
    let value = &*value;
    Ok(match &comparison.operator {
        Operator::Relation { subject, relation, operand } => match operand {
            Operand::Literal(right) => related(*subject, *relation, value, right),
            Operand::Path(path) => {
                let right = path.evaluate(view).map_err(|_| missing(path))?;
                related(*subject, *relation, value, &right)
            }
        },
        Operator::StringMatches(pattern) => value.as_str().is_some_and(|text| matches(pattern, text)),
        Operator::IsNull(wanted) => value.is_null() == *wanted,
        Operator::IsNumeric(wanted) => value.is_number() == *wanted,
        Operator::IsString(wanted) => value.is_string() == *wanted,
        Operator::IsBoolean(wanted) => value.is_boolean() == *wanted,
        Operator::IsTimestamp(wanted) => value.as_str().and_then(timestamp::parse).is_some() == *wanted,
        // Answered above.
        Operator::IsPresent(_) => false,
    })
}

/// Whether both sides are of that type and stand so to each other.
fn related(subject: Subject, relation: Relation, left: &Value, right: &Value) -> bool {
    let ordering = match (subject, left, right) {
        (Subject::String, Value::String(left), Value::String(right)) => Some(compare_strings(left, right)),
        (Subject::Numeric, Value::Number(left), Value::Number(right)) => compare_numbers(left, right),
        (Subject::Boolean, Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Subject::Timestamp, Value::String(left), Value::String(right)) => {
            timestamp::parse(left).zip(timestamp::parse(right)).map(|(left, right)| left.cmp(&right))
        }
        _ => None,
    };
    ordering.is_some_and(|ordering| match relation {
        Relation::Equals => ordering.is_eq(),
        Relation::LessThan => ordering.is_lt(),
        Relation::GreaterThan => ordering.is_gt(),
        Relation::LessThanEquals => ordering.is_le(),
        Relation::GreaterThanEquals => ordering.is_ge(),
    })
}

/// Strings compare as Java does: by UTF-16 code units.
fn compare_strings(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() {
        return left.cmp(right);
    }
    left.encode_utf16().cmp(right.encode_utf16())
}

/// Numbers compare by value: 1 equals 1.0. Integers keep all their digits.
fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        return Some(left.cmp(&right));
    }
    if let (Some(left), Some(right)) = (left.as_u64(), right.as_u64()) {
        return Some(left.cmp(&right));
    }
    left.as_f64()?.partial_cmp(&right.as_f64()?)
}

/// `StringMatches`: `*` stands for any run of characters, `\*` for a star, `\\` for a backslash.
fn matches(pattern: &str, text: &str) -> bool {
    #[derive(Clone, Copy, PartialEq)]
    enum Part {
        Any,
        Char(char),
    }
    let mut parts = Vec::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        parts.push(match character {
            '*' => Part::Any,
            '\\' => Part::Char(characters.next().unwrap_or('\\')),
            other => Part::Char(other),
        });
    }
    // Greedy with one point to come back to: linear in practice, at worst the product of both lengths.
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut part, mut star, mut resume) = (0, 0, None, 0);
    while at < text.len() {
        match parts.get(part) {
            Some(Part::Char(wanted)) if *wanted == text[at] => {
                at += 1;
                part += 1;
            }
            Some(Part::Any) => {
                star = Some(part);
                resume = at;
                part += 1;
            }
            _ => {
                let Some(star) = star else { return false };
                resume += 1;
                at = resume;
                part = star + 1;
            }
        }
    }
    parts[part..].iter().all(|part| *part == Part::Any)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pattern_stands_for_runs_of_characters() {
        for (pattern, text, expected) in [
            ("foo*.log", "foobar.log", true),
            ("foo*.log", "foo.log", true),
            ("foo*.log", "foo.logs", false),
            ("*", "", true),
            ("a*b*c", "axxbyybzzc", true),
            ("a*b*c", "axxbyybzz", false),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"a\\b", r"a\b", true),
            ("é*", "étude", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} ~ {text}");
        }
    }

    #[test]
    fn sides_of_different_types_are_never_related() {
        assert!(!related(Subject::Numeric, Relation::Equals, &json!("1"), &json!(1)));
        assert!(related(Subject::Numeric, Relation::Equals, &json!(1.0), &json!(1)));
        assert!(related(
            Subject::Numeric,
            Relation::LessThan,
            &json!(9_007_199_254_740_992_i64),
            &json!(9_007_199_254_740_993_i64)
        ));
        assert!(related(
            Subject::Timestamp,
            Relation::Equals,
            &json!("2016-03-14T01:59:00Z"),
            &json!("2016-03-14T02:59:00+01:00")
        ));
        assert!(!related(Subject::Timestamp, Relation::LessThan, &json!("soon"), &json!("2016-03-14T01:59:00Z")));
    }
}
