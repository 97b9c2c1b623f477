//! A queue's attributes: which there are, what they may be, and what they are when nobody has set them
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::ServiceError;
use crate::sqs::fault::fault;

/// Name, least, most and default of the attributes that are numbers.
const NUMBERS: [(&str, i64, i64, i64); 5] = [
    ("DelaySeconds", 0, 900, 0),
    ("MaximumMessageSize", 1_024, 1_048_576, 1_048_576),
    ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
    ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
    ("VisibilityTimeout", 0, 43_200, 30),
];

/// Name and values, the first of which is the default, of the attributes that only FIFO queues have.
const FIFO: [(&str, [&str; 2]); 3] = [
    ("ContentBasedDeduplication", ["false", "true"]),
    ("DeduplicationScope", ["queue", "messageGroup"]),
    ("FifoThroughputLimit", ["perQueue", "perMessageGroupId"]),
];

/// The attributes that were set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Attributes(BTreeMap<String, String>);

impl Attributes {
    /// As they are in the database.
    pub(super) fn read(text: &str) -> Result<Self, ServiceError> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| fault("InternalError", format!("The queue's attributes can't be read: {error}")))
    }

    /// As they are put into the database.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(&self.0).expect("a map of texts always serialises")
    }

    /// Checks and sets attributes; an empty value takes one back.
    pub(super) fn set(&mut self, given: BTreeMap<String, String>, fifo: bool) -> Result<(), ServiceError> {
        for (name, value) in given {
            check(&name, &value, fifo)?;
            if value.is_empty() {
                self.0.remove(&name);
            } else {
                self.0.insert(name, value);
            }
        }
        if self.0.contains_key("KmsMasterKeyId") && self.0.get("SqsManagedSseEnabled").is_some_and(|on| on == "true") {
            // Recorded in LocalStack's snapshot `test_sse_kms_and_sqs_are_mutually_exclusive`.
            return Err(fault(
                "InvalidAttributeName",
                "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS \
                 SSE.",
            ));
        }
        Ok(())
    }

    /// The first of the given attributes, by name, that has another value here.
    pub(super) fn difference<'a>(&self, given: &'a BTreeMap<String, String>, fifo: bool) -> Option<&'a str> {
        let all = self.all(fifo);
        let differs =
            |(name, value): &(&String, &String)| all.get(name.as_str()).map_or("", String::as_str) != value.as_str();
        given.iter().find(differs).map(|(name, _)| name.as_str())
    }

    /// All attributes, with the defaults of those that nobody has set.
    pub(super) fn all(&self, fifo: bool) -> BTreeMap<&str, String> {
        let mut all: BTreeMap<&str, String> =
            NUMBERS.iter().map(|(name, _, _, default)| (*name, default.to_string())).collect();
        let managed = !self.0.contains_key("KmsMasterKeyId");
        all.insert("SqsManagedSseEnabled", managed.to_string());
        if fifo {
            all.insert("FifoQueue", "true".to_owned());
            all.extend(FIFO.iter().map(|(name, [default, _])| (*name, (*default).to_owned())));
        }
        all.extend(self.0.iter().map(|(name, value)| (name.as_str(), value.clone())));
        all
    }

    fn number(&self, name: &str) -> i64 {
        let default = || NUMBERS.iter().find(|(known, ..)| *known == name).map_or(0, |(.., default)| *default);
        self.0.get(name).and_then(|value| value.parse().ok()).unwrap_or_else(default)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.0.get(name).is_some_and(|set| set == value)
    }

    /// In seconds.
    pub(super) fn visibility_timeout(&self) -> i64 {
        self.number("VisibilityTimeout")
    }

    /// In seconds.
    pub(super) fn delay(&self) -> i64 {
        self.number("DelaySeconds")
    }

    /// In seconds.
    pub(super) fn wait(&self) -> i64 {
        self.number("ReceiveMessageWaitTimeSeconds")
    }

    /// In seconds.
    pub(super) fn retention(&self) -> i64 {
        self.number("MessageRetentionPeriod")
    }

    /// In bytes.
    pub(super) fn largest(&self) -> usize {
        usize::try_from(self.number("MaximumMessageSize")).unwrap_or_default()
    }

    pub(super) fn deduplicates_by_content(&self) -> bool {
        self.is("ContentBasedDeduplication", "true")
    }

    /// Whether a deduplication identifier counts within its message group only.
    pub(super) fn deduplicates_by_group(&self) -> bool {
        self.is("DeduplicationScope", "messageGroup")
    }

    /// ARN of the dead-letter queue, and after how many receives a message goes there.
    pub(super) fn redrive(&self) -> Option<(String, i64)> {
        let policy: Value = serde_json::from_str(self.0.get("RedrivePolicy")?).ok()?;
        Some((policy["deadLetterTargetArn"].as_str()?.to_owned(), policy["maxReceiveCount"].as_i64()?))
    }
}

