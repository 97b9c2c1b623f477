//! Filter patterns: terms in a text, or conditions on the fields of a JSON object (user guide "Filter pattern syntax").
//!
//! Patterns for space-delimited events (`[…]`) and regular expressions (`%…%`) are refused by name.

mod json;

use serde_json::Value;

use json::Condition;

/// A filter pattern, read once and asked for every event.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// Terms that must all be there, terms of which one must be there (`?`), terms that must not (`-`).
    Terms { all: Vec<String>, any: Vec<String>, none: Vec<String> },
    /// A condition on a JSON object.
    Json(Condition),
}

impl Pattern {
    /// Reads a pattern; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with('{') {
            return Condition::parse(text)
                .map(Self::Json)
                .map_err(|reason| format!("Invalid filter pattern: {reason}"));
        }
        if text.starts_with('[') {
            return Err("Invalid filter pattern: patterns for space-delimited events are not emulated here".to_owned());
        }
        let (mut all, mut any, mut none) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = text;
        while !rest.is_empty() {
            let list = match rest.as_bytes()[0] {
                b'?' => &mut any,
                b'-' => &mut none,
                _ => &mut all,
            };
            let term = rest.strip_prefix(['?', '-']).unwrap_or(rest);
            let (word, after) = match term.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or("Invalid filter pattern: a quote isn't closed")?,
                None => term.split_at(term.find(char::is_whitespace).unwrap_or(term.len())),
            };
            if word.len() > 1 && word.starts_with('%') && word.ends_with('%') {
                return Err("Invalid filter pattern: regular expressions are not emulated here".to_owned());
            }
            list.push(word.to_owned());
            rest = after.trim_start();
        }
        Ok(Self::Terms { all, any, none })
    }

    /// Whether an event with this message is meant. Terms are sought as they are, in any part of the text.
    pub(crate) fn matches(&self, message: &str) -> bool {
        match self {
            Self::Terms { all, any, none } => {
                all.iter().all(|term| message.contains(term.as_str()))
                    && (any.is_empty() || any.iter().any(|term| message.contains(term.as_str())))
                    && !none.iter().any(|term| message.contains(term.as_str()))
            }
            Self::Json(condition) => {
                // The sure sign that it is no object, without reading it.
                message.trim_start().starts_with('{')
                    && serde_json::from_str::<Value>(message).is_ok_and(|event| condition.holds(&event))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, message: &str) -> bool {
        Pattern::parse(pattern).expect("a pattern").matches(message)
    }

    #[test]
    fn terms_are_sought_in_the_text() {
        let message = "[ERROR 400] BAD REQUEST";
        assert!(matches("", message) && matches("  ", message));
        assert!(matches("ERROR REQUEST", message));
        assert!(!matches("ERROR missing", message));
        assert!(!matches("error", message), "case matters");
        assert!(matches("\"BAD REQUEST\"", message) && !matches("\"REQUEST BAD\"", message));
        assert!(matches("?WARN ?ERROR", message) && !matches("?WARN ?INFO", message));
        assert!(!matches("ERROR -400", message) && matches("ERROR -500", message));
        assert!(!matches("-\"BAD REQUEST\"", message));
    }

    #[test]
    fn what_is_not_emulated_is_refused() {
        for (pattern, reason) in [
            ("[ip, user, status = 4*]", "space-delimited"),
            ("%ERR.*%", "regular expressions"),
            ("\"open", "isn't closed"),
            ("{ $.a", "Invalid filter pattern"),
        ] {
            let refused = Pattern::parse(pattern).expect_err("refused");
            assert!(refused.contains(reason), "{pattern}: {refused}");
        }
    }
}
