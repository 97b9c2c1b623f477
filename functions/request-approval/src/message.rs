use std::fmt::Write;
use std::str::FromStr;

use domain::text;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Request;

/// What may stand in a query value as it is: the characters that RFC 3986 leaves unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The longest text of somebody else's that is put on a line, in characters.
const LONGEST: usize = 200;

/// The address of the route that answers, without a query: `APPROVAL_URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalUrl(String);

impl FromStr for ApprovalUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#'));
        match host {
            Some(host) if plain && !host.is_empty() && !host.starts_with('/') => Ok(Self(text.to_owned())),
            _ => Err("an http or https address without a query is needed"),
        }
    }
}

impl ApprovalUrl {
    /// The link that answers `request` with `decision`. The names are for the logs; only the token decides.
    fn link(&self, decision: &str, request: &Request) -> String {
        let Self(base) = self;
        let encode = |text| utf8_percent_encode(text, RESERVED);
        let token = encode(request.task_token.secret());
        let (execution, state) = (encode(&request.execution.name), encode(&request.execution.state));
        format!("{base}?decision={decision}&token={token}&execution={execution}&state={state}")
    }
}

/// A message to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// ASCII, at most 100 characters, as a mail from SNS needs it.
    pub subject: String,
    /// Plain text. Exactly one line begins with `Approve: ` and exactly one with `Reject: `; each goes on with the link
    /// and nothing else.
    pub body: String,
}

impl Message {
    /// Says what waits and how to answer it.
    pub fn compose(request: &Request, url: &ApprovalUrl) -> Self {
        let Request { input: trade, execution, .. } = request;
        let side = trade.recommended_type.imperative();
        let (quantity, symbol, price, amount) = (trade.quantity, &trade.symbol, trade.price, trade.amount);
        let mut body = format!(
            "A trade waits for your decision.\n\n  {side} {quantity} {symbol} at {price}, {amount} altogether.\n\n\
             Why (confidence {} %):\n",
            trade.confidence_percent.min(100)
        );
        for reason in &trade.reasons {
            push_line(&mut body, &format!("  - {}", text::one_line(reason, LONGEST)));
        }
        push_line(&mut body, "");
        push_line(&mut body, &format!("Approve: {}", url.link("approve", request)));
        push_line(&mut body, &format!("Reject: {}", url.link("reject", request)));
        push_line(&mut body, "");
        push_line(
            &mut body,
            &format!(
                "A link opens a page that asks once more; nothing is decided before you confirm there. The request \
                 expires when no link is opened within {}, and at the latest {} after it was made.",
                duration(request.open_within_seconds),
                duration(request.answer_within_seconds)
            ),
        );
        push_line(&mut body, &format!("Execution: {}", text::one_line(&execution.name, LONGEST)));
        push_line(&mut body, &format!("Since: {}", text::one_line(&execution.entered_at, LONGEST)));
        Self { subject: format!("Approve? {side} {quantity} {symbol} for {amount}"), body }
    }
}

fn push_line(body: &mut String, line: &str) {
    body.push_str(line);
    body.push('\n');
}

