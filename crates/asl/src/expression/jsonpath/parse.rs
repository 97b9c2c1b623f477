//! Text to steps.

use super::function::Function;
use super::{PathSyntaxError, Step};

/// Where a path inside something else ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At the end of the text.
    Text,
    /// Where an operand of a filter ends. `&` and `|` belong to a name, as in Jayway: write blanks around `&&` and `||`.
    Operand,
    /// Where an argument of a function ends.
    Argument,
}

impl End {
    /// Whether this character ends a path (outside of brackets and quotes).
    fn ends_at(self, character: char) -> bool {
        match self {
            Self::Text => false,
            Self::Operand => matches!(character, ' ' | ')' | '<' | '>' | '=' | '~' | '!'),
            Self::Argument => matches!(character, ' ' | ')' | ','),
        }
    }
}

/// How deep conditions, arguments and JSON literals may be nested: what is parsed and evaluated by recursion must not use
/// up the stack.
const DEEPEST: usize = 100;

/// A place in a text.
#[derive(Debug)]
pub(super) struct Parser<'s> {
    pub(super) text: &'s str,
    pub(super) at: usize,
    depth: usize,
}

impl<'s> Parser<'s> {
    pub(super) fn new(text: &'s str, at: usize) -> Self {
        Self { text, at, depth: 0 }
    }

    pub(super) fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Goes past `expected` if it is next.
    pub(super) fn take(&mut self, expected: &str) -> bool {
        let there = self.rest().starts_with(expected);
        if there {
            self.at += expected.len();
        }
        there
    }

    pub(super) fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    pub(super) fn error<T>(&self, message: impl Into<String>) -> Result<T, PathSyntaxError> {
        Err(PathSyntaxError { message: message.into(), offset: self.at })
    }

