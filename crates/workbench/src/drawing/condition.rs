//! A Choice rule in few words.

use asl::model::{Condition, Operand, Operator, Relation, Rule};

/// What a rule asks: its comment when it has one, else its condition.
pub(super) fn describe(rule: &Rule) -> String {
    rule.comment.clone().unwrap_or_else(|| condition(&rule.condition, false))
}

fn condition(asked: &Condition, nested: bool) -> String {
    let join = |parts: &[Condition], word: &str| {
        let joined = parts.iter().map(|part| condition(part, true)).collect::<Vec<_>>().join(word);
        if nested && parts.len() > 1 { format!("({joined})") } else { joined }
    };
    match asked {
        Condition::And(parts) => join(parts, " and "),
        Condition::Or(parts) => join(parts, " or "),
        Condition::Not(part) => format!("not {}", condition(part, true)),
        Condition::Compare(comparison) => operator(comparison.variable.source(), &comparison.operator),
        Condition::Query(query) => query.source().trim().to_owned(),
        Condition::Literal(value) => value.to_string(),
    }
}

fn operator(variable: &str, operator: &Operator) -> String {
    let is = |holds: &bool, what: &str| format!("{variable} {} {what}", if *holds { "is" } else { "is not" });
    match operator {
        Operator::Relation { relation, operand, .. } => {
            let sign = match relation {
                Relation::Equals => "=",
                Relation::LessThan => "<",
                Relation::GreaterThan => ">",
                Relation::LessThanEquals => "≤",
                Relation::GreaterThanEquals => "≥",
            };
            match operand {
                Operand::Literal(value) => format!("{variable} {sign} {value}"),
                Operand::Path(path) => format!("{variable} {sign} {}", path.source()),
            }
        }
        Operator::StringMatches(pattern) => format!("{variable} matches \"{pattern}\""),
        Operator::IsNull(holds) => is(holds, "null"),
        Operator::IsPresent(holds) => is(holds, "present"),
        Operator::IsNumeric(holds) => is(holds, "a number"),
        Operator::IsString(holds) => is(holds, "a string"),
        Operator::IsBoolean(holds) => is(holds, "a boolean"),
        Operator::IsTimestamp(holds) => is(holds, "a timestamp"),
    }
}