/// Seconds for a person: `1 hour`, `90 minutes`, `45 seconds`.
fn duration(seconds: u32) -> String {
    let (number, unit) = match seconds {
        hours if hours > 0 && hours % 3600 == 0 => (hours / 3600, "hour"),
        minutes if minutes > 0 && minutes % 60 == 0 => (minutes / 60, "minute"),
        seconds => (seconds, "second"),
    };
    let mut text = format!("{number} {unit}");
    if number != 1 {
        let _ = write!(text, "s");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn payload() -> Value {
        json!({
            "input": {
                "symbol": "NVDA", "quantity": 10, "price": "187.42", "amount": "1874.20", "reference": "193.41",
                "recommended_type": "buy", "confidence_percent": 31,
                "reasons": ["NVDA costs 187.42, 3.1 % below its reference 193.41."],
            },
            "execution": {
                "id": "arn", "name": "demo", "started_at": "2026-01-01T00:00:00Z",
                "state": "Request Human Approval", "entered_at": "2026-01-01T00:00:02Z",
            },
            "task_token": "AAAA+/=&x",
            "open_within_seconds": 3600,
            "answer_within_seconds": 86400,
        })
    }

    fn compose(payload: Value) -> Message {
        let url = "https://abc.execute-api.us-east-1.amazonaws.com/v1/approval".parse().unwrap();
        Message::compose(&support::read(payload).unwrap(), &url)
    }

    #[test]
    fn a_person_reads_what_waits_and_how_to_answer() {
        let message = compose(payload());
        assert_eq!(message.subject, "Approve? Buy 10 NVDA for 1874.20");
        assert_eq!(
            message.body,
            "A trade waits for your decision.\n\
             \n  Buy 10 NVDA at 187.42, 1874.20 altogether.\n\
             \n\
             Why (confidence 31 %):\n  \
             - NVDA costs 187.42, 3.1 % below its reference 193.41.\n\
             \n\
             Approve: https://abc.execute-api.us-east-1.amazonaws.com/v1/approval?decision=approve\
             &token=AAAA%2B%2F%3D%26x&execution=demo&state=Request%20Human%20Approval\n\
             Reject: https://abc.execute-api.us-east-1.amazonaws.com/v1/approval?decision=reject\
             &token=AAAA%2B%2F%3D%26x&execution=demo&state=Request%20Human%20Approval\n\
             \n\
             A link opens a page that asks once more; nothing is decided before you confirm there. The request expires \
             when no link is opened within 1 hour, and at the latest 24 hours after it was made.\n\
             Execution: demo\n\
             Since: 2026-01-01T00:00:02Z\n"
        );
    }

    #[test]
    fn nothing_in_a_trade_can_add_a_link_of_its_own() {
        let mut hostile = payload();
        hostile["input"]["reasons"] =
            json!(["cheap\nApprove: https://evil.example", "\u{2028}Reject: x", "a\rApprove: y"]);
        hostile["execution"]["name"] = json!("demo\nApprove: https://evil.example");
        hostile["execution"]["entered_at"] = json!("now\r\nReject: https://evil.example");
        let body = compose(hostile).body;
        let links = |prefix| body.lines().filter(|line| line.starts_with(prefix)).collect::<Vec<_>>();
        assert_eq!(links("Approve: ").len(), 1, "{body}");
        assert_eq!(links("Reject: ").len(), 1, "{body}");
        assert!(links("Approve: ")[0].starts_with("Approve: https://abc.execute-api."), "{body}");
        assert!(
            links("Approve: ")[0].ends_with(
                "&execution=demo%0AApprove%3A%20https%3A%2F%2Fevil.example&state=Request%20Human%20Approval"
            )
        );
    }

    #[test]
    fn the_longest_trade_fits_a_subject() {
        let mut longest = payload();
        longest["input"]["symbol"] = json!("ABCDEFGHIJ");
        longest["input"]["quantity"] = json!(1_000_000);
        longest["input"]["amount"] = json!("999999999999999.9999");
        let subject = compose(longest).subject;
        assert!(subject.is_ascii() && subject.len() <= 100, "{subject}");
    }

    #[test]
    fn seconds_become_what_a_person_says() {
        for (seconds, text) in
            [(0, "0 seconds"), (1, "1 second"), (60, "1 minute"), (5400, "90 minutes"), (7200, "2 hours")]
        {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn an_address_that_is_none_stops_the_function_at_its_start() {
        for text in [
            "",
            "approval",
            "ftp://x/y",
            "https://",
            "https:///v1",
            "https://x/v1?a=b",
            "https://x/v1#a",
            "https://x/ v1",
        ] {
            assert!(text.parse::<ApprovalUrl>().is_err(), "{text}");
        }
    }
}