fn check(name: &str, value: &str, fifo: bool) -> Result<(), ServiceError> {
    let unknown = || fault("InvalidAttributeName", format!("Unknown Attribute {name}."));
    let fits = if let Some((_, least, most, _)) = NUMBERS.iter().find(|(known, ..)| *known == name) {
        value.parse().is_ok_and(|number: i64| (*least..=*most).contains(&number))
    } else if let Some((_, values)) = FIFO.iter().find(|(known, _)| *known == name) {
        if !fifo {
            return Err(unknown());
        }
        values.contains(&value)
    } else {
        match name {
            "KmsDataKeyReusePeriodSeconds" => value.parse().is_ok_and(|number: i64| (60..=86_400).contains(&number)),
            "SqsManagedSseEnabled" => ["true", "false"].contains(&value),
            // Kept and shown; RedrivePolicy was checked before.
            "KmsMasterKeyId" | "Policy" | "RedriveAllowPolicy" | "RedrivePolicy" => true,
            // `FifoQueue` is set when the queue is made, and never again.
            _ => return Err(unknown()),
        }
    };
    if fits || value.is_empty() {
        return Ok(());
    }
    Err(fault("InvalidAttributeValue", format!("Invalid value for the parameter {name}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn attributes_are_set_shown_and_taken_back() {
        let mut attributes = Attributes::default();
        attributes.set(map(&[("DelaySeconds", "3"), ("Policy", "{}")]), false).expect("set");
        assert_eq!((attributes.delay(), attributes.visibility_timeout()), (3, 30));
        assert_eq!(attributes.difference(&map(&[("DelaySeconds", "3"), ("VisibilityTimeout", "30")]), false), None);
        assert_eq!(attributes.difference(&map(&[("VisibilityTimeout", "31")]), false), Some("VisibilityTimeout"));
        attributes.set(map(&[("DelaySeconds", ""), ("Policy", "")]), false).expect("taken back");
        assert_eq!(attributes, Attributes::default());
        assert_eq!(Attributes::read(&attributes.text()).expect("its own"), attributes);
    }

    #[test]
    fn what_can_not_be_is_refused_in_awss_words() {
        let refusal = |fifo, name, value| {
            let error = Attributes::default().set(map(&[(name, value)]), fifo).expect_err("refused");
            (error.code.into_owned(), error.message)
        };
        let invalid = |name| ("InvalidAttributeValue".to_owned(), format!("Invalid value for the parameter {name}."));
        let unknown = |name| ("InvalidAttributeName".to_owned(), format!("Unknown Attribute {name}."));
        assert_eq!(refusal(false, "DelaySeconds", "901"), invalid("DelaySeconds"));
        assert_eq!(refusal(false, "MaximumMessageSize", "x"), invalid("MaximumMessageSize"));
        assert_eq!(refusal(true, "DeduplicationScope", "all"), invalid("DeduplicationScope"));
        assert_eq!(refusal(false, "DeduplicationScope", "queue"), unknown("DeduplicationScope"));
        assert_eq!(refusal(true, "FifoQueue", "false"), unknown("FifoQueue"));
        let both = map(&[("KmsMasterKeyId", "k"), ("SqsManagedSseEnabled", "true")]);
        let error = Attributes::default().set(both, false).expect_err("both");
        assert!(error.message.starts_with("You can use one type"));
    }
}
