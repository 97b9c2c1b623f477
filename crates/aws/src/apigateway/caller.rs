//! Who calls a route that wants a signature, as the route's event tells it.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::place::{Arn, Place};

/// The caller of an API, as in `requestContext.identity` of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `accountId`: twelve digits.
    pub account_id: String,
    /// `accessKey`: identifier of the access key that signed.
    pub access_key: String,
    /// `userArn`.
    pub user_arn: String,
    /// `caller` and `user`: identifier of the principal.
    pub principal_id: String,
}

impl Caller {
    /// A session of a role, as when Step Functions calls an API with `AuthType: IAM_ROLE`. `None` when `role_arn` is not
    /// the ARN of a role.
    pub fn assumed_role(role_arn: &str, session: &str) -> Option<Self> {
        let arn = Arn::parse(role_arn).filter(|arn| arn.service == "iam")?;
        let name = arn.resource.strip_prefix("role/")?.rsplit('/').next()?;
        // AWS makes up identifiers; these are always the same for a role.
        let mut digits = String::new();
        for byte in Sha256::digest(role_arn).iter().take(9) {
            write!(digits, "{byte:02X}").expect("a text can be written to");
        }
        Some(Self {
            account_id: arn.account.to_owned(),
            access_key: format!("ASIA{}", &digits[..16]),
            user_arn: format!("arn:aws:sts::{}:assumed-role/{name}/{session}", arn.account),
            principal_id: format!("AROA{}:{session}", &digits[..17]),
        })
    }

    /// The account's root, for whose any access key is taken.
    pub(crate) fn root(place: &Place, access_key: &str) -> Self {
        Self {
            account_id: place.account.clone(),
            access_key: access_key.to_owned(),
            user_arn: format!("arn:aws:iam::{}:root", place.account),
            principal_id: place.account.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_calls_by_its_session() {
        let caller = Caller::assumed_role("arn:aws:iam::123456789012:role/path/runs-api", "x1").expect("a role");
        assert_eq!(caller.user_arn, "arn:aws:sts::123456789012:assumed-role/runs-api/x1");
        assert_eq!(caller.account_id, "123456789012");
        let id = caller.principal_id.strip_suffix(":x1").expect("the session");
        assert!(id.starts_with("AROA") && id.len() == 21, "{id}");
        assert_eq!(caller.access_key.len(), 20);
        for other in ["runs-api", "arn:aws:iam::123456789012:user/x", "arn:aws:sqs:us-east-1:123456789012:role/x"] {
            assert_eq!(Caller::assumed_role(other, "x1"), None, "{other}");
        }
    }
}
