//! The placeholders of `DefinitionSubstitutions`: `${Name}`.

use std::collections::HashMap;
use std::ops::Range;

/// One placeholder in a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placeholder<'s> {
    /// The bytes from `$` to `}`.
    pub(crate) range: Range<usize>,
    /// The name between the braces.
    pub(crate) name: &'s str,
}

/// The placeholders in a string, in order. Only what could be a name counts, so that a JSONata query such as
/// `${ type: sum }` is none.
pub(crate) fn placeholders(text: &str) -> Vec<Placeholder<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("${").map(|at| from + at) {
        let name_start = start + 2;
        let name_length = text[name_start..]
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))
            .unwrap_or(text.len() - name_start);
        let end = name_start + name_length;
        if name_length > 0 && text[end..].starts_with('}') {
            found.push(Placeholder { range: start..end + 1, name: &text[name_start..end] });
        }
        from = name_start;
    }
    found
}

/// Whether a string has a placeholder.
pub(crate) fn has_placeholder(text: &str) -> bool {
    !placeholders(text).is_empty()
}

/// A run of a string after substitution, with the bytes that it came from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'s> {
    /// Left as it was.
    Literal(Range<usize>),
    /// A placeholder with its value.
    Value(Range<usize>, &'s str),
}

/// A string in pieces. A placeholder with no value is left as it was.
pub(crate) fn pieces<'s>(text: &str, values: &'s HashMap<String, String>) -> Vec<Piece<'s>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for placeholder in placeholders(text) {
        let Some(value) = values.get(placeholder.name) else { continue };
        pieces.push(Piece::Literal(from..placeholder.range.start));
        from = placeholder.range.end;
        pieces.push(Piece::Value(placeholder.range, value));
    }
    pieces.push(Piece::Literal(from..text.len()));
    pieces
}

/// A string with its placeholders replaced.
pub(crate) fn replace(text: &str, values: &HashMap<String, String>) -> String {
    pieces(text, values)
        .into_iter()
        .map(|piece| match piece {
            Piece::Literal(range) => &text[range],
            Piece::Value(_, value) => value,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_in_braces_are_placeholders() {
        let names = |text| placeholders(text).into_iter().map(|p| p.name.to_owned()).collect::<Vec<_>>();
        assert_eq!(names("${A}:${B_2}"), ["A", "B_2"]);
        assert_eq!(names("{% ${ `n`: $sum(v) } %} $A ${} ${ö} ${open"), Vec::<String>::new());
        assert_eq!(names("${${A}"), ["A"]);
    }

    #[test]
    fn a_value_takes_its_placeholders_place() {
        let values = HashMap::from([("A".to_owned(), "x".to_owned())]);
        assert_eq!(replace("<${A}${B}${A}>", &values), "<x${B}x>");
    }
}
