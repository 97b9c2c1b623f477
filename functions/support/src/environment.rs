//! A function's settings: environment variables, which `template.yaml` sets.

use std::env;
use std::fmt::{self, Debug, Display};
use std::str::FromStr;

/// A setting that is missing or unreadable. The function can't start without it.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Not set, or set to nothing.
    #[error("the environment variable {0} is not set; template.yaml sets it for the deployed function")]
    Missing(&'static str),
    /// Set to something that can't be read.
    #[error("the environment variable {name} is {value:?}: {reason}")]
    Unreadable {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
        /// Why that can't be read.
        reason: String,
    },
}

/// The sentence, because that is the form in which `main` shows an error.
impl Debug for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// The value of `name`, or `None` when it is not set or empty: a template can only give "nothing" as an empty text.
pub fn optional(name: &'static str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The value of `name`.
pub fn required(name: &'static str) -> Result<String, SettingError> {
    optional(name).ok_or(SettingError::Missing(name))
}

/// The value of `name` read as a `T`, or `default` when there is none.
pub fn parsed<T>(name: &'static str, default: T) -> Result<T, SettingError>
where
    T: FromStr<Err: Display>,
{
    optional(name).map_or(Ok(default), |value| read(name, value))
}

/// The value of `name` read as a `T`.
pub fn required_parsed<T>(name: &'static str) -> Result<T, SettingError>
where
    T: FromStr<Err: Display>,
{
    required(name).and_then(|value| read(name, value))
}

fn read<T>(name: &'static str, value: String) -> Result<T, SettingError>
where
    T: FromStr<Err: Display>,
{
    value.parse().map_err(|error: T::Err| SettingError::Unreadable { name, reason: error.to_string(), value })
}

#[cfg(test)]
mod tests {
    use super::*;

    // `env::set_var` is unsafe in a process with threads, so these ask for what a test process has or has not.
    #[test]
    fn a_missing_setting_is_named_and_a_default_stands_in() {
        assert_eq!(required("BATUTA_NO_SUCH_SETTING"), Err(SettingError::Missing("BATUTA_NO_SUCH_SETTING")));
        assert_eq!(parsed("BATUTA_NO_SUCH_SETTING", 7_u32), Ok(7));
    }

    #[test]
    fn an_unreadable_setting_says_what_it_holds() {
        let error = required_parsed::<u32>("CARGO_PKG_NAME").unwrap_err().to_string();
        assert_eq!(error, "the environment variable CARGO_PKG_NAME is \"support\": invalid digit found in string");
    }
}
