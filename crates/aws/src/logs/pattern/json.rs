//! Conditions on JSON objects: `{ $.level = "ERROR" && ($.code >= 500 || $.retry IS TRUE) }`.

use serde_json::Value;

/// How deep parentheses may be nested.
const MAX_DEPTH: usize = 32;

/// A condition on an event.
#[derive(Debug)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Field(Vec<Step>, Test),
}

/// A step from a value into it.
#[derive(Debug)]
pub(crate) enum Step {
    Member(String),
    Index(usize),
    /// `[*]`: any element.
    Any,
}

/// What is asked of a field.
#[derive(Debug)]
pub(crate) enum Test {
    Exists(bool),
    Is(Value),
    /// With a pattern of text in which `*` stands for anything; `true` for `=`, `false` for `!=`.
    Text(bool, String),
    Number(Comparison, f64, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    /// Reads a condition with its braces.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let mut parser = Parser { rest: inner.ok_or("the brace isn't closed")? };
        let condition = parser.any(0)?;
        parser.skip();
        if parser.rest.is_empty() { Ok(condition) } else { Err(format!("unexpected \"{}\"", parser.rest)) }
    }

    /// Whether an event meets the condition.
    pub(crate) fn holds(&self, event: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Field(steps, test) => {
                let mut found = Vec::new();
                select(event, steps, &mut found);
                match test {
                    Test::Exists(wanted) => found.is_empty() != *wanted,
                    test => found.iter().any(|value| test.meets(value)),
                }
            }
        }
    }
}

fn select<'a>(value: &'a Value, steps: &[Step], found: &mut Vec<&'a Value>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(value);
        return;
    };
    match (step, value) {
        (Step::Member(name), Value::Object(members)) => {
            if let Some(value) = members.get(name) {
                select(value, rest, found);
            }
        }
        (Step::Index(index), Value::Array(items)) => {
            if let Some(value) = items.get(*index) {
                select(value, rest, found);
            }
        }
        (Step::Any, Value::Array(items)) => items.iter().for_each(|item| select(item, rest, found)),
        _ => {}
    }
}

impl Test {
    fn meets(&self, value: &Value) -> bool {
        match self {
            Self::Exists(wanted) => *wanted,
            Self::Is(expected) => value == expected,
            Self::Text(wanted, pattern) => match value {
                Value::String(text) => matches(pattern, text) == *wanted,
                Value::Null | Value::Array(_) | Value::Object(_) => false,
                scalar => matches(pattern, &scalar.to_string()) == *wanted,
            },
            Self::Number(comparison, number, text) => match value {
                Value::Number(value) => value.as_f64().is_some_and(|value| comparison.holds(value, *number)),
                Value::String(value) => match comparison {
                    Comparison::Equal => value == text,
                    Comparison::NotEqual => value != text,
                    _ => false,
                },
                _ => false,
            },
        }
    }
}

impl Comparison {
    fn holds(self, value: f64, number: f64) -> bool {
        let order = value.partial_cmp(&number);
        match self {
            Self::Equal => order.is_some_and(std::cmp::Ordering::is_eq),
            Self::NotEqual => order.is_some_and(std::cmp::Ordering::is_ne),
            Self::Less => order.is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
            Self::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}

/// Whether a text has the form of a pattern in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip();
        let found = self.rest.get(..token.len()).is_some_and(|start| start.eq_ignore_ascii_case(token));
        if found {
            self.rest = &self.rest[token.len()..];
        }
        found
    }

