//! The text of a call.

use serde_json::Value;

use super::signature::Function;
use super::{Argument, Call};
use crate::expression::{PathExpr, PathSyntaxError};

/// How deep calls may be nested in one field
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>).
const DEEPEST: usize = 10;

/// The whole text as one call.
pub(super) fn call(source: &str) -> Result<Call, PathSyntaxError> {
    let mut parser = Parser { text: source, at: 0 };
    let call = parser.call(1)?;
    if parser.at < source.len() {
        return parser.error("nothing can follow the closing ')'");
    }
    Ok(call)
}

struct Parser<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> Parser<'s> {
    fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, expected: char) -> bool {
        let there = self.peek() == Some(expected);
        if there {
            self.at += expected.len_utf8();
        }
        there
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, PathSyntaxError> {
        Err(PathSyntaxError { message: message.into(), offset: self.at })
    }

    /// `States.Name(…)`.
    fn call(&mut self, depth: usize) -> Result<Call, PathSyntaxError> {
        let start = self.at;
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
        let name = &rest[..length];
        let Some(function) = Function::ALL.into_iter().find(|function| function.name() == name) else {
            return self.error(unknown(name, rest));
        };
        if depth > DEEPEST {
            return self.error(format!("intrinsic functions can be nested {DEEPEST} deep at the most"));
        }
        self.at += length;
        let open = self.at;
        if !self.take('(') {
            return self.error(format!("expected '(' after {name}"));
        }
        let mut arguments = Vec::new();
        self.skip_blanks();
        while !self.take(')') {
            if self.peek().is_none() {
                self.at = open;
                return self.error("'(' is never closed");
            }
            let is_template = function == Function::Format && arguments.is_empty();
            arguments.push(self.argument(is_template, depth)?);
            self.skip_blanks();
            if self.take(',') {
                self.skip_blanks();
                if self.peek() == Some(')') {
                    return self.error("expected an argument after ','");
                }
            } else if !matches!(self.peek(), Some(')') | None) {
                return self.error("expected ',' or ')' after an argument");
            }
        }
        let (least, greatest) = function.arity();
        if !(least..=greatest).contains(&arguments.len()) {
            self.at = start;
            return self.error(format!("{name} takes {}, not {}", function.arity_text(), arguments.len()));
        }
        Ok(Call { function, arguments: arguments.into() })
    }

    fn argument(&mut self, is_template: bool, depth: usize) -> Result<Argument, PathSyntaxError> {
        match self.peek() {
            Some('$') => self.path(),
            Some('\'') => Ok(Argument::Literal(Value::String(self.text(is_template)?))),
            Some('S') => self.call(depth + 1).map(Argument::Call),
            Some('"') => self.error("write texts in single quotes"),
            Some('[' | '{') => {
                self.error("an argument can't be a JSON array or object; use a path or another function")
            }
            _ => self.word(),
        }
    }

    /// A path, which ends at the first `,`, `)` or blank outside of its own brackets.
    fn path(&mut self) -> Result<Argument, PathSyntaxError> {
        let start = self.at;
        let length = path_length(self.rest());
        self.at += length;
        match PathExpr::parse(&self.text[start..self.at]) {
            Ok(path) => Ok(Argument::Path(path)),
            Err(PathSyntaxError { message, offset }) => Err(PathSyntaxError { message, offset: start + offset }),
        }
    }

    /// A text in single quotes. AWS knows four escapes: `\'`, `\{`, `\}` and `\\`. The template of `States.Format` keeps
    /// those of braces and backslashes, which it reads itself.
    fn text(&mut self, is_template: bool) -> Result<String, PathSyntaxError> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((offset, character)) = characters.next() {
            match character {
                '\'' => {
                    self.at += offset + 1;
                    return Ok(text);
                }
                '\\' => match characters.next() {
                    Some((_, '\'')) => text.push('\''),
                    Some((_, escaped @ ('{' | '}' | '\\'))) => {
                        if is_template {
                            text.push('\\');
                        }
                        text.push(escaped);
                    }
                    _ => {
                        self.at += offset;
                        return self.error(r"a backslash can only stand before ', {, } or another backslash");
                    }
                },
                _ => text.push(character),
            }
        }
        self.at = open;
        self.error("a text is never closed with '")
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<Argument, PathSyntaxError> {
        let rest = self.rest();
        let length = rest.find(|c: char| matches!(c, ',' | ')') || c.is_whitespace()).unwrap_or(rest.len());
        let word = &rest[..length];
        let value = match word {
            "" => return self.error("expected an argument"),
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => match word.parse() {
                Ok(number) => Value::Number(number),
                Err(_) => {
                    return self.error(format!(
                        "'{word}' is not an argument: a path, a text in single quotes, a number, true, false, null or \
                         another intrinsic function is"
                    ));
                }
            },
        };
        self.at += length;
        Ok(Argument::Literal(value))
    }
}

fn unknown(name: &str, rest: &str) -> String {
    if name.is_empty() {
        return match rest.chars().next() {
            None => "expected a path or an intrinsic function".to_owned(),
            Some(found) => format!("expected a path or an intrinsic function, found '{found}'"),
        };
    }
    let names = Function::ALL.into_iter().map(Function::name);
    match diagnostic::closest(name, names) {
        Some(near) => format!("there is no intrinsic function '{name}'; did you mean {near}?"),
        None => format!("there is no intrinsic function '{name}'; paths start with '$', functions with 'States.'"),
    }
}

/// How many bytes at the start of `text` belong to a path.
fn path_length(text: &str) -> usize {
    let mut depth = 0usize;
    let mut quote = None;
    let mut escaped = false;
    for (offset, character) in text.char_indices() {
        if let Some(open) = quote {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if character == open => quote = None,
                _ => {}
            }
            continue;
        }
        match character {
            '\'' | '"' if depth > 0 => quote = Some(character),
            '[' | '(' => depth += 1,
            ']' | ')' if depth > 0 => depth -= 1,
            ',' | ')' if depth == 0 => return offset,
            _ if depth == 0 && character.is_whitespace() => return offset,
            _ => {}
        }
    }
    text.len()
}
