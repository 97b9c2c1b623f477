//! The constraints of the service's model, and the sentence in which AWS says which were not kept. Recorded in
//! `sfn_api--list_executions_versions_pagination` and `sfn_api_aliasing--error_create_alias_invalid_name`.

use std::fmt::Display;

use crate::error::ApiError;

/// The most characters of an ARN.
pub(crate) const ARN: usize = 256;
/// The most characters of an ARN of a map run or a version.
pub(crate) const LONG_ARN: usize = 2000;
/// The most characters of a name.
pub(crate) const NAME: usize = 80;
/// The most characters of a description of a version or alias.
pub(crate) const DESCRIPTION: usize = 256;
/// The most characters of an error name.
pub(crate) const ERROR: usize = 256;
/// The most characters of a cause.
pub(crate) const CAUSE: usize = 32_768;

/// Collects what is wrong with the members of a request.
#[derive(Default)]
pub(crate) struct Constraints(Vec<String>);

impl Constraints {
    fn fails(&mut self, value: Option<&dyn Display>, member: &str, constraint: impl Display) {
        let value = value.map_or_else(String::new, |value| format!(" '{value}'"));
        self.0.push(format!("Value{value} at '{member}' failed to satisfy constraint: {constraint}"));
    }

    /// The member must be there and have this many characters.
    pub(crate) fn required(&mut self, member: &str, value: Option<&str>, lengths: (usize, usize)) -> &mut Self {
        if value.is_none() {
            self.0.push(format!("Value null at '{member}' failed to satisfy constraint: Member must not be null"));
        }
        self.length(member, value, lengths)
    }

    /// The member must be there.
    pub(crate) fn present(&mut self, member: &str, is_there: bool) -> &mut Self {
        if !is_there {
            self.0.push(format!("Value null at '{member}' failed to satisfy constraint: Member must not be null"));
        }
        self
    }

    /// The member, if it is there, must have this many characters.
    pub(crate) fn length(&mut self, member: &str, value: Option<&str>, (least, most): (usize, usize)) -> &mut Self {
        if let Some(value) = value {
            let length = value.chars().count();
            if length < least {
                self.fails(Some(&value), member, format!("Member must have length greater than or equal to {least}"));
            } else if length > most {
                self.fails(Some(&value), member, format!("Member must have length less than or equal to {most}"));
            }
        }
        self
    }

    /// The same for a member that AWS doesn't repeat in its sentence, measured in bytes.
    pub(crate) fn secret_length(&mut self, member: &str, value: Option<&str>, most: usize) -> &mut Self {
        if value.is_some_and(|value| value.len() > most) {
            self.fails(None, member, format!("Member must have length less than or equal to {most}"));
        }
        self
    }

    /// The member, if it is there, must be one of these words.
    pub(crate) fn one_of(&mut self, member: &str, value: Option<&str>, words: &[&str]) -> &mut Self {
        if let Some(value) = value.filter(|value| !words.contains(value)) {
            let words = words.join(", ");
            self.fails(Some(&value), member, format!("Member must satisfy enum value set: [{words}]"));
        }
        self
    }

    /// The member, if it is there, must be a number between these.
    pub(crate) fn range<T: PartialOrd + Display>(
        &mut self,
        member: &str,
        value: Option<T>,
        (least, most): (T, T),
    ) -> &mut Self {
        if let Some(value) = value {
            if value < least {
                let constraint = format!("Member must have value greater than or equal to {least}");
                self.fails(Some(&value), member, constraint);
            } else if value > most {
                self.fails(Some(&value), member, format!("Member must have value less than or equal to {most}"));
            }
        }
        self
    }

    /// The member must be as `holds` says, or AWS says this of it.
    pub(crate) fn must(&mut self, holds: bool, member: &str, value: &dyn Display, constraint: &str) -> &mut Self {
        if !holds {
            self.fails(Some(value), member, constraint);
        }
        self
    }

    /// Refuses the request if anything is wrong with it.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        let count = self.0.len();
        if count == 0 {
            return Ok(());
        }
        let noun = if count == 1 { "error" } else { "errors" };
        let message = format!("{count} validation {noun} detected: {}", self.0.join("; "));
        Err(ApiError::bad_request("ValidationException", message))
    }
}

/// A name of a state machine, an execution or an activity has no blanks, brackets, wildcards, special characters and
/// control characters (API reference, `name`; recorded in `sfn_api_activities--create_activity_invalid_name`).
pub(crate) fn check_name(name: &str) -> Result<(), ApiError> {
    let refused = |char: char| char.is_whitespace() || char.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(char);
    if name.contains(refused) {
        return Err(ApiError::bad_request("InvalidName", format!("Invalid Name: '{name}'")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_constraint_that_is_not_kept_is_told() {
        let mut constraints = Constraints::default();
        constraints
            .required("name", None, (1, 80))
            .length("token", Some(""), (1, 3))
            .length("token", Some("ação"), (1, 3))
            .length("token", Some("açã"), (1, 3))
            .range("maxResults", Some(1001), (0, 1000))
            .one_of("type", Some("STANDARD"), &["STANDARD", "EXPRESS"]);
        let expected = "4 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be \
                        null; Value '' at 'token' failed to satisfy constraint: Member must have length greater than or equal \
                        to 1; Value 'ação' at 'token' failed to satisfy constraint: Member must have length less than or equal \
                        to 3; Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or \
                        equal to 1000";
        assert_eq!(constraints.check().expect_err("it is refused").message, expected);
        assert!(Constraints::default().check().is_ok());
    }
}
