//! Names of states, labels and variables.

use super::sentences;
use crate::codes;

/// How long AWS counts a text: in UTF-16 units.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What is wrong with a state's name, if anything.
pub(crate) fn state_name_fault(name: &str) -> Option<String> {
    (length(name) > 80).then(|| sentences::state_name_too_long(name))
}

/// What is wrong with a Map state's `Label`, if anything: it becomes a part of an ARN
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>).
pub(crate) fn label_fault(label: &str) -> Option<String> {
    if length(label) > 40 {
        return Some(sentences::label_too_long(label));
    }
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "?*<>{}[]:;,\\|^~$#%&`\"".contains(c);
    label
        .chars()
        .find(|c| forbidden(*c))
        .map(|c| format!("Invalid Label name: Label '{label}' contains the character {c:?}"))
}

/// What is wrong with the name of a variable that is assigned to, if anything: the code and the sentence. A name is a
/// Unicode identifier of at most 80 characters
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>).
pub(crate) fn variable_fault(name: &str) -> Option<(&'static str, String)> {
    if name == "states" {
        return Some((codes::RESERVED_VARIABLE_NAME, sentences::RESERVED_VARIABLE.to_owned()));
    }
    let mut characters = name.chars();
    let identifier = characters.next().is_some_and(char::is_alphabetic)
        && characters.all(|c| c.is_alphanumeric() || c == '_')
        && name.chars().count() <= 80;
    (!identifier).then(|| (codes::INVALID_VARIABLE_NAME, sentences::invalid_variable(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_limits() {
        assert_eq!(state_name_fault(&"x".repeat(80)), None);
        assert!(state_name_fault(&"x".repeat(81)).is_some_and(|fault| fault.contains("80-character limit")));
        assert_eq!(label_fault("Orders-1"), None);
        assert!(label_fault("two words").is_some());
        assert!(label_fault(&"x".repeat(41)).is_some());
    }

    #[test]
    fn variables_are_identifiers() {
        assert_eq!(variable_fault("preço_2"), None);
        assert_eq!(variable_fault("states").map(|(code, _)| code), Some(codes::RESERVED_VARIABLE_NAME));
        for bad in ["", "2x", "a-b", "a.b", "_a"] {
            assert_eq!(variable_fault(bad).map(|(code, _)| code), Some(codes::INVALID_VARIABLE_NAME), "{bad}");
        }
    }
}
