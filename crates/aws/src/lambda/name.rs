//! How a caller names a function: by name, partial or full ARN, each with or without a qualifier, which may also stand in
//! the query.

use super::fault::{Fault, invalid};
use crate::place::Place;

/// The pattern that the API's model gives for names, as its errors cite it.
const PATTERN: &str = "regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?\
    ([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)\
    (:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

/// A function as it was asked for: its name, or `name:qualifier`.
pub(super) fn function(text: &str, qualifier: Option<&str>, place: &Place) -> Result<String, Fault> {
    let malformed = || invalid(text, "functionName", PATTERN);
    if text.is_empty() || text.len() > 256 {
        return Err(malformed());
    }
    let rest = match text.strip_prefix("arn:") {
        None => text,
        Some(arn) => {
            let (partition, rest) = arn.split_once(":lambda:").ok_or_else(malformed)?;
            let known = partition
                .strip_prefix("aws")
                .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-'));
            if known { rest } else { return Err(malformed()) }
        }
    };
    let mut parts = rest.split(':').peekable();
    let region = parts.next_if(|part| is_region(part));
    let account = parts.next_if(|part| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit()));
    parts.next_if_eq(&"function");
    let name = parts.next().filter(|name| is_word(name, b"-_.")).ok_or_else(malformed)?;
    let derived = match parts.next() {
        None => None,
        Some(qualifier) if matches!(qualifier, "$LATEST" | "$LATEST.PUBLISHED") || is_word(qualifier, b"-_") => {
            Some(qualifier)
        }
        Some(_) => return Err(malformed()),
    };
    if parts.next().is_some() {
        return Err(malformed());
    }
    let qualifier = qualifier.filter(|qualifier| !qualifier.is_empty());
    if let Some(qualifier) = qualifier.filter(|qualifier| qualifier.len() > 128 || !is_word(qualifier, b"$_-")) {
        return Err(invalid(qualifier, "qualifier", "regular expression pattern: (|[a-zA-Z0-9$_-]+)"));
    }
    if let (Some(derived), Some(qualifier)) = (derived, qualifier)
        && derived != qualifier
    {
        let sentence = "The derived qualifier from the function name does not match the specified qualifier.";
        return Err(Fault::new(400, "InvalidParameterValueException", sentence));
    }
    if let Some(region) = region.filter(|region| *region != place.region) {
        let sentence = format!("Functions from '{region}' are not reachable in this region ('{}')", place.region);
        return Err(Fault::new(404, "ResourceNotFoundException", sentence));
    }
    if let Some(account) = account.filter(|account| *account != place.account) {
        let sentence =
            format!("Functions of the account {account} are not here: this is the account {}", place.account);
        return Err(Fault::new(403, "AccessDeniedException", sentence));
    }
    Ok(match derived.or(qualifier) {
        None => name.to_owned(),
        Some(qualifier) => format!("{name}:{qualifier}"),
    })
}

/// `us-east-1`, `us-gov-west-1`: letters first, one digit last.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [area, middle @ .., number] = parts.as_slice() else { return false };
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    area.len() == 2
        && letters(area)
        && (1..=2).contains(&middle.len())
        && middle.iter().all(letters)
        && number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters, digits and these.
fn is_word(text: &str, more: &[u8]) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, qualifier: Option<&str>) -> Result<String, String> {
        let place = Place { region: "sa-east-1".into(), account: "111111111111".into() };
        function(text, qualifier, &place).map_err(|fault| format!("{fault:?}"))
    }

    #[test]
    fn every_form_of_the_api_reference_names_the_function() {
        for name in [
            "check-price",
            "function:check-price",
            "111111111111:function:check-price",
            "111111111111:check-price",
            "sa-east-1:111111111111:function:check-price",
            "arn:aws:lambda:sa-east-1:111111111111:function:check-price",
        ] {
            assert_eq!(asked(name, None).as_deref(), Ok("check-price"), "{name}");
            assert_eq!(asked(name, Some("")).as_deref(), Ok("check-price"), "{name}");
            assert_eq!(asked(&format!("{name}:live"), None).as_deref(), Ok("check-price:live"), "{name}");
            assert_eq!(asked(&format!("{name}:live"), Some("live")).as_deref(), Ok("check-price:live"), "{name}");
            assert_eq!(asked(name, Some("$LATEST")).as_deref(), Ok("check-price:$LATEST"), "{name}");
        }
    }

    #[test]
    fn what_names_no_function_here_is_refused() {
        let refusal = |text: &str, qualifier| asked(text, qualifier).expect_err(text);
        for text in
            ["", "a b", "../../etc/passwd", "a/b", "a:b:c", "arn:other:lambda:x", "arn:aws:sqs:us-east-1:1:q", "a:$OLD"]
        {
            assert!(refusal(text, None).contains("ValidationException"), "{text}");
        }
        assert!(refusal("a", Some("b/c")).contains("at 'qualifier'"));
        assert!(refusal("a:one", Some("two")).contains("The derived qualifier"));
        let elsewhere = refusal("arn:aws:lambda:us-west-2:111111111111:function:a", None);
        assert!(elsewhere.contains("Functions from 'us-west-2' are not reachable in this region ('sa-east-1')"));
        assert!(refusal("222222222222:function:a", None).contains("AccessDeniedException"));
    }
}
