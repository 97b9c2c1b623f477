//! The text of a filter.

use regex::RegexBuilder;
use serde_json::Value;

use super::PathSyntaxError;
use super::filter::{Filter, ItemPath, Operand, Operator};
use super::parse::{End, Parser};

/// The operators, longer spellings before the shorter ones that they start with.
const OPERATORS: [(&str, Operator); 10] = [
    ("===", Operator::Same),
    ("!==", Operator::NotSame),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("=~", Operator::Matches),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=", Operator::Equal),
];

/// The operators that are words, in any case.
const WORDS: [(&str, Operator); 8] = [
    ("in", Operator::In),
    ("nin", Operator::NotIn),
    ("contains", Operator::Contains),
    ("size", Operator::Size),
    ("empty", Operator::Empty),
    ("subsetof", Operator::SubsetOf),
    ("anyof", Operator::AnyOf),
    ("noneof", Operator::NoneOf),
];

impl Parser<'_> {
    /// `(…)` after `[?`.
    pub(super) fn filter(&mut self) -> Result<Filter, PathSyntaxError> {
        let open = self.at;
        if !self.take("(") {
            return self.error("expected '(' after '?'");
        }
        let filter = self.any()?;
        self.close_parenthesis(open)?;
        Ok(filter)
    }

    fn close_parenthesis(&mut self, open: usize) -> Result<(), PathSyntaxError> {
        self.skip_blanks();
        if self.take(")") {
            return Ok(());
        }
        if self.peek().is_none() {
            self.at = open;
            return self.error("'(' is never closed");
        }
        self.error("expected an operator or ')'")
    }

    fn any(&mut self) -> Result<Filter, PathSyntaxError> {
        let mut filters = vec![self.all()?];
        while self.take_operator("||") {
            filters.push(self.all()?);
        }
        Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::Any(filters) })
    }

    fn all(&mut self) -> Result<Filter, PathSyntaxError> {
        let mut filters = vec![self.deeper(Self::condition)?];
        while self.take_operator("&&") {
            filters.push(self.deeper(Self::condition)?);
        }
        Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::All(filters) })
    }

    fn take_operator(&mut self, operator: &str) -> bool {
        self.skip_blanks();
        self.take(operator)
    }

    fn condition(&mut self) -> Result<Filter, PathSyntaxError> {
        self.skip_blanks();
        let open = self.at;
        if self.take("(") {
            let filter = self.any()?;
            self.close_parenthesis(open)?;
            return Ok(filter);
        }
        let negated = self.take("!");
        self.skip_blanks();
        if negated && !matches!(self.peek(), Some('@' | '$')) {
            return self.deeper(Self::condition).map(|filter| Filter::Not(Box::new(filter)));
        }
        let start = self.at;
        let left = self.operand()?;
        self.skip_blanks();
        match (self.operator()?, left) {
            (Some(operator), left) => {
                let right = self.operand()?;
                Ok(Filter::Compare { left, operator, right })
            }
            (None, Operand::Path(path)) => Ok(Filter::Exists { path, expected: !negated }),
            (None, _) => {
                self.at = start;
                self.error("a condition needs a path such as @.name")
            }
        }
    }

    fn operator(&mut self) -> Result<Option<Operator>, PathSyntaxError> {
        for (spelling, operator) in OPERATORS {
            if self.rest().starts_with(spelling) {
                if spelling == "=" {
                    return self.error("use '==' to compare");
                }
                self.at += spelling.len();
                return Ok(Some(operator));
            }
        }
        let word: &str = {
            let rest = self.rest();
            &rest[..rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len())]
        };
        if word.is_empty() {
            return Ok(None);
        }
        let Some((_, operator)) = WORDS.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(word)) else {
            return self.error(format!("there is no operator '{word}'"));
        };
        self.at += word.len();
        Ok(Some(*operator))
    }

    fn operand(&mut self) -> Result<Operand, PathSyntaxError> {
        self.skip_blanks();
        match self.peek() {
            Some(root @ ('@' | '$')) => {
                self.at += 1;
                let steps = self.steps(End::Operand)?;
                let last = steps.len().saturating_sub(1);
                let definite = steps.iter().enumerate().all(|(at, step)| step.is_definite(at == last));
                Ok(Operand::Path(ItemPath { from_root: root == '$', steps, definite }))
            }
            Some(quote @ ('\'' | '"')) => self.text(quote).map(|text| Operand::Literal(Value::String(text))),
            Some('/') => self.pattern(),
            Some('[' | '{') => self.json(),
            Some(_) => self.word(),
            None => self.error("the filter ends too early"),
        }
    }

    /// A quoted text with Java's escapes.
    fn text(&mut self, quote: char) -> Result<String, PathSyntaxError> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((offset, character)) = characters.next() {
            if character == quote {
                self.at += offset + 1;
                return Ok(text);
            }
            if character != '\\' {
                text.push(character);
                continue;
            }
            match characters.next().map(|(_, escaped)| escaped) {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('b') => text.push('\u{8}'),
                Some('f') => text.push('\u{c}'),
                Some('u') => {
                    let hex: String = characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                    let Some(character) = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32) else {
                        self.at += offset;
                        return self.error("expected four hexadecimal digits after \\u");
                    };
                    text.push(character);
                }
                Some(escaped) => text.push(escaped),
                None => break,
            }
        }
        self.at = open;
        self.error(format!("a text is never closed with {quote}"))
    }

    /// `/pattern/flags`.
    fn pattern(&mut self) -> Result<Operand, PathSyntaxError> {
        let open = self.at;
        let mut escaped = false;
        let end = self.rest().char_indices().skip(1).find(|(_, character)| {
            let closes = *character == '/' && !escaped;
            escaped = *character == '\\' && !escaped;
            closes
        });
        let Some((end, _)) = end else {
            return self.error("a pattern is never closed with '/'");
        };
        let pattern = &self.rest()[1..end];
        self.at += end + 1;
        // Java matches the whole string.
        let mut builder = RegexBuilder::new(&format!(r"\A(?:{pattern})\z"));
        let mut flags = 0;
        for flag in self.rest().chars().take_while(char::is_ascii_alphabetic) {
            flags += 1;
            match flag {
                'i' => builder.case_insensitive(true),
                'm' => builder.multi_line(true),
                's' => builder.dot_matches_new_line(true),
                'x' => builder.ignore_whitespace(true),
                'd' | 'u' | 'U' => &mut builder,
                _ => return self.error(format!("there is no pattern flag '{flag}'")),
            };
        }
        self.at += flags;
        match builder.build() {
            Ok(pattern) => Ok(Operand::Pattern(pattern)),
            Err(problem) => Err(PathSyntaxError {
                message: format!(
                    "the pattern can't be used (look-around and back-references aren't supported): {problem}"
                ),
                offset: open,
            }),
        }
    }

    /// A JSON array or object, with either kind of quotes.
    fn json(&mut self) -> Result<Operand, PathSyntaxError> {
        let open = self.at;
        let value = self.json_value()?;
        if matches!(value, Value::Array(_) | Value::Object(_)) {
            return Ok(Operand::Literal(value));
        }
        self.at = open;
        self.error("expected a JSON array or object")
    }

    pub(super) fn json_value(&mut self) -> Result<Value, PathSyntaxError> {
        self.skip_blanks();
        match self.peek() {
            Some('[') => {
                self.at += 1;
                let mut items = Vec::new();
                self.skip_blanks();
                while !self.take("]") {
                    items.push(self.deeper(Self::json_value)?);
                    self.json_separator(']')?;
                }
                Ok(Value::Array(items))
            }
            Some('{') => {
                self.at += 1;
                let mut fields = serde_json::Map::new();
                self.skip_blanks();
                while !self.take("}") {
                    let Some(quote @ ('\'' | '"')) = self.peek() else {
                        return self.error("expected a field name in quotes");
                    };
                    let name = self.text(quote)?;
                    self.skip_blanks();
                    if !self.take(":") {
                        return self.error("expected ':' after a field name");
                    }
                    let field = self.deeper(Self::json_value)?;
                    fields.insert(name, field);
                    self.json_separator('}')?;
                }
                Ok(Value::Object(fields))
            }
            Some(quote @ ('\'' | '"')) => self.text(quote).map(Value::String),
            _ => match self.word()? {
                Operand::Literal(value) => Ok(value),
                Operand::Pattern(_) | Operand::Path(_) => self.error("expected a JSON value"),
            },
        }
    }

    /// A comma, or nothing before the closing bracket.
    fn json_separator(&mut self, close: char) -> Result<(), PathSyntaxError> {
        self.skip_blanks();
        if self.take(",") {
            self.skip_blanks();
            return Ok(());
        }
        if self.peek() == Some(close) { Ok(()) } else { self.error(format!("expected ',' or '{close}'")) }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<Operand, PathSyntaxError> {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
        let word = &rest[..rest.find(|c: char| !is_part(c)).unwrap_or(rest.len())];
        let value = match word {
            "" => return self.error("expected a value or a path"),
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => {
                // Java reads 01 as 1.
                let (sign, digits) = word.strip_prefix('-').map_or(("", word), |digits| ("-", digits));
                let significant = digits.trim_start_matches('0');
                let lead = if significant.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "0" };
                match format!("{sign}{lead}{significant}").parse() {
                    Ok(number) => Value::Number(number),
                    Err(_) => return self.error(format!("'{word}' is not a value; write texts in quotes")),
                }
            }
        };
        self.at += word.len();
        Ok(Operand::Literal(value))
    }
}
