//! Diagnostics as AWS writes them.

use diagnostic::Diagnostic;

use crate::codes;

/// The arrays of the language: what stands behind these names is a position.
const ARRAYS: [&str; 8] = ["Choices", "And", "Or", "Branches", "Retry", "Catch", "ErrorEquals", "CSVHeaders"];

/// The place of a diagnostic in AWS's notation, such as `/States/Buy/Choices[0]/Next`; none where AWS gives none. Names
/// are not escaped (measured, floci 2786).
pub fn location(diagnostic: &Diagnostic) -> Option<String> {
    match diagnostic.code {
        codes::INVALID_JSON_DESCRIPTION => {
            return diagnostic.message.split_once("\n at ").map(|(_, place)| place.to_owned());
        }
        codes::MISSING_END_STATE if diagnostic.is_error() => return None,
        codes::SCHEMA_VALIDATION_FAILED if diagnostic.message == "Definition must be a valid JSON object" => {
            return None;
        }
        _ if diagnostic.pointer.is_empty() => return Some("/".to_owned()),
        _ => {}
    }
    let mut location = String::new();
    let mut before = "";
    // What stands directly in `States` is a name, whatever it looks like.
    let mut is_name = false;
    for token in diagnostic.pointer.split('/').skip(1) {
        if !is_name && ARRAYS.contains(&before) && token.bytes().all(|byte| byte.is_ascii_digit()) {
            location.extend(["[", token, "]"]);
        } else {
            location.push('/');
            location.push_str(&token.replace("~1", "/").replace("~0", "~"));
        }
        // A state named `Choices` is no array.
        before = if is_name { "" } else { token };
        is_name = !is_name && token == "States";
    }
    Some(location)
}

/// What AWS answers with the error `InvalidDefinition` when the definition is refused; none when no diagnostic is an
/// error. Several are joined by a comma (measured, localstack 12487); a place that AWS doesn't give is the word `null`
/// (measured, floci 2735).
pub fn invalid_definition(diagnostics: &[Diagnostic]) -> Option<String> {
    let problems: Vec<String> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .map(|diagnostic| {
            let place = location(diagnostic).unwrap_or_else(|| "null".to_owned());
            format!("{}: {} at {place}", diagnostic.code, diagnostic.message)
        })
        .collect();
    (!problems.is_empty()).then(|| format!("Invalid State Machine Definition: '{}'", problems.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pointer: &str) -> Option<String> {
        location(&Diagnostic::error(codes::SCHEMA_VALIDATION_FAILED, "", 0..0, pointer))
    }

    #[test]
    fn places_are_written_as_aws_writes_them() {
        assert_eq!(at("").as_deref(), Some("/"));
        assert_eq!(at("/States/C/Choices/0/And/12/Variable").as_deref(), Some("/States/C/Choices[0]/And[12]/Variable"));
        assert_eq!(at("/States/P/Branches/1/States/7").as_deref(), Some("/States/P/Branches[1]/States/7"));
        assert_eq!(at("/States/0/Next").as_deref(), Some("/States/0/Next"));
        assert_eq!(at("/States/a~1b~0").as_deref(), Some("/States/a/b~"));
        assert_eq!(at("/States/States/Next").as_deref(), Some("/States/States/Next"));
        assert_eq!(at("/States/Retry/Retry/2").as_deref(), Some("/States/Retry/Retry[2]"));
    }
}
