//! Where the emulated resources live: one region of one account, and the ARNs that follow from it.

/// The region and account that every emulated resource belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) region: String,
    pub(crate) account: String,
}

impl Place {
    /// `arn:aws:<service>:<region>:<account>:<resource>`.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// The resource part of `arn` when it is an ARN of `service` in this region and account.
    pub(crate) fn resource<'a>(&self, service: &str, arn: &'a str) -> Option<&'a str> {
        let arn = Arn::parse(arn)?;
        (arn.service == service && arn.region == self.region && arn.account == self.account).then_some(arn.resource)
    }
}

/// The six parts of an Amazon Resource Name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    /// Everything after the fifth colon.
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN; `None` when it has fewer than six parts or doesn't begin with `arn`.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let _partition = parts.next()?;
        Some(Self { service: parts.next()?, region: parts.next()?, account: parts.next()?, resource: parts.next()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_built_and_taken_apart() {
        let place = Place { region: "eu-west-1".into(), account: "123456789012".into() };
        let arn = place.arn("sqs", "orders.fifo");
        assert_eq!(arn, "arn:aws:sqs:eu-west-1:123456789012:orders.fifo");
        assert_eq!(place.resource("sqs", &arn), Some("orders.fifo"));
        assert_eq!(place.resource("sns", &arn), None);
        assert_eq!(place.resource("sqs", "arn:aws:sqs:eu-west-1:999999999999:orders"), None);
        assert_eq!(place.resource("sqs", "orders"), None);
    }

    #[test]
    fn the_resource_may_hold_colons() {
        let arn = Arn::parse("arn:aws:lambda:us-east-1:1:function:buy:live").expect("six parts");
        assert_eq!(arn.resource, "function:buy:live");
    }
}
