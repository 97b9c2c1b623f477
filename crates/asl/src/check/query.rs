//! What a JSONata query may refer to: `$$` nowhere, `$states.errorOutput` only in a catcher (measured, floci 2745).

use std::ops::Range;

use super::sentences;

/// Where a query stands, for what it may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// In a state's own field, or a Choice rule's.
    State,
    /// In a catcher's `Assign` or `Output`.
    Catcher,
}

/// The first reference that the query may not make, with the byte of the query where it starts.
pub(crate) fn forbidden_reference(query: &str, scope: Scope) -> Option<(usize, &'static str)> {
    let tokens = tokens(query);
    for (index, (at, token)) in tokens.iter().enumerate() {
        if *token == "$$" {
            return Some((*at, sentences::ROOT_REFERENCE));
        }
        let follows = |ahead: usize| tokens.get(index + ahead).map(|(_, token)| *token);
        if scope == Scope::State
            && *token == "$states"
            && follows(1) == Some(".")
            && matches!(follows(2), Some("errorOutput" | "`errorOutput`"))
        {
            return Some((*at, sentences::NO_ERROR_OUTPUT));
        }
    }
    None
}

/// The byte of the query where a name is first looked up that no dot stands before.
pub(crate) fn first_name(query: &str, name: &str) -> Option<usize> {
    let tokens = tokens(query);
    let is_meant =
        |token: &str| token == name || token.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) == Some(name);
    let at = tokens.iter().enumerate().position(|(index, (_, token))| {
        is_meant(token) && index.checked_sub(1).is_none_or(|before| tokens[before].1 != ".")
    })?;
    Some(tokens[at].0)
}

/// The bytes of the query where a variable is first referred to.
pub(crate) fn variable(query: &str, name: &str) -> Option<Range<usize>> {
    let found = tokens(query).into_iter().find(|(_, token)| token.strip_prefix('$') == Some(name));
    found.map(|(at, token)| at..at + token.len())
}

/// The tokens of a query as far as is needed to tell references from the insides of strings, comments and regular
/// expressions; each with the byte where it starts.
fn tokens(query: &str) -> Vec<(usize, &str)> {
    let mut tokens: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    while let Some(first) = query[at..].chars().next() {
        let rest = &query[at..];
        let length = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '/' if rest.starts_with("/*") => {
                at += rest.find("*/").map_or(rest.len(), |end| end + 2);
                continue;
            }
            '"' | '\'' | '`' => delimited(rest, first),
            '/' if starts_expression(tokens.last().map(|(_, token)| *token)) => delimited(rest, '/'),
            '$' if rest.starts_with("$$") && !rest[2..].starts_with(is_name) => 2,
            _ if first == '$' || is_name(first) => {
                first.len_utf8()
                    + rest[first.len_utf8()..].find(|c: char| !is_name(c)).unwrap_or(rest.len() - first.len_utf8())
            }
            _ => first.len_utf8(),
        };
        tokens.push((at, &rest[..length]));
        at += length;
    }
    tokens
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The bytes up to the closing delimiter, a backslash protecting what follows it.
fn delimited(rest: &str, delimiter: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if !escaped && c == delimiter {
            return at + c.len_utf8();
        }
        escaped = !escaped && c == '\\';
    }
    rest.len()
}

/// Whether after this token an operand is due, so that a slash opens a regular expression and divides nothing.
fn starts_expression(before: Option<&str>) -> bool {
    let Some(before) = before else { return true };
    if matches!(before, "and" | "or" | "in") {
        return true;
    }
    !(before.ends_with([')', ']', '}', '"', '\'', '`', '$']) || before.ends_with(is_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(query: &str) -> Option<usize> {
        forbidden_reference(query, Scope::State).map(|(at, _)| at)
    }

    #[test]
    fn the_root_and_the_error_are_found_where_they_are_referred_to() {
        assert_eq!(fault("$$"), Some(0));
        assert_eq!(fault("a + $$.b"), Some(4));
        assert_eq!(fault("$states . errorOutput.Error"), Some(0));
        assert_eq!(forbidden_reference("$states.errorOutput", Scope::Catcher), None);
        assert!(forbidden_reference("$$", Scope::Catcher).is_some());
    }

    #[test]
    fn strings_comments_and_patterns_are_not_looked_into() {
        for good in [
            "'$$' & \"$states.errorOutput\"",
            "/* $$ */ 1",
            "$match(x, /$$/)",
            "a / b / $c",
            "`$$`",
            "$states.input.errorOutput",
            "'it\\'s $$'",
            "$states.result",
            "$",
            "",
            "'open $$",
            "/open $$",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        assert_eq!(fault("a / $$"), Some(4));
        assert_eq!(fault("(1) / $$ / 2"), Some(6));
    }
}