    /// Parses something that may be inside another of its kind.
    pub(super) fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, PathSyntaxError>,
    ) -> Result<T, PathSyntaxError> {
        if self.depth == DEEPEST {
            return self.error(format!("nested more than {DEEPEST} deep"));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// All steps up to the end of the text.
    pub(super) fn whole_path(mut self) -> Result<Vec<Step>, PathSyntaxError> {
        self.steps(End::Text)
    }

    /// Steps up to where such a path ends.
    pub(super) fn steps(&mut self, end: End) -> Result<Vec<Step>, PathSyntaxError> {
        let mut steps: Vec<Step> = Vec::new();
        while let Some(next) = self.peek() {
            if end.ends_at(next) {
                break;
            }
            if matches!(steps.last(), Some(Step::Function(_))) {
                return self.error("a function must be the last step of a path");
            }
            match next {
                '[' => steps.push(self.bracket()?),
                '.' => {
                    self.at += 1;
                    if self.take(".") {
                        steps.push(Step::Scan);
                    }
                    match self.peek() {
                        None => return self.error("a path can't end with '.'"),
                        Some('.') => return self.error("a path can't have more than two dots in a row"),
                        Some(character) if end.ends_at(character) => {
                            return self.error("a path can't end with '.'");
                        }
                        Some('[') => steps.push(self.bracket()?),
                        Some('*') => {
                            self.at += 1;
                            steps.push(Step::Wildcard);
                        }
                        Some(_) => {
                            let start = self.at;
                            let step = self.name_or_function(end)?;
                            if matches!((steps.last(), &step), (Some(Step::Scan), Step::Function(_))) {
                                self.at = start;
                                return self.error("'..' looks for a name, an index or '*', not for a function");
                            }
                            steps.push(step);
                        }
                    }
                }
                _ => return self.error(format!("expected '.' or '[', found '{next}'")),
            }
        }
        Ok(steps)
    }

    /// `name` or `function(…)`, the dot before it being read.
    fn name_or_function(&mut self, end: End) -> Result<Step, PathSyntaxError> {
        let start = self.at;
        for (offset, character) in self.rest().char_indices() {
            if end.ends_at(character) || matches!(character, '.' | '[') {
                return self.name(start, start + offset);
            }
            match character {
                '(' => {
                    self.at = start + offset + 1;
                    return Function::parse(self, start).map(Step::Function);
                }
                ' ' => {
                    self.at = start + offset;
                    return self.error("a name with a blank in it must be written in brackets, such as ['my name']");
                }
                _ => {}
            }
        }
        self.name(start, self.text.len())
    }

    fn name(&mut self, start: usize, end: usize) -> Result<Step, PathSyntaxError> {
        if start == end {
            return self.error("expected a name");
        }
        self.at = end;
        Ok(Step::Name(self.text[start..end].into(), '\''))
    }

    /// `[…]` of any kind.
    fn bracket(&mut self) -> Result<Step, PathSyntaxError> {
        let open = self.at;
        self.at += 1;
        self.skip_blanks();
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted_names(quote),
            Some('*') => {
                self.at += 1;
                self.close(open)?;
                Ok(Step::Wildcard)
            }
            Some('?') => {
                self.at += 1;
                self.skip_blanks();
                let filter = self.filter()?;
                self.close(open)?;
                Ok(Step::Filter(Box::new(filter)))
            }
            Some(character) if character.is_ascii_digit() || matches!(character, '-' | ':') => self.numbers(open),
            Some(']') => self.error("empty brackets"),
            Some(_) => self.error("expected a quoted name, a number, '*' or '?(' in brackets"),
            None => {
                self.at = open;
                self.error("'[' is never closed")
            }
        }
    }

    /// The `]` that belongs to the `[` at `open`.
    fn close(&mut self, open: usize) -> Result<(), PathSyntaxError> {
        self.skip_blanks();
        if self.take("]") {
            return Ok(());
        }
        if self.peek().is_none() {
            self.at = open;
            return self.error("'[' is never closed");
        }
        self.error("expected ']'")
    }

    /// `'a']` or `'a', 'b']`.
    fn quoted_names(&mut self, quote: char) -> Result<Step, PathSyntaxError> {
        let mut names = Vec::new();
        loop {
            self.skip_blanks();
            if self.peek() != Some(quote) {
                return self.error(format!("expected a name in {quote} quotes"));
            }
            names.push(self.quoted_name(quote)?);
            self.skip_blanks();
            if self.take("]") {
                break;
            }
            if !self.take(",") {
                return self.error("expected ',' or ']' after a name");
            }
        }
        Ok(match <[Box<str>; 1]>::try_from(names) {
            Ok([name]) => Step::Name(name, quote),
            Err(names) => Step::Names(names.into(), quote),
        })
    }

    /// A name up to its closing quote. Only the quote itself can be escaped: AWS takes every other backslash for part of the
    /// name (`base_scenarios--escape_sequence_parsing-ESCAPE_SEQUENCES_JSONPATH.json`).
    fn quoted_name(&mut self, quote: char) -> Result<Box<str>, PathSyntaxError> {
        let open = self.at;
        self.at += 1;
        let mut name = String::new();
        let mut characters = self.rest().char_indices().peekable();
        while let Some((offset, character)) = characters.next() {
            if character == quote {
                self.at += offset + 1;
                return Ok(name.into());
            }
            if character == '\\' && characters.next_if(|(_, next)| *next == quote).is_some() {
                name.push(quote);
            } else {
                name.push(character);
            }
        }
        self.at = open;
        self.error(format!("a name is never closed with {quote}"))
    }

    /// `1]`, `0, 2]` or `1:3]`.
    fn numbers(&mut self, open: usize) -> Result<Step, PathSyntaxError> {
        let start = self.at;
        let Some(length) = self.rest().find(']') else {
            self.at = open;
            return self.error("'[' is never closed");
        };
        let inside = &self.rest()[..length];
        if let Some(offset) = inside.find(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | ',' | ':' | ' ')) {
            self.at += offset;
            return self.error("expected an index, a list of indexes or a slice such as [0:2]");
        }
        let number = |text: &str| {
            text.trim().parse::<i64>().map_err(|_| PathSyntaxError {
                message: format!("'{}' is not an array index", text.trim()),
                offset: start + inside.find(text).unwrap_or_default(),
            })
        };
        let step = if inside.contains(':') {
            let mut bounds = inside.split(':').map(|bound| match bound.trim() {
                "" => Ok(None),
                _ => number(bound).map(Some),
            });
            // A third part, the step of other dialects, is read over: Jayway ignores it.
            let (from, to) = (bounds.next().transpose()?.flatten(), bounds.next().transpose()?.flatten());
            if from.is_none() && to.is_none() {
                return self.error("a slice needs a start or an end; use [*] for everything");
            }
            Step::Slice(from, to)
        } else {
            let indexes: Vec<i64> = inside.split(',').map(number).collect::<Result<_, _>>()?;
            match indexes[..] {
                [index] => Step::Index(index),
                _ => Step::Indexes(indexes.into()),
            }
        };
        self.at = start + length + 1;
        Ok(step)
    }
}
