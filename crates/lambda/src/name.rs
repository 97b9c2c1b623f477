//! How callers name a function: by name, by ARN, by parts of an ARN, with or without a qualifier.

use crate::{FunctionSpec, InvokeError};

/// Where the host's functions are: the parts of their ARNs that they have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The partition, such as `aws`.
    pub partition: String,
    /// The Region, such as `us-east-1`.
    pub region: String,
    /// The twelve digits of the account.
    pub account_id: String,
}

impl Default for Location {
    fn default() -> Self {
        Self { partition: "aws".to_owned(), region: "us-east-1".to_owned(), account_id: "123456789012".to_owned() }
    }
}

/// A function's name taken apart, in the form the API reference gives for `FunctionName`: everything before the name
/// may be missing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FunctionName<'a> {
    partition: Option<&'a str>,
    region: Option<&'a str>,
    account_id: Option<&'a str>,
    pub(crate) name: &'a str,
    qualifier: Option<&'a str>,
}

impl<'a> FunctionName<'a> {
    /// Never fails: what is no name of a function names one that does not exist.
    pub(crate) fn parse(text: &'a str) -> Self {
        let (partition, rest) = match text.strip_prefix("arn:").and_then(|rest| rest.split_once(":lambda:")) {
            Some((partition, rest)) => (Some(partition), rest),
            None => (None, text),
        };
        let (region, rest) = leading(rest, is_region);
        let (account_id, rest) = leading(rest, is_account);
        let rest = rest.strip_prefix("function:").unwrap_or(rest);
        let (name, qualifier) = match rest.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier)),
            None => (rest, None),
        };
        Self { partition, region, account_id, name, qualifier }
    }

    /// The ARN to invoke `spec` under, or why `spec` is not what was asked for.
    pub(crate) fn resolve(&self, spec: Option<&FunctionSpec>, location: &Location) -> Result<String, InvokeError> {
        let Some(spec) = spec else { return Err(self.not_found(location)) };
        let mut parts = spec.arn.splitn(6, ':');
        let (_, partition, _, region, account_id) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
        let here = |asked: Option<&str>, own: Option<&str>| asked.is_none() || asked == own;
        if !(here(self.partition, partition) && here(self.region, region) && here(self.account_id, account_id)) {
            return Err(self.not_found(location));
        }
        match self.qualifier {
            None => Ok(spec.arn.clone()),
            Some(qualifier)
                if qualifier == "$LATEST"
                    || qualifier == spec.version
                    || spec.aliases.iter().any(|alias| alias == qualifier) =>
            {
                Ok(format!("{}:{qualifier}", spec.arn))
            }
            Some(_) => Err(self.not_found(location)),
        }
    }

    fn not_found(&self, location: &Location) -> InvokeError {
        InvokeError::ResourceNotFound {
            arn: format!(
                "arn:{}:lambda:{}:{}:function:{}:{}",
                self.partition.unwrap_or(&location.partition),
                self.region.unwrap_or(&location.region),
                self.account_id.unwrap_or(&location.account_id),
                self.name,
                self.qualifier.unwrap_or("$LATEST"),
            ),
        }
    }
}

/// Splits off the first part if it is what `is` says.
fn leading(text: &str, is: impl Fn(&str) -> bool) -> (Option<&str>, &str) {
    match text.split_once(':') {
        Some((first, rest)) if is(first) => (Some(first), rest),
        _ => (None, text),
    }
}

/// `us-east-1`, `us-gov-west-1`: letters first, one digit last.
fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let area = parts.next().unwrap_or_default();
    let number = parts.next_back().unwrap_or_default();
    let words = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    area.len() == 2
        && words(area)
        && number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && parts.clone().next().is_some()
        && parts.all(words)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:sa-east-1:111111111111:function:check-price";

    fn resolve(name: &str) -> Result<String, String> {
        let mut spec = FunctionSpec::new("check-price", ARN, "x");
        spec.aliases.push("live".to_owned());
        let location =
            Location { region: "sa-east-1".to_owned(), account_id: "111111111111".to_owned(), ..Location::default() };
        let name = FunctionName::parse(name);
        let found = (name.name == spec.name).then_some(&spec);
        name.resolve(found, &location).map_err(|error| error.to_string())
    }

    #[test]
    fn every_form_of_the_api_reference_finds_the_function() {
        for name in [
            "check-price",
            "function:check-price",
            "111111111111:check-price",
            "111111111111:function:check-price",
            "sa-east-1:111111111111:function:check-price",
            ARN,
        ] {
            assert_eq!(resolve(name).as_deref(), Ok(ARN), "{name}");
            assert_eq!(resolve(&format!("{name}:live")), Ok(format!("{ARN}:live")), "{name}");
        }
        assert_eq!(resolve("check-price:$LATEST"), Ok(format!("{ARN}:$LATEST")));
    }

    #[test]
    fn what_is_not_there_is_named_by_its_qualified_arn() {
        for (name, arn) in [
            ("nobody", "arn:aws:lambda:sa-east-1:111111111111:function:nobody:$LATEST"),
            ("check-price:blue", "arn:aws:lambda:sa-east-1:111111111111:function:check-price:blue"),
            (
                "arn:aws:lambda:us-west-2:111111111111:function:check-price",
                "arn:aws:lambda:us-west-2:111111111111:function:check-price:$LATEST",
            ),
            ("222222222222:check-price", "arn:aws:lambda:sa-east-1:222222222222:function:check-price:$LATEST"),
        ] {
            assert_eq!(resolve(name), Err(format!("Function not found: {arn}")));
        }
    }
}