    fn any(&mut self, depth: usize) -> Result<Condition, String> {
        let mut parts = vec![self.all(depth)?];
        while self.take("||") {
            parts.push(self.all(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
    }

    fn all(&mut self, depth: usize) -> Result<Condition, String> {
        let mut parts = vec![self.one(depth)?];
        while self.take("&&") {
            parts.push(self.one(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn one(&mut self, depth: usize) -> Result<Condition, String> {
        if self.take("(") {
            if depth == MAX_DEPTH {
                return Err("too many parentheses".to_owned());
            }
            let inner = self.any(depth + 1)?;
            return if self.take(")") { Ok(inner) } else { Err("a parenthesis isn't closed".to_owned()) };
        }
        let steps = self.selector()?;
        Ok(Condition::Field(steps, self.test()?))
    }

    fn selector(&mut self) -> Result<Vec<Step>, String> {
        if !self.take("$") {
            return Err(format!("a selector like $.field is expected before \"{}\"", self.rest.trim()));
        }
        let mut steps = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix('.') {
                let end =
                    rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '@'))).unwrap_or(rest.len());
                if end == 0 {
                    return Err("a selector has an empty name".to_owned());
                }
                steps.push(Step::Member(rest[..end].to_owned()));
                self.rest = &rest[end..];
            } else if let Some(rest) = self.rest.strip_prefix('[') {
                let (inner, rest) = rest.split_once(']').ok_or("a bracket isn't closed")?;
                let name = |quote| inner.strip_prefix(quote).and_then(|inner: &str| inner.strip_suffix(quote));
                steps.push(match (inner, name('\'').or_else(|| name('"'))) {
                    ("*", _) => Step::Any,
                    (_, Some(name)) => Step::Member(name.to_owned()),
                    _ => Step::Index(inner.parse().map_err(|_| format!("\"{inner}\" is no index"))?),
                });
                self.rest = rest;
            } else if steps.is_empty() {
                return Err("a selector names no field".to_owned());
            } else {
                return Ok(steps);
            }
        }
    }

    fn test(&mut self) -> Result<Test, String> {
        if self.take("IS") {
            for (word, value) in [("TRUE", Value::Bool(true)), ("FALSE", Value::Bool(false)), ("NULL", Value::Null)] {
                if self.take(word) {
                    return Ok(Test::Is(value));
                }
            }
            return Err("after IS comes TRUE, FALSE or NULL".to_owned());
        }
        if self.take("NOT") {
            return if self.take("EXISTS") {
                Ok(Test::Exists(false))
            } else {
                Err("after NOT comes EXISTS".to_owned())
            };
        }
        if self.take("EXISTS") {
            return Ok(Test::Exists(true));
        }
        let comparisons = [
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("=", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let found = comparisons.into_iter().find(|(sign, _)| self.take(sign));
        let (sign, comparison) =
            found.ok_or_else(|| format!("an operator is expected before \"{}\"", self.rest.trim()))?;
        let (text, quoted) = self.value()?;
        if !quoted && let Ok(number) = text.parse::<f64>() {
            return Ok(Test::Number(comparison, number, text.to_owned()));
        }
        match comparison {
            Comparison::Equal => Ok(Test::Text(true, text.to_owned())),
            Comparison::NotEqual => Ok(Test::Text(false, text.to_owned())),
            _ => Err(format!("{sign} compares with a number, not with \"{text}\"")),
        }
    }

    /// A value, and whether it stands in quotes.
    fn value(&mut self) -> Result<(&'a str, bool), String> {
        self.skip();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let (text, rest) = quoted.split_once('"').ok_or("a quote isn't closed")?;
            self.rest = rest;
            return Ok((text, true));
        }
        let end =
            self.rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | '&' | '|')).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        if text.is_empty() {
            return Err("a value is missing".to_owned());
        }
        if text.starts_with('%') {
            return Err("regular expressions are not emulated here".to_owned());
        }
        self.rest = rest;
        Ok((text, false))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(pattern: &str, event: &Value) -> bool {
        Condition::parse(pattern).expect("a condition").holds(event)
    }

    /// The event and most conditions follow the user guide's examples.
    #[test]
    fn fields_are_compared() {
        let event = json!({
            "eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],
            "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null, "ThisFlag": true,
            "errors": 12.5, "a-b": {"c d": "x"}, "code": "404"
        });
        for (pattern, expected) in [
            ("{ $.eventType = \"UpdateTrail\" }", true),
            ("{ $.eventType = UpdateTrail }", true),
            ("{$.eventType = \"updatetrail\"}", false),
            ("{ $.eventType = \"Update*\" }", true),
            ("{ $.eventType = *a*Tr*l }", true),
            ("{ $.eventType != \"Update*\" }", false),
            ("{ $.sourceIPAddress != 123.123.* }", true),
            ("{ $.missing != 1 }", false),
            ("{ $.arrayKey[0] = \"value\" }", true),
            ("{ $.arrayKey[*] = \"another value\" }", true),
            ("{ $.objectList[1].id = 2 }", true),
            ("{ $.objectList[*].id >= 3 }", false),
            ("{ $.SomeObject IS NULL }", true),
            ("{ $.SomeOtherObject NOT EXISTS }", true),
            ("{ $.errors EXISTS }", true),
            ("{ $.ThisFlag IS TRUE }", true),
            ("{ $.ThisFlag IS FALSE }", false),
            ("{ $.errors > 12 && $.errors <= 1.25e1 }", true),
            ("{ $.errors < 12 || ($.ThisFlag IS TRUE && $.code = 404) }", true),
            ("{ $.['a-b']['c d'] = x }", false),
            ("{ $['a-b'][\"c d\"] = x }", true),
            ("{ $.a-b EXISTS }", true),
        ] {
            let Ok(condition) = Condition::parse(pattern) else {
                assert!(!expected, "{pattern} can't be read");
                continue;
            };
            assert_eq!(condition.holds(&event), expected, "{pattern}");
        }
        assert!(!holds("{ $.a = 1 }", &json!(["a"])));
    }

    #[test]
    fn wrong_conditions_are_refused() {
        for pattern in [
            "{",
            "{}",
            "{ a = 1 }",
            "{ $ = 1 }",
            "{ $.a }",
            "{ $.a = }",
            "{ $.a = \"x }",
            "{ $.a > x }",
            "{ ($.a = 1 }",
            "{ $.a = 1 ) }",
            "{ $.a[x] = 1 }",
            "{ $.a IS 1 }",
            "{ $.a NOT 1 }",
            "{ $.a = %x% }",
            "{ $.a = 1 && }",
        ] {
            assert!(Condition::parse(pattern).is_err(), "{pattern}");
        }
        let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(100), ")".repeat(100));
        assert!(Condition::parse(&deep).is_err());
    }
}
