//! From a byte of a string's value back to the byte of the source text that it came from.

use std::ops::Range;

use super::Substitutions;
use super::substitution::{Piece, pieces};

/// The bytes of the one character of the source that byte `offset` of a string's value came from. `span` is the string
/// literal, its quotes included; its value is meant after escapes and substitutions. An offset past the end points at
/// the closing quote; one in a substituted value at the placeholder.
pub(crate) fn character(text: &str, span: &Range<usize>, offset: usize, substitutions: &Substitutions) -> Range<usize> {
    let literal = text.get(span.clone()).unwrap_or_default();
    if literal.len() < 2 || !literal.starts_with('"') {
        return span.clone();
    }
    let (start, end) = (span.start + 1, span.end - 1);
    let (value, origins) = decode(&text[start..end], start);
    let closing_quote = end..span.end;
    match substitutions {
        Substitutions::Unresolved => origins.get(offset).cloned().unwrap_or(closing_quote),
        Substitutions::Values(values) => {
            let mut passed = 0;
            for piece in pieces(&value, values) {
                let length = match &piece {
                    Piece::Literal(range) => range.len(),
                    Piece::Value(_, value) => value.len(),
                };
                if offset < passed + length {
                    return match piece {
                        Piece::Literal(range) => origins[range.start + offset - passed].clone(),
                        Piece::Value(range, _) => origins[range.start].start..origins[range.end - 1].end,
                    };
                }
                passed += length;
            }
            closing_quote
        }
    }
}

/// The value of a string literal's inside, which starts at `start` of the source, with the bytes of the source that each
/// byte of the value came from.
fn decode(raw: &str, start: usize) -> (String, Vec<Range<usize>>) {
    let mut value = String::with_capacity(raw.len());
    let mut origins = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(first) = raw[at..].chars().next() {
        let (decoded, length) = if first == '\\' { escape(&raw[at..]) } else { (first, first.len_utf8()) };
        value.push(decoded);
        origins.resize(value.len(), start + at..start + at + length);
        at += length;
    }
    (value, origins)
}

/// The character that an escape at the start of `raw` stands for, and the escape's length in bytes.
fn escape(raw: &str) -> (char, usize) {
    let unit = |at: usize| {
        (raw.get(at..at + 2) == Some("\\u"))
            .then(|| raw.get(at + 2..at + 6))
            .flatten()
            .and_then(|hex| u16::from_str_radix(hex, 16).ok())
    };
    match raw.chars().nth(1) {
        Some('u') => match (unit(0), unit(6)) {
            (Some(high @ 0xD800..=0xDBFF), Some(low)) => {
                let pair = char::decode_utf16([high, low]).next().and_then(Result::ok);
                pair.map_or((char::REPLACEMENT_CHARACTER, 6), |decoded| (decoded, 12))
            }
            (Some(unit), _) => (char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
            (None, _) => (char::REPLACEMENT_CHARACTER, 2),
        },
        Some('n') => ('\n', 2),
        Some('t') => ('\t', 2),
        Some('r') => ('\r', 2),
        Some('b') => ('\u{8}', 2),
        Some('f') => ('\u{c}', 2),
        Some(other) => (other, 1 + other.len_utf8()),
        None => ('\\', 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn at(text: &str, offset: usize, substitutions: &Substitutions) -> String {
        let start = text.find('"').expect("the text holds a string");
        text[character(text, &(start..text.len()), offset, substitutions)].to_owned()
    }

    #[test]
    fn escapes_count_as_the_character_they_stand_for() {
        let text = r#"  "a\n\u00e9\ud83d\ude00z""#;
        let none = Substitutions::Unresolved;
        assert_eq!(at(text, 0, &none), "a");
        assert_eq!(at(text, 1, &none), r"\n");
        assert_eq!(at(text, 2, &none), r"\u00e9");
        assert_eq!(at(text, 3, &none), r"\u00e9", "the second byte of é");
        assert_eq!(at(text, 4, &none), r"\ud83d\ude00");
        assert_eq!(at(text, 8, &none), "z");
        assert_eq!(at(text, 9, &none), "\"");
        assert_eq!(at(text, usize::MAX, &none), "\"");
    }

    #[test]
    fn a_substituted_value_is_at_its_placeholder() {
        let values = Substitutions::Values(HashMap::from([("A".to_owned(), "long".to_owned())]));
        let text = r#""$.${A}.x${B}""#;
        assert_eq!(at(text, 1, &values), ".");
        assert_eq!(at(text, 2, &values), "${A}");
        assert_eq!(at(text, 5, &values), "${A}");
        assert_eq!(at(text, 6, &values), ".");
        assert_eq!(at(text, 7, &values), "x");
        assert_eq!(at(text, 8, &values), "$");
        assert_eq!(at(text, 12, &values), "\"");
    }

    #[test]
    fn broken_escapes_end_somewhere() {
        for text in [r#""\""#, r#""\u12""#, r#""\ud800x""#, r#""\ud800\u0041""#, "\"\\é\"", "\"", ""] {
            for offset in 0..12 {
                let range = character(text, &(0..text.len()), offset, &Substitutions::Unresolved);
                assert!(range.end <= text.len());
            }
        }
    }
}
